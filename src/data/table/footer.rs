//! The footer of a Parquet file, looked at before polars takes memory for what it claims: a list
//! that is longer than the file, or groups of columns without end in one another, would end the
//! process where nothing can catch it.

use super::thrift::{Compact, FILE};

/// How deep groups of columns may lie in one another; polars calls itself for each.
const DEEPEST: usize = 100;

/// Checks a file's footer; a file without one is left to its reader.
pub(super) fn check(file: &[u8]) -> Result<(), String> {
    let Some((rest, tail)) = file.split_last_chunk::<8>() else { return Ok(()) };
    let [a, b, c, d, ..] = *tail;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let Some(first) = rest.len().checked_sub(length) else { return Ok(()) };
    let mut tree = Tree::default();
    Compact::new(&rest[first..])
        .structure(FILE, &mut |inside, number, value| match (inside, number) {
            // The elements of the schema: how many of the next ones lie in each.
            (2, 5) => tree.children = value,
            (2, 0) => tree.close(),
            _ => {}
        })
        .ok_or("its footer is cut off or not as the format has it")?;
    if tree.deepest > DEEPEST {
        return Err(format!("its columns lie in {} groups in one another", tree.deepest));
    }
    Ok(())
}

/// The tree that the schema's elements write in order, each with the number of its children.
#[derive(Default)]
struct Tree {
    /// Of the element that is being read.
    children: i64,
    /// How many are still to come in each of the groups around the next element.
    open: Vec<i64>,
    deepest: usize,
}

impl Tree {
    fn close(&mut self) {
        if let Some(last) = self.open.last_mut() {
            *last -= 1;
        }
        let children = std::mem::take(&mut self.children);
        if children > 0 {
            self.open.push(children);
            self.deepest = self.deepest.max(self.open.len());
        }
        while self.open.last() == Some(&0) {
            self.open.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(footer: &[u8]) -> Vec<u8> {
        let length = (footer.len() as u32).to_le_bytes();
        [footer, &length[..], b"PAR1"].concat()
    }

    #[test]
    fn a_list_longer_than_its_footer_is_refused() {
        // Field 4, the groups of rows: two of no field; then such as claim three, and endless ones.
        assert_eq!(check(&file(&[0x49, 0x2c, 0, 0, 0])), Ok(()));
        for bad in [&[0x49, 0x3c, 0, 0][..], &[0x49, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]] {
            assert!(check(&file(bad)).unwrap_err().contains("cut off"), "{bad:?}");
        }
        // polars reads what calls itself text here as a list.
        assert!(check(&file(&[0x48, 1, 0, 0])).is_err());
        assert_eq!(check(b"short"), Ok(()));
    }

    #[test]
    fn groups_without_end_in_one_another_are_refused() {
        // Elements of one child each; then as many beside one another, which is no nesting.
        let element = |children: u8| [0x55, 2 * children, 0];
        let schema = |elements: Vec<u8>| {
            let head = [0x29, 0xfc, (elements.len() / 3) as u8 | 0x80, 1];
            file(&[&head[..], &elements, &[0]].concat())
        };
        let chain: Vec<u8> = (0..200).flat_map(|_| element(1)).collect();
        let says = check(&schema(chain)).unwrap_err();
        assert!(says.contains("200 groups"), "{says}");
        let flat: Vec<u8> = (0..100).flat_map(|_| [element(1), element(0)].concat()).collect();
        assert_eq!(check(&schema(flat)), Ok(()));
    }
}
