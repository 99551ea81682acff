//! Gzip decompression with a limit on the output.

use flate2::bufread::GzDecoder;
use std::io::Read;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Deflate's best compression: 258 bytes in 2 bits (RFC 1951), 1032 to 1.
const RATIO: u64 = 1032;

/// Whether these bytes begin like a gzip file.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The most bytes that `compressed` bytes can unpack to.
pub(crate) fn most(compressed: usize) -> u64 {
    (compressed as u64).saturating_mul(RATIO)
}

/// Unpacks at most `limit` bytes; memory is allocated only for bytes that exist. A file may consist
/// of several gzip members, and be padded with zeros, as on tapes and disks.
pub(crate) fn gunzip(bytes: &[u8], limit: u64) -> Result<Vec<u8>, String> {
    let (mut out, mut rest) = (Vec::new(), bytes);
    loop {
        let mut member = GzDecoder::new(rest);
        let left = limit - out.len() as u64;
        if let Err(e) = member.by_ref().take(left).read_to_end(&mut out) {
            return Err(format!("it cannot be decompressed after {} bytes: {e}", out.len()));
        }
        if out.len() as u64 == limit {
            return Ok(out);
        }
        let after = member.into_inner();
        let zeros = after.iter().take_while(|b| **b == 0).count();
        rest = &after[zeros..];
        if rest.is_empty() {
            return Ok(out);
        }
        if !is_gzip(rest) {
            return Err(format!(
                "after {} bytes of gzip, {} others follow that are not gzip",
                bytes.len() - rest.len(),
                rest.len()
            ));
        }
    }
}

#[cfg(test)]
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    out.write_all(bytes).and_then(|()| out.finish()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_asked_for_comes_out() {
        let bomb = gzip(&vec![0; 10_000_000]);
        assert!(is_gzip(&bomb) && bomb.len() < 20_000);
        assert_eq!(gunzip(&bomb, 100).unwrap().len(), 100);
        assert!(most(bomb.len()) >= 10_000_000);
        assert_eq!(gunzip(&gzip(b"abc"), 100).unwrap(), b"abc");
    }

    #[test]
    fn members_and_padding_are_read() {
        let two = [gzip(b"abc"), gzip(b"de")].concat();
        assert_eq!(gunzip(&two, 100).unwrap(), b"abcde");
        assert_eq!(gunzip(&two, 4).unwrap(), b"abcd");
        assert_eq!(gunzip(&[&two[..], &[0; 700]].concat(), 100).unwrap(), b"abcde");
        assert_eq!(gunzip(&[gzip(b"abc"), vec![0; 9], two].concat(), 100).unwrap(), b"abcabcde");
        let error = gunzip(&[&gzip(b"abc")[..], b"\0xyz"].concat(), 100).unwrap_err();
        assert!(error.contains("3 others follow"), "{error}");
        // Bytes after the requested ones are ignored.
        assert_eq!(gunzip(&[&gzip(b"abc")[..], b"xyz"].concat(), 3).unwrap(), b"abc");
        assert_eq!(gunzip(&gzip(b""), 3).unwrap(), b"");
        assert!(gunzip(b"", 3).is_err());
    }

    #[test]
    fn a_file_cut_off_says_where() {
        let whole = gzip(&(0..=255).cycle().take(10_000).collect::<Vec<u8>>());
        let error = gunzip(&whole[..whole.len() / 2], 1 << 20).unwrap_err();
        assert!(error.contains("cannot be decompressed after"), "{error}");
        assert!(gunzip(&whole[..whole.len() - 2], 1 << 20).is_err());
    }
}
