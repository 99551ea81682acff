//! Which classes are resampled, and to how many rows.

use crate::data::Dataset;
use crate::error::{Error, Result};

/// Which classes are resampled, and to how many rows: imbalanced-learn's `sampling_strategy`.
///
/// The majority is the class with the most rows, the minority the one with the fewest (the first of
/// equals); classes without rows are none. By name of a class alone, over-sampling fills up to the
/// majority's rows and under-sampling goes down to the minority's.
///
/// ```
/// use dfdx_lab::data::{RandomUnderSampler, Smote};
/// let smote = Smote::new().sampling_strategy([("rem", 500)]); // to 500 rows
/// let under = RandomUnderSampler::new().sampling_strategy(0.5); // two classes: minority / majority
/// # let _ = (smote, under);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SamplingStrategy {
    /// All but the majority when over-sampling, all but the minority when under-sampling.
    #[default]
    Auto,
    /// The minority class only; for over-sampling.
    Minority,
    /// The majority class only; for under-sampling.
    Majority,
    /// All but the minority.
    NotMinority,
    /// All but the majority.
    NotMajority,
    /// All.
    All,
    /// Of two classes: the minority's rows for each row of the majority, afterwards.
    Ratio(f64),
    /// The rows that each of these classes has afterwards; others stay as they are.
    Counts(Vec<(String, usize)>),
}

impl From<f64> for SamplingStrategy {
    fn from(ratio: f64) -> Self {
        SamplingStrategy::Ratio(ratio)
    }
}

impl<S: Into<String>, const N: usize> From<[(S, usize); N]> for SamplingStrategy {
    fn from(counts: [(S, usize); N]) -> Self {
        SamplingStrategy::Counts(counts.into_iter().map(|(s, n)| (s.into(), n)).collect())
    }
}

impl<S: Into<String>> From<Vec<(S, usize)>> for SamplingStrategy {
    fn from(counts: Vec<(S, usize)>) -> Self {
        SamplingStrategy::Counts(counts.into_iter().map(|(s, n)| (s.into(), n)).collect())
    }
}

/// Whether rows are added or left out.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Over,
    Under,
}

impl SamplingStrategy {
    /// Each class to add rows to, with how many to add, in the classes' order.
    pub(super) fn added(&self, who: &str, data: &Dataset) -> Result<Vec<(usize, usize)>> {
        let counts = data.class_counts();
        let goals = self.goals(who, data, Way::Over)?;
        Ok(goals.into_iter().map(|(c, goal)| (c, goal - counts[c])).filter(|g| g.1 > 0).collect())
    }

    /// Each class to leave out rows of, with how many to keep, in the classes' order.
    pub(super) fn kept(&self, who: &str, data: &Dataset) -> Result<Vec<(usize, usize)>> {
        self.goals(who, data, Way::Under)
    }

    /// Each class meant and the rows that it is to have, which is on the right side of those it has.
    fn goals(&self, who: &str, data: &Dataset, way: Way) -> Result<Vec<(usize, usize)>> {
        data.need_labels(who)?;
        let counts = data.class_counts();
        let present = || (0..counts.len()).filter(|&c| counts[c] > 0);
        let by_count = |c: &usize| counts[*c];
        // max_by_key takes the last of equals, and the first is meant.
        let (Some(minority), Some(majority)) =
            (present().min_by_key(by_count), present().rev().max_by_key(by_count))
        else {
            return Err(Error::argument(format!("{who}: the number of rows"), 0, "at least 1"));
        };
        let goal = counts[if way == Way::Over { majority } else { minority }];
        let all = |keep: &dyn Fn(usize) -> bool| {
            Ok(present().filter(|&c| keep(c)).map(|c| (c, goal)).collect())
        };
        match (self, way) {
            (SamplingStrategy::Auto, Way::Over) | (SamplingStrategy::NotMajority, _) => {
                all(&|c| c != majority)
            }
            (SamplingStrategy::Auto, Way::Under) | (SamplingStrategy::NotMinority, _) => {
                all(&|c| c != minority)
            }
            (SamplingStrategy::Minority, Way::Over) => all(&|c| c == minority),
            (SamplingStrategy::Majority, Way::Under) => all(&|c| c == majority),
            (SamplingStrategy::All, _) => all(&|_| true),
            (SamplingStrategy::Minority, Way::Under) => {
                wrong(who, "Minority", "another one: the minority loses no rows")
            }
            (SamplingStrategy::Majority, Way::Over) => {
                wrong(who, "Majority", "another one: the majority is given no rows")
            }
            (SamplingStrategy::Ratio(ratio), _) => {
                if present().count() != 2 {
                    let what = format!("{who}: the number of classes for a ratio");
                    return Err(Error::argument(what, present().count(), "2")
                        .hint("give the rows of each class: [(\"name\", 100)]"));
                }
                let goal = match way {
                    Way::Over => (minority, counts[majority] as f64 * ratio),
                    Way::Under => (majority, counts[minority] as f64 / ratio),
                };
                if !(*ratio > 0.0 && *ratio <= 1.0) {
                    return wrong(who, &ratio.to_string(), "a ratio above 0 and at most 1");
                }
                self.checked(who, data, vec![(goal.0, goal.1 as usize)], way)
            }
            (SamplingStrategy::Counts(given), _) => {
                let mut goals = Vec::with_capacity(given.len());
                for (name, goal) in given {
                    let class = data.class_index(name)?;
                    if counts[class] == 0 || goals.iter().any(|(c, _)| *c == class) {
                        let expected = "a class with rows, named once";
                        return wrong(who, &format!("'{name}'"), expected);
                    }
                    goals.push((class, *goal));
                }
                goals.sort_unstable();
                self.checked(who, data, goals, way)
            }
        }
    }

    fn checked(
        &self,
        who: &str,
        data: &Dataset,
        goals: Vec<(usize, usize)>,
        way: Way,
    ) -> Result<Vec<(usize, usize)>> {
        let counts = data.class_counts();
        for &(class, goal) in &goals {
            let side = match way {
                Way::Over if goal < counts[class] => "at least",
                Way::Under if goal > counts[class] => "at most",
                _ => continue,
            };
            let what = format!("{who}: the rows asked for of class '{}'", data.classes()[class]);
            let expected = format!("{side} {}, the rows it has", counts[class]);
            return Err(Error::argument(what, goal, expected));
        }
        Ok(goals)
    }
}

fn wrong<T>(who: &str, got: &str, expected: &str) -> Result<T> {
    Err(Error::argument(format!("{who}: the sampling strategy"), got, expected))
}
