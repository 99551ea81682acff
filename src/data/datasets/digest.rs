//! Check sums.

use sha2::{Digest, Sha256};

/// What the bytes of a file must add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    Sha256(String),
    /// For a publisher who gives no other. Finding *another* file with the MD5 of a given one is
    /// out of reach to this day, so it still tells a wrong or broken file.
    Md5(String),
}

impl Sum {
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        match self {
            Sum::Sha256(sum) => sha256(bytes) == *sum,
            Sum::Md5(sum) => md5(bytes) == *sum,
        }
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Sum::Sha256(sum) => write!(f, "sha256 {sum}"),
            Sum::Md5(sum) => write!(f, "MD5 {sum}"),
        }
    }
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Rotations of MD5's four rounds.
const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// MD5 (RFC 1321).
fn md5(bytes: &[u8]) -> String {
    let mut tail = bytes.chunks_exact(64).remainder().to_vec();
    tail.push(0x80);
    tail.resize(if tail.len() <= 56 { 56 } else { 120 }, 0);
    tail.extend((bytes.len() as u64).wrapping_mul(8).to_le_bytes());
    let blocks = bytes.as_chunks::<64>().0.iter().chain(tail.as_chunks::<64>().0);
    let state = blocks.fold([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476], md5_block);
    hex(&state.map(u32::to_le_bytes).concat())
}

fn md5_block(state: [u32; 4], block: &[u8; 64]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = state;
    for i in 0..64 {
        let (mixed, word) = match i / 16 {
            0 => ((b & c) | (!b & d), i),
            1 => ((b & d) | (c & !d), (5 * i + 1) % 16),
            2 => (b ^ c ^ d, (3 * i + 5) % 16),
            _ => (c ^ (b | !d), (7 * i) % 16),
        };
        let word = u32::from_le_bytes(block.as_chunks::<4>().0[word]);
        // The constants are defined by the sine.
        let constant = (libm::sin((i + 1) as f64).abs() * 4_294_967_296.0) as u32;
        let sum = a.wrapping_add(mixed).wrapping_add(word).wrapping_add(constant);
        (a, d, c) = (d, c, b);
        b = b.wrapping_add(sum.rotate_left(TURNS[i / 16][i % 4]));
    }
    let [p, q, r, s] = state;
    [p.wrapping_add(a), q.wrapping_add(b), r.wrapping_add(c), s.wrapping_add(d)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn md5_of_the_suite_of_rfc_1321() {
        let digits = "12345678901234567890".repeat(4);
        for (text, sum) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
            (&digits, "57edf4a22be3c955ac49da2e2107b67a"),
        ] {
            assert_eq!(md5(text.as_bytes()), sum);
            assert!(Sum::Md5(sum.into()).is_of(text.as_bytes()));
        }
    }

    #[test]
    fn sha256_of_abc() {
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(Sum::Sha256(sum.into()).is_of(b"abc") && !Sum::Sha256(sum.into()).is_of(b"abd"));
    }
}
