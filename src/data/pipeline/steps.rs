//! What the steps of a pipeline have learned, and what each does to data.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::data::encoder::{Encoder, Encoding};
use crate::data::imputer::Imputer;
use crate::data::power::{PowerTransformer, log1p};
use crate::data::{
    Dataset, FittedPca, Hog, MinMaxScaler, RobustScaler, SelectKBest, StandardScaler, Targets,
};
use crate::error::{Error, Result};

/// What a step has learned.
#[derive(Clone, Debug)]
pub(crate) enum Fitted {
    Standard(StandardScaler),
    MinMax(MinMaxScaler),
    Robust(RobustScaler),
    /// Of the targets of these names, which files of 0.1.0 may lack.
    Targets(StandardScaler, Vec<String>),
    Select(SelectKBest),
    Pca(FittedPca),
    /// With the shape of the pictures; files of 0.1.0 may lack it.
    Hog(Hog, Option<Vec<usize>>),
    Impute(Imputer),
    Encode(Encoder),
    Log1p,
    Power(PowerTransformer),
    /// A step for the columns of these names, which leaves the others as they are.
    On(Vec<String>, Box<Fitted>),
    /// What was done to prepared rows outside of a pipeline, which is known by its name alone.
    ByHand(String),
}

impl Fitted {
    pub(super) fn transform(&self, data: &Dataset) -> Result<Dataset> {
        match self {
            Fitted::Standard(scaler) => scaler.transform_dataset(data),
            Fitted::MinMax(scaler) => scaler.transform_dataset(data),
            Fitted::Robust(scaler) => scaler.transform_dataset(data),
            Fitted::Targets(scaler, names) => match data.targets() {
                // There is nothing to scale where a model is asked what the targets are.
                Targets::None => Ok(data.clone()),
                _ => {
                    let data = data.with_targets_of("scale_targets", names)?;
                    data.with_scaled_targets(scaler.scale_values(data.target_values())?)
                }
            },
            Fitted::Select(select) => select.transform(data),
            Fitted::Pca(pca) => pca.transform_dataset(data),
            Fitted::Hog(hog, _) => hog.transform(data),
            Fitted::Impute(imputer) => imputer.transform(data),
            Fitted::Encode(encoder) => encoder.transform(data),
            Fitted::Log1p => {
                data.need_numbers("Pipeline::log1p")?;
                log1p(data)
            }
            Fitted::Power(power) => {
                data.need_numbers("Pipeline::power_transformer")?;
                power.transform(data)
            }
            Fitted::On(names, step) => on_some(data, names, |chosen| step.transform(chosen)),
            Fitted::ByHand(what) => Err(Error::argument(
                "the data",
                "not prepared yet",
                format!("changed by {what} as well, as the rows were that the pipeline came from"),
            )),
        }
    }

    /// The same for steps that do the same to every row.
    pub(super) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let mut floats = |values: &[f64]| {
            values.len().hash(&mut hasher);
            values.iter().for_each(|v| v.to_bits().hash(&mut hasher));
        };
        match self {
            Fitted::Standard(scaler) => {
                floats(scaler.mean());
                floats(scaler.scale());
                0.hash(&mut hasher);
            }
            Fitted::MinMax(scaler) => {
                floats(scaler.min());
                floats(scaler.range());
                1.hash(&mut hasher);
            }
            Fitted::Robust(scaler) => {
                floats(scaler.center());
                floats(scaler.scale());
                6.hash(&mut hasher);
            }
            Fitted::Targets(scaler, _) => {
                floats(scaler.mean());
                floats(scaler.scale());
                7.hash(&mut hasher);
            }
            Fitted::Select(select) => (2, select.names(), select.indices()).hash(&mut hasher),
            Fitted::Pca(pca) => {
                pca.parts().into_iter().for_each(&mut floats);
                (3, pca.whitens()).hash(&mut hasher);
            }
            Fitted::Hog(hog, _) => (4, format!("{hog:?}")).hash(&mut hasher),
            Fitted::ByHand(what) => (5, what).hash(&mut hasher),
            Fitted::Impute(imputer) => format!("{imputer:?}").hash(&mut hasher),
            Fitted::Encode(encoder) => format!("{encoder:?}").hash(&mut hasher),
            Fitted::Log1p => 8.hash(&mut hasher),
            Fitted::Power(power) => {
                [&power.lambda, &power.mean, &power.scale].into_iter().for_each(|v| floats(v));
                9.hash(&mut hasher);
            }
            Fitted::On(names, step) => (10, names, step.digest()).hash(&mut hasher),
        }
        hasher.finish()
    }

    /// The names of the columns that come out, of those that go in.
    pub(crate) fn features(&self, before: &[String]) -> Vec<String> {
        let numbered = |n: usize| (0..n).map(|i| format!("x{i}")).collect();
        match self {
            Fitted::Select(select) => select.columns(),
            Fitted::Pca(pca) if pca.n_components() != before.len() => numbered(pca.n_components()),
            Fitted::Encode(encoder) => encoder.features(before),
            Fitted::On(names, step) => {
                let after = step.features(names);
                if after == *names {
                    return before.to_vec();
                }
                before.iter().filter(|name| !names.contains(name)).cloned().chain(after).collect()
            }
            _ => before.to_vec(),
        }
    }
}

/// The data with some columns passed through a step: in their places where they stay as many, after
/// the others where they do not.
pub(super) fn on_some(
    data: &Dataset,
    names: &[String],
    step: impl Fn(&Dataset) -> Result<Dataset>,
) -> Result<Dataset> {
    let place = |name: &String| data.place_of("Pipeline::on: the column", name);
    let places = names.iter().map(place).collect::<Result<Vec<_>>>()?;
    let rest: Vec<usize> = (0..data.columns().len()).filter(|at| !places.contains(at)).collect();
    let chosen = data.with_features(&places)?;
    let after = step(&chosen)?;
    let all = data.with_features(&rest)?.beside(&after)?;
    if after.columns() != chosen.columns() {
        return Ok(all);
    }
    let at = |old: usize| match places.iter().position(|place| *place == old) {
        Some(new) => rest.len() + new,
        None => rest.partition_point(|place| *place < old),
    };
    all.with_features(&(0..data.columns().len()).map(at).collect::<Vec<_>>())
}

impl fmt::Display for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fitted::Standard(_) => f.write_str("standard scaler"),
            Fitted::MinMax(_) => f.write_str("min-max scaler"),
            Fitted::Robust(_) => f.write_str("robust scaler"),
            Fitted::Targets(..) => f.write_str("scaled targets"),
            Fitted::Select(select) => write!(f, "the {} best columns", select.indices().len()),
            Fitted::Pca(pca) => write!(f, "{} principal components", pca.n_components()),
            Fitted::Hog(..) => f.write_str("HOG"),
            Fitted::ByHand(what) => f.write_str(what),
            Fitted::Impute(_) => f.write_str("imputed"),
            Fitted::Encode(encoder) => f.write_str(match encoder.encoding {
                Encoding::OneHot => "one-hot",
                Encoding::Ordinal => "ordinal",
            }),
            Fitted::Log1p => f.write_str("log1p"),
            Fitted::Power(_) => f.write_str("power transformer"),
            Fitted::On(names, step) => match &names[..] {
                [_, _, _, _, ..] => write!(f, "{step} of {} columns", names.len()),
                names => write!(f, "{step} of {}", names.join(", ")),
            },
        }
    }
}
