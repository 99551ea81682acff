//! What every object of a PDF file needs: a number, and packed bytes.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::Ref;

/// Hands out object numbers.
#[derive(Default)]
pub struct Refs(i32);

impl Refs {
    pub fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

/// Bytes compressed for PDF's FlateDecode.
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory has no error to report.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
