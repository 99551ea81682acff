//! Thrift's compact protocol, as much of it as Parquet's headers use, walked by the format's own
//! description of its structures.
//!
//! polars reads a field by its number and believes that it is of the kind which the format gives
//! it, whatever kind stands beside the number. Bytes that say otherwise would be walked differently
//! here and there, so such a field is refused.

/// What the format says of a field.
pub(super) enum Kind {
    Bool,
    Byte,
    /// A number of 16, 32 or 64 bits.
    Number,
    Binary,
    List(&'static Kind),
    Struct(&'static Structure),
}

/// The fields of a structure by their numbers; others are stepped over.
pub(super) type Structure = [(i16, Kind)];

use Kind::{Binary, Bool, Byte, List, Number, Struct};

const STATISTICS: &Structure = &[
    (1, Binary),
    (2, Binary),
    (3, Number),
    (4, Number),
    (5, Binary),
    (6, Binary),
    (7, Bool),
    (8, Bool),
];

/// parquet.thrift, `PageHeader`.
pub(super) const PAGE_HEADER: &Structure = &[
    (1, Number),
    (2, Number),
    (3, Number),
    (4, Number),
    (5, Struct(&[(1, Number), (2, Number), (3, Number), (4, Number), (5, Struct(STATISTICS))])),
    (6, Struct(&[])),
    (7, Struct(&[(1, Number), (2, Number), (3, Bool)])),
    (
        8,
        Struct(&[
            (1, Number),
            (2, Number),
            (3, Number),
            (4, Number),
            (5, Number),
            (6, Number),
            (7, Bool),
            (8, Struct(STATISTICS)),
        ]),
    ),
];

const EMPTY: Kind = Struct(&[]);
const TIME: Kind = Struct(&[(1, Bool), (2, Struct(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)]))]);

const LOGICAL_TYPE: &Structure = &[
    (1, EMPTY),
    (2, EMPTY),
    (3, EMPTY),
    (4, EMPTY),
    (5, Struct(&[(1, Number), (2, Number)])),
    (6, EMPTY),
    (7, TIME),
    (8, TIME),
    (10, Struct(&[(1, Byte), (2, Bool)])),
    (11, EMPTY),
    (12, EMPTY),
    (13, EMPTY),
    (14, EMPTY),
    (15, EMPTY),
];

const SCHEMA_ELEMENT: &Structure = &[
    (1, Number),
    (2, Number),
    (3, Number),
    (4, Binary),
    (5, Number),
    (6, Number),
    (7, Number),
    (8, Number),
    (9, Number),
    (10, Struct(LOGICAL_TYPE)),
];

const COLUMN: &Structure = &[
    (1, Number),
    (2, List(&Number)),
    (3, List(&Binary)),
    (4, Number),
    (5, Number),
    (6, Number),
    (7, Number),
    (9, Number),
    (10, Number),
    (11, Number),
    (12, Struct(STATISTICS)),
    (14, Number),
    (15, Number),
];

const COLUMN_CHUNK: &Structure = &[
    (1, Binary),
    (2, Number),
    (3, Struct(COLUMN)),
    (4, Number),
    (5, Number),
    (6, Number),
    (7, Number),
];

const ROW_GROUP: &Structure = &[
    (1, List(&Struct(COLUMN_CHUNK))),
    (2, Number),
    (3, Number),
    (4, List(&Struct(&[(1, Number), (2, Bool), (3, Bool)]))),
    (5, Number),
    (6, Number),
    (7, Number),
];

/// parquet.thrift, `FileMetaData`.
pub(super) const FILE: &Structure = &[
    (1, Number),
    (2, List(&Struct(SCHEMA_ELEMENT))),
    (3, Number),
    (4, List(&Struct(ROW_GROUP))),
    (5, List(&Struct(&[(1, Binary), (2, Binary)]))),
    (6, Binary),
    (7, List(&Struct(&[(1, EMPTY), (2, EMPTY)]))),
];

/// How deep structures and lists lie in one another, and some.
const DEEPEST: usize = 16;

/// The place of structures that lie deeper than in a field of the outermost one.
const DEEPER: i16 = -1;

/// Told of each whole number that the format knows: the number of the outermost structure's field
/// it lies in (0 for that structure's own numbers, -1 for deeper ones), its own, its value; and of
/// each structure's end, as number 0.
pub(super) type See<'a> = dyn FnMut(i16, i16, i64) + 'a;

pub(super) struct Compact<'a> {
    rest: &'a [u8],
}

impl<'a> Compact<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been walked.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Walks a structure; none if it is cut off or is not what the format says.
    pub(super) fn structure(&mut self, fields: &Structure, see: &mut See) -> Option<()> {
        self.fields(fields, 0, 0, see)
    }

    fn fields(
        &mut self,
        fields: &Structure,
        inside: i16,
        depth: usize,
        see: &mut See,
    ) -> Option<()> {
        let mut number = 0i16;
        loop {
            let head = self.byte()?;
            let (step, code) = (i16::from(head >> 4), head & 15);
            if code == 0 {
                see(inside, 0, 0);
                return Some(());
            }
            number = match step {
                0 => i16::try_from(self.integer()?).ok()?,
                step => number.checked_add(step)?,
            };
            let known = fields.iter().find(|(n, _)| *n == number).map(|(_, kind)| kind);
            match (known, code) {
                // True and false are codes of their own, with no byte behind them.
                (Some(Bool) | None, 1 | 2) => {}
                (Some(Number), 4..=6) => {
                    let value = self.integer()?;
                    see(inside, number, value);
                }
                (known, code) => {
                    let place = if inside == 0 && known.is_some() { number } else { DEEPER };
                    self.value(known, code, place, depth, see)?;
                }
            }
        }
    }

    /// A value in a list, or one in a structure that is read alike.
    fn value(
        &mut self,
        known: Option<&Kind>,
        code: u8,
        place: i16,
        depth: usize,
        see: &mut See,
    ) -> Option<()> {
        match (known, code) {
            (Some(Byte), 3) | (None, 1..=3) => self.skip(1),
            (Some(Number) | None, 4..=6) => self.integer().map(|_| ()),
            (None, 7) => self.skip(8),
            (Some(Binary) | None, 8) => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.skip(length)
            }
            (Some(List(element)), 9) => self.list(Some(element), place, depth, see),
            (None, 9 | 10) => self.list(None, place, depth, see),
            (Some(Struct(fields)), 12) if depth < DEEPEST => {
                self.fields(fields, place, depth + 1, see)
            }
            (None, 12) if depth < DEEPEST => self.fields(&[], place, depth + 1, see),
            _ => None,
        }
    }

    /// A list, whose elements take a byte each at least: one that claims more is cut off.
    fn list(
        &mut self,
        known: Option<&Kind>,
        place: i16,
        depth: usize,
        see: &mut See,
    ) -> Option<()> {
        let head = self.byte()?;
        let (short, code) = (head >> 4, head & 15);
        let count = if short == 15 { self.varint()? } else { short.into() };
        let count = usize::try_from(count).ok().filter(|&n| n <= self.rest.len())?;
        if depth >= DEEPEST {
            return None;
        }
        for _ in 0..count {
            self.value(known, code, place, depth + 1, see)?;
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn skip(&mut self, n: usize) -> Option<()> {
        self.rest = self.rest.get(n..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A number with its sign in the lowest bit.
    fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Seen = Vec<(i16, i16, i64)>;

    /// The numbers seen and how many bytes are left; none if the bytes are refused.
    fn walk(fields: &Structure, bytes: &[u8]) -> Option<(Seen, usize)> {
        let mut compact = Compact::new(bytes);
        let mut seen = Vec::new();
        compact.structure(fields, &mut |a, b, c| seen.push((a, b, c)))?;
        Some((seen, compact.rest().len()))
    }

    #[test]
    fn numbers_are_told_with_the_structure_around_them() {
        const FIELDS: &Structure = &[(1, Number), (3, List(&Struct(&[(2, Number)]))), (4, Bool)];
        // Field 1 = 5; field 3 is a list of two structures, whose field 2 is -1 and 7; field 4 true.
        let bytes = [0x15, 10, 0x29, 0x2c, 0x25, 1, 0, 0x25, 14, 0, 0x11, 0, 9, 9];
        let seen = vec![(0, 1, 5), (3, 2, -1), (3, 0, 0), (3, 2, 7), (3, 0, 0), (0, 0, 0)];
        assert_eq!(walk(FIELDS, &bytes), Some((seen, 2)));
        // Numbers of fields may be written in full, and an unknown field is stepped over: here a
        // list of two lists of a byte and of none, and a structure with a field 1 in it.
        let bytes = [0x05, 2, 8, 0x99, 0x29, 0x13, 1, 0x03, 0x1c, 0x15, 2, 0, 0];
        let seen = vec![(0, 1, 4), (-1, 0, 0), (0, 0, 0)];
        assert_eq!(walk(FIELDS, &bytes), Some((seen, 0)));
        // What lies deeper, and what is not known, is not taken for a number of the outermost one's.
        const DEEP: &Structure = &[(2, Struct(&[(2, Struct(&[(1, Number)]))]))];
        let bytes = [0x0c, 0, 0x15, 8, 0, 0x2c, 0x2c, 0x15, 4, 0, 0, 0];
        let seen = vec![(-1, 0, 0), (-1, 1, 2), (-1, 0, 0), (2, 0, 0), (0, 0, 0)];
        assert_eq!(walk(DEEP, &bytes), Some((seen, 0)));
        // A list of nothing may do without the kind of its elements, as fastparquet writes it.
        assert_eq!(walk(FIELDS, &[0x39, 0, 0]), Some((vec![(0, 0, 0)], 0)));
    }

    #[test]
    fn a_field_of_another_kind_than_the_formats_is_refused() {
        const ALL: &Structure =
            &[(1, Bool), (2, Byte), (3, Number), (4, Binary), (5, List(&Number)), (6, Struct(&[]))];
        let bodies: [(u8, &[u8]); 9] = [
            (1, &[]),
            (2, &[]),
            (3, &[7]),
            (4, &[2]),
            (6, &[2]),
            (8, &[0]),
            (9, &[0x15, 2]),
            (9, &[0x18, 0]),
            (12, &[0]),
        ];
        let good = [(1, 0), (1, 1), (2, 2), (3, 3), (3, 4), (4, 5), (5, 6), (6, 8)];
        for field in 1..=6u8 {
            for (i, (code, body)) in bodies.iter().enumerate() {
                let bytes = [&[field << 4 | code], *body, &[0]].concat();
                let read = walk(ALL, &bytes).is_some_and(|(_, rest)| rest == 0);
                assert_eq!(read, good.contains(&(field, i)), "field {field}, {bytes:x?}");
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_too_deep_is_refused() {
        let lists = [&[0x19][..], &[0x19; 30], &[0], &[0]].concat();
        for bad in [
            &[][..],
            &[0x15],
            &[0x15, 0xff],
            &[0x18, 5, 1, 2],
            &[0x19, 0x35, 2, 4],
            &[0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f, 0],
            &[0x0d, 0],
            &[0x05, 0xff, 0xff, 0x0f, 2, 0],
            &[0x1c; 30],
            &lists,
        ] {
            assert_eq!(walk(&[], bad), None, "{bad:x?}");
        }
    }
}
