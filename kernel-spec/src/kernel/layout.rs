//! The file that is compiled for a cell, and where each of its bytes comes from.

use std::ops::Range;
use std::rc::Rc;

/// The text of a cell, under the number that the notebook shows.
#[derive(Debug)]
pub struct Source {
    pub cell: u64,
    pub text: String,
}

/// A place in a cell: bytes of its text.
#[derive(Debug, Clone)]
pub struct Place {
    pub source: Rc<Source>,
    pub range: Range<usize>,
}

/// Where a stretch of the file comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Copied from a cell, from this byte on.
    Cell(Rc<Source>, usize),
    /// Written by the kernel.
    Generated,
    /// Keeps the new variable of this name.
    Put(String),
    /// Takes or puts back the older variable of this name.
    Older(String),
}

/// A file, finished or still being written.
#[derive(Debug, Default, Clone)]
pub struct Layout {
    pub text: String,
    parts: Vec<(Range<usize>, Origin)>,
}

impl Layout {
    pub fn push(&mut self, text: &str, origin: Origin) {
        let start = self.text.len();
        self.text.push_str(text);
        self.parts.push((start..self.text.len(), origin));
    }

    pub fn generated(&mut self, text: &str) {
        self.push(text, Origin::Generated);
    }

    /// Copies a range of a cell, with text added before some of its bytes.
    pub fn copy(
        &mut self,
        source: &Rc<Source>,
        text: &str,
        range: Range<usize>,
        inserts: &[(usize, String)],
    ) {
        let mut from = range.start;
        for (at, insert) in inserts.iter().filter(|(at, _)| range.contains(at) || *at == range.end)
        {
            self.push(&text[from..*at], Origin::Cell(source.clone(), from));
            self.generated(insert);
            from = *at;
        }
        self.push(&text[from..range.end], Origin::Cell(source.clone(), from));
    }

    /// Where a byte of the file comes from.
    pub fn origin(&self, byte: usize) -> Option<&Origin> {
        self.part(byte).map(|part| &part.1)
    }

    fn part(&self, byte: usize) -> Option<&(Range<usize>, Origin)> {
        let after = self.parts.partition_point(|(range, _)| range.end <= byte);
        self.parts.get(after).filter(|(range, _)| range.contains(&byte))
    }

    /// The place in a cell of a range of the file. If an end of the range lies in added text, only
    /// the part that comes from the cell counts.
    pub fn place(&self, range: Range<usize>) -> Option<Place> {
        let mut found: Option<Place> = None;
        for (part, origin) in &self.parts {
            let Origin::Cell(source, from) = origin else { continue };
            let empty = range.is_empty() && part.contains(&range.start);
            let (start, end) = (part.start.max(range.start), part.end.min(range.end));
            if start >= end && !empty {
                continue;
            }
            let own = from + (start - part.start)..from + (end.max(start) - part.start);
            match &mut found {
                None => found = Some(Place { source: source.clone(), range: own }),
                Some(place) if Rc::ptr_eq(&place.source, source) => {
                    place.range.start = place.range.start.min(own.start);
                    place.range.end = place.range.end.max(own.end);
                }
                Some(_) => {}
            }
        }
        found
    }

    /// The place of a line and column, both counted from 1, the column in characters.
    pub fn place_at(&self, line: usize, column: usize) -> Option<Place> {
        let start = line_start(&self.text, line)?;
        let rest = &self.text[start..];
        let byte = rest.char_indices().nth(column.max(1) - 1).map_or(rest.len(), |(byte, _)| byte);
        let at = start + byte;
        if let Some(place) = self.place(at..at) {
            return Some(place);
        }
        // In added text: the place after its one bracket, or else the cell's last byte before it.
        let next = self.parts.iter().find(|(range, _)| range.start == at + 1);
        if let Some((_, Origin::Cell(source, from))) = next {
            return Some(Place { source: source.clone(), range: *from..*from });
        }
        let mut before = self.parts.iter().rev().filter(|(range, _)| range.end <= at);
        before.find_map(|(range, origin)| match origin {
            Origin::Cell(source, from) if !range.is_empty() => {
                let end = from + range.len();
                Some(Place { source: source.clone(), range: end - 1..end })
            }
            _ => None,
        })
    }
}

/// The first byte of a line counted from 1.
pub fn line_start(text: &str, line: usize) -> Option<usize> {
    match line {
        0 | 1 => Some(0),
        line => text.match_indices('\n').nth(line - 2).map(|(at, _)| at + 1),
    }
}

/// The line (from 1) and the column (from 0, in characters) of a byte.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let byte = (0..=byte.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let before = &text[..byte];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_back_to_the_cell() {
        let source = Rc::new(Source { cell: 3, text: "let ü = loop {};\nx".to_owned() });
        let mut layout = Layout::default();
        layout.generated("fn f() {\n");
        let inserts = [(15, "step();".to_owned())];
        layout.copy(&source, &source.text, 0..source.text.len(), &inserts);
        layout.push("put(a)", Origin::Put("a".into()));
        let at = |needle: &str| layout.text.find(needle).unwrap();
        let place = layout.place(at("loop")..at("}")).unwrap();
        assert_eq!((place.source.cell, &source.text[place.range]), (3, "loop {"));
        assert!(layout.place(at("step")..at("step") + 4).is_none());
        assert!(matches!(layout.origin(at("put")), Some(Origin::Put(name)) if name == "a"));
        let place = layout.place_at(2, 5).unwrap();
        assert_eq!(&source.text[place.range.start..][..2], "ü");
        assert_eq!(line_and_column(&source.text, source.text.len()), (2, 1));
        assert_eq!(line_start(&source.text, 2), Some(18));
    }
}
