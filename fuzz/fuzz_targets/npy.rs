#![no_main]
//! NumPy's files of one array: what is read, written and read again is the same.

use dfdx_lab::Array;
use dfdx_lab::io::npy::{load_npy_strings, save_npy_strings};
use dfdx_lab_fuzz::file;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = file("a.npy", bytes);
    if let Ok(array) = Array::load_npy(&path) {
        array.save_npy(&path).expect("a written array");
        let again = Array::load_npy(&path).expect("what was just written");
        assert_eq!(array.shape(), again.shape());
        let bits = |a: &Array| a.data().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&array), bits(&again));
    } else if let Ok(strings) = load_npy_strings(&path) {
        save_npy_strings(&path, &strings).expect("written strings");
        assert_eq!(load_npy_strings(&path).expect("what was just written"), strings);
    }
});
