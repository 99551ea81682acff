//! Losses in Keras' configurations.

use super::{ALL, Loss, LossFunction};
use crate::config::{Config, Configured, Settings};
use crate::error::Result;
use serde_json::Value as Json;

/// A loss that can be made from its name or read from a configuration.
pub(crate) struct Known {
    pub class: &'static str,
    pub make: fn() -> Loss,
    pub read: fn(&Settings<'_>) -> Result<Loss>,
}

pub(super) const fn known<L: LossFunction + Configured + Default + 'static>() -> Known {
    Known {
        class: L::CLASS,
        make: || L::default().into(),
        read: |from| L::read(from).map(Loss::from),
    }
}

impl Loss {
    /// The loss's configuration in Keras' form: class name and settings.
    ///
    /// # Errors
    /// If it is custom code, such as a [`CustomLoss`](crate::bridge::CustomLoss).
    pub fn to_config(&self) -> Result<Config> {
        let mut config = self.0.config()?;
        config.settings_mut().entry("name").or_insert_with(|| self.0.name().into());
        Ok(config)
    }

    /// Makes a loss from a configuration of [`to_config`](Self::to_config) or of Keras.
    ///
    /// # Errors
    /// If this library does not have the class or a setting, or a setting is out of range.
    pub fn from_config(config: &Config) -> Result<Self> {
        let Some(known) = ALL.iter().find(|known| known.class == config.class_name()) else {
            let classes: Vec<_> = ALL.iter().map(|known| known.class).collect();
            return Err(config.unknown("the loss", &classes));
        };
        let loss = (known.read)(&config.reader())?;
        loss.check()?;
        Ok(loss)
    }

    /// Makes a loss from a name or a configuration, as in Keras' `compile_config`.
    pub(crate) fn from_value(json: &Json) -> Result<Self> {
        match json {
            Json::String(name) => Loss::named(name),
            _ => Loss::from_config(&Config::from_value(json)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::CustomLoss;
    use crate::loss::*;
    use serde_json::json;

    #[test]
    fn every_loss_comes_back() {
        let own: [Loss; 5] = [
            BinaryCrossentropy::new().label_smoothing(0.1).into(),
            BinaryFocalCrossentropy::new().alpha(0.3).gamma(1.5).label_smoothing(0.1).into(),
            CategoricalCrossentropy::new().label_smoothing(0.1).into(),
            CategoricalFocalCrossentropy::new().alpha(0.3).gamma(1.5).label_smoothing(0.1).into(),
            Huber::new().delta(0.3).into(),
        ];
        for loss in own.into_iter().chain(ALL.iter().map(|known| (known.make)())) {
            let text = loss.to_config().unwrap().to_json();
            let again = Loss::from_config(&Config::from_json(&text).unwrap()).unwrap();
            assert_eq!(format!("{loss:?}"), format!("{again:?}"));
        }
    }

    #[test]
    fn what_does_not_exist_here_is_refused() {
        let says = |json: Json, part: &str| {
            let error = Loss::from_value(&json).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        let sum = json!({"reduction": "sum"});
        says(json!({"class_name": "BinaryCrossentropy", "config": sum}), "reduction is \"sum\"");
        says(json!({"class_name": "Tversky", "config": {}}), "'Tversky'");
        says(json!({"class_name": "Huber", "config": {"delta": -1.0}}), "delta");
        let own = Loss::from(CustomLoss::new("mine", |t, p| {
            use dfdx::prelude::*;
            (p - t).square().sum()
        }));
        let error = own.to_config().unwrap_err().to_string();
        assert!(error.contains("'mine'") && error.contains("save_weights"), "{error}");
    }
}
