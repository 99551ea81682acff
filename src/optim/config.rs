//! Optimisers and their schedules in Keras' configurations.

use super::schedule::{
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, LearningRate,
    PiecewiseConstantDecay, PolynomialDecay,
};
use super::{ALL, Clip, Common, Ema, Optimizer};
use crate::config::{Config, Configured, Object, Settings, Value, snake_case, wrong};
use crate::error::Result;
use serde_json::Value as Json;

impl Common {
    fn write(&self, settings: &mut Object, decays: bool) {
        let clip = |of: fn(Clip) -> Option<f32>| of(self.clip).to_value();
        let decay = (decays || self.weight_decay != 0.0).then_some(self.weight_decay);
        let own = [
            ("learning_rate", self.learning_rate.to_value()),
            ("weight_decay", decay.to_value()),
            ("clipnorm", clip(|c| if let Clip::Norm(v) = c { Some(v) } else { None })),
            ("global_clipnorm", clip(|c| if let Clip::GlobalNorm(v) = c { Some(v) } else { None })),
            ("clipvalue", clip(|c| if let Clip::Value(v) = c { Some(v) } else { None })),
            ("use_ema", self.ema.is_some().to_value()),
            ("ema_momentum", self.ema.unwrap_or_default().momentum.to_value()),
            ("ema_overwrite_frequency", self.ema.and_then(|e| e.overwrite_frequency).to_value()),
            ("loss_scale_factor", self.loss_scale_factor.to_value()),
            ("gradient_accumulation_steps", self.gradient_accumulation_steps.to_value()),
        ];
        settings.extend(own.into_iter().map(|(k, v)| (k.to_string(), v)));
    }

    /// Reads the settings that all optimisers have.
    pub(super) fn read(&mut self, from: &Settings<'_>) -> Result<()> {
        from.read("learning_rate", &mut self.learning_rate)?;
        if let Some(decay) = from.get("weight_decay")? {
            self.weight_decay = decay;
        }
        type Way = fn(f32) -> Clip;
        let ways: [(&str, Way); 3] = [
            ("clipnorm", Clip::Norm),
            ("global_clipnorm", Clip::GlobalNorm),
            ("clipvalue", Clip::Value),
        ];
        for (key, way) in ways {
            if let Some(most) = from.get(key)? {
                self.set_clip(way(most));
            }
        }
        // These have no effect unless use_ema is set.
        let mut ema = Ema::default();
        from.read("ema_momentum", &mut ema.momentum)?;
        from.read("ema_overwrite_frequency", &mut ema.overwrite_frequency)?;
        let mut used = false;
        from.read("use_ema", &mut used)?;
        self.ema = used.then_some(ema);
        from.read("loss_scale_factor", &mut self.loss_scale_factor)?;
        from.read("gradient_accumulation_steps", &mut self.gradient_accumulation_steps)
    }
}

impl Optimizer {
    /// The optimiser's configuration in Keras' form: class name and settings.
    pub fn to_config(&self) -> Config {
        let mut settings = Object::new();
        let name = self.rule.name();
        settings.insert("name".into(), snake_case(name).into());
        // Keras' AdamW does not accept null.
        self.common.write(&mut settings, name == "AdamW");
        self.rule.write(&mut settings);
        Config::new("keras.optimizers", name, settings)
    }

    /// Makes an optimiser from a configuration of [`to_config`](Self::to_config) or of Keras.
    ///
    /// # Errors
    /// If this library does not have the class or a setting, or a setting is out of range.
    pub fn from_config(config: &Config) -> Result<Self> {
        let Some(known) = ALL.iter().find(|known| known.class == config.class_name()) else {
            let classes: Vec<_> = ALL.iter().map(|known| known.class).collect();
            return Err(config.unknown("the optimizer", &classes));
        };
        let optimizer = (known.read)(&config.reader())?;
        optimizer.check()?;
        Ok(optimizer)
    }

    /// Whether its learning rate is custom code, which no configuration can describe.
    pub(crate) fn is_code(&self) -> bool {
        self.common.learning_rate.is_code()
    }

    pub(crate) fn from_value(json: &Json) -> Result<Self> {
        match json {
            Json::String(name) => Optimizer::named(name),
            _ => Optimizer::from_config(&Config::from_value(json)?),
        }
    }
}

type ReadSchedule = fn(&Settings<'_>) -> Result<LearningRate>;

const fn schedule<S: Configured + Into<LearningRate>>() -> (&'static str, ReadSchedule) {
    (S::CLASS, |from| S::read(from).map(S::into))
}

const SCHEDULES: [(&str, ReadSchedule); 6] = [
    schedule::<ExponentialDecay>(),
    schedule::<PiecewiseConstantDecay>(),
    schedule::<PolynomialDecay>(),
    schedule::<InverseTimeDecay>(),
    schedule::<CosineDecay>(),
    schedule::<CosineDecayRestarts>(),
];

impl Value for LearningRate {
    fn to_value(&self) -> Json {
        match self {
            LearningRate::Constant(rate) => rate.to_value(),
            LearningRate::ExponentialDecay(s) => Config::of(s).to_value(),
            LearningRate::PiecewiseConstantDecay(s) => Config::of(s).to_value(),
            LearningRate::PolynomialDecay(s) => Config::of(s).to_value(),
            LearningRate::InverseTimeDecay(s) => Config::of(s).to_value(),
            LearningRate::CosineDecay(s) => Config::of(s).to_value(),
            LearningRate::CosineDecayRestarts(s) => Config::of(s).to_value(),
            // Callers check Optimizer::is_code before they write a configuration to be read again.
            LearningRate::OwnSchedule(_) => "LearningRate::from_fn".into(),
        }
    }

    fn from_value(json: &Json) -> Result<Self> {
        if !json.is_object() {
            let expected = "a number or a schedule";
            return f32::from_value(json)
                .map(LearningRate::Constant)
                .map_err(|_| wrong(json, expected));
        }
        let config = Config::from_value(json)?;
        match SCHEDULES.iter().find(|(class, _)| *class == config.class_name()) {
            Some((_, read)) => read(&config.reader()),
            None => {
                let classes: Vec<_> = SCHEDULES.iter().map(|(class, _)| *class).collect();
                Err(config.unknown("the schedule", &classes))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::*;
    use serde_json::json;

    #[test]
    fn every_optimizer_comes_back() {
        let own: Vec<Optimizer> = vec![
            Sgd::new(0.1).momentum(0.9).nesterov(true).clipnorm(0.5).into(),
            RmsProp::new(0.1).rho(0.8).momentum(0.1).epsilon(1e-3).centered(true).into(),
            Adam::new(0.1)
                .beta_1(0.8)
                .beta_2(0.7)
                .epsilon(1e-3)
                .amsgrad(true)
                .clipvalue(2.0)
                .into(),
            AdamW::new(0.1)
                .beta_1(0.8)
                .beta_2(0.7)
                .epsilon(1e-3)
                .amsgrad(true)
                .weight_decay(0.0)
                .into(),
            Adagrad::new(0.1).initial_accumulator_value(0.2).epsilon(1e-3).into(),
            Adadelta::new(0.1).rho(0.8).epsilon(1e-3).weight_decay(0.01).into(),
            Adamax::new(0.1).beta_1(0.8).beta_2(0.7).epsilon(1e-3).into(),
            Nadam::new(0.1).beta_1(0.8).beta_2(0.7).epsilon(1e-3).into(),
            Lion::new(0.1).beta_1(0.8).beta_2(0.7).global_clipnorm(3.0).into(),
            Ftrl::new(0.1)
                .learning_rate_power(-0.3)
                .initial_accumulator_value(0.2)
                .l1_regularization_strength(0.1)
                .l2_regularization_strength(0.2)
                .l2_shrinkage_regularization_strength(0.3)
                .beta(0.4)
                .into(),
        ];
        assert_eq!(own.len(), ALL.len());
        let plain = ALL.iter().map(|known| (known.make)());
        for optimizer in own.into_iter().chain(plain) {
            let text = optimizer.to_config().to_json();
            let again = Optimizer::from_config(&Config::from_json(&text).unwrap()).unwrap();
            assert_eq!(format!("{optimizer:?}"), format!("{again:?}"));
        }
    }

    #[test]
    fn every_schedule_comes_back() {
        let schedules: [LearningRate; 7] = [
            0.1f32.into(),
            ExponentialDecay::new(0.1, 1000, 0.3).staircase(true).into(),
            PiecewiseConstantDecay::new([3, 5], [0.1, 0.2, 0.3]).into(),
            PolynomialDecay::new(0.1, 7).end_learning_rate(0.01).power(2.0).cycle(true).into(),
            InverseTimeDecay::new(0.1, 7, 0.3).staircase(true).into(),
            CosineDecay::new(0.1, 7).alpha(0.2).warmup(0.3, 4).into(),
            CosineDecayRestarts::new(0.1, 7).t_mul(3.0).m_mul(0.5).alpha(0.1).into(),
        ];
        for rate in schedules {
            let again = LearningRate::from_value(&rate.to_value()).unwrap();
            assert_eq!(rate, again);
        }
        let plain = LearningRate::from(CosineDecay::new(0.1, 7));
        assert_eq!(LearningRate::from_value(&plain.to_value()).unwrap(), plain);
    }

    #[test]
    fn what_does_not_exist_here_is_refused() {
        let says = |settings: Json, part: &str| {
            let json = json!({"class_name": "SGD", "config": settings});
            let error = Optimizer::from_value(&json).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        says(json!({"use_ema": true, "ema_momentum": 2.0}), "SGD: ema_momentum");
        says(json!({"momentum": "high"}), "SGD: momentum is \"high\"");
        says(json!({"momentum": 3.0}), "momentum");
        says(json!({"learning_rate": {"class_name": "Own", "config": {}}}), "'Own'");
        says(json!({"clipnorm": 1.0, "clipvalue": 1.0}), "one of clipnorm");
        says(json!({"warmth": 1.0}), "warmth");
        let json = json!({"class_name": "Muon", "config": {}});
        assert!(Optimizer::from_value(&json).unwrap_err().to_string().contains("AdamW"));
    }
}
