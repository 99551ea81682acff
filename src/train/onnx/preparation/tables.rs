//! Columns of text and missing values as operations of a graph.
//!
//! As in a data set, a text is its index among the texts known of its column, and a missing value is
//! NaN. A text that is not known is -1.

use super::{Rows, cast};
use crate::data::{Encoder, Encoding, Filling, Fitted, FittedPipeline, Imputer};
use crate::error::{Error, Result};
use crate::io::onnx::{Attribute, Graph, Kind};
use std::collections::BTreeMap;

/// The columns that are text before the steps, each with all texts that a step knows.
#[derive(Default)]
pub(super) struct Texts(BTreeMap<String, Vec<String>>);

impl Texts {
    pub fn of(pipeline: &FittedPipeline) -> Self {
        let mut texts = Texts::default();
        pipeline.parts().for_each(|(step, _)| texts.learn(step));
        texts
    }

    fn learn(&mut self, step: &Fitted) {
        match step {
            Fitted::Impute(imputer) => {
                for (name, filling) in &imputer.columns {
                    if let Filling::Text(text) = filling {
                        self.add(name, text);
                    }
                }
            }
            Fitted::Encode(encoder) => {
                let columns = encoder.columns.iter();
                for (name, categories) in columns.filter(|(name, _)| encoder.texts.contains(name)) {
                    self.0.entry(name.clone()).or_default();
                    categories.iter().flatten().for_each(|text| self.add(name, text));
                }
            }
            Fitted::On(_, step) => self.learn(step),
            _ => {}
        }
    }

    fn add(&mut self, column: &str, text: &str) {
        let known = self.0.entry(column.to_string()).or_default();
        if !known.iter().any(|other| other == text) {
            known.push(text.to_string());
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number that stands for a category, `None` for what no value can be.
    fn code(&self, column: &str, category: &str) -> Option<f64> {
        match self.0.get(column) {
            Some(known) => known.iter().position(|other| other == category).map(|at| at as f64),
            // What comes in is in single precision.
            None => category.parse::<f64>().ok().map(|value| f64::from(value as f32)),
        }
    }

    /// Adds an input for each column, by its name, and gives the rows that they make.
    pub fn inputs(&self, graph: &mut Graph, columns: &[String]) -> Result<String> {
        for name in columns {
            let kind = if self.0.contains_key(name) { Kind::Text } else { Kind::Float };
            graph.input(name, &[1], kind);
        }
        let mut values = Vec::with_capacity(columns.len());
        for name in columns {
            let value = match self.0.get(name) {
                None => name.clone(),
                Some(known) => {
                    let mut keys: Vec<&str> = known.iter().map(String::as_str).collect();
                    let mut codes: Vec<f32> = (0..keys.len()).map(|code| code as f32).collect();
                    keys.push("");
                    codes.push(f32::NAN);
                    let settings = [
                        Attribute::Texts("keys_strings", &keys),
                        Attribute::Floats("values_floats", &codes),
                        Attribute::Float("default_float", -1.0),
                    ];
                    graph.learned("LabelEncoder", name, &settings)
                }
            };
            values.push(cast(graph, &value, Kind::Double));
        }
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        Ok(graph.node("Concat", &values, &[Attribute::Int("axis", 1)]))
    }
}

fn place(name: &str, columns: &[String]) -> Result<usize> {
    columns.iter().position(|column| column == name).ok_or_else(|| {
        let what = "the model's pipeline: a column of a step";
        Error::argument(what, format!("'{name}'"), format!("one of {}", columns.join(", ")))
    })
}

impl Rows<'_> {
    /// Puts the learned value in the place of what is missing.
    pub fn impute(&mut self, imputer: &Imputer, columns: &[String]) -> Result<()> {
        let mut fill = vec![f64::NAN; columns.len()];
        for (name, filling) in &imputer.columns {
            fill[place(name, columns)?] = match filling {
                Filling::Number(value) => *value,
                Filling::Text(text) => self.texts.code(name, text).unwrap_or(-1.0),
            };
        }
        let fill = self.doubles("fill", &[columns.len()], &fill);
        let missing = self.graph.node("IsNaN", &[&self.value], &[]);
        self.value = self.graph.node("Where", &[&missing, &fill, &self.value], &[]);
        Ok(())
    }

    /// Encodes columns, each in its place.
    pub fn encode(&mut self, encoder: &Encoder, columns: &[String]) -> Result<()> {
        let mut encoded = BTreeMap::new();
        for (name, categories) in &encoder.columns {
            encoded.insert(place(name, columns)?, (name, categories));
        }
        let (mut parts, mut width, mut at) = (Vec::new(), 0, 0);
        while at < columns.len() {
            if let Some((name, categories)) = encoded.get(&at) {
                let part = match encoder.encoding {
                    Encoding::OneHot => self.hot(at, name, categories),
                    Encoding::Ordinal => Some((self.ordinal(at, name, categories), 1)),
                };
                if let Some((part, columns)) = part {
                    parts.push(part);
                    width += columns;
                }
                at += 1;
                continue;
            }
            let end = (at..columns.len()).find(|next| encoded.contains_key(next));
            let end = end.unwrap_or(columns.len());
            parts.push(self.columns(&(at..end).collect::<Vec<_>>()));
            width += end - at;
            at = end;
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.value = self.graph.node("Concat", &parts, &[Attribute::Int("axis", 1)]);
        self.shape = vec![width];
        Ok(())
    }

    /// Ones where a column's value is a category, zeros elsewhere, for each of these; nothing for
    /// none.
    fn is_one_of(&mut self, column: &str, name: &str, categories: &[&String]) -> Option<String> {
        // A category that is no number is no value of a column of numbers.
        let codes = categories.iter().map(|c| self.texts.code(name, c).unwrap_or(f64::NAN));
        let codes: Vec<f64> = codes.collect();
        if codes.is_empty() {
            return None;
        }
        let codes = self.doubles("categories", &[codes.len()], &codes);
        let same = self.graph.node("Equal", &[column, &codes], &[]);
        Some(cast(self.graph, &same, Kind::Double))
    }

    /// A column for each category, and how many.
    fn hot(
        &mut self,
        at: usize,
        name: &str,
        categories: &[Option<String>],
    ) -> Option<(String, usize)> {
        let column = self.columns(&[at]);
        let texts: Vec<&String> = categories.iter().flatten().collect();
        let known = self.is_one_of(&column, name, &texts);
        // The category of what is missing is the last.
        let missing = (texts.len() < categories.len()).then(|| {
            let missing = self.graph.node("IsNaN", &[&column], &[]);
            cast(self.graph, &missing, Kind::Double)
        });
        let both = match (known, missing) {
            (Some(known), Some(missing)) => {
                self.graph.node("Concat", &[&known, &missing], &[Attribute::Int("axis", 1)])
            }
            (one, other) => one.or(other)?,
        };
        Some((both, categories.len()))
    }

    /// The index of the category, -1 where it is unknown; what is missing stays so.
    fn ordinal(&mut self, at: usize, name: &str, categories: &[Option<String>]) -> String {
        let column = self.columns(&[at]);
        let texts: Vec<&String> = categories.iter().flatten().collect();
        let unknown = self.graph.double(-1.0);
        let code = match self.is_one_of(&column, name, &texts) {
            Some(known) => {
                let counts: Vec<f64> = (1..=texts.len()).map(|n| n as f64).collect();
                let counts = self.doubles("codes", &[counts.len(), 1], &counts);
                let count = self.graph.node("MatMul", &[&known, &counts], &[]);
                self.graph.node("Add", &[&count, &unknown], &[])
            }
            None => unknown,
        };
        let missing = self.graph.node("IsNaN", &[&column], &[]);
        self.graph.node("Where", &[&missing, &column, &code], &[])
    }

    /// Passes some columns through a step: in their places where they stay what they are, behind the
    /// others where they do not.
    pub fn on_some(&mut self, names: &[String], step: &Fitted, columns: &[String]) -> Result<()> {
        let places: Vec<usize> =
            names.iter().map(|name| place(name, columns)).collect::<Result<_>>()?;
        let rest: Vec<usize> = (0..columns.len()).filter(|at| !places.contains(at)).collect();
        let others = (!rest.is_empty()).then(|| self.columns(&rest));
        self.choose(&places);
        self.pass(step, names)?;
        let after = self.shape.iter().product::<usize>();
        if let Some(others) = &others {
            let both = [others.as_str(), &self.value];
            self.value = self.graph.node("Concat", &both, &[Attribute::Int("axis", 1)]);
        }
        self.shape = vec![rest.len() + after];
        if step.features(names) == names {
            let at = |old: usize| match places.iter().position(|place| *place == old) {
                Some(new) => rest.len() + new,
                None => rest.partition_point(|place| *place < old),
            };
            self.choose(&(0..columns.len()).map(at).collect::<Vec<_>>());
        }
        Ok(())
    }
}
