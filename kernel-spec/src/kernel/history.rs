//! The cells that were run, for clients that offer earlier input again, such as Jupyter's console.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// The cells of this kernel by their numbers, oldest first.
#[derive(Clone, Default)]
pub struct History(Arc<Mutex<Vec<(u64, String)>>>);

impl History {
    pub fn add(&self, number: u64, code: &str) {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cells.push((number, code.to_owned()));
    }

    /// The reply to a history request: the last cells, a range of them, or those that match a
    /// pattern. Cells of earlier kernels are not kept.
    pub fn answer(&self, asked: &Value) -> Value {
        let cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = |key: &str| asked[key].as_i64();
        let mut found: Vec<&(u64, String)> = match asked["hist_access_type"].as_str() {
            Some("range") => {
                let start = whole("start").unwrap_or(0).max(0) as u64;
                let stop = whole("stop").map_or(u64::MAX, |stop| stop.max(0) as u64);
                // 0 is the present session; there is no other.
                let present = whole("session").is_none_or(|session| session == 0);
                cells.iter().filter(|(at, _)| present && (start..stop).contains(at)).collect()
            }
            Some("search") => {
                let pattern = asked["pattern"].as_str().unwrap_or("*");
                cells.iter().filter(|(_, code)| fits(pattern, code)).collect()
            }
            _ => cells.iter().collect(),
        };
        if asked["unique"].as_bool() == Some(true) {
            let all = found.clone();
            let later =
                |at: usize, code: &str| all[at + 1..].iter().any(|(_, other)| other == code);
            let kept = all.iter().enumerate().filter(|(at, (_, code))| !later(*at, code));
            found = kept.map(|(_, cell)| *cell).collect();
        }
        if let Some(most) = whole("n") {
            found.drain(..found.len().saturating_sub(most.max(0) as usize));
        }
        // The outputs are not kept.
        let with_output = asked["output"].as_bool() == Some(true);
        let entry = |(number, code): &(u64, String)| match with_output {
            true => json!([0, number, [code, null]]),
            false => json!([0, number, code]),
        };
        json!({"status": "ok", "history": found.into_iter().map(entry).collect::<Vec<_>>()})
    }
}

/// Whether a text matches a pattern, in which `*` is any text and `?` any one character.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    // Where the last `*` stands, and from where in the text the rest of the pattern was tried.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, text) in [("*", ""), ("a*b?", "a--b-bc"), ("let*", "let ü = 1"), ("*;", "a;")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", ""), ("a*b", "a--bc"), ("?", "ab"), ("b*", "ab")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn cells_are_found_by_number_by_pattern_and_from_the_end() {
        let history = History::default();
        for (number, code) in [(1, "1+1"), (2, "let a = 1;"), (3, "1+1"), (4, "a")] {
            history.add(number, code);
        }
        let numbers = |asked: Value| -> Vec<u64> {
            let answer = history.answer(&asked);
            let found = answer["history"].as_array().unwrap();
            found.iter().map(|entry| entry[1].as_u64().unwrap()).collect()
        };
        assert_eq!(numbers(json!({"hist_access_type": "tail", "n": 2})), [3, 4]);
        assert_eq!(numbers(json!({"hist_access_type": "tail", "n": 9, "unique": true})), [2, 3, 4]);
        assert_eq!(numbers(json!({"hist_access_type": "range", "start": 2, "stop": 4})), [2, 3]);
        assert!(numbers(json!({"hist_access_type": "range", "session": -1})).is_empty());
        let search = json!({"hist_access_type": "search", "pattern": "1*", "n": 1});
        assert_eq!(numbers(search), [3]);
        let with = history.answer(&json!({"hist_access_type": "tail", "n": 1, "output": true}));
        assert_eq!(with["history"][0], json!([0, 4, ["a", null]]));
    }
}
