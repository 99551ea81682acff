//! A metric at each of several places, such as the steps of a sequence.

use super::{Accumulator, Direction, Form, Metric, MetricFunction};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::loss::Scope;

/// A metric of the last axis, which counts each place of the other axes as a sample.
#[derive(Debug)]
struct AtPlaces {
    metric: Metric,
    places: usize,
}

impl Metric {
    /// The metric for outputs with this many places, of which some may be masked.
    pub(crate) fn at_places(self, places: usize, masked: bool) -> Metric {
        let apart = match self.0.scope() {
            Scope::Placed => false,
            Scope::LastAxis => places > 1 || masked,
            Scope::Sample => masked,
        };
        match apart {
            true => AtPlaces { metric: self, places }.into(),
            false => self,
        }
    }
}

impl AtPlaces {
    fn form(&self, form: Form) -> Form {
        let (targets, outputs) = (form.targets / self.places, form.outputs / self.places);
        Form { targets, outputs, ..form }
    }
}

impl MetricFunction for AtPlaces {
    fn name(&self) -> String {
        self.metric.0.name()
    }

    fn config(&self) -> Result<Config> {
        self.metric.0.config()
    }

    fn direction(&self) -> Direction {
        self.metric.direction()
    }

    fn scope(&self) -> Scope {
        Scope::Placed
    }

    fn heeds_masks(&self) -> bool {
        self.metric.0.heeds_masks()
    }

    fn check(&self, form: Form) -> Result<()> {
        if !form.targets.is_multiple_of(self.places) {
            let what = format!("{}: the number of values in a target", self.name());
            let expected = format!("a multiple of {}, the places of the output", self.places);
            return Err(Error::argument(what, form.targets, expected));
        }
        self.metric.0.check(self.form(form))
    }

    /// An accumulator takes samples one after the other, so the places of a sample are samples,
    /// too.
    fn start(&self, form: Form) -> Box<dyn Accumulator> {
        self.metric.0.start(self.form(form))
    }
}
