#![no_main]
//! IDX files, plain and compressed by gzip.

use dfdx_lab::io::read_idx;
use dfdx_lab_fuzz::file;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(array) = read_idx(file("a.idx", bytes)) {
        assert_eq!(array.shape().iter().product::<usize>(), array.data().len());
    }
});
