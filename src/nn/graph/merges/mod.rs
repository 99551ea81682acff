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

pub use dot::IntoAxes;

use super::merge::Merge;
use crate::config::{Config, Configured, Settings};
use crate::error::Result;
use crate::register::register;
use std::sync::Arc;

type Class = (&'static str, fn(&Settings<'_>) -> Result<Arc<dyn Merge>>);

/// A class of merges that can be read.
const fn class<M: Configured + Merge + 'static>() -> Class {
    (M::CLASS, |from| Ok(Arc::new(M::read(from)?)))
}

register! {
    /// All of them.
    const CLASSES: &[Class] = class;

    pub use add::Add;
    pub use subtract::Subtract;
    pub use multiply::Multiply;
    pub use average::Average;
    pub use maximum::Maximum;
    pub use minimum::Minimum;
    pub use concatenate::Concatenate;
    pub use dot::Dot;

    pub(in crate::nn) mod prelude {}
}

/// The names of the classes that can be read.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|(class, _)| *class)
}

/// A merge from its configuration; none if its class is no merge.
pub(crate) fn read(config: &Config) -> Option<Result<Arc<dyn Merge>>> {
    let (_, read) = CLASSES.iter().find(|(class, _)| *class == config.class_name())?;
    Some(read(&config.reader()))
}
