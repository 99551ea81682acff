//! Fitted pipelines, and the steps that a dataset still lacks.

use std::fmt;
use std::sync::Arc;

use super::steps::Fitted;
use crate::array::Array;
use crate::data::near::near;
use crate::data::{Dataset, StandardScaler};
use crate::error::{Error, Result};

/// A [`Pipeline`](super::Pipeline) fitted to training rows. Steps that resample are not part of it.
///
/// Every [`Dataset`] carries the steps that were applied to it, so that no step is applied twice.
///
/// ```
/// use dfdx_lab::{Array, data::{Dataset, Pipeline}};
/// let x = Array::new([4, 1], vec![0.0, 2.0, 4.0, 8.0])?;
/// let data = Dataset::new(x, vec![0, 0, 1, 1], ["low", "high"])?;
/// let (fitted, prepared) = Pipeline::new().min_max_scaler().fit_transform(&data)?;
/// assert_eq!(fitted.transform(&data)?.x(), prepared.x());
/// assert_eq!(fitted.transform(&prepared)?.x(), prepared.x());
/// assert_eq!(prepared.prepared().to_string(), "min-max scaler");
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct FittedPipeline {
    steps: Vec<Arc<Step>>,
}

/// A step, with the names of the columns that it was fitted on.
struct Step {
    does: Fitted,
    columns: Vec<String>,
    digest: u64,
}

impl Step {
    fn new(does: Fitted, columns: Vec<String>) -> Self {
        Step { digest: does.digest(), does, columns }
    }

    fn apply(self, data: &Dataset) -> Result<Dataset> {
        Arc::new(self).pass(data)
    }

    fn pass(self: &Arc<Self>, data: &Dataset) -> Result<Dataset> {
        let mut done = data.prepared();
        done.steps.push(Arc::clone(self));
        Ok(self.does.transform(data)?.with_prepared(done))
    }

    fn is_by_hand(&self) -> bool {
        matches!(self.does, Fitted::ByHand(_))
    }
}

impl Fitted {
    /// Passes data through, and notes that in them.
    pub(super) fn apply(self, data: &Dataset) -> Result<Dataset> {
        Step::new(self, data.columns().to_vec()).apply(data)
    }
}

impl FittedPipeline {
    /// Transforms data by the fitted steps. Steps that the data have gone through are not applied
    /// again. Columns, and targets that are scaled, are matched by name, in any order; they come out
    /// in that of the training rows. Nothing is resampled.
    ///
    /// # Errors
    /// If the data lack a column that the training rows had, or were prepared by other steps.
    pub fn transform(&self, data: &Dataset) -> Result<Dataset> {
        let rest = self.rest("FittedPipeline::transform", data)?;
        let mut data = match rest.first() {
            Some(step) => by_name(data, &step.columns)?,
            None => data.clone(),
        };
        for step in rest {
            data = step.pass(&data)?;
        }
        Ok(data)
    }

    /// The names of the columns that come out of it (scikit-learn: `get_feature_names_out`), as
    /// `port_S` of a category; none before a fit, and of pictures.
    ///
    /// ```
    /// use dfdx_lab::prelude::*;
    /// # let frame = dfdx_lab::polars::df!("age" => [22.0, 38.0, 26.0], "port" => ["S", "C", "S"], "survived" => [0, 1, 1]);
    /// let table = Table::from_dataframe(frame.unwrap())?;
    /// let data = Dataset::from_table_all(&table, "survived")?;
    /// let (fitted, prepared) = Pipeline::new().one_hot().standard_scaler().fit_transform(&data)?;
    /// assert_eq!(fitted.features(), ["age", "port_C", "port_S"]);
    /// # assert_eq!(fitted.features(), prepared.columns());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn features(&self) -> Vec<String> {
        self.steps.last().map_or_else(Vec::new, |step| step.does.features(&step.columns))
    }

    /// Whether it makes numbers of text or of what is missing.
    pub(crate) fn takes_raw(&self) -> bool {
        self.steps.iter().any(|s| matches!(s.does, Fitted::Impute(_) | Fitted::Encode(_)))
    }

    /// Whether it has no steps.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What the targets were scaled by, last step last.
    pub(crate) fn target_scalers(&self) -> impl DoubleEndedIterator<Item = &StandardScaler> {
        self.steps.iter().filter_map(|step| match &step.does {
            Fitted::Targets(scaler, _) => Some(scaler),
            _ => None,
        })
    }

    /// What takes scaled targets back to their own units, `value · scale + offset` for each of them;
    /// nothing if they are not scaled.
    pub(crate) fn target_units(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let mut scalers = self.target_scalers().rev();
        let last = scalers.next()?;
        let start = (last.scale().to_vec(), last.mean().to_vec());
        Some(scalers.fold(start, |(scale, offset), scaler| {
            let line = || scaler.scale().iter().zip(scaler.mean());
            let offset = offset.iter().zip(line()).map(|(o, (s, mean))| o * s + mean).collect();
            let scale = scale.iter().zip(line()).map(|(own, (s, _))| own * s).collect();
            (scale, offset)
        }))
    }

    /// Targets or predictions in the targets' own units.
    pub(crate) fn unscaled(&self, values: Array) -> Result<Array> {
        self.target_scalers().rev().try_fold(values, |v, scaler| scaler.inverse_transform(&v))
    }

    /// Whether both do the same to every row.
    pub(crate) fn same(&self, other: &FittedPipeline) -> bool {
        self.steps.iter().map(|s| s.digest).eq(other.steps.iter().map(|s| s.digest))
    }

    /// Checks that [`transform`](Self::transform) can make these data what they should be; `who`
    /// asks.
    pub(crate) fn check(&self, who: &str, data: &Dataset) -> Result<()> {
        self.rest(who, data).map(|_| ())
    }

    /// The steps that the data lack.
    fn rest(&self, who: &str, data: &Dataset) -> Result<&[Arc<Step>]> {
        let done = data.prepared();
        let pairs = self.steps.iter().zip(&done.steps);
        let same = pairs.take_while(|(a, b)| a.digest == b.digest).count();
        let (rest, more) = (&self.steps[same..], &done.steps[same..]);
        if more.is_empty() {
            return match rest.iter().find(|step| step.is_by_hand()) {
                None => Ok(rest),
                Some(step) => Err(Error::argument(
                    format!("{who}: the data"),
                    done.words(),
                    format!("prepared by {self}, as the rows were that were learned from"),
                )
                .hint(format!("do {} to them yourself, after the pipeline", step.does))),
            };
        }
        // What was done to prepared rows on purpose, as leaving columns out, is no other preparation.
        if rest.is_empty() && more.iter().all(|step| step.is_by_hand()) {
            return Ok(rest);
        }
        let other = if rest.is_empty() { "" } else { ", of other training rows" };
        let expected = match self.is_empty() {
            true => "as they were before any preparation, as the rows were that were learned from"
                .to_string(),
            false => {
                format!("as they were before any preparation, or prepared by {self} as learned")
            }
        };
        Err(Error::argument(
            format!("{who}: the data"),
            format!("{}{other}", done.words()),
            expected,
        ))
    }

    /// Notes that prepared rows were changed outside of a pipeline.
    pub(crate) fn by_hand(mut self, what: impl FnOnce() -> String, columns: &[String]) -> Self {
        if !self.is_empty() {
            let step = Step::new(Fitted::ByHand(what()), columns.to_vec());
            self.steps.push(Arc::new(step));
        }
        self
    }

    fn words(&self) -> String {
        match self.is_empty() {
            true => "not prepared".to_string(),
            false => format!("prepared by {self}"),
        }
    }
}

/// The data with their columns in this order, found by name. Columns without names of their own (x0,
/// x1, …, or pictures) are taken as they stand.
pub(crate) fn by_name(data: &Dataset, columns: &[String]) -> Result<Dataset> {
    let found = data.columns();
    if found == columns || unnamed(found) || unnamed(columns) {
        return Ok(data.clone());
    }
    let place = |name: &String| {
        found.iter().position(|c| c == name).ok_or_else(|| {
            Error::argument("the columns of the data", format!("without '{name}'"), {
                format!("those learned from, {}", shortened(columns))
            })
            .hint(near(name, found))
        })
    };
    let places = columns.iter().map(place).collect::<Result<Vec<_>>>()?;
    data.with_features(&places)
}

fn unnamed(columns: &[String]) -> bool {
    columns.iter().enumerate().all(|(i, name)| *name == format!("x{i}"))
}

fn shortened(names: &[String]) -> String {
    match names {
        [a, b, c, .., last] if names.len() > 6 => {
            format!("{} columns {a}, {b}, {c}, …, {last}", names.len())
        }
        names => names.join(", "),
    }
}

impl fmt::Display for FittedPipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no step");
        }
        for (i, step) in self.steps.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, step.does)?;
        }
        Ok(())
    }
}

impl fmt::Debug for FittedPipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FittedPipeline({self})")
    }
}

impl FittedPipeline {
    /// The names of the columns that rows need which lack all steps; none without a step.
    pub(crate) fn columns(&self) -> Option<&[String]> {
        self.steps.first().map(|step| step.columns.as_slice())
    }

    /// The steps in their order, each with the names of the columns it was fitted on.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&Fitted, &[String])> {
        self.steps.iter().map(|step| (&step.does, step.columns.as_slice()))
    }

    /// A pipeline of steps that were fitted before.
    pub(crate) fn from_parts(parts: impl IntoIterator<Item = (Fitted, Vec<String>)>) -> Self {
        let step = |(does, columns)| Arc::new(Step::new(does, columns));
        FittedPipeline { steps: parts.into_iter().map(step).collect() }
    }
}
