#![no_main]
//! NumPy's archives: every member is read in each of the three ways.

use dfdx_lab::io::npz::load_npz;
use dfdx_lab_fuzz::file;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(npz) = load_npz(file("a.npz", bytes)) else { return };
    for name in npz.names() {
        assert!(!name.contains("..") || !name.split('/').any(|part| part == ".."));
        let _ = npz.array(&name);
        let _ = npz.bytes(&name);
        let _ = npz.strings(&name);
    }
});
