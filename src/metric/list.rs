//! Lists of metrics, as `compile` takes them.

use super::{Metric, OutputMetric};
use crate::error::Result;

/// One metric of a list: the metric itself, or a Keras name such as `"accuracy"`.
pub trait IntoMetric {
    /// The metric.
    ///
    /// # Errors
    /// If there is no metric of this name.
    fn into_metric(self) -> Result<Metric>;
}

impl<M: Into<Metric>> IntoMetric for M {
    fn into_metric(self) -> Result<Metric> {
        Ok(self.into())
    }
}

/// A metric of one output, with the output's name.
impl<M: IntoMetric> IntoMetric for (&str, M) {
    fn into_metric(self) -> Result<Metric> {
        let (output, metric) = self;
        Ok(OutputMetric::new(output, metric.into_metric()?).into())
    }
}

impl IntoMetric for &str {
    fn into_metric(self) -> Result<Metric> {
        Metric::named(self)
    }
}

/// A list of metrics: an array or vector of one kind or of Keras names, a tuple of several kinds,
/// or `()` for none.
pub trait IntoMetrics {
    /// The metrics.
    ///
    /// # Errors
    /// If a name is unknown.
    fn into_metrics(self) -> Result<Vec<Metric>>;
}

impl<M: IntoMetric, const N: usize> IntoMetrics for [M; N] {
    fn into_metrics(self) -> Result<Vec<Metric>> {
        self.into_iter().map(M::into_metric).collect()
    }
}

impl<M: IntoMetric> IntoMetrics for Vec<M> {
    fn into_metrics(self) -> Result<Vec<Metric>> {
        self.into_iter().map(M::into_metric).collect()
    }
}

macro_rules! tuple_of_metrics {
    ($($m:ident)*) => {
        impl<$($m: IntoMetric),*> IntoMetrics for ($($m,)*) {
            #[allow(non_snake_case)]
            fn into_metrics(self) -> Result<Vec<Metric>> {
                let ($($m,)*) = self;
                Ok(vec![$($m.into_metric()?),*])
            }
        }
    };
}
tuple_of_metrics!();
tuple_of_metrics!(A);
tuple_of_metrics!(A B);
tuple_of_metrics!(A B C);
tuple_of_metrics!(A B C D);
tuple_of_metrics!(A B C D E);
tuple_of_metrics!(A B C D E F);
tuple_of_metrics!(A B C D E F G);
tuple_of_metrics!(A B C D E F G H);
