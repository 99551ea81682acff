#![no_main]
//! Keras' archives: a model is read, written, and read again as it was. The archive's checksums are
//! corrected first, so that changes reach the reader behind them.

use dfdx_lab::prelude::*;
use dfdx_lab_fuzz::file;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    mend_checksums(&mut bytes);
    let path = file("a.keras", &bytes);
    let _ = Sequential::load_keras(&path);
    let Ok(model) = Model::load_keras(&path) else { return };
    assert_eq!(model.flat_weights().len(), model.count_params());
    let again = file("b.keras", b"");
    model.save_keras(&again).expect("a model that was read");
    let same = Model::load_keras(&again).expect("what was just written");
    let bits = |m: &Model| m.flat_weights().iter().map(|w| w.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&same), bits(&model));
});

/// Writes the checksum of every uncompressed member into its two records.
fn mend_checksums(bytes: &mut [u8]) {
    let number = |bytes: &[u8], at: usize, n: usize| {
        let digits = bytes.get(at..at + n)?.iter().rev();
        Some(digits.fold(0usize, |all, b| all << 8 | usize::from(*b)))
    };
    let records: Vec<usize> =
        (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"PK\x01\x02")).take(20).collect();
    for at in records {
        let mend = |bytes: &[u8]| {
            let (size, local) = (number(bytes, at + 20, 4)?, number(bytes, at + 42, 4)?);
            let stored = number(bytes, at + 10, 2)? == 0;
            let start = local + 30 + number(bytes, local + 26, 2)? + number(bytes, local + 28, 2)?;
            let content = bytes.get(start..start.checked_add(size)?).filter(|_| stored)?;
            Some((local, crc32fast::hash(content).to_le_bytes()))
        };
        let Some((local, sum)) = mend(bytes) else { continue };
        for at in [at + 16, local + 14] {
            if let Some(place) = bytes.get_mut(at..at + 4) {
                place.copy_from_slice(&sum);
            }
        }
    }
}
