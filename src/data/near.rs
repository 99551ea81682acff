//! "Did you mean": the names nearest to one that does not exist.

/// The number of single-letter insertions, deletions and replacements between two words
/// (Levenshtein's distance).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

/// A hint that lists up to three of `names` nearest to `wanted`, and how many there are.
pub(crate) fn near(wanted: &str, names: &[String]) -> String {
    if names.is_empty() {
        return "there are none".to_string();
    }
    // A column name can be as long as the file; it needs no suggestion.
    let short = |s: &str| s.chars().take(60).collect::<String>();
    let wanted = short(&wanted.to_lowercase());
    let mut ranked: Vec<(usize, &String)> =
        names.iter().map(|n| (distance(&wanted, &short(&n.to_lowercase())), n)).collect();
    ranked.sort_by_key(|r| r.0);
    let nearest: Vec<String> =
        ranked.iter().take(3).map(|(_, n)| format!("'{}'", short(n))).collect();
    format!("the nearest of the {} there are: {}", names.len(), nearest.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("état", "etat"), 1);
    }

    #[test]
    fn the_nearest_comes_first() {
        let names = ["state", "amplitude", "stage"].map(String::from);
        assert!(near("States", &names).contains("3 there are: 'state', 'stage'"));
    }
}
