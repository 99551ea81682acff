//! Tables, datasets, and the steps that prepare them. Knows nothing of models, plots or notebooks.

mod classes;
mod dataset;
mod near;
mod origin;
mod pipeline;
mod scaler;
pub mod sleep_stages;
mod split;
mod table;

pub use classes::{Classes, frequencies};
pub use dataset::{Dataset, Targets, fill_rows};
pub use pipeline::{FittedPipeline, Pipeline};
pub use scaler::{MinMaxScaler, StandardScaler};
pub use split::{
    KFold, Split, StratifiedKFold, shuffled, train_test_split, train_test_split_stratified,
    validation_split,
};
pub use table::Table;

/// What a notebook uses of this module.
pub mod prelude {
    pub use super::{
        Classes, Dataset, KFold, MinMaxScaler, Pipeline, Split, StandardScaler, StratifiedKFold, Table,
        Targets, fill_rows, frequencies, train_test_split, train_test_split_stratified,
        validation_split,
    };
}
