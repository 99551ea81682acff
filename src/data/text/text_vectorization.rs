//! Texts as the numbers of their words.

use crate::array::Array;
use crate::error::{Error, Result};
use crate::memory;
use std::collections::{BTreeMap, HashMap};

/// What Keras strips of a text.
const PUNCTUATION: &str = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'";
/// What stands for a word that is not known.
const UNKNOWN: &str = "[UNK]";

/// Texts as rows of numbers, each the place of a word in a vocabulary learned from texts, as Keras'
/// `TextVectorization`: 0 fills rows up, 1 is any unknown word, 2 the most frequent one, and so on.
/// An [`Embedding`](crate::nn::Embedding) takes such rows.
///
/// ```
/// use dfdx_lab::prelude::*;
/// let mut words = TextVectorization::new().max_tokens(1000).output_sequence_length(4);
/// words.adapt(&["A great, great film!", "a bore"])?;
/// assert_eq!(words.vocabulary(), ["", "[UNK]", "great", "a", "film", "bore"]);
/// let x = words.apply(&["a great story"])?;
/// assert_eq!(x.data(), [3.0, 2.0, 1.0, 0.0]);
/// # Ok::<(), Error>(())
/// ```
///
/// Learn the vocabulary from the training texts alone. It is no part of a model's file:
/// [`vocabulary`](Self::vocabulary) is what to keep, and [`set_vocabulary`](Self::set_vocabulary)
/// puts it back.
#[derive(Clone)]
pub struct TextVectorization {
    max_tokens: Option<usize>,
    standardize: String,
    split: String,
    output_mode: String,
    length: Option<usize>,
    tokens: Vec<String>,
    places: HashMap<String, usize>,
}

impl Default for TextVectorization {
    fn default() -> Self {
        TextVectorization::new()
    }
}

impl TextVectorization {
    /// Of words in lower case without punctuation, all that occur.
    pub fn new() -> Self {
        TextVectorization {
            max_tokens: None,
            standardize: "lower_and_strip_punctuation".into(),
            split: "whitespace".into(),
            output_mode: "int".into(),
            length: None,
            tokens: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// The most numbers that there are, those of filling and of unknown words included; no limit by
    /// default. The rarest words are left out.
    pub fn max_tokens(mut self, max_tokens: usize) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// What is done to a text first: `"lower_and_strip_punctuation"` (the default), `"lower"`,
    /// `"strip_punctuation"` or `"none"`. As in Keras, only A to Z get small.
    pub fn standardize(mut self, standardize: impl Into<String>) -> Self {
        self.standardize = standardize.into();
        self
    }

    /// Where a text is cut: at `"whitespace"` (the default), after each `"character"`, or not at
    /// all, `"none"`.
    pub fn split(mut self, split: impl Into<String>) -> Self {
        self.split = split.into();
        self
    }

    /// What a row has: `"int"` (the default) the words' numbers in their order, `"multi_hot"` a 1
    /// for each word that occurs, `"count"` how often each does. The latter two have a column for
    /// each word of the vocabulary, unknown ones first.
    pub fn output_mode(mut self, output_mode: impl Into<String>) -> Self {
        self.output_mode = output_mode.into();
        self
    }

    /// Numbers in a row; longer texts are cut, shorter ones filled with 0 at their end. As many as
    /// the longest text has by default, which a model's input cannot follow: give it for a model.
    pub fn output_sequence_length(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    /// Learns the vocabulary from these texts: the most frequent words first, of equally frequent
    /// ones the last in the alphabet, as in Keras.
    ///
    /// # Errors
    /// If a setting is unknown or out of range, or there is no word.
    pub fn adapt(&mut self, texts: &[impl AsRef<str>]) -> Result<()> {
        self.check()?;
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for text in texts {
            for token in self.tokens_of(text.as_ref()) {
                *counts.entry(token).or_default() += 1;
            }
        }
        counts.remove("");
        counts.remove(UNKNOWN);
        if counts.is_empty() {
            let got = format!("{} without a word", texts.len());
            let expected = "some with a word at least";
            return Err(Error::argument("TextVectorization::adapt: the texts", got, expected));
        }
        let mut tokens: Vec<(String, u64)> = counts.into_iter().rev().collect();
        // A stable sort, so that those of one count stay in the order of the map, backwards.
        tokens.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        tokens.truncate(self.max_tokens.map_or(usize::MAX, |most| most - self.special()));
        self.learn(tokens.into_iter().map(|(token, _)| token).collect());
        Ok(())
    }

    /// Takes this vocabulary, as [`vocabulary`](Self::vocabulary) gives it or without its first
    /// entries for filling and unknown words.
    ///
    /// # Errors
    /// If a word comes twice, there is none, or there are more than `max_tokens`.
    pub fn set_vocabulary(&mut self, words: &[impl AsRef<str>]) -> Result<()> {
        const WHAT: &str = "TextVectorization::set_vocabulary: the words";
        self.check()?;
        let special = |word: &str| word.is_empty() || word == UNKNOWN;
        let words: Vec<String> = words.iter().map(|word| word.as_ref().to_string()).collect();
        let words: Vec<String> = words.into_iter().skip_while(|word| special(word)).collect();
        let most = self.max_tokens.map_or(usize::MAX, |most| most - self.special());
        if words.is_empty() || words.len() > most {
            let expected = format!("from 1 to {most}");
            return Err(Error::argument(WHAT, words.len(), expected));
        }
        let mut sorted: Vec<&String> = words.iter().collect();
        sorted.sort();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1] || special(pair[0])) {
            let expected = "each there once";
            return Err(Error::argument(WHAT, format!("'{}' more than once", twice[0]), expected));
        }
        self.learn(words);
        Ok(())
    }

    /// The words by their numbers (Keras' `get_vocabulary`): first that of filling, which is empty,
    /// and `[UNK]`; empty before [`adapt`](Self::adapt).
    pub fn vocabulary(&self) -> Vec<String> {
        if self.tokens.is_empty() {
            return Vec::new();
        }
        let special = ["", UNKNOWN].map(str::to_string).into_iter().skip(2 - self.special());
        special.chain(self.tokens.iter().cloned()).collect()
    }

    /// How many numbers there are (Keras' `vocabulary_size`): the `input_dim` of an
    /// [`Embedding`](crate::nn::Embedding).
    pub fn vocabulary_size(&self) -> usize {
        if self.tokens.is_empty() { 0 } else { self.tokens.len() + self.special() }
    }

    /// The texts as an array with a row for each.
    ///
    /// # Errors
    /// If no vocabulary has been learned, or there is no text.
    pub fn apply(&self, texts: &[impl AsRef<str>]) -> Result<Array> {
        const WHO: &str = "TextVectorization::apply";
        self.check()?;
        if self.tokens.is_empty() {
            let what = format!("{WHO}: the vocabulary");
            return Err(Error::argument(what, "empty", "learned")
                .hint("call adapt(&texts) with the training texts first"));
        }
        let first = self.special();
        let number = |token: String| self.places.get(&token).map_or(first - 1, |at| at + first);
        let rows: Vec<Vec<usize>> = texts
            .iter()
            .map(|text| self.tokens_of(text.as_ref()).into_iter().map(number).collect())
            .collect();
        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = match self.output_mode.as_str() {
            "int" => self.length.unwrap_or(longest),
            _ => self.vocabulary_size(),
        };
        let sizes = [rows.len(), width];
        if sizes.contains(&0) {
            let expected = "at least one text with a word was expected";
            return Err(Error::shape(format!("{WHO}: (texts, words)"), &sizes, expected));
        }
        memory::check(&format!("{WHO}: the rows"), &sizes, size_of::<f32>())?;
        let mut x = Array::zeros(sizes)?;
        for (row, to) in rows.iter().zip(x.data_mut().chunks_exact_mut(width)) {
            match self.output_mode.as_str() {
                "int" => to.iter_mut().zip(row).for_each(|(to, number)| *to = *number as f32),
                "multi_hot" => row.iter().for_each(|number| to[*number] = 1.0),
                _ => row.iter().for_each(|number| to[*number] += 1.0),
            }
        }
        Ok(x)
    }

    /// Numbers that stand for no word of the vocabulary.
    fn special(&self) -> usize {
        if self.output_mode == "int" { 2 } else { 1 }
    }

    fn learn(&mut self, tokens: Vec<String>) {
        self.places = tokens.iter().enumerate().map(|(at, token)| (token.clone(), at)).collect();
        self.tokens = tokens;
    }

    fn check(&self) -> Result<()> {
        let one_of = |setting: &str, value: &str, known: &[&str]| {
            if known.contains(&value) {
                return Ok(());
            }
            let what = format!("TextVectorization: {setting}");
            let names: Vec<String> = known.iter().map(|name| format!("'{name}'")).collect();
            Err(Error::argument(what, format!("'{value}'"), format!("one of {}", names.join(", "))))
        };
        let standards = ["lower_and_strip_punctuation", "lower", "strip_punctuation", "none"];
        one_of("standardize", &self.standardize, &standards)?;
        one_of("split", &self.split, &["whitespace", "character", "none"])?;
        one_of("output_mode", &self.output_mode, &["int", "multi_hot", "count"])?;
        if let Some(most) = self.max_tokens.filter(|most| *most <= self.special()) {
            let expected = format!("above {}, the numbers that stand for no word", self.special());
            return Err(Error::argument("TextVectorization: max_tokens", most, expected));
        }
        if self.length == Some(0) {
            let what = "TextVectorization: output_sequence_length";
            return Err(Error::argument(what, 0, "at least 1"));
        }
        Ok(())
    }

    fn tokens_of(&self, text: &str) -> Vec<String> {
        let mut text = text.to_string();
        if self.standardize.starts_with("lower") {
            text.make_ascii_lowercase();
        }
        if self.standardize.ends_with("strip_punctuation") {
            text.retain(|c| !PUNCTUATION.contains(c));
        }
        match self.split.as_str() {
            "whitespace" => text.split_ascii_whitespace().map(str::to_string).collect(),
            "character" => text.chars().map(String::from).collect(),
            _ => vec![text],
        }
    }
}

impl std::fmt::Display for TextVectorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.vocabulary_size() {
            0 => f.write_str("TextVectorization, before adapt"),
            size => write!(f, "TextVectorization of a vocabulary of {size}"),
        }
    }
}

impl std::fmt::Debug for TextVectorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
pub(super) fn golden() -> serde_json::Value {
    let text = include_str!("../../../tests/golden/keras-texts.json");
    serde_json::from_str(text).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &serde_json::Value) -> Vec<String> {
        serde_json::from_value(json.clone()).unwrap()
    }

    #[test]
    fn vocabularies_and_numbers_are_keras() {
        let golden = golden();
        let (learned, asked) = (texts(&golden["texts"]), texts(&golden["asked"]));
        for case in golden["vectorizations"].as_array().unwrap() {
            let text = |name: &str| case[name].as_str().unwrap_or("none");
            let mut words = TextVectorization::new()
                .standardize(text("standardize"))
                .split(text("split"))
                .output_mode(text("output_mode"));
            if let Some(most) = case["max_tokens"].as_u64() {
                words = words.max_tokens(most as usize);
            }
            if let Some(length) = case["output_sequence_length"].as_u64() {
                words = words.output_sequence_length(length as usize);
            }
            words.adapt(&learned).unwrap();
            assert_eq!(words.vocabulary(), texts(&case["vocabulary"]), "{case}");
            assert_eq!(words.vocabulary_size(), words.vocabulary().len());
            let rows: Vec<Vec<f32>> = serde_json::from_value(case["rows"].clone()).unwrap();
            let found = words.apply(&asked).unwrap();
            assert_eq!(found.shape(), [rows.len(), rows[0].len()]);
            assert_eq!(found.data(), rows.concat(), "{case}");
            let mut again = words.clone();
            again.set_vocabulary(&words.vocabulary()).unwrap();
            assert_eq!(again.apply(&asked).unwrap(), found);
        }
    }

    #[test]
    fn wrong_settings_and_texts_are_named() {
        let fails = |mut words: TextVectorization, part: &str| {
            let error = words.adapt(&["a b"]).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        fails(TextVectorization::new().split("words"), "'whitespace', 'character'");
        fails(TextVectorization::new().standardize("upper"), "'upper'");
        fails(TextVectorization::new().output_mode("tf_idf"), "'multi_hot'");
        fails(TextVectorization::new().max_tokens(2), "above 2");
        fails(TextVectorization::new().output_sequence_length(0), "at least 1");
        let mut words = TextVectorization::new();
        assert!(words.apply(&["a"]).unwrap_err().to_string().contains("adapt"));
        assert!(words.adapt(&["", "!"]).is_err() && words.adapt(&[] as &[&str]).is_err());
        assert!(words.set_vocabulary(&["a", "b", "a"]).is_err());
        assert!(words.set_vocabulary(&["a", ""]).is_err());
        words.adapt(&["a"]).unwrap();
        assert!(words.apply(&[] as &[&str]).is_err() && words.apply(&["?"]).is_err());
        assert_eq!(words.to_string(), "TextVectorization of a vocabulary of 3");
    }
}
