//! The merges, a file each.

mod add;
mod average;
mod concatenate;
mod dot;
mod elementwise;
mod maximum;
mod minimum;
mod multiply;
mod subtract;

pub use add::Add;
pub use average::Average;
pub use concatenate::Concatenate;
pub use dot::{Dot, IntoAxes};
pub use maximum::Maximum;
pub use minimum::Minimum;
pub use multiply::Multiply;
pub use subtract::Subtract;

use super::merge::Merge;
use crate::config::{Config, Configured, Settings};
use crate::error::Result;
use std::sync::Arc;

type Read = fn(&Settings<'_>) -> Result<Arc<dyn Merge>>;

/// A class of merges that can be read.
const fn class<M: Configured + Merge + 'static>() -> (&'static str, Read) {
    (M::CLASS, |from| Ok(Arc::new(M::read(from)?)))
}

/// All of them: a new merge needs its line here.
const CLASSES: &[(&str, Read)] = &[
    class::<Add>(),
    class::<Subtract>(),
    class::<Multiply>(),
    class::<Average>(),
    class::<Maximum>(),
    class::<Minimum>(),
    class::<Concatenate>(),
    class::<Dot>(),
];

/// The names of the classes that can be read.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|(class, _)| *class)
}

/// A merge from its configuration; none if its class is no merge.
pub(crate) fn read(config: &Config) -> Option<Result<Arc<dyn Merge>>> {
    let (_, read) = CLASSES.iter().find(|(class, _)| *class == config.class_name())?;
    Some(read(&config.reader()))
}
