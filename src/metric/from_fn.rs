//! A metric from a closure.

use super::{Accumulator, Direction, Form, Metric, MetricFunction};
use crate::error::Result;
use std::fmt;
use std::sync::Arc;

type Code = dyn Fn(&[f32], &[f32]) -> f64 + Send + Sync;

/// A metric that is the mean of a closure's value over the samples.
#[derive(Clone)]
struct FromFn {
    name: String,
    direction: Direction,
    code: Arc<Code>,
}

impl Metric {
    /// A metric from a closure, as a function in Keras: the mean over the samples of its value, a
    /// number or a `bool`, for a sample's targets and the model's outputs. Higher is better unless
    /// [`minimize`](Self::minimize) follows.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// let near = Metric::from_fn("within_20", |truth, prediction| (truth[0] - prediction[0]).abs() <= 20.0);
    /// let net = Sequential::new([3]).add(Dense::new(1));
    /// let model = net.compile("adam", "mse", (near, "mae"))?;
    /// # let _ = model;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// If a pipeline scales the targets, both are in the targets' original units.
    pub fn from_fn<R: Into<f64>>(
        name: &str,
        code: impl Fn(&[f32], &[f32]) -> R + Send + Sync + 'static,
    ) -> Self {
        let code: Arc<Code> = Arc::new(move |truth, prediction| code(truth, prediction).into());
        FromFn { name: name.to_string(), direction: Direction::Maximize, code }.into()
    }

    /// Makes lower values better.
    pub fn minimize(self) -> Self {
        Fewer(self).into()
    }
}

impl fmt::Debug for FromFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl MetricFunction for FromFn {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn direction(&self) -> Direction {
        self.direction
    }

    fn heeds_masks(&self) -> bool {
        true
    }

    fn check(&self, _form: Form) -> Result<()> {
        Ok(())
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        Box::new(Mean { code: Arc::clone(&self.code), form, sum: 0.0, count: 0.0 })
    }
}

struct Mean {
    code: Arc<Code>,
    form: Form,
    sum: f64,
    count: f64,
}

impl Accumulator for Mean {
    fn update(&mut self, truth: &[f32], predictions: &[f32]) {
        for (truth, prediction) in self.form.samples(truth, predictions) {
            self.sum += (self.code)(truth, prediction);
            self.count += 1.0;
        }
    }

    fn result(&self) -> f64 {
        if self.count == 0.0 { 0.0 } else { self.sum / self.count }
    }

    fn reset(&mut self) {
        (self.sum, self.count) = (0.0, 0.0);
    }
}

/// A metric where lower is better.
#[derive(Debug)]
struct Fewer(Metric);

impl MetricFunction for Fewer {
    fn config(&self) -> Result<crate::config::Config> {
        self.0.0.config()
    }

    fn name(&self) -> String {
        self.0.0.name()
    }

    fn direction(&self) -> Direction {
        Direction::Minimize
    }

    fn heeds_masks(&self) -> bool {
        self.0.0.heeds_masks()
    }

    fn check(&self, form: Form) -> Result<()> {
        self.0.0.check(form)
    }

    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        self.0.0.start(form)
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn a_closure_is_measured_like_keras_own() {
        let own = Metric::from_fn("own", |truth, prediction| (truth[0] - prediction[0]).abs());
        let near =
            Metric::from_fn("near", |truth, prediction| (truth[0] - prediction[0]).abs() < 1.0);
        let net = Sequential::new([1]).add(Dense::new(1));
        let model = net.compile("sgd", "mse", (own.minimize(), near, "mae")).unwrap();
        let x = Array::new([300, 1], (0..300).map(|i| i as f32 / 50.0).collect()).unwrap();
        let scores = model.evaluate((&x, &x)).unwrap();
        assert!((scores["own"] - scores["mae"]).abs() < 1e-6, "{scores}");
        let p = model.predict(&x).unwrap();
        let hits = x.data().iter().zip(p.data()).filter(|(a, b)| (**a - **b).abs() < 1.0).count();
        assert_eq!(scores["near"], hits as f64 / 300.0);
        let direction = |name: &str| model.direction_of(name);
        assert_eq!(direction("own"), Some(crate::metric::Direction::Minimize));
        assert_eq!(direction("near"), Some(crate::metric::Direction::Maximize));
        let error = model.to_config().unwrap_err().to_string();
        assert!(error.contains("'own'") && error.contains("code"), "{error}");
    }
}
