//! The schema of the data that a model was fitted on, so that other data reach it in the same form.

use crate::data::{Dataset, FittedPipeline, Targets, by_name};
use crate::error::Result;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The form of the rows that a model was fitted on.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    /// All steps from the raw rows to those that the network takes.
    pub pipeline: FittedPipeline,
    /// The names of the columns that the network takes; empty for pictures.
    pub columns: Vec<String>,
    /// The classes' names, in the order of their indices.
    pub classes: Vec<String>,
    /// What the network was trained towards.
    pub targets: Targets,
}

impl Schema {
    /// Of rows as the network takes them.
    pub fn of(data: &Dataset) -> Self {
        Schema {
            pipeline: data.prepared(),
            columns: data.columns().to_vec(),
            classes: data.classes().to_vec(),
            targets: data.targets().clone(),
        }
    }

    /// The data with the numbers that are targets in the order of the training data's, if they have
    /// another one.
    pub fn in_order(&self, data: &Dataset) -> Result<Option<Dataset>> {
        match &self.targets {
            Targets::Values(names) => data.with_targets_in_order(names),
            _ => Ok(None),
        }
    }

    /// The data with the missing steps applied; columns are matched by name.
    pub fn prepare(&self, who: &str, data: &Dataset) -> Result<Dataset> {
        self.pipeline.check(who, data)?;
        // What scales targets goes by their order.
        let ordered = self.in_order(data)?;
        let data = ordered.as_ref().unwrap_or(data);
        if !self.pipeline.takes_raw() {
            data.need_numbers(who)?;
        }
        by_name(&self.pipeline.transform(data)?, &self.columns)
    }

    /// The data in the form learned from.
    pub fn form(&self, who: &str, data: &Dataset) -> Result<Dataset> {
        self.align(who, &self.prepare(who, data)?)
    }

    /// The data with classes in the order learned.
    pub fn align(&self, who: &str, data: &Dataset) -> Result<Dataset> {
        data.aligned(who, &self.classes, &self.targets)
    }

    /// The index of the class that a single output above the middle stands for, and of the other.
    pub fn sides(&self) -> Option<(usize, usize)> {
        let (Targets::Binary(class) | Targets::PlusMinus(class)) = &self.targets else {
            return None;
        };
        let yes = self.classes.iter().position(|c| c == class)?;
        (self.classes.len() == 2).then_some((yes, 1 - yes))
    }

    /// What lies between the two classes that a single output tells apart.
    pub fn middle(&self) -> Option<f32> {
        match self.targets {
            Targets::PlusMinus(_) => Some(0.0),
            Targets::Binary(_) => Some(0.5),
            _ => None,
        }
    }
}

/// The messages that a model and its clones have printed, and do not repeat.
#[derive(Clone, Debug, Default)]
pub(super) struct Said(Arc<Mutex<BTreeSet<String>>>);

impl Said {
    /// Whether this is said for the first time.
    pub fn first(&self, line: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(line.to_string())
    }
}

#[cfg(test)]
impl Said {
    /// Everything said so far.
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().cloned().collect()
    }
}
