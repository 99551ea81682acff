//! Columns named one by one or several at a time.

/// One column's name or several: `"age"`, `["age", "fare"]`, a `Vec<String>`.
pub trait ColumnNames {
    /// The names, in order.
    fn into_names(self) -> Vec<String>;
}

impl ColumnNames for &str {
    fn into_names(self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl ColumnNames for String {
    fn into_names(self) -> Vec<String> {
        vec![self]
    }
}

impl ColumnNames for &String {
    fn into_names(self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl<S: AsRef<str>> ColumnNames for &[S] {
    fn into_names(self) -> Vec<String> {
        self.iter().map(|name| name.as_ref().to_string()).collect()
    }
}

impl<S: AsRef<str>, const N: usize> ColumnNames for [S; N] {
    fn into_names(self) -> Vec<String> {
        self.as_slice().into_names()
    }
}

impl<S: AsRef<str>, const N: usize> ColumnNames for &[S; N] {
    fn into_names(self) -> Vec<String> {
        self.as_slice().into_names()
    }
}

impl<S: AsRef<str>> ColumnNames for Vec<S> {
    fn into_names(self) -> Vec<String> {
        self.as_slice().into_names()
    }
}

impl<S: AsRef<str>> ColumnNames for &Vec<S> {
    fn into_names(self) -> Vec<String> {
        self.as_slice().into_names()
    }
}
