//! A loss at each of several places, such as the steps of a sequence.

use super::{Loss, LossFunction, Scope};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::nn::Activation;

/// A loss of the last axis at each place of the other axes. As in Keras, the loss of a sample is
/// the mean over its places, or over the unmasked ones.
#[derive(Clone, Debug)]
struct AtPlaces {
    loss: Loss,
    places: usize,
}

impl Loss {
    /// The loss for outputs with this many places, of which some may be masked.
    pub(crate) fn at_places(&self, places: usize, masked: bool) -> Loss {
        let apart = match self.0.scope() {
            Scope::Placed => false,
            Scope::LastAxis => places > 1 || masked,
            Scope::Sample => masked,
        };
        match apart {
            true => AtPlaces { loss: self.clone(), places }.into(),
            false => self.clone(),
        }
    }
}

impl AtPlaces {
    fn inner(&self) -> &dyn LossFunction {
        &*self.loss.0
    }

    /// Calls `of` for each place with its number, target, prediction and gradient.
    fn each(
        &self,
        truth: &[f32],
        prediction: &[f32],
        gradient: &mut [f32],
        mut of: impl FnMut(usize, &[f32], &[f32], &mut [f32]),
    ) {
        let (targets, outputs) = (truth.len() / self.places, prediction.len() / self.places);
        for place in 0..self.places {
            let own = place * outputs..(place + 1) * outputs;
            let truth = &truth[place * targets..(place + 1) * targets];
            of(place, truth, &prediction[own.clone()], &mut gradient[own]);
        }
    }

    fn mean(
        &self,
        truth: &[f32],
        prediction: &[f32],
        gradient: &mut [f32],
        of: impl Fn(&[f32], &[f32], &mut [f32]) -> f32,
    ) -> f32 {
        let (mut sum, share) = (0.0, 1.0 / self.places as f32);
        self.each(truth, prediction, gradient, |_, truth, prediction, gradient| {
            sum += of(truth, prediction, gradient);
            gradient.iter_mut().for_each(|g| *g *= share);
        });
        sum * share
    }

    /// The first result of `what` for a sample's targets, with the sample's number.
    fn first<T>(
        &self,
        targets: &[f32],
        width: usize,
        what: impl Fn(&[f32]) -> Option<T>,
    ) -> Option<(usize, T)> {
        let samples = targets.chunks_exact(width.max(1)).enumerate();
        samples.filter_map(|(sample, own)| Some((sample, what(own)?))).next()
    }
}

impl LossFunction for AtPlaces {
    fn name(&self) -> &str {
        self.inner().name()
    }

    fn config(&self) -> Result<Config> {
        self.inner().config()
    }

    fn scope(&self) -> Scope {
        Scope::Placed
    }

    fn sample(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        self.mean(truth, prediction, gradient, |t, p, g| self.inner().sample(t, p, g))
    }

    fn fuses_with(&self) -> Option<Activation> {
        self.inner().fuses_with()
    }

    fn sample_fused(&self, truth: &[f32], prediction: &[f32], gradient: &mut [f32]) -> f32 {
        self.mean(truth, prediction, gradient, |t, p, g| self.inner().sample_fused(t, p, g))
    }

    fn sample_masked(
        &self,
        truth: &[f32],
        prediction: &[f32],
        gradient: &mut [f32],
        mask: &[f32],
        fused: bool,
    ) -> f32 {
        let mut sum = 0.0;
        self.each(truth, prediction, gradient, |place, truth, prediction, gradient| {
            if mask[place] == 0.0 {
                gradient.fill(0.0);
            } else if fused {
                sum += self.inner().sample_fused(truth, prediction, gradient);
            } else {
                sum += self.inner().sample(truth, prediction, gradient);
            }
        });
        sum
    }

    fn takes_probabilities(&self) -> Option<Activation> {
        self.inner().takes_probabilities()
    }

    fn takes_logits(&self) -> Option<Activation> {
        self.inner().takes_logits()
    }

    fn odd_target(&self, targets: &[f32], width: usize) -> Option<String> {
        let one = |own: &[f32]| self.inner().odd_target(own, width / self.places);
        let (sample, text) = self.first(targets, width, one)?;
        Some(format!("in sample {sample}, counting its places as rows, {text}"))
    }

    fn check_settings(&self) -> Result<()> {
        self.inner().check_settings()
    }

    fn check_values(&self, targets: &[f32], outputs: usize) -> Result<()> {
        // The number of places divides the targets: `check` comes first.
        let own = outputs / self.places;
        if self.inner().check_values(targets, own).is_ok() {
            return Ok(());
        }
        let each = targets.chunks_exact(self.places);
        each.enumerate().try_for_each(|(sample, targets)| {
            let check = self.inner().check_values(targets, own);
            check.map_err(|e| e.about(&format!("sample {sample}, counting its places as rows")))
        })
    }

    fn check(&self, targets: usize, outputs: usize) -> Result<()> {
        let places = self.places;
        let fits = targets.is_multiple_of(places);
        let inner = self.inner().check(targets / places, outputs / places);
        if fits && inner.is_ok() {
            return Ok(());
        }
        let own = outputs / places;
        let what = format!("{}: the number of values in a target", self.name());
        let expected = match self.inner().check(1, own) {
            Ok(()) if own > 1 => format!("{places}, the number of the class at each place"),
            _ => {
                format!("{outputs}: {places} places of {own} each, as the model's output has them")
            }
        };
        Err(Error::argument(what, targets, expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::checks;
    use crate::loss::prelude::*;

    #[test]
    fn gradients_are_right() {
        let softmax = CategoricalCrossentropy::new();
        let placed = Loss::from(softmax).at_places(2, false);
        let truth = [0.0, 1.0, 1.0, 0.0];
        checks::gradient_is_right(&*placed.0, &truth, &[0.2, 0.8, 0.6, 0.4]);
        let mut gradient = [0.0; 4];
        let both = placed.0.sample(&truth, &[0.2, 0.8, 0.6, 0.4], &mut gradient);
        let (first, second) = (0.8f32.ln(), 0.6f32.ln());
        assert!((both + (first + second) / 2.0).abs() < 1e-6);
        // With one unmasked place, and with none.
        let prediction = [0.2, 0.8, 0.6, 0.4];
        let one = placed.0.sample_masked(&truth, &prediction, &mut gradient, &[0.0, 1.0], true);
        assert!((one + second).abs() < 1e-6 && gradient[..2] == [0.0; 2]);
        assert!((gradient[2] + 0.4).abs() < 1e-6, "{gradient:?}");
        let none = placed.0.sample_masked(&truth, &prediction, &mut gradient, &[0.0; 2], false);
        assert_eq!((none, gradient), (0.0, [0.0; 4]));
    }

    #[test]
    fn only_losses_of_the_last_axis_are_told_apart() {
        let squares = Loss::from(MeanSquaredError::new());
        assert!(matches!(squares.at_places(3, false).0.scope(), Scope::Sample));
        assert!(matches!(squares.at_places(3, true).0.scope(), Scope::Placed));
        let sparse = Loss::from(SparseCategoricalCrossentropy::new());
        assert!(matches!(sparse.at_places(1, false).0.scope(), Scope::LastAxis));
        let placed = sparse.at_places(3, false);
        assert!(matches!(placed.at_places(3, false).0.scope(), Scope::Placed));
        assert!(placed.0.check(3, 6).is_ok());
        let text = placed.0.check(6, 6).unwrap_err().to_string();
        assert!(text.contains("3, the number of the class at each place"), "{text}");
        let text = placed.0.check_values(&[0.0, 1.0, 0.0, 1.0, 2.0, 0.0], 6).unwrap_err();
        assert!(text.to_string().contains("sample 1") && text.to_string().contains("row 1"));
        let one_hot = Loss::from(CategoricalCrossentropy::new()).at_places(3, false);
        let text = one_hot.0.check(2, 6).unwrap_err().to_string();
        assert!(text.contains("6: 3 places of 2 each"), "{text}");
        let odd = one_hot.0.odd_target(&[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], 6).unwrap();
        assert!(odd.contains("sample 0") && odd.contains("row 2"), "{odd}");
    }
}
