//! Tests with archives that NumPy wrote (made by tests/golden/make_npz.py), and with bad ones.

use super::*;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/npz").join(name)
}

/// A deflated archive of these members, without any checks.
fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn npy_of(shape: &[usize], values: &[f32]) -> Vec<u8> {
    npy::written(&Array::new(shape, values.to_vec()).unwrap())
}

/// The error of reading everything in an archive of these bytes.
fn error(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.npz");
    std::fs::write(&path, bytes).unwrap();
    let read = load_npz(&path)
        .and_then(|npz| npz.names().iter().map(|name| npz.array(name)).collect::<Result<Vec<_>>>());
    let error = read.unwrap_err().to_string();
    assert!(error.contains("bad.npz"), "{error}");
    error
}

/// Replaces bytes by as many others, wherever they occur.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> =
        bytes.windows(from.len()).enumerate().filter(|w| w.1 == from).map(|w| w.0).collect();
    assert!(!places.is_empty() && from.len() == to.len());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn numpys_archives_are_read() {
    for file in ["stored.npz", "deflated.npz"] {
        let npz = load_npz(golden(file)).unwrap();
        let names =
            ["f4", "fortran", "big_endian", "u1", "u1_fortran", "words", "layers/dense:0/kernel"];
        assert_eq!(npz.names(), names);
        let f4 = Array::new([2, 3], vec![0.0, 0.25, 0.5, 0.75, 1.0, 1.25]).unwrap();
        for name in ["f4", "f4.npy", "fortran", "layers/dense:0/kernel"] {
            assert_eq!(npz.array(name).unwrap(), f4, "{name}");
        }
        assert_eq!(npz.array("big_endian").unwrap().data(), [1.0, -2.0, 3.0, 400.0]);
        let twelve: Vec<u8> = (0..12).collect();
        assert_eq!(npz.bytes("u1").unwrap(), (vec![3, 4], twelve.clone()));
        assert_eq!(npz.bytes("u1_fortran").unwrap(), (vec![3, 4], twelve));
        assert_eq!(npz.strings("words").unwrap(), ["état", "", "nrem"]);
        let e = npz.bytes("f4").unwrap_err().to_string();
        assert!(e.contains(file) && e.contains("'f4.npy'") && e.contains("not uint8"), "{e}");
        let e = npz.array("F4").unwrap_err().to_string();
        assert!(e.contains("'F4': there is no such array") && e.contains("'fortran'"), "{e}");
    }
}

#[test]
fn pickles_are_refused_and_their_neighbours_read() {
    let npz = load_npz(golden("objects.npz")).unwrap();
    assert_eq!(npz.array("fine").unwrap().shape(), [2, 3]);
    let e = npz.array("objects").unwrap_err().to_string();
    assert!(e.contains("objects.npz: 'objects.npy'") && e.contains("'|O'"), "{e}");
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    let (a, b) = (Array::zeros([2, 0]).unwrap(), Array::new([], vec![7.0]).unwrap());
    save_npz(&path, [("a", &a), ("dense/b.npy", &b)]).unwrap();
    let npz = load_npz(&path).unwrap();
    assert_eq!(npz.names(), ["a", "dense/b"]);
    assert_eq!((npz.array("a").unwrap(), npz.array("dense/b").unwrap()), (a.clone(), b));
    for names in [["a", "a.npy"], ["a", "../b"], ["a", ""], ["a", "/b"]] {
        let e = save_npz(&path, names.map(|n| (n, &a))).unwrap_err().to_string();
        assert!(e.contains("save_npz: a name is '"), "{e}");
    }
}

#[test]
fn names_that_lead_out_are_refused() {
    let array = npy_of(&[1], &[1.0]);
    let whole = zipped(&[("aaaaaaaa.npy", &array)]);
    for name in ["../aaaaa.npy", "/aaaaaaa.npy", "aa/../aa.npy", "..\\aaaaa.npy", "C:aaaaaa.npy"] {
        let e = error(&replaced(&whole, b"aaaaaaaa.npy", name.as_bytes()));
        assert!(e.contains(name) && e.contains("lead out"), "{e}");
    }
    error(&zipped(&[("folder/", b"")]));
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let array = npy_of(&[1], &[1.0]);
    let twice = replaced(&zipped(&[("aa.npy", &array), ("ab.npy", &array)]), b"ab.npy", b"aa.npy");
    assert!(error(&twice).contains("same name"));
    let e = error(&zipped(&[("a.npy", &array), ("a", &array)]));
    assert!(e.contains("'a': the name occurs twice"), "{e}");
}

#[test]
fn encrypted_members_are_refused() {
    let mut bytes = zipped(&[("a.npy", &npy_of(&[1], &[1.0]))]);
    let central = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[central + 8] |= 1;
    let e = error(&bytes);
    assert!(e.contains("'a.npy'") && e.contains("encrypted"), "{e}");
}

#[test]
fn a_member_that_unpacks_to_more_than_its_header_is_refused() {
    // 64 MB of zeros after the header of one element.
    let bomb = [npy_of(&[1], &[1.0]), vec![0; 64 << 20]].concat();
    let packed = zipped(&[("a.npy", &bomb)]);
    assert!(packed.len() < 100_000);
    let e = error(&packed);
    assert!(e.contains("'a.npy'") && e.contains("announces 132 bytes"), "{e}");
    // An archive that lies about the size, too, so that only unpacking reveals it.
    let size = (bomb.len() as u32).to_le_bytes();
    let lying = replaced(&packed, &size, &132u32.to_le_bytes());
    assert!(error(&lying).contains("'a.npy'"));
}

#[test]
fn a_claimed_size_takes_no_memory() {
    let header = npy_of(&[1], &[1.0]);
    let shape = b"(1,), }            ";
    let huge = replaced(&header, shape, b"(1099511627776,), }");
    let e = error(&zipped(&[("a.npy", &huge)]));
    assert!(e.contains("announces 4398046511232 bytes"), "{e}");
}

#[test]
fn every_cut_of_an_archive_is_an_error() {
    let whole = std::fs::read(golden("deflated.npz")).unwrap();
    for n in 0..whole.len() {
        error(&whole[..n]);
    }
}

#[test]
fn a_changed_byte_is_never_a_panic_and_data_are_checked() {
    let array = npy_of(&[4], &[1.0, 2.0, 3.0, 4.0]);
    let whole = zipped(&[("a.npy", &array)]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npz");
    for i in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[i] ^= 1 << bit;
            std::fs::write(&path, &bytes).unwrap();
            if let Ok(read) = load_npz(&path).and_then(|npz| npz.array("a")) {
                assert_eq!(read.data(), [1.0, 2.0, 3.0, 4.0], "bit {bit} of byte {i}");
            }
        }
    }
}
