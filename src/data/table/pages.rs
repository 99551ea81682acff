//! What the pages of a Parquet file claim, looked at before polars takes memory for it: a claim of
//! too many values would end the process, for want of memory, where nothing can catch it.
//!
//! A page begins with a header in Thrift's compact protocol (parquet.thrift, `PageHeader`).

use super::thrift::{Compact, PAGE_HEADER};

/// The largest page, unpacked: writers make them of a megabyte.
const LARGEST: i64 = 1 << 30;

/// Checks the pages of one column in one group of rows: `chunk` is its bytes, `values` how many it
/// is to have.
pub(super) fn check(mut chunk: &[u8], values: i64) -> Result<(), String> {
    let mut seen = 0;
    while seen < values {
        let mut compact = Compact::new(chunk);
        let mut header = Header::default();
        compact
            .structure(PAGE_HEADER, &mut |inside, number, value| {
                header.0.push((inside, number, value));
            })
            .ok_or_else(|| {
                format!("the header of a page after {seen} values is cut off or damaged")
            })?;
        let (packed, unpacked) = (header.integer(0, 3), header.integer(0, 2));
        let size = usize::try_from(packed).ok().filter(|&n| n <= compact.rest().len());
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
        chunk = &compact.rest()[size..];
    }
    Ok(())
}

/// The whole numbers of a header: each with the number of the structure it lies in, 0 for the
/// header itself, its own number, and its value.
#[derive(Default)]
struct Header(Vec<(i16, i16, i64)>);

impl Header {
    /// A number; one that is not there is as bad as a negative one, and most are needed.
    fn integer(&self, structure: i16, number: i16) -> i64 {
        let found = self.0.iter().find(|field| (field.0, field.1) == (structure, number));
        found.map_or(-1, |field| field.2)
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
