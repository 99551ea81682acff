//! Fitted steps in a file: settings as JSON, fitted values as arrays of `f64`.

use super::steps::Fitted;
use crate::config::{Object, Settings, Value, named};
use crate::data::encoder::{Encoder, Encoding};
use crate::data::imputer::{Filling, Imputer};
use crate::data::power::PowerTransformer;
use crate::data::{
    BlockNorm, FClassif, FittedPca, FittedPipeline, Hog, MinMaxScaler, RobustScaler, SelectKBest,
    StandardScaler,
};
use crate::error::{Error, Result};
use serde_json::Value as Json;

/// An array's name, shape and values.
pub(crate) type NamedArray = (String, Vec<usize>, Vec<f64>);

/// A fitted step.
#[derive(Debug)]
pub(crate) struct StepParts {
    pub class_name: String,
    pub settings: Object,
    /// The names of the columns that it was fitted on.
    pub columns: Vec<String>,
    pub arrays: Vec<NamedArray>,
}

named!(BlockNorm: L1 = "L1", L1Sqrt = "L1-sqrt", L2 = "L2", L2Hys = "L2-Hys");

/// The arrays of a step, taken out by name.
struct Arrays<'a> {
    class: &'a str,
    arrays: Vec<NamedArray>,
}

impl Arrays<'_> {
    /// An array of this many finite values, or of as many as there are.
    fn take(&mut self, name: &str, len: Option<usize>) -> Result<Vec<f64>> {
        let place = format!("{}: {name}", self.class);
        let found = self.arrays.iter().position(|(own, ..)| own == name);
        let Some(found) = found else { return Err(Error::argument(place, "missing", "there")) };
        let (_, _, values) = self.arrays.swap_remove(found);
        match len {
            Some(len) if values.len() != len => {
                let got = format!("of {} values", values.len());
                Err(Error::argument(place, got, format!("of {len}")))
            }
            _ => Ok(values),
        }
    }

    fn finite(&mut self, name: &str, len: Option<usize>) -> Result<Vec<f64>> {
        let values = self.take(name, len)?;
        match values.iter().find(|v| !v.is_finite()) {
            Some(v) => Err(Error::argument(format!("{}: {name}", self.class), v, "finite")),
            None => Ok(values),
        }
    }
}

impl FittedPipeline {
    /// The steps in their order.
    pub(crate) fn to_parts(&self) -> Vec<StepParts> {
        let step = |(does, columns): (&Fitted, &[String])| {
            let (class_name, settings, arrays) = does.to_parts();
            StepParts { class_name: class_name.into(), settings, columns: columns.to_vec(), arrays }
        };
        self.parts().map(step).collect()
    }

    /// A pipeline of steps that were fitted before.
    ///
    /// # Errors
    /// If a step is none that exists here, or its arrays do not fit together.
    pub(crate) fn of_parts(steps: Vec<StepParts>) -> Result<Self> {
        let step = |parts: StepParts| {
            let columns = parts.columns;
            let from = Settings::new(&parts.class_name, &parts.settings);
            let arrays = Arrays { class: &parts.class_name, arrays: parts.arrays };
            Ok((Fitted::of_parts(&parts.class_name, &from, arrays)?, columns))
        };
        Ok(FittedPipeline::from_parts(steps.into_iter().map(step).collect::<Result<Vec<_>>>()?))
    }
}

impl Fitted {
    fn to_parts(&self) -> (&'static str, Object, Vec<NamedArray>) {
        let mut settings = Object::new();
        let flat =
            |name: &str, values: &[f64]| (name.to_string(), vec![values.len()], values.to_vec());
        match self {
            Fitted::Standard(scaler) => {
                let arrays = vec![flat("mean", scaler.mean()), flat("scale", scaler.scale())];
                ("StandardScaler", settings, arrays)
            }
            Fitted::MinMax(scaler) => {
                let arrays = vec![flat("min", scaler.min()), flat("range", scaler.range())];
                ("MinMaxScaler", settings, arrays)
            }
            Fitted::Robust(scaler) => {
                let arrays = vec![flat("center", scaler.center()), flat("scale", scaler.scale())];
                ("RobustScaler", settings, arrays)
            }
            Fitted::Targets(scaler, names) => {
                settings.insert("names".into(), names.to_value());
                let arrays = vec![flat("mean", scaler.mean()), flat("scale", scaler.scale())];
                ("ScaledTargets", settings, arrays)
            }
            Fitted::Select(select) => {
                settings.insert("names".into(), select.names().to_vec().to_value());
                settings.insert("indices".into(), select.indices().to_vec().to_value());
                let scores = select.scores();
                ("SelectKBest", settings, vec![flat("f", scores.f()), flat("p", scores.p())])
            }
            Fitted::Pca(pca) => {
                let [mean, components, variance] = pca.parts();
                let (ratio, singular) = (pca.explained_variance_ratio(), pca.singular_values());
                settings.insert("whiten".into(), pca.whitens().into());
                let shape = vec![variance.len(), mean.len()];
                let arrays = vec![
                    flat("mean", mean),
                    ("components".to_string(), shape, components.to_vec()),
                    flat("variance", variance),
                    flat("ratio", ratio),
                    flat("singular", singular),
                ];
                ("PCA", settings, arrays)
            }
            Fitted::Hog(hog, shape) => {
                hog.write_settings(&mut settings);
                settings.insert("picture".into(), shape.to_value());
                ("HOG", settings, Vec::new())
            }
            Fitted::Impute(imputer) => {
                let names =
                    imputer.columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
                // A text, or nothing where a number fills.
                let texts = imputer.columns.iter().map(|(_, filling)| match filling {
                    Filling::Text(text) => Json::from(text.as_str()),
                    Filling::Number(_) => Json::Null,
                });
                let numbers = imputer.columns.iter().map(|(_, filling)| match filling {
                    Filling::Number(value) => *value,
                    Filling::Text(_) => 0.0,
                });
                let numbers: Vec<f64> = numbers.collect();
                settings.insert("names".into(), names.to_value());
                settings.insert("texts".into(), texts.collect());
                ("SimpleImputer", settings, vec![flat("numbers", &numbers)])
            }
            Fitted::Encode(encoder) => {
                let names =
                    encoder.columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
                let lists =
                    encoder.columns.iter().map(|(_, categories)| Json::from(categories.clone()));
                settings.insert("names".into(), names.to_value());
                settings.insert("categories".into(), lists.collect());
                settings.insert("ignores".into(), encoder.ignores.into());
                settings.insert("texts".into(), encoder.texts.to_value());
                let class = match encoder.encoding {
                    Encoding::OneHot => "OneHotEncoder",
                    Encoding::Ordinal => "OrdinalEncoder",
                };
                (class, settings, Vec::new())
            }
            Fitted::Log1p => ("Log1p", settings, Vec::new()),
            Fitted::Power(power) => {
                let arrays = vec![
                    flat("lambda", &power.lambda),
                    flat("mean", &power.mean),
                    flat("scale", &power.scale),
                ];
                ("PowerTransformer", settings, arrays)
            }
            Fitted::On(names, step) => {
                let (class, inner, arrays) = step.to_parts();
                settings.insert("names".into(), names.to_value());
                settings.insert("step".into(), class.into());
                settings.insert("settings".into(), Json::Object(inner));
                ("On", settings, arrays)
            }
            Fitted::ByHand(what) => {
                settings.insert("what".into(), what.as_str().into());
                ("ByHand", settings, Vec::new())
            }
        }
    }

    fn of_parts(class: &str, from: &Settings<'_>, mut arrays: Arrays<'_>) -> Result<Self> {
        let new = match class {
            "StandardScaler" => {
                let mean = arrays.finite("mean", None)?;
                let scale = arrays.finite("scale", Some(mean.len()))?;
                Fitted::Standard(StandardScaler::from_parts(mean, scale))
            }
            "MinMaxScaler" => {
                let min = arrays.finite("min", None)?;
                let range = arrays.finite("range", Some(min.len()))?;
                Fitted::MinMax(MinMaxScaler::from_parts(min, range))
            }
            "RobustScaler" => {
                let center = arrays.finite("center", None)?;
                let scale = arrays.finite("scale", Some(center.len()))?;
                Fitted::Robust(RobustScaler::from_parts(center, scale))
            }
            "ScaledTargets" => {
                let mean = arrays.finite("mean", None)?;
                let scale = arrays.finite("scale", Some(mean.len()))?;
                let mut names: Vec<String> = Vec::new();
                from.read("names", &mut names)?;
                Fitted::Targets(StandardScaler::from_parts(mean, scale), names)
            }
            "SelectKBest" => {
                let names: Vec<String> = from.get("names")?;
                let chosen: Vec<usize> = from.get("indices")?;
                if let Some(bad) = chosen.iter().find(|i| **i >= names.len()) {
                    let expected = format!("below {}, the number of features", names.len());
                    return Err(Error::argument("SelectKBest: indices", bad, expected));
                }
                let f = arrays.take("f", Some(names.len()))?;
                let p = arrays.take("p", Some(names.len()))?;
                Fitted::Select(SelectKBest::from_parts(FClassif::from_parts(f, p), names, chosen))
            }
            "PCA" => {
                let mean = arrays.finite("mean", None)?;
                let variance = arrays.finite("variance", None)?;
                let (k, n) = (variance.len(), mean.len());
                if k == 0 || n == 0 {
                    let expected = "at least 1 of each";
                    return Err(Error::shape("PCA: components and columns", &[k, n], expected));
                }
                let components = arrays.finite("components", k.checked_mul(n))?;
                let ratio = arrays.finite("ratio", Some(k))?;
                let singular = arrays.finite("singular", Some(k))?;
                let parts = [mean, components, variance, ratio, singular];
                Fitted::Pca(FittedPca::from_parts(from.get("whiten")?, parts))
            }
            "HOG" => {
                let mut shape = None;
                from.read("picture", &mut shape)?;
                Fitted::Hog(Hog::read_settings(from)?, shape)
            }
            "SimpleImputer" => {
                let names: Vec<String> = from.get("names")?;
                let texts: Vec<Option<String>> = from.get("texts")?;
                let numbers = arrays.finite("numbers", Some(names.len()))?;
                if texts.len() != names.len() {
                    let expected = format!("of {}, one a column", names.len());
                    let got = format!("of {} values", texts.len());
                    return Err(Error::argument("SimpleImputer: texts", got, expected));
                }
                let fillings = texts.into_iter().zip(numbers).map(|(text, number)| match text {
                    Some(text) => Filling::Text(text),
                    None => Filling::Number(number),
                });
                Fitted::Impute(Imputer { columns: names.into_iter().zip(fillings).collect() })
            }
            "OneHotEncoder" | "OrdinalEncoder" => {
                let names: Vec<String> = from.get("names")?;
                let lists: Vec<Vec<Option<String>>> = from.get("categories")?;
                if lists.len() != names.len() {
                    let expected = format!("of {}, one a column", names.len());
                    let got = format!("of {} lists", lists.len());
                    return Err(Error::argument(format!("{class}: categories"), got, expected));
                }
                // Files of 0.1.0 may lack it: what does not read as numbers was text.
                let number =
                    |c: &Option<String>| c.as_ref().is_none_or(|c| c.parse::<f64>().is_ok());
                let mut texts: Vec<String> = names
                    .iter()
                    .zip(&lists)
                    .filter(|(_, list)| !list.iter().all(number))
                    .map(|(name, _)| name.clone())
                    .collect();
                from.read("texts", &mut texts)?;
                let encoding = match class {
                    "OneHotEncoder" => Encoding::OneHot,
                    _ => Encoding::Ordinal,
                };
                let columns = names.into_iter().zip(lists).collect();
                let ignores = from.get("ignores")?;
                Fitted::Encode(Encoder { encoding, ignores, columns, texts })
            }
            "Log1p" => Fitted::Log1p,
            "PowerTransformer" => {
                let lambda = arrays.finite("lambda", None)?;
                let mean = arrays.finite("mean", Some(lambda.len()))?;
                let scale = arrays.finite("scale", Some(lambda.len()))?;
                if lambda.is_empty() {
                    let expected = "of at least 1 value";
                    return Err(Error::argument("PowerTransformer: lambda", "empty", expected));
                }
                Fitted::Power(PowerTransformer { lambda, mean, scale })
            }
            "On" => {
                let names: Vec<String> = from.get("names")?;
                let inner: String = from.get("step")?;
                let settings = from.json("settings").and_then(Json::as_object);
                let Some(settings) = settings.filter(|_| inner != "On") else {
                    return Err(Error::argument("On: step", inner, "a step with its settings"));
                };
                let arrays = Arrays { class: &inner, arrays: arrays.arrays };
                let step = Fitted::of_parts(&inner, &Settings::new(&inner, settings), arrays)?;
                Fitted::On(names, Box::new(step))
            }
            "ByHand" => Fitted::ByHand(from.get("what")?),
            other => {
                let known = "StandardScaler, MinMaxScaler, RobustScaler, ScaledTargets, SelectKBest, \
                             PCA, HOG, SimpleImputer, OneHotEncoder, OrdinalEncoder, Log1p, \
                             PowerTransformer, On or ByHand";
                return Err(Error::argument("the class of a step", format!("'{other}'"), known));
            }
        };
        from.end()?;
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::data::{Dataset, Pca, Pipeline};

    fn again(fitted: &FittedPipeline) -> FittedPipeline {
        FittedPipeline::of_parts(fitted.to_parts()).unwrap()
    }

    fn rows() -> Dataset {
        let x = (0..40).map(|i| (i as f32 * 1.7).sin() * (i % 5) as f32 + i as f32 * 0.1);
        let x = Array::new([10, 4], x.collect()).unwrap();
        Dataset::new(x, (0..10).map(|i| i % 2).collect(), ["a", "b"]).unwrap()
    }

    #[test]
    fn every_step_does_the_same_afterwards() {
        let data = rows();
        for steps in [
            Pipeline::new().standard_scaler(),
            Pipeline::new().min_max_scaler().smote(),
            Pipeline::new().robust_scaler(),
            Pipeline::new().standard_scaler().select_k_best(3).pca(Pca::new(2).whiten(true)),
        ] {
            let (fitted, _) = steps.fit_transform(&data).unwrap();
            let loaded = again(&fitted);
            assert!(loaded.same(&fitted), "{fitted}");
            assert_eq!(loaded.to_string(), fitted.to_string());
            let (one, other) = (fitted.transform(&data), loaded.transform(&data));
            assert_eq!(one.unwrap().x(), other.unwrap().x());
        }
        let pictures =
            Array::new([3, 16, 16], (0..768).map(|i| (i % 251) as f32).collect()).unwrap();
        let pictures = Dataset::new(pictures, vec![0, 1, 0], ["a", "b"]).unwrap();
        let hog = Hog::new().orientations(7).pixels_per_cell(4, 4).block_norm(BlockNorm::L1Sqrt);
        let hog = hog.cells_per_block(2, 2).transform_sqrt(true);
        let (fitted, prepared) = Pipeline::new().hog(hog).fit_transform(&pictures).unwrap();
        assert_eq!(again(&fitted).transform(&pictures).unwrap().x(), prepared.x());
        assert!(again(&fitted).same(&fitted));
    }

    #[test]
    fn arrays_that_do_not_fit_together_are_refused() {
        let steps = Pipeline::new().standard_scaler().select_k_best(2).pca(1);
        let (fitted, _) = steps.fit_transform(&rows()).unwrap();
        let says = |change: &dyn Fn(&mut Vec<StepParts>), part: &str| {
            let mut steps = fitted.to_parts();
            change(&mut steps);
            let error = FittedPipeline::of_parts(steps).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        says(&|steps| steps[0].class_name = "Code".into(), "'Code'");
        says(&|steps| steps[0].arrays[1].2.truncate(2), "StandardScaler: scale is of 2 values");
        says(&|steps| steps[0].arrays[0].2[1] = f64::NAN, "StandardScaler: mean is NaN");
        says(&|steps| steps[0].arrays.clear(), "mean is missing");
        says(&|steps| steps[1].settings["indices"] = serde_json::json!([0, 9]), "indices is 9");
        says(&|steps| steps[2].arrays[0].2.clear(), "at least 1 of each");
        let more = |steps: &mut Vec<StepParts>| {
            steps[2].settings.insert("more".into(), 3.into());
        };
        says(&more, "more is 3");
    }
}
