//! One row of raw values, in the forms that a user may write.

use crate::array::Array;
use crate::data::{Dataset, Table};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// One row as [`Model::predict_one`](super::Model::predict_one) takes it.
///
/// Values are numbers of any type, truth values, texts, or an `Option` of one, where `None` is
/// missing. An array or a vector has values of one type; a tuple of up to twelve mixes them:
///
/// ```
/// use dfdx_lab::train::Row;
/// let one_type: Row = [("age", 34), ("children", 2)].into();
/// let mixed: Row = (("age", 34), ("town", "Kiel"), ("income", Some(2900.5))).into();
/// let in_order: Row = (34, "Kiel", 2900.5).into();
/// # let _ = (one_type, mixed, in_order);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Row {
    /// Values by the names of their columns.
    Named(Vec<(String, RowValue)>),
    /// Values in the order of the columns that the model was fitted on.
    Values(Vec<RowValue>),
    /// A table of one row, which may have columns that the model does not use.
    Table(Table),
    /// A data set of one row.
    Dataset(Dataset),
    /// One sample, as a picture of (height, width, channels), with or without an axis of rows.
    Array(Array),
}

/// One value of a row, before any preparation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RowValue {
    /// A number; NaN is missing.
    Number(f64),
    /// A category, or a number as text; empty text is missing.
    Text(String),
    /// A missing value, for the model's pipeline to impute.
    Missing,
}

impl fmt::Display for RowValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowValue::Number(value) => write!(f, "{value}"),
            RowValue::Text(text) => write!(f, "'{text}'"),
            RowValue::Missing => f.write_str("missing"),
        }
    }
}

/// A value of a row. This is a trait, and not `Into<RowValue>`, so that Rust can tell a pair of name
/// and value from a value.
pub trait RawValue {
    /// The value.
    fn raw(self) -> RowValue;
}

impl RawValue for RowValue {
    fn raw(self) -> RowValue {
        self
    }
}

impl<T: RawValue> RawValue for Option<T> {
    fn raw(self) -> RowValue {
        self.map_or(RowValue::Missing, T::raw)
    }
}

impl<T: RawValue> From<Option<T>> for RowValue {
    fn from(value: Option<T>) -> Self {
        value.raw()
    }
}

macro_rules! values {
    ($($type:ty => |$value:ident| $make:expr;)*) => {$(
        impl RawValue for $type {
            fn raw(self) -> RowValue {
                let $value = self;
                $make
            }
        }

        impl From<$type> for RowValue {
            fn from(value: $type) -> Self {
                value.raw()
            }
        }
    )*};
}

values!(
    f64 => |value| RowValue::Number(value);
    f32 => |value| RowValue::Number(value.into());
    i8 => |value| RowValue::Number(value.into());
    i16 => |value| RowValue::Number(value.into());
    i32 => |value| RowValue::Number(value.into());
    i64 => |value| RowValue::Number(value as f64);
    isize => |value| RowValue::Number(value as f64);
    u8 => |value| RowValue::Number(value.into());
    u16 => |value| RowValue::Number(value.into());
    u32 => |value| RowValue::Number(value.into());
    u64 => |value| RowValue::Number(value as f64);
    usize => |value| RowValue::Number(value as f64);
    bool => |value| RowValue::Number(u8::from(value).into());
    &str => |text| match text.trim() {
        "" => RowValue::Missing,
        text => RowValue::Text(text.to_string()),
    };
    String => |text| text.as_str().raw();
    &String => |text| text.as_str().raw();
);

fn named<S: AsRef<str>, V: RawValue>(row: impl IntoIterator<Item = (S, V)>) -> Row {
    Row::Named(row.into_iter().map(|(name, v)| (name.as_ref().to_string(), v.raw())).collect())
}

fn in_order<V: RawValue>(row: impl IntoIterator<Item = V>) -> Row {
    Row::Values(row.into_iter().map(V::raw).collect())
}

/// The forms of several values of one type.
macro_rules! lists {
    ($([$($count:tt)*] $(+ $clone:ident)?: $pairs:ty, $values:ty => |$row:ident| $items:expr;)*) => {$(
        impl<S: AsRef<str> $(+ $clone)?, V: RawValue $(+ $clone)?, $($count)*> From<$pairs> for Row {
            fn from($row: $pairs) -> Self {
                named($items)
            }
        }

        impl<V: RawValue $(+ $clone)?, $($count)*> From<$values> for Row {
            fn from($row: $values) -> Self {
                in_order($items)
            }
        }
    )*};
}

lists!(
    [const N: usize]: [(S, V); N], [V; N] => |row| row;
    [const N: usize] + Clone: &[(S, V); N], &[V; N] => |row| row.iter().cloned();
    [] + Clone: &[(S, V)], &[V] => |row| row.iter().cloned();
    []: Vec<(S, V)>, Vec<V> => |row| row;
    [] + Clone: &Vec<(S, V)>, &Vec<V> => |row| row.iter().cloned();
);

impl<S: AsRef<str>, V: RawValue> From<BTreeMap<S, V>> for Row {
    fn from(row: BTreeMap<S, V>) -> Self {
        named(row)
    }
}

impl<S: AsRef<str>, V: RawValue> From<HashMap<S, V>> for Row {
    fn from(row: HashMap<S, V>) -> Self {
        named(row)
    }
}

impl From<&Table> for Row {
    fn from(table: &Table) -> Self {
        Row::Table(table.clone())
    }
}

impl From<&Dataset> for Row {
    fn from(data: &Dataset) -> Self {
        Row::Dataset(data.clone())
    }
}

impl From<&Array> for Row {
    fn from(array: &Array) -> Self {
        Row::Array(array.clone())
    }
}

/// Rows of columns of several types: `(("age", 22.0), ("sex", "male"))`, and in order.
macro_rules! mixed {
    ($($($column:ident)+;)*) => {$(
        impl<$($column: RawValue),+> From<($((&str, $column),)+)> for Row {
            #[allow(non_snake_case)]
            fn from(($($column,)+): ($((&str, $column),)+)) -> Self {
                Row::Named(vec![$(($column.0.to_string(), $column.1.raw())),+])
            }
        }

        impl<$($column: RawValue),+> From<($($column,)+)> for Row {
            #[allow(non_snake_case)]
            fn from(($($column,)+): ($($column,)+)) -> Self {
                Row::Values(vec![$($column.raw()),+])
            }
        }
    )*};
}

mixed! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_a_cell_writes() {
        let named = |row: Row| match row {
            Row::Named(pairs) => {
                pairs.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" ")
            }
            other => panic!("{other:?}"),
        };
        let ordered = |row: Row| match row {
            Row::Values(values) => {
                values.iter().map(RowValue::to_string).collect::<Vec<_>>().join(" ")
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(named([("age", 3)].into()), "age=3");
        assert_eq!(named([("age", 3.5), ("size", 2.0)].into()), "age=3.5 size=2");
        assert_eq!(named([("town", "Kiel"), ("street", "")].into()), "town='Kiel' street=missing");
        assert_eq!(named([("town".to_string(), "Kiel".to_string())].into()), "town='Kiel'");
        assert_eq!(named((&[("age", 3u8)]).into()), "age=3");
        assert_eq!(named(vec![("age", 3usize)].into()), "age=3");
        assert_eq!(named((&vec![("age", Some(3)), ("size", None)]).into()), "age=3 size=missing");
        assert_eq!(named((&[("age", 3i64)][..]).into()), "age=3");
        let values = [("age", RowValue::from(3)), ("town", "Kiel".into()), ("paid", true.into())];
        assert_eq!(named(values.into()), "age=3 town='Kiel' paid=1");
        assert_eq!(
            named((("age", 3), ("town", "Kiel"), ("size", 1.5f32)).into()),
            "age=3 town='Kiel' size=1.5"
        );
        assert_eq!(named((("age", 3),).into()), "age=3");
        assert_eq!(named(BTreeMap::from([("b", 1), ("a", 2)]).into()), "a=2 b=1");
        assert_eq!(named(HashMap::from([("a", 2)]).into()), "a=2");
        assert_eq!(ordered([1, 2].into()), "1 2");
        assert_eq!(ordered([1.5, 2.0].into()), "1.5 2");
        assert_eq!(ordered(vec![1.5f32].into()), "1.5");
        assert_eq!(ordered(["a", "b"].into()), "'a' 'b'");
        assert_eq!(ordered((3, "Kiel", 2.5, None::<f64>).into()), "3 'Kiel' 2.5 missing");
        assert_eq!(ordered((&vec![1u32]).into()), "1");
    }
}
