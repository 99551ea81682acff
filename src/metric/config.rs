//! Metrics in Keras' configurations. Metrics without a class in Keras have the module
//! `dfdx_lab.metrics`.

use super::{Average, Metric, SECOND, all};
use crate::config::{Config, Object, Settings, Value};
use crate::error::{Error, Result};
use serde_json::Value as Json;

pub(super) const OWN: &str = "dfdx_lab.metrics";
const KERAS: &str = "keras.metrics";

impl Metric {
    /// The metric's configuration in Keras' form: class name and settings.
    ///
    /// # Errors
    /// If it is custom code.
    pub fn to_config(&self) -> Result<Config> {
        let mut config = self.0.config()?;
        config.settings_mut().insert("name".into(), self.0.name().into());
        Ok(config)
    }

    /// Makes a metric from a configuration of [`to_config`](Self::to_config) or of Keras.
    ///
    /// # Errors
    /// If this library does not have the class or a setting.
    pub fn from_config(config: &Config) -> Result<Self> {
        let class = config.class_name();
        let second = SECOND.iter().find(|(second, _)| *second == class);
        let own = second.map_or(class, |(_, own)| own);
        let Some(found) = all().find(|known| known.class() == own) else {
            let classes =
                all().map(|known| known.class()).chain(SECOND.iter().map(|(class, _)| *class));
            return Err(config.unknown("the metric", &classes.collect::<Vec<_>>()));
        };
        if class == "Accuracy" && config.module() == KERAS {
            let expected = "\"accuracy\", or one of the other accuracies";
            return Err(Error::argument("the metric", "Keras' class Accuracy", expected)
                .hint("it counts outputs that equal their target to the last bit"));
        }
        let metric = found.read(&config.reader())?;
        match config.settings().get("name").and_then(Json::as_str) {
            Some(name) if name != metric.0.name() => Ok(metric.called(name)),
            _ => Ok(metric),
        }
    }

    /// The metric in Keras' `compile_config`: a configuration, but for `"accuracy"` only this name,
    /// since its kind depends on the model.
    pub(crate) fn to_value(&self) -> Result<Json> {
        let config = self.to_config()?;
        let name = self.0.name();
        match config.class_name() == "Accuracy" && ["accuracy", "acc"].contains(&&*name) {
            true => Ok(name.into()),
            false => Ok(config.to_value()),
        }
    }

    pub(crate) fn from_value(json: &Json) -> Result<Self> {
        match json {
            Json::String(name) => Metric::named(name),
            _ => Metric::from_config(&Config::from_value(json)?),
        }
    }
}

/// The configuration of precision, recall or F1, whose averages have different settings in Keras.
pub(super) fn counted(class: &str, average: Average, threshold: Option<f32>) -> Config {
    let f1 = class == "F1Score";
    let number = if let Average::Class(number) = average { Some(number) } else { None };
    let mut settings = Object::new();
    settings.insert(if f1 { "threshold" } else { "thresholds" }.into(), threshold.to_value());
    let name = average.keras().map(str::to_string);
    let keras = match f1 {
        true => number.is_none(),
        false => number.is_some() || average == Average::Micro,
    };
    if f1 || !keras {
        settings.insert("average".into(), name.to_value());
    }
    if !f1 || !keras {
        settings.insert("class_id".into(), number.to_value());
    }
    Config::new(if keras { KERAS } else { OWN }, class, settings)
}

/// The average and the threshold of precision, recall or F1.
pub(super) fn read_counted(class: &str, from: &Settings<'_>) -> Result<(Average, Option<f32>)> {
    let f1 = class == "F1Score";
    let threshold = from.get(if f1 { "threshold" } else { "thresholds" })?;
    let (name, number): (Option<String>, Option<usize>) =
        (from.get("average")?, from.get("class_id")?);
    let expected = "\"micro\", \"macro\" or \"weighted\"";
    let average = match (name.as_deref(), number) {
        (None, Some(number)) => Average::Class(number),
        (Some("micro"), None) => Average::Micro,
        (Some("macro"), None) => Average::Macro,
        (Some("weighted"), None) => Average::Weighted,
        (None, None) if !f1 => Average::Micro,
        // Keras then returns a value for each class, but a history has room for one.
        (name, _) => {
            let got = name.unwrap_or("null");
            return Err(Error::argument(format!("{class}: average"), got, expected));
        }
    };
    from.end()?;
    Ok((average, threshold))
}

/// The configuration of a loss as a metric. Keras has classes for most, with fewer settings.
pub(super) fn of_loss(loss: Config) -> Config {
    let (module, class) = match loss.class_name() {
        "LogCosh" => (KERAS, "LogCoshError"),
        class @ ("Huber" | "BinaryFocalCrossentropy" | "CategoricalFocalCrossentropy") => {
            (OWN, class)
        }
        class => (KERAS, class),
    };
    let mut settings = loss.settings().clone();
    settings.remove("reduction");
    settings.remove("axis");
    Config::new(module, class, settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::*;
    use crate::metric::*;
    use serde_json::json;

    #[test]
    fn every_metric_comes_back() {
        let own: Vec<Metric> = vec![
            Accuracy::new().into(),
            Metric::from(Accuracy::new()).called("right"),
            BinaryAccuracy::new().threshold(0.3).into(),
            TopKCategoricalAccuracy::new(3).name("top_3").into(),
            F1Score::weighted().threshold(0.4).into(),
            F1Score::micro().into(),
            F1Score::class(2).name("rem").into(),
            Precision::class(1).into(),
            Precision::weighted().into(),
            Recall::macro_average().threshold(0.2).name("found").into(),
            Auc::new().curve(Curve::Pr).num_thresholds(50).multi_label(true).name("auc_pr").into(),
            Huber::new().delta(0.2).into(),
            BinaryCrossentropy::new().label_smoothing(0.1).into(),
            BinaryFocalCrossentropy::new().alpha(0.1).into(),
        ];
        let plain = all().map(|known| known.make());
        let names = ["acc", "mse", "rmse", "f1_score"].map(|name| Metric::named(name).unwrap());
        for metric in own.into_iter().chain(plain).chain(names) {
            let json = metric.to_value().unwrap();
            let again = Metric::from_value(&json).unwrap();
            assert_eq!(again.to_string(), metric.to_string());
            assert_eq!(again.direction(), metric.direction());
            assert_eq!(again.to_value().unwrap(), json);
        }
    }

    #[test]
    fn what_does_not_exist_here_is_refused() {
        let says = |json: Json, part: &str| {
            let error = Metric::from_value(&json).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        says(json!({"class_name": "F1Score", "config": {"average": null}}), "micro");
        says(json!({"class_name": "Precision", "config": {"top_k": 3}}), "top_k is 3");
        says(json!({"class_name": "MeanIoU", "config": {}}), "'MeanIoU'");
        let exact = json!({"module": "keras.metrics", "class_name": "Accuracy", "config": {}});
        says(exact, "last bit");
    }
}
