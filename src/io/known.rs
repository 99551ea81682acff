//! Recognises a file by its first bytes, so that an error can name the reader to use instead.

/// Offset and first bytes of each kind of file, with its description and reader.
const KINDS: [(usize, &[u8], &str); 22] = [
    (0, b"\x93NUMPY", "an array of NumPy (.npy), which Array::load_npy reads"),
    (0, b"PAR1", "a Parquet table, which Table::read_parquet reads"),
    (
        0,
        b"\x89HDF\r\n\x1a\n",
        "an HDF5 file, such as Keras' .h5 and .weights.h5, which Model::load_keras and load_weights read",
    ),
    (
        0,
        b"MATLAB 5.0 MAT-file",
        "a file of MATLAB (.mat): scipy.io.loadmat reads it, and numpy.savez writes its arrays as .npz, which load_npz reads",
    ),
    (
        0,
        b"MATLAB 7.3 MAT-file",
        "a file of MATLAB (.mat, version 7.3): save the arrays by numpy.savez, and load_npz reads them",
    ),
    (0, b"SQLite format 3\0", "an SQLite database, such as a study"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture, which ImageFolder reads"),
    (0, b"\xff\xd8\xff", "a JPEG picture, which ImageFolder reads"),
    (0, b"GIF87a", "a GIF picture, which ImageFolder reads"),
    (0, b"GIF89a", "a GIF picture, which ImageFolder reads"),
    (8, b"WEBP", "a WebP picture, which ImageFolder reads"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"\x1f\x8b", "a file compressed by gzip: unpack it first"),
    (4, b"1AY&SY", "a file compressed by bzip2: unpack it first"),
    (0, b"\xfd7zXZ\0", "a file compressed by xz: unpack it first"),
    (0, b"\x28\xb5\x2f\xfd", "a file compressed by zstd: unpack it first"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a file of an old version of Excel or Word (.xls, .doc): save the sheet as CSV, which Table::read_csv reads",
    ),
    (257, b"ustar\0", "a tar archive: unpack it first"),
    (257, b"ustar  \0", "a tar archive: unpack it first"),
    (0, b"\0\0\x08", "an IDX file, such as MNIST's, which read_idx reads"),
    (0, b"\0\0\x0d", "an IDX file, such as MNIST's, which read_idx reads"),
];

/// Description of Keras' archives.
const KERAS: &str = "a model of Keras (.keras), which Model::load_keras reads";

/// First members that distinguish kinds of zip archives.
const MEMBERS: [(&str, &str); 6] = [
    (".npy", "an archive of NumPy's arrays (.npz), which load_npz reads"),
    ("metadata.json", KERAS),
    ("model.weights.h5", KERAS),
    (
        "[Content_Types].xml",
        "a workbook of Excel (.xlsx) or a document of Word: save the sheet as CSV, which Table::read_csv reads",
    ),
    (
        "/data.pkl",
        "a model of PyTorch (.pt): safetensors.torch.save_file writes its weights as safetensors",
    ),
    ("mimetype", "an OpenDocument file: save the sheet as CSV, which Table::read_csv reads"),
];

/// The kind of a binary file that begins with these bytes (the more, the better), if it is known.
pub(crate) fn binary(bytes: &[u8]) -> Option<&'static str> {
    if let Some(rest) = bytes.strip_prefix(b"PK\x03\x04") {
        // The first member's name is at byte 30, its length at byte 26.
        let length = rest.get(22..24).map_or(0, |b| usize::from(b[0]) | usize::from(b[1]) << 8);
        let name = rest.get(26..26 + length).unwrap_or_default();
        let name = String::from_utf8_lossy(name);
        let kind = MEMBERS.into_iter().find(|(end, _)| name.ends_with(end));
        return Some(kind.map_or("a zip archive: unpack it first", |k| k.1));
    }
    let marked = |&(at, magic, _): &(usize, &[u8], _)| begins(bytes, at, magic);
    // A mark made of letters may also be the name of a table's first column.
    let is_name = |magic: &[u8]| magic.iter().all(|b| matches!(b, b' '..=b'~')) && lines(bytes);
    if let Some((_, magic, kind)) = KINDS.into_iter().find(marked)
        && !is_name(magic)
    {
        return Some(kind);
    }
    // Pickles from protocol 2 on begin with this byte and the protocol's number.
    if let [0x80, 2..=5, ..] = bytes {
        return Some(
            "a pickle of Python (.pkl), and reading one runs the code in it: save the values by \
             numpy.savez (load_npz reads them) or DataFrame.to_csv (Table::read_csv)",
        );
    }
    is_safetensors(bytes).then_some("a safetensors file, as Model::save_weights writes them")
}

/// Whether the file begins like a safetensors file: the length of a JSON text, and the text.
pub(crate) fn is_safetensors(bytes: &[u8]) -> bool {
    let header = bytes.first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b));
    (2..1 << 27).contains(&header) && bytes.get(8) == Some(&b'{')
}

/// The kind of a zip archive that begins with these bytes, if it is known and not NumPy's.
pub(crate) fn other_archive(bytes: &[u8]) -> Option<&'static str> {
    let kind = binary(bytes).filter(|_| bytes.starts_with(b"PK"))?;
    MEMBERS[1..].iter().any(|(_, other)| *other == kind).then_some(kind)
}

/// The kind of a file, including texts that often replace a file by mistake.
pub(crate) fn what(bytes: &[u8]) -> Option<&'static str> {
    binary(bytes).or_else(|| {
        let start = bytes.trim_ascii_start();
        let word = |word: &str| {
            start.get(..word.len()).is_some_and(|s| s.eq_ignore_ascii_case(word.as_bytes()))
        };
        match () {
            () if word("<!doctype html") || word("<html") => {
                Some("a web page: the download probably needs another address or a login")
            }
            () if word("version https://git-lfs") => {
                Some("a pointer of Git LFS: `git lfs pull` fetches the file itself")
            }
            () if word("{") => Some("text in JSON"),
            () if !bytes.is_empty() && text(bytes) => {
                Some("text: Table::read_csv reads tables of text")
            }
            () => None,
        }
    })
}

/// The error text for a file of the wrong kind: names its kind if known, else says `otherwise`.
pub(crate) fn instead(bytes: &[u8], wanted: &str, otherwise: &str) -> String {
    match what(bytes) {
        Some(kind) => format!("it is no {wanted}: it is {kind}"),
        None => format!("it is no {wanted}: {otherwise}"),
    }
}

fn begins(bytes: &[u8], at: usize, magic: &[u8]) -> bool {
    // A mark at byte 8 counts only within a RIFF container.
    let container = at != 8 || bytes.starts_with(b"RIFF");
    container && bytes.get(at..at + magic.len()) == Some(magic)
}

/// Whether the beginning is UTF-8 text without control characters.
fn lines(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(4096)];
    let is_utf8 = match std::str::from_utf8(start) {
        Ok(_) => true,
        // The last character may be cut.
        Err(error) => error.error_len().is_none() && start.len() < bytes.len(),
    };
    let is_control = |b: &u8| b.is_ascii_control() && !matches!(b, b'\n' | b'\r' | b'\t');
    is_utf8 && start.contains(&b'\n') && !start.iter().any(is_control)
}

/// Whether the beginning is printable ASCII text.
fn text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(256)];
    start.contains(&b'\n') && start.iter().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_beginning() {
        let zip = |name: &str| {
            let mut bytes = b"PK\x03\x04".to_vec();
            bytes.resize(30, 0);
            bytes[26] = name.len() as u8;
            [bytes, name.as_bytes().to_vec()].concat()
        };
        let safetensors = [&8u64.to_le_bytes()[..], b"{\"a\":1} "].concat();
        for (bytes, says) in [
            (b"\x93NUMPY\x01\x00".to_vec(), "load_npy"),
            (zip("kernel.npy"), "load_npz"),
            (zip("metadata.json"), ".keras"),
            (zip("[Content_Types].xml"), "Excel"),
            (zip("archive/data.pkl"), "PyTorch"),
            (zip("x"), "zip archive"),
            (b"\x80\x04\x95".to_vec(), "pickle"),
            (b"\x89HDF\r\n\x1a\n".to_vec(), "HDF5"),
            (b"MATLAB 5.0 MAT-file, Platform".to_vec(), "scipy.io.loadmat"),
            (b"RIFF\0\0\0\0WEBPVP8 ".to_vec(), "WebP"),
            (b"PAR1\x15\x04\n".to_vec(), "Parquet"),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), "PDF"),
            (safetensors, "save_weights"),
            (b"\n<!DOCTYPE html><html>".to_vec(), "web page"),
            (b"version https://git-lfs.github.com/spec/v1\n".to_vec(), "git lfs pull"),
            (b"a,b\n1,2\n".to_vec(), "read_csv"),
        ] {
            let found = what(&bytes).unwrap();
            assert!(found.contains(says), "'{found}' does not say '{says}'");
        }
        // Words in a table are not marks.
        let mustard = format!("{}Mustard,1\n", " ".repeat(256));
        let names =
            ["PAR1,PAR2\n1,2\n", "MATLAB 7.3 MAT-file;x\n1;2\n", "GIF89a\n1\n", "%PDF-é\n1\n"];
        let riff = "RIFF,a,bWEBP\n1,2,3\n";
        let others = ["formats,WEBP,GIF8,BZh\n", "BZhang,1\n", &mustard, riff];
        for text in names.into_iter().chain(others) {
            assert_eq!(binary(text.as_bytes()), None, "{text}");
        }
        for short in [&b""[..], b"PK", b"a,b", b"\0", b"\x80"] {
            assert_eq!(binary(short), None);
        }
        assert_eq!(instead(b"\0\0", "array", "it is short"), "it is no array: it is short");
    }
}
