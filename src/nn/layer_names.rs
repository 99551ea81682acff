//! The names of a model's layers.

use crate::config::snake_case;
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The names of layers of these classes. Layers without a given name get Keras': `dense`, `dense_1`,
/// `dense_2`, …, counted by class; given names are skipped.
///
/// # Errors
/// If a name is given twice, is empty or has a `/`.
pub(super) fn layer_names(layers: &[(&str, Option<&str>)]) -> Result<Vec<String>> {
    let mut taken = BTreeSet::new();
    for name in layers.iter().filter_map(|(_, name)| *name) {
        check_name(name)?;
        if !taken.insert(name.to_string()) {
            let expected = "of one layer alone";
            return Err(Error::argument("the name of a layer", format!("'{name}'"), expected));
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut free = |class| {
        let snake = snake_case(class);
        let count = counts.entry(class).or_default();
        loop {
            let name = if *count == 0 { snake.clone() } else { format!("{snake}_{count}") };
            *count += 1;
            // Two custom classes may differ only in capital letters.
            if taken.insert(name.clone()) {
                return name;
            }
        }
    };
    Ok(layers
        .iter()
        .map(|(class, name)| name.map_or_else(|| free(class), str::to_string))
        .collect())
}

/// The error for a name that no layer can have.
fn check_name(name: &str) -> Result<()> {
    // In files a layer's weights lie in a folder named after it.
    if name.is_empty() || name.contains(['/', '\0']) {
        let got = format!("'{name}'");
        return Err(Error::argument("the name of a layer", got, "not empty and without '/'"));
    }
    Ok(())
}
