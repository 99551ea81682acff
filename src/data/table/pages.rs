//! What the pages of a Parquet file claim, looked at before polars takes memory for it: a claim of
//! too many values would end the process, for want of memory, where nothing can catch it.
//!
//! A page begins with a header in Thrift's compact protocol (parquet.thrift, `PageHeader`).

/// The largest page, unpacked: writers make them of a megabyte.
const LARGEST: i64 = 1 << 30;
/// How deep structures lie in one another in a header, and some.
const DEEPEST: usize = 8;

/// Checks the pages of one column in one group of rows: `chunk` is its bytes, `values` how many it
/// is to have.
pub(super) fn check(mut chunk: &[u8], values: i64) -> Result<(), String> {
    let mut seen = 0;
    while seen < values {
        let mut compact = Compact { rest: chunk };
        let mut header = Header::default();
        compact
            .structure(0, 0, &mut header)
            .ok_or_else(|| format!("the header of a page after {seen} values is cut off"))?;
        let (packed, unpacked) = (header.integer(0, 3), header.integer(0, 2));
        let size = usize::try_from(packed).ok().filter(|&n| n <= compact.rest.len());
        let (Some(size), 0..=LARGEST) = (size, unpacked) else {
            return Err(format!("a page claims {packed} bytes, {unpacked} unpacked"));
        };
        // Type 0 is a page of values in the first version of the format, 3 in the second, 2 a
        // dictionary, which has at least a byte a value.
        let (found, most) = match header.integer(0, 1) {
            0 => (header.integer(5, 1), values - seen),
            3 => (header.integer(8, 1), values - seen),
            2 => (header.integer(7, 1), unpacked),
            _ => (0, 0),
        };
        if !(0..=most).contains(&found) {
            return Err(format!("a page claims {found} values where {most} are possible"));
        }
        if header.integer(0, 1) == 3 {
            let (nulls, rows) = (header.integer(8, 2), header.integer(8, 3));
            let levels = [header.integer(8, 5), header.integer(8, 6)];
            let fits = levels.iter().all(|level| (0..=packed).contains(level));
            if !fits || levels.iter().sum::<i64>() > packed || nulls > found || rows > found {
                return Err("a page's header contradicts itself".to_string());
            }
        }
        if header.integer(0, 1) != 2 {
            seen += found;
        }
        chunk = &compact.rest[size..];
    }
    Ok(())
}

/// Checks that the lists in a file's footer are no longer than the footer; a file without a footer
/// is left to its reader.
pub(super) fn check_footer(file: &[u8]) -> Result<(), String> {
    let Some((rest, tail)) = file.split_last_chunk::<8>() else { return Ok(()) };
    let [a, b, c, d, ..] = *tail;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let Some(first) = rest.len().checked_sub(length) else { return Ok(()) };
    let mut compact = Compact { rest: &rest[first..] };
    compact
        .structure(0, 0, &mut Header::default())
        .ok_or_else(|| "its footer claims more than it holds".to_string())
}

/// The whole numbers of a header: each with the number of the structure it lies in, 0 for the
/// header itself, its own number, and its value.
#[derive(Default)]
struct Header(Vec<(i64, i64, i64)>);

impl Header {
    /// A number; one that is not there is as bad as a negative one, and most are needed.
    fn integer(&self, structure: i64, number: i64) -> i64 {
        let found = self.0.iter().find(|field| (field.0, field.1) == (structure, number));
        found.map_or(-1, |field| field.2)
    }
}

/// Thrift's compact protocol, as much of it as stands in a page's header.
struct Compact<'a> {
    rest: &'a [u8],
}

impl Compact<'_> {
    fn structure(&mut self, inside: i64, depth: usize, out: &mut Header) -> Option<()> {
        let mut number = 0i64;
        loop {
            let head = self.byte()?;
            let (step, kind) = (i64::from(head >> 4), head & 15);
            if kind == 0 {
                return Some(());
            }
            number = if step == 0 { self.integer()? } else { number.checked_add(step)? };
            match kind {
                // True and false are kinds of their own.
                1 | 2 => {}
                3 => self.skip(1)?,
                4..=6 => {
                    let value = self.integer()?;
                    if depth < 2 {
                        out.0.push((inside, number, value));
                    }
                }
                7 => self.skip(8)?,
                8 => {
                    let length = usize::try_from(self.varint()?).ok()?;
                    self.skip(length)?;
                }
                9 | 10 => self.list(depth)?,
                12 if depth < DEEPEST => {
                    let inside = if depth == 0 { number } else { -1 };
                    self.structure(inside, depth + 1, out)?;
                }
                _ => return None,
            }
        }
    }

    /// A list, whose elements take a byte each at least: one that claims more is cut off.
    fn list(&mut self, depth: usize) -> Option<()> {
        let head = self.byte()?;
        let (short, kind) = (head >> 4, head & 15);
        let count = if short == 15 { self.varint()? } else { short.into() };
        let count = usize::try_from(count).ok().filter(|&n| n <= self.rest.len())?;
        for _ in 0..count {
            match kind {
                1..=3 => self.skip(1)?,
                4..=6 => self.integer().map(|_| ())?,
                7 => self.skip(8)?,
                8 => {
                    let length = usize::try_from(self.varint()?).ok()?;
                    self.skip(length)?;
                }
                9 | 10 if depth < DEEPEST => self.list(depth + 1)?,
                12 if depth < DEEPEST => self.structure(-1, depth + 1, &mut Header::default())?,
                _ => return None,
            }
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

    /// A page of values: type 0, sizes, and the values' number in structure 5.
    fn page(unpacked: u8, packed: u8, values: u8) -> Vec<u8> {
        let sizes = [0x15, 0, 0x15, unpacked, 0x15, packed];
        [&sizes[..], &[0x2c, 0x15, values, 0, 0], &vec![0; usize::from(packed / 2)][..]].concat()
    }

    #[test]
    fn a_list_longer_than_its_footer_is_refused() {
        let file = |footer: &[u8]| {
            let length = (footer.len() as u32).to_le_bytes();
            [footer, &length[..], b"PAR1"].concat()
        };
        // Field 1 is a list: of two numbers, of two structures of one number each.
        assert_eq!(check_footer(&file(&[0x19, 0x25, 2, 4, 0])), Ok(()));
        assert_eq!(check_footer(&file(&[0x19, 0x2c, 0x15, 2, 0, 0x15, 4, 0, 0])), Ok(()));
        for bad in [&[0x19, 0x35, 2, 4][..], &[0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]] {
            assert!(check_footer(&file(bad)).is_err(), "{bad:?}");
        }
        assert_eq!(check_footer(b"short"), Ok(()));
    }

    #[test]
    fn pages_are_walked_and_their_claims_checked() {
        // Even codes are positive numbers, twice as large; odd ones negative.
        assert_eq!(check(&page(20, 20, 8), 4), Ok(()));
        assert_eq!(check(&[page(20, 20, 8), page(4, 4, 4)].concat(), 6), Ok(()));
        for (bad, says) in [
            (page(20, 20, 7), "claims -4 values where 4"),
            (page(20, 20, 10), "claims 5 values where 4"),
            (page(20, 19, 8), "claims -10 bytes"),
            (page(19, 20, 8), "-10 unpacked"),
            (page(20, 20, 6), "after 3 values is cut off"),
            (page(20, 20, 8)[..12].to_vec(), "claims 10 bytes"),
            (page(20, 20, 8)[..7].to_vec(), "after 0 values is cut off"),
            (vec![0x0f; 30], "cut off"),
            (vec![0x1c; 30], "cut off"),
            (vec![], "cut off"),
        ] {
            let found = check(&bad, 4).unwrap_err();
            assert!(found.contains(says), "'{found}' does not say '{says}'");
        }
    }
}
