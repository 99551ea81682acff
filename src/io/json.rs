//! A reader of JSON as Python's `json` (and so Optuna) writes it: with `NaN` and `Infinity`, and
//! with numbers exact to the last bit (serde_json's reader may be off by one).

use serde_json::{Map, Number, Value as Json};

/// Deepest nesting of lists and objects, so that a file cannot exhaust the stack.
const DEPTH: usize = 100;

/// Parses a text; `None` if it is not JSON. `non_finite` chooses the values for `NaN` and
/// infinities, which JSON values lack.
pub(crate) fn parse(text: &str, non_finite: fn(f64) -> Json) -> Option<Json> {
    let mut reader = Reader { text, at: 0, non_finite };
    let value = reader.value(0)?;
    reader.skip_space();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    non_finite: fn(f64) -> Json,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\n', '\r', '\t']).len();
    }

    /// Skips `token` if it comes next; returns whether it did.
    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > DEPTH {
            return None;
        }
        self.skip_space();
        match self.rest().bytes().next()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Json::String),
            _ if self.take("null") => Some(Json::Null),
            _ if self.take("true") => Some(Json::Bool(true)),
            _ if self.take("false") => Some(Json::Bool(false)),
            _ if self.take("NaN") => Some((self.non_finite)(f64::NAN)),
            _ if self.take("Infinity") => Some((self.non_finite)(f64::INFINITY)),
            _ if self.take("-Infinity") => Some((self.non_finite)(f64::NEG_INFINITY)),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        let mut map = Map::new();
        self.take("{");
        if self.take("}") {
            return Some(Json::Object(map));
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            if !self.take(":") {
                return None;
            }
            map.insert(key, self.value(depth + 1)?);
            match self.take(",") {
                true => continue,
                false if self.take("}") => return Some(Json::Object(map)),
                false => return None,
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        let mut list = Vec::new();
        self.take("[");
        if self.take("]") {
            return Some(Json::Array(list));
        }
        loop {
            list.push(self.value(depth + 1)?);
            match self.take(",") {
                true => continue,
                false if self.take("]") => return Some(Json::Array(list)),
                false => return None,
            }
        }
    }

    /// Finds the end of a string; serde_json decodes the escapes.
    fn string(&mut self) -> Option<String> {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.bytes().enumerate().skip(1).find_map(|(i, byte)| {
            let end = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            end.then_some(i + 1)
        })?;
        let value = serde_json::from_str(rest.get(..end)?).ok();
        self.at += end;
        value
    }

    fn number(&mut self) -> Option<Json> {
        let rest = self.rest();
        let len = rest.bytes().take_while(|b| b"+-.eE0123456789".contains(b)).count();
        let digits = rest.get(..len)?;
        // Rust's parser accepts more than JSON allows, which is harmless.
        let whole = !digits.contains(['.', 'e', 'E']);
        let number = match (whole, digits.parse::<i64>(), digits.parse::<u64>()) {
            (true, Ok(v), _) => Json::from(v),
            (true, _, Ok(v)) => Json::from(v),
            _ => {
                let value = digits.parse::<f64>().ok()?;
                Number::from_f64(value).map_or_else(|| (self.non_finite)(value), Json::Number)
            }
        };
        self.at += len;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn null(_: f64) -> Json {
        Json::Null
    }

    #[test]
    fn what_python_writes_is_read() {
        let text = r#" {"a": [1, -2.5, 1e-05, NaN, -Infinity], "\u00e9\"": {"b": null, "c": []},
            "d": "\ud83d\ude00 }", "e": 18446744073709551615, "f": true, "g": {}} "#;
        let expected = serde_json::json!({
            "a": [1, -2.5, 1e-5, null, null], "é\"": {"b": null, "c": []},
            "d": "😀 }", "e": 18446744073709551615u64, "f": true, "g": {}
        });
        assert_eq!(parse(text, null), Some(expected));
        assert_eq!(parse("Infinity", |v| Json::String(v.to_string())), Some("inf".into()));
    }

    #[test]
    fn what_serde_json_writes_is_read() {
        let mut state = 1u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let value = f64::from_bits(state);
            if value.is_finite() {
                let read = parse(&serde_json::json!([value]).to_string(), null);
                let back = read.and_then(|v| v.get(0).and_then(Json::as_f64));
                assert_eq!(back.map(f64::to_bits), Some(state), "{value:e}");
            }
        }
    }

    #[test]
    fn anything_else_is_not() {
        let bad =
            ["", "{", "[1,", "[1 2]", "{\"a\" 1}", "{1: 2}", "nul", "1 2", "\"a", "\"\\\"", "-"];
        bad.iter().for_each(|text| assert_eq!(parse(text, null), None, "{text}"));
        assert_eq!(parse(&"[".repeat(1_000_000), null), None);
        assert!(parse(&format!("{}{}", "[".repeat(90), "]".repeat(90)), null).is_some());
    }
}
