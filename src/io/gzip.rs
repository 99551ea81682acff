//! Gzip, read without trusting how much comes out.

use flate2::read::MultiGzDecoder;
use std::io::Read;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Deflate's best: 258 bytes for 2 bits (RFC 1951), that is 1032 bytes for one.
const RATIO: u64 = 1032;

/// Whether these bytes begin as a gzip file does.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The most that so many compressed bytes can hold.
pub(crate) fn most(compressed: usize) -> u64 {
    (compressed as u64).saturating_mul(RATIO)
}

/// The first bytes of what is compressed, at most `limit`; memory is only taken for what is there.
pub(crate) fn gunzip(bytes: &[u8], limit: u64) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut reader = MultiGzDecoder::new(bytes).take(limit);
    match reader.read_to_end(&mut out) {
        Ok(_) => Ok(out),
        Err(e) => Err(format!("it cannot be decompressed after {} bytes: {e}", out.len())),
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
    fn a_file_cut_off_says_where() {
        let whole = gzip(&(0..=255).cycle().take(10_000).collect::<Vec<u8>>());
        let error = gunzip(&whole[..whole.len() / 2], 1 << 20).unwrap_err();
        assert!(error.contains("cannot be decompressed after"), "{error}");
        assert!(gunzip(&whole[..whole.len() - 2], 1 << 20).is_err());
    }
}
