//! Loss and metrics by name.

/// Loss and metrics by name, as [`Model::evaluate`](super::Model::evaluate) gives them.
#[derive(Clone, PartialEq)]
pub struct Scores(pub(super) Vec<(String, f64)>);

impl Scores {
    #[cfg(test)]
    pub(super) fn of<const N: usize>(values: [(&str, f64); N]) -> Self {
        Scores(values.map(|(name, value)| (name.to_string(), value)).to_vec())
    }

    /// One of them by its name: `loss`, `accuracy`, ….
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| *v)
    }

    /// All of them, the loss first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(n, v)| (n.as_str(), *v))
    }

    /// The scores as an HTML table of one row.
    pub fn to_html(&self) -> String {
        let cells =
            |f: &dyn Fn(&(String, f64)) -> String| -> String { self.0.iter().map(f).collect() };
        format!(
            "<table><thead><tr>{}</tr></thead><tbody><tr>{}</tr></tbody></table>",
            cells(&|(n, _)| format!("<th>{}</th>", crate::html::escape(n))),
            cells(&|(_, v)| format!("<td>{v:.4}</td>")),
        )
    }
}

/// `scores["accuracy"]`.
///
/// # Panics
/// If nothing of this name was measured; [`Scores::get`] says so.
impl std::ops::Index<&str> for Scores {
    type Output = f64;

    fn index(&self, name: &str) -> &f64 {
        match self.0.iter().find(|(n, _)| n == name) {
            Some((_, value)) => value,
            None => panic!("{}", unlogged(name, self.0.iter().map(|(n, _)| n.as_str()))),
        }
    }
}

/// The message for an unknown name.
pub(super) fn unlogged<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    format!("there is no '{name}' in what was measured: {}", names.join(", "))
}

crate::html::debug_as_display!(Scores);

impl std::fmt::Display for Scores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (name, value)) in self.0.iter().enumerate() {
            write!(f, "{}{name}: {value:.4}", if i == 0 { "" } else { " - " })?;
        }
        Ok(())
    }
}
