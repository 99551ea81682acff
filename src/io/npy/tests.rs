//! Tests with files that NumPy wrote (made by tests/golden/preparation.py).

use super::*;
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/npy").join(name)
}

fn error(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Array::load_npy(&path).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_what_numpy_writes_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let a = Array::new([2, 3], vec![0.0, 0.25, 0.5, 0.75, 1.0, 1.25]).unwrap();
    a.save_npy(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(golden("f4.npy")).unwrap());
    save_npy_strings(&path, ["w", "n", "r", "w"]).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(golden("letters.npy")).unwrap());
    save_npy_strings(&path, ["état", "", "nrem"]).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(golden("words.npy")).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no partial file is left");
}

#[test]
fn numpys_files_are_read() {
    let a = Array::new([2, 3], vec![0.0, 0.25, 0.5, 0.75, 1.0, 1.25]).unwrap();
    for name in ["f4.npy", "f8_fortran.npy", "version_2.npy"] {
        assert_eq!(Array::load_npy(golden(name)).unwrap(), a, "{name}");
    }
    let i2 = Array::load_npy(golden("big_endian_i2.npy")).unwrap();
    assert_eq!((i2.shape(), i2.data()), (&[2, 2][..], &[1.0, -2.0, 3.0, 400.0][..]));
    assert_eq!(Array::load_npy(golden("u1.npy")).unwrap().data(), [0.0, 7.0, 255.0]);
    let scalar = Array::load_npy(golden("scalar.npy")).unwrap();
    assert_eq!((scalar.shape(), scalar.data()), (&[][..], &[2.5][..]));
    assert_eq!(load_npy_strings(golden("letters.npy")).unwrap(), ["w", "n", "r", "w"]);
    assert_eq!(load_npy_strings(golden("words.npy")).unwrap(), ["état", "", "nrem"]);
}

#[test]
fn every_type_of_number_is_read_in_every_order() {
    let types = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/npz/types.npz");
    let npz = crate::io::npz::load_npz(types).unwrap();
    let base = [0.0, 1.0, 2.0, 100.0, 101.0, 127.0];
    for kind in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "b1"] {
        let want = base.map(|v: f32| match &kind[..1] {
            "b" => v % 2.0,
            "u" => v,
            "i" => -v,
            _ => -v / 8.0,
        });
        for order in ["leC", "leF", "beC", "beF"] {
            let got = npz.array(&format!("{kind}{order}")).unwrap();
            assert_eq!((got.shape(), got.data()), (&[2, 3][..], &want[..]), "{kind}{order}");
        }
    }
    let bits = |name: &str| -> Vec<u32> {
        npz.array(name).unwrap().data().iter().map(|v| v.to_bits()).collect()
    };
    assert_eq!(bits("halves"), bits("halves_as_f4"));
}

#[test]
fn files_of_other_kinds_are_named() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let says = |error: String, parts: [&str; 2]| {
        assert!(parts.iter().all(|p| error.contains(p)), "{error}");
    };
    let npy = |name: &str| Array::load_npy(tests.join(name)).unwrap_err().to_string();
    let npz = |name: &str| crate::io::npz::load_npz(tests.join(name)).unwrap_err().to_string();
    says(npy("npz/stored.npz"), ["stored.npz: it is no .npy file", "load_npz"]);
    says(npy("hostile/values.pkl"), ["a pickle of Python", "numpy.savez"]);
    says(npy("hostile/values.mat"), ["a file of MATLAB", "scipy.io.loadmat"]);
    says(npz("npy/f4.npy"), ["f4.npy: it is no .npz archive", "Array::load_npy"]);
    says(npz("hostile/values.h5"), ["an HDF5 file", "Keras"]);
    let idx = crate::io::read_idx(tests.join("npy/f4.npy")).unwrap_err().to_string();
    says(idx, ["it is no IDX file", "Array::load_npy"]);
}

#[test]
fn three_axes_in_fortran_order_are_turned() {
    let column_major: Vec<f32> = (0..24).map(|i| i as f32).collect();
    let out = transposed(&column_major, &[2, 3, 4]);
    for (i, j, k) in [(0, 0, 0), (1, 2, 3), (1, 0, 2), (0, 2, 1)] {
        assert_eq!(out[(i * 3 + j) * 4 + k], column_major[i + 2 * (j + 3 * k)]);
    }
}

#[test]
fn pickles_and_wrong_kinds_are_refused() {
    let e = Array::load_npy(golden("objects.npy")).unwrap_err().to_string();
    assert!(e.contains("objects.npy") && e.contains("'|O'"), "{e}");
    let e = Array::load_npy(golden("letters.npy")).unwrap_err().to_string();
    assert!(e.contains("load_npy_strings"), "{e}");
    assert!(load_npy_strings(golden("f4.npy")).unwrap_err().to_string().contains("<f4"));
}

#[test]
fn a_claimed_size_takes_no_memory() {
    let huge = header::write("<f4", &[1 << 40]);
    assert!(error("huge.npy", &huge).contains("and 0 follow"));
    let overflow = header::write("<f4", &[usize::MAX, usize::MAX]);
    assert!(error("overflow.npy", &overflow).contains("more than memory has"));
    let zero = header::write("<f8", &[0, usize::MAX]);
    assert!(!error("zero.npy", &[zero, vec![0; 4]].concat()).is_empty());
}

#[test]
fn every_cut_of_a_file_is_an_error() {
    let whole = std::fs::read(golden("f4.npy")).unwrap();
    for n in 0..whole.len() {
        error("cut.npy", &whole[..n]);
    }
    error("longer.npy", &[whole.as_slice(), b"x"].concat());
}
