//! The metrics that have a name and a class: those of this module and the losses.

use super::mean_loss::MeanLoss;
use super::{Metric, MetricFunction};
use crate::config::{Configured, Settings};
use crate::error::Result;
use crate::loss;

/// A metric that can be made from its name or read from a configuration.
#[derive(Clone, Copy)]
pub(super) enum Known {
    Metric { class: &'static str, make: fn() -> Metric, read: fn(&Settings<'_>) -> Result<Metric> },
    Loss(&'static loss::Known),
}

pub(super) const fn known<M: MetricFunction + Configured + Default + 'static>() -> Known {
    Known::Metric {
        class: M::CLASS,
        make: || M::default().into(),
        read: |from| M::read(from).map(Metric::from),
    }
}

impl Known {
    pub fn class(self) -> &'static str {
        match self {
            Known::Metric { class, .. } => class,
            Known::Loss(loss) => loss.class,
        }
    }

    /// With Keras' settings.
    pub fn make(self) -> Metric {
        match self {
            Known::Metric { make, .. } => make(),
            Known::Loss(loss) => MeanLoss((loss.make)().0).into(),
        }
    }

    pub fn read(self, from: &Settings<'_>) -> Result<Metric> {
        match self {
            Known::Metric { read, .. } => read(from),
            Known::Loss(loss) => Ok(MeanLoss((loss.read)(from)?.0).into()),
        }
    }
}
