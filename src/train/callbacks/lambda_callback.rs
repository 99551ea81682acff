//! Callbacks from closures.

use super::{Callback, Training};
use crate::error::Result;
use crate::train::scores::Scores;
use std::fmt;
use std::sync::Arc;

type Begin = Arc<dyn Fn(usize, &mut Training<'_>) -> Result<()> + Send + Sync>;
type End = Arc<dyn Fn(usize, &Scores, &mut Training<'_>) -> Result<()> + Send + Sync>;
type Batch = Arc<dyn Fn(usize, f64, &mut Training<'_>) -> Result<()> + Send + Sync>;
type Whole = Arc<dyn Fn(&mut Training<'_>) -> Result<()> + Send + Sync>;

/// A callback made of closures, as Keras' `LambdaCallback`. A closure returns nothing, or a
/// `Result` whose error ends the fit.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let enough = LambdaCallback::new().on_epoch_end(|epoch, logs, training| {
///     if logs["accuracy"] > 0.95 {
///         training.say(&format!("good enough after epoch {}", epoch + 1));
///         training.stop();
///     }
/// });
/// let fit = Fit::epochs(1000).callback(enough);
/// # let _ = fit;
/// ```
#[derive(Clone, Default)]
pub struct LambdaCallback {
    train_begin: Option<Whole>,
    epoch_begin: Option<Begin>,
    batch_end: Option<Batch>,
    epoch_end: Option<End>,
    train_end: Option<Whole>,
}

/// The return value of a callback's closure: `()` or a `Result<()>`.
pub trait HookResult {
    /// As a result.
    ///
    /// # Errors
    /// The closure's error.
    fn into_result(self) -> Result<()>;
}

impl HookResult for () {
    fn into_result(self) -> Result<()> {
        Ok(())
    }
}

impl HookResult for Result<()> {
    fn into_result(self) -> Result<()> {
        self
    }
}

impl LambdaCallback {
    /// A callback without closures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Before the first epoch: `|training| …`.
    pub fn on_train_begin<R: HookResult>(
        mut self,
        code: impl Fn(&mut Training<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        self.train_begin = Some(Arc::new(move |training| code(training).into_result()));
        self
    }

    /// Before each epoch, counted from 0: `|epoch, training| …`.
    pub fn on_epoch_begin<R: HookResult>(
        mut self,
        code: impl Fn(usize, &mut Training<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        self.epoch_begin = Some(Arc::new(move |epoch, t| code(epoch, t).into_result()));
        self
    }

    /// After each step, counted from 0 in its epoch, with the mean loss of the epoch so far:
    /// `|step, loss, training| …`.
    pub fn on_batch_end<R: HookResult>(
        mut self,
        code: impl Fn(usize, f64, &mut Training<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        self.batch_end = Some(Arc::new(move |step, loss, t| code(step, loss, t).into_result()));
        self
    }

    /// After each epoch and its validation, with everything that is logged:
    /// `|epoch, logs, training| …`.
    pub fn on_epoch_end<R: HookResult>(
        mut self,
        code: impl Fn(usize, &Scores, &mut Training<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        self.epoch_end = Some(Arc::new(move |epoch, logs, t| code(epoch, logs, t).into_result()));
        self
    }

    /// After the last epoch: `|training| …`.
    pub fn on_train_end<R: HookResult>(
        mut self,
        code: impl Fn(&mut Training<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        self.train_end = Some(Arc::new(move |training| code(training).into_result()));
        self
    }
}

impl fmt::Debug for LambdaCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LambdaCallback")
    }
}

impl Callback for LambdaCallback {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.train_begin.as_ref().map_or(Ok(()), |code| code(training))
    }

    fn on_epoch_begin(&mut self, epoch: usize, training: &mut Training<'_>) -> Result<()> {
        self.epoch_begin.as_ref().map_or(Ok(()), |code| code(epoch, training))
    }

    fn on_batch_end(&mut self, step: usize, loss: f64, training: &mut Training<'_>) -> Result<()> {
        self.batch_end.as_ref().map_or(Ok(()), |code| code(step, loss, training))
    }

    fn on_epoch_end(
        &mut self,
        epoch: usize,
        logs: &Scores,
        training: &mut Training<'_>,
    ) -> Result<()> {
        self.epoch_end.as_ref().map_or(Ok(()), |code| code(epoch, logs, training))
    }

    fn on_train_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.train_end.as_ref().map_or(Ok(()), |code| code(training))
    }

    fn changes_learning_rate(&self) -> bool {
        // The closure may change the rate, so the history holds it.
        self.epoch_begin.is_some()
    }
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn closures_see_the_fit_and_end_it() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = |what: &'static str| {
            let seen = Arc::clone(&seen);
            move || seen.lock().unwrap().push(what)
        };
        let (begin, epoch, step, end) =
            (notes("begin"), notes("epoch"), notes("step"), notes("end"));
        let callback = LambdaCallback::new()
            .on_train_begin(move |_| begin())
            .on_epoch_begin(move |_, training| {
                epoch();
                training.set_learning_rate(0.01)
            })
            .on_batch_end(move |_, loss, _| {
                assert!(loss.is_finite());
                step();
            })
            .on_epoch_end(|epoch, logs, training| {
                assert!(logs["loss"] >= 0.0 && logs["val_mae"] >= 0.0);
                if epoch == 1 {
                    training.stop();
                }
            })
            .on_train_end(move |_| end());
        let net = Sequential::new([1]).add(Dense::new(1));
        let mut model = net.compile("sgd", "mse", ["mae"]).unwrap();
        let x = Array::new([8, 1], (0..8).map(|i| i as f32 / 8.0).collect()).unwrap();
        let fit = Fit::epochs(9).validation_split(0.5).verbose(0);
        let history = model.fit((&x, &x), fit.clone().callback(callback)).unwrap();
        assert_eq!(history["loss"].len(), 2);
        assert_eq!(history["learning_rate"], [f64::from(0.01f32); 2]);
        let want = ["begin", "epoch", "step", "epoch", "step", "end"];
        assert_eq!(*seen.lock().unwrap(), want);
        let refusing = LambdaCallback::new()
            .on_epoch_end(|_, _, _| Err(Error::argument("the loss", "odd", "even")));
        let error = model.fit((&x, &x), fit.callback(refusing)).unwrap_err();
        assert!(error.to_string().contains("the loss is odd"), "{error}");
    }
}
