//! Tables, datasets, and their preparation. This module knows no models, plots or notebooks.

mod classes;
mod columns;
mod dataset;
pub mod datasets;
mod encoder;
mod hog;
mod image_data;
mod image_folder;
mod imputer;
mod inputs;
pub(crate) mod near;
mod origin;
mod pca;
mod pipeline;
mod power;
pub(crate) mod quantile;
mod recordings;
mod resample;
mod scaler;
mod select;
pub mod sleep_stages;
mod split;
mod splits;
mod table;
mod text;

pub use classes::{Classes, frequencies};
pub use columns::Columns;
pub(crate) use dataset::Values;
pub use dataset::{Dataset, Targets, TrainTest, fill_rows};
pub(crate) use encoder::{Encoder, Encoding};
pub use hog::{BlockNorm, Hog, HogCells};
pub(crate) use hog::{HogPlan, constants as hog_constants};
pub use image_data::ImageData;
pub use image_folder::{ColorMode, ImageFolder, ResizeMethod};
pub(crate) use imputer::{Filling, Imputer};
pub use inputs::Inputs;
pub(crate) use near::near;
pub use pca::{FittedPca, Pca};
pub(crate) use pipeline::{Fitted, StepParts, by_name};
pub use pipeline::{FittedPipeline, Pipeline};
pub use recordings::{InvalidRows, SleepStages};
pub use resample::{
    Adasyn, BorderlineKind, BorderlineSmote, RandomOverSampler, RandomUnderSampler, Resampler,
    SamplingStrategy, Smote,
};
pub use scaler::{MinMaxScaler, RobustScaler, StandardScaler};
pub use select::{FClassif, SelectKBest, f_classif, f_classif_rows};
pub use split::{
    KFold, Split, StratifiedKFold, shuffled, train_test_split, train_test_split_stratified,
    validation_split,
};
pub use splits::{GroupKFold, LeaveOneOut, RepeatedKFold, ShuffleSplit, TimeSeriesSplit};
pub use table::{ColumnNames, ColumnType, Csv, Fill, GroupBy, Table, frame_html, series_html};
pub use text::{PadSequences, TextVectorization, pad_sequences};

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::ColumnType::{Boolean, Float, Integer, Text};
    pub use super::{
        Adasyn, BlockNorm, BorderlineKind, BorderlineSmote, Classes, ColorMode, ColumnType,
        Columns, Csv, Dataset, FClassif, Fill, FittedPca, GroupKFold, Hog, HogCells, ImageData,
        ImageFolder, InvalidRows, KFold, LeaveOneOut, MinMaxScaler, PadSequences, Pca, Pipeline,
        RandomOverSampler, RandomUnderSampler, RepeatedKFold, ResizeMethod, RobustScaler,
        SamplingStrategy, SelectKBest, ShuffleSplit, SleepStages, Smote, Split, StandardScaler,
        StratifiedKFold, Table, Targets, TextVectorization, TimeSeriesSplit, TrainTest, datasets,
        f_classif, fill_rows, frequencies, pad_sequences, train_test_split,
        train_test_split_stratified, validation_split,
    };
}

#[cfg(test)]
mod exact_tests;
#[cfg(test)]
mod preparation_tests;
#[cfg(test)]
mod raw_tests;
