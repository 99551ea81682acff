//! Class and sample weights.

use super::inputs::{Samples, TrainingData};
use crate::array::argmax;
use crate::error::{Error, Result};

/// A class by its index or its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassKey {
    /// The index, counted from 0.
    Index(i64),
    /// The name in the data's classes.
    Name(String),
}

impl From<i32> for ClassKey {
    fn from(index: i32) -> Self {
        ClassKey::Index(index.into())
    }
}

impl From<usize> for ClassKey {
    fn from(index: usize) -> Self {
        ClassKey::Index(index.try_into().unwrap_or(i64::MAX))
    }
}

impl From<&str> for ClassKey {
    fn from(name: &str) -> Self {
        ClassKey::Name(name.to_string())
    }
}

impl From<String> for ClassKey {
    fn from(name: String) -> Self {
        ClassKey::Name(name)
    }
}

/// The class and sample weights of a fit.
#[derive(Clone, Debug, Default)]
pub(super) struct Weighting {
    pub classes: Option<ClassWeights>,
    pub samples: Option<Vec<f32>>,
}

#[derive(Clone, Debug)]
pub(super) enum ClassWeights {
    Given(Vec<(ClassKey, f64)>),
    Balanced,
}

impl Weighting {
    pub fn check(&self) -> Result<()> {
        if self.classes.is_some() && self.samples.is_some() {
            return Err(Error::argument(
                "Fit::class_weight",
                "given beside sample weights",
                "given without them, as in Keras: both say how much a sample counts",
            )
            .hint("multiply them into Fit::sample_weight yourself"));
        }
        let given = match &self.classes {
            Some(ClassWeights::Given(weights)) => weights.as_slice(),
            _ => &[],
        };
        if let Some((key, weight)) = given.iter().find(|(_, w)| !usable(*w)) {
            return Err(Error::argument(format!("Fit::class_weight of {key:?}"), weight, USABLE));
        }
        match self.samples.iter().flatten().enumerate().find(|(_, w)| !usable(f64::from(**w))) {
            Some((i, w)) => {
                Err(Error::argument(format!("Fit::sample_weight of row {i}"), w, USABLE))
            }
            None => Ok(()),
        }
    }

    /// The weights of these rows, in their order.
    pub fn take(&self, rows: &[usize], all: usize) -> Result<Weighting> {
        self.check_count(all)?;
        let samples = self.samples.as_ref().map(|w| rows.iter().map(|&row| w[row]).collect());
        Ok(Weighting { samples, ..self.clone() })
    }

    fn check_count(&self, rows: usize) -> Result<()> {
        match &self.samples {
            Some(weights) if weights.len() != rows => Err(Error::argument(
                "Fit::sample_weight: the number of weights",
                weights.len(),
                format!("{rows}, one for each row of the data"),
            )),
            _ => Ok(()),
        }
    }

    /// A weight for each row, for a model with this many outputs; class weights apply to training
    /// rows only, as in Keras.
    pub fn resolve(
        &self,
        data: TrainingData<'_>,
        train_rows: usize,
        outputs: usize,
    ) -> Result<Option<Vec<f32>>> {
        let samples = Samples::from(data);
        let rows = samples.x.rows();
        self.check_count(rows)?;
        let Some(classes) = &self.classes else { return Ok(self.samples.clone()) };
        let (labels, names) = labels(data, samples, outputs)?;
        let labels = &labels[..train_rows.min(labels.len())];
        let by_class = classes.resolve(labels, &names)?;
        let mut weights = vec![1.0; rows];
        for (weight, &label) in weights.iter_mut().zip(labels) {
            *weight = by_class[label];
        }
        Ok(Some(weights))
    }
}

const USABLE: &str = "a number of at least 0 within the range of f32";

/// As it is used, in single precision.
fn usable(weight: f64) -> bool {
    (weight as f32).is_finite() && weight >= 0.0
}

impl ClassWeights {
    /// A weight for each class; 1 if it is not given, as in Keras.
    fn resolve(&self, labels: &[usize], names: &Names) -> Result<Vec<f32>> {
        let mut weights = vec![1.0; names.count];
        let given = match self {
            ClassWeights::Given(given) => given,
            ClassWeights::Balanced => {
                let mut counts = vec![0usize; names.count];
                labels.iter().for_each(|&label| counts[label] += 1);
                let present = counts.iter().filter(|c| **c > 0).count();
                for (weight, count) in weights.iter_mut().zip(counts) {
                    if count > 0 {
                        *weight = (labels.len() as f64 / (present * count) as f64) as f32;
                    }
                }
                return Ok(weights);
            }
        };
        let mut taken = vec![false; names.count];
        for (key, weight) in given {
            let (index, shown) = match key {
                ClassKey::Index(i) => (usize::try_from(*i).ok(), i.to_string()),
                ClassKey::Name(name) => {
                    (names.list.iter().position(|n| n == name), format!("'{name}'"))
                }
            };
            let Some(place) = index.filter(|i| *i < names.count) else {
                let expected = match &names.list[..] {
                    [] => format!("an index below {}; arrays have no class names", names.count),
                    list => format!("one of {}, or an index below {}", list.join(", "), list.len()),
                };
                return Err(Error::argument("Fit::class_weight: the class", shown, expected));
            };
            if std::mem::replace(&mut taken[place], true) {
                let what = format!("Fit::class_weight: the weight of the class {shown}");
                return Err(Error::argument(what, "given twice", "given once"));
            }
            weights[place] = *weight as f32;
        }
        Ok(weights)
    }
}

struct Names {
    list: Vec<String>,
    count: usize,
}

/// The class of each row: a data set's labels, the largest of several target values, or a single
/// target value itself.
fn labels(
    data: TrainingData<'_>,
    samples: Samples<'_>,
    outputs: usize,
) -> Result<(Vec<usize>, Names)> {
    if let TrainingData::Dataset(data) = data
        && !data.labels().is_empty()
    {
        let list = data.classes().to_vec();
        return Ok((data.labels().to_vec(), Names { count: list.len(), list }));
    }
    let width = samples.y.row_len();
    let values = samples.y.data();
    if width > 1 {
        let labels = values.chunks_exact(width).map(argmax).collect();
        return Ok((labels, Names { list: Vec::new(), count: width }));
    }
    // More classes than that are none.
    const MOST: f32 = 1e6;
    let label = |(row, v): (usize, &f32)| match v.fract() == 0.0 && (0.0..MOST).contains(v) {
        true => Ok(*v as usize),
        false => Err(Error::argument(
            format!("Fit::class_weight: the target of row {row}"),
            v,
            "a class: 0, 1, 2 and so on",
        )
        .hint("give a Dataset, whose labels say the class, or Fit::sample_weight")),
    };
    let labels = values.iter().enumerate().map(label).collect::<Result<Vec<usize>>>()?;
    let count = labels.iter().max().map_or(0, |m| m + 1).max(2).max(outputs);
    Ok((labels, Names { list: Vec::new(), count }))
}
