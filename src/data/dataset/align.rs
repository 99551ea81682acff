//! Bringing data into the form of a model's training data.

use super::targets::rest;
use super::{Dataset, Targets};
use crate::array::Array;
use crate::error::{Error, Result};

impl Dataset {
    /// The data with classes and targets as in the training data: classes are matched by name, in
    /// any order. Data without labels stay as they are.
    pub(crate) fn aligned(
        &self,
        who: &str,
        classes: &[String],
        targets: &Targets,
    ) -> Result<Dataset> {
        if self.targets == Targets::None {
            return Ok(self.clone());
        }
        if let Targets::Values(there) = targets
            && let Some(data) = self.with_targets_in_order(there)?
        {
            return Ok(data);
        }
        if let (Targets::Values(here), Targets::Values(there)) = (&self.targets, targets)
            && !here.iter().any(|name| there.contains(name))
        {
            // Numeric targets may have other names, such as `price` and `price of the test set`.
            return Ok(self.clone());
        }
        if self.targets != *targets {
            let what = format!("{who}: the data, with {}", self.targets);
            return Err(Error::argument(
                what,
                "given",
                format!("data with {targets}, as in the training data"),
            )
            .hint("Dataset::with_one_hot, with_binary and with_plus_minus make targets"));
        }
        if self.classes == classes {
            return Ok(self.clone());
        }
        // For one class against the rest, any other class belongs to the rest.
        let others = match targets {
            Targets::Binary(class) | Targets::PlusMinus(class) => {
                classes.iter().position(|name| *name == rest(class))
            }
            _ => None,
        };
        let counts = self.class_counts();
        let place = |(name, count): (&String, &usize)| match classes.iter().position(|c| c == name)
        {
            Some(place) => Ok(place),
            None if *count == 0 => Ok(0),
            None if others.is_some() => Ok(others.unwrap_or_default()),
            None => Err(Error::argument(
                format!("{who}: a class of the data"),
                format!("'{name}'"),
                format!("one of the training data's, {}", classes.join(", ")),
            )),
        };
        let places = self.classes.iter().zip(&counts).map(place).collect::<Result<Vec<_>>>()?;
        let labels = self.labels.iter().map(|&label| places[label]).collect();
        Dataset { labels, classes: classes.to_vec(), ..self.clone() }.with_targets(targets)
    }

    /// The data with its targets in this order, found by name. Numbers none of which has one of these
    /// names, such as `price of the test set`, are taken as they stand.
    pub(in crate::data) fn with_targets_of(&self, who: &str, names: &[String]) -> Result<Dataset> {
        if let Some(data) = self.with_targets_in_order(names)? {
            return Ok(data);
        }
        match &self.targets {
            Targets::Values(here) if here != names && here.iter().any(|n| names.contains(n)) => {
                let (what, got) = (format!("{who}: the targets"), here.join(", "));
                Err(Error::argument(what, got, format!("those learned from, {}", names.join(", "))))
            }
            _ => Ok(self.clone()),
        }
    }

    /// The data with its targets in this order; none if they are others, or in it already.
    pub(crate) fn with_targets_in_order(&self, names: &[String]) -> Result<Option<Dataset>> {
        let Targets::Values(here) = &self.targets else { return Ok(None) };
        let mut places = names.iter().map(|name| here.iter().position(|other| other == name));
        let Some(places) = places.by_ref().collect::<Option<Vec<usize>>>() else { return Ok(None) };
        if here == names || places.len() != here.len() {
            return Ok(None);
        }
        let rows = (0..self.len()).flat_map(|row| {
            let row = self.y.row(row);
            places.iter().map(|&place| row[place])
        });
        let y = Array::new(self.y.shape().to_vec(), rows.collect())?;
        let exact_y = self.exact_y.select(&places);
        let targets = Targets::Values(names.to_vec());
        Ok(Some(Dataset { y, exact_y, targets, ..self.clone() }))
    }

    /// The data with targets of this kind made from the labels.
    pub(super) fn with_targets(&self, targets: &Targets) -> Result<Dataset> {
        match targets {
            Targets::OneHot => self.with_one_hot(),
            Targets::PlusMinus(class) => self.with_plus_minus(class),
            Targets::Binary(class) => self.with_binary(class),
            Targets::None => Ok(self.clone()),
            Targets::Values(names) => {
                Err(Error::argument("the targets", names.join(", "), "classes"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FittedPipeline;

    fn data(labels: Vec<usize>, classes: &[&str]) -> Dataset {
        let x = Array::new([labels.len(), 1], vec![0.5; labels.len()]).unwrap();
        Dataset::new(x, labels, classes.iter().copied()).unwrap()
    }

    #[test]
    fn classes_are_found_by_name() {
        let learned = data(vec![0, 1, 2], &["a", "b", "c"]);
        let other = data(vec![1, 0, 0], &["c", "b"]);
        let same = other.aligned("test", learned.classes(), learned.targets()).unwrap();
        assert_eq!((same.labels(), same.classes()), (&[1, 2, 2][..], learned.classes()));
        assert_eq!(same.y().data(), [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        let unknown = data(vec![0, 1, 1], &["a", "d"]);
        let error = unknown.aligned("test", learned.classes(), learned.targets()).unwrap_err();
        assert!(error.to_string().contains("'d', but must be one of"), "{error}");
        // One class against the rest, of data that have one other class only.
        let learned = learned.with_binary("b").unwrap();
        assert_eq!(learned.classes(), ["not b", "b"]);
        let two = data(vec![0, 1, 1], &["b", "c"]).with_binary("b").unwrap();
        let same = two.aligned("test", learned.classes(), learned.targets()).unwrap();
        assert_eq!((same.labels(), same.y()), (&[1, 0, 0][..], two.y()));
        let learned = data(vec![0, 1, 2], &["a", "b", "c"]);
        // A class without rows is allowed.
        let unused = data(vec![0, 0, 0], &["a", "d"]);
        assert!(unused.aligned("test", learned.classes(), learned.targets()).is_ok());
    }

    #[test]
    fn numbers_are_found_by_the_names_of_their_targets() {
        let column = |k: f64| (0..4).map(|i| k * f64::from(i)).collect::<Vec<_>>();
        // In f32 seconds since 1970 are not told apart.
        let seconds: Vec<f64> = column(1.0).iter().map(|v| v + 1.7e9).collect();
        let frame = crate::polars::df!("x" => column(1.0), "u" => column(2.0), "v" => column(3.0), "t" => seconds);
        let table = crate::data::Table::from_dataframe(frame.unwrap()).unwrap();
        let of = |targets: [&str; 2]| Dataset::regression(&table, targets, ["x"]).unwrap();
        let (ut, tu) = (of(["u", "t"]), of(["t", "u"]));
        let same = tu.aligned("test", &[], ut.targets()).unwrap();
        assert_eq!((same.y(), same.targets()), (ut.y(), ut.targets()));
        assert_eq!(same.exact_y.bytes(), ut.exact_y.bytes());
        // By hand as by a model.
        let steps = crate::data::Pipeline::new().scale_targets();
        let (fitted, scaled) = steps.fit_transform(&ut).unwrap();
        let again = FittedPipeline::of_parts(fitted.to_parts()).unwrap();
        for fitted in [fitted, again] {
            let turned = fitted.transform(&tu).unwrap();
            assert_eq!((turned.y(), turned.targets()), (scaled.y(), scaled.targets()));
            let text = fitted.transform(&of(["t", "v"])).unwrap_err().to_string();
            assert!(text.contains("t, v") && text.contains("u, t"), "{text}");
        }
        let other = Targets::Values(vec!["u".into(), "v".into()]);
        assert!(tu.aligned("test", &[], &other).is_err());
    }

    #[test]
    fn other_targets_are_refused() {
        let learned = data(vec![0, 1], &["no", "yes"]).with_binary("no").unwrap();
        let swapped = data(vec![0, 1], &["no", "yes"]).with_binary("yes").unwrap();
        let error = swapped.aligned("test", learned.classes(), learned.targets()).unwrap_err();
        assert!(error.to_string().contains("1 for yes"), "{error}");
    }
}
