//! Fetching from mirrors that behave as mirrors do.

use super::server::{Answer, Server};
use crate::data::datasets::catalogue::{Files, Item};
use crate::data::datasets::digest::{Sum, sha256};
use crate::data::datasets::fetch::Fetcher;
use crate::data::datasets::http::Net;
use crate::data::datasets::stored;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// Bytes that do not compress, so that breaks fall where they are set.
fn content() -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..200_000).map(|_| next()).collect()
}

fn files(mirrors: &[&Server]) -> Files {
    let item = Item {
        name: "pictures".to_string(),
        gzip: true,
        most: content().len() as u64,
        sums: vec![Sum::Sha256(sha256(&content()))],
    };
    let mirrors = mirrors.iter().map(|server| format!("{}/set/{{file}}", server.address)).collect();
    Files { items: vec![item], elsewhere: Vec::new(), npm: None, mirrors }
}

fn fetcher() -> Fetcher {
    Fetcher { net: Net { patience: Duration::from_secs(2), loopback: true } }
}

fn fetch(folder: &Path, files: &Files) -> Result<(), String> {
    fetcher().fetch("a-set", files, folder, false).map_err(|e| e.to_string())
}

/// The file is there under its name, whole, and nothing else is.
#[track_caller]
fn arrived(folder: &TempDir, files: &Files) {
    let read = stored::read_all("a-set", files, folder.path()).unwrap().unwrap();
    assert_eq!(read, [content()]);
    let mut names: Vec<String> = (std::fs::read_dir(folder.path()).unwrap().flatten())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, [".lock", "pictures.gz"]);
}

/// Fetching from a mirror with these answers fails with an error that names its address and says
/// these words, and leaves nothing under the file's name.
#[track_caller]
fn refused(answers: Vec<Answer>, words: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(answers);
    let files = files(&[&server]);
    let error = fetch(folder.path(), &files).unwrap_err();
    let address = format!("{}/set/pictures.gz: ", server.address);
    let place = folder.path().display().to_string();
    for part in words.iter().copied().chain([&*address, &*place, "a_set_quick()", "pictures (or"]) {
        assert!(error.contains(part), "'{error}' does not say '{part}'");
    }
    assert!(stored::read_all("a-set", &files, folder.path()).unwrap().is_none());
    server
}

#[test]
fn a_file_arrives_plain_or_compressed() {
    let gzip = crate::io::gzip::gzip(&content());
    for answer in [
        Answer::File(content()),
        Answer::File(gzip.clone()),
        Answer::Whole(gzip.clone()),
        Answer::Endless(gzip),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::new(vec![answer]);
        let files = files(&[&server]);
        fetch(folder.path(), &files).unwrap();
        arrived(&folder, &files);
        assert_eq!(server.requests(), [("/set/pictures.gz".to_string(), None)]);
        // What is there is not asked for again.
        fetch(folder.path(), &files).unwrap();
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_wrong_file_is_refused() {
    let mut wrong = content();
    wrong[100] ^= 1;
    let server = refused(
        vec![Answer::File(wrong)],
        &["not the right file", &sha256(&content()), "200000 bytes"],
    );
    assert_eq!(server.requests().len(), 1);
    refused(vec![Answer::File(b"<html>log in</html>".to_vec())], &["not the right file"]);
    refused(vec![Answer::File(vec![0x1f, 0x8b, 8, 0])], &["cannot be decompressed"]);
}

#[test]
fn a_transfer_that_breaks_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(vec![
        Answer::Breaks(content(), 70_000),
        Answer::Breaks(content(), 30_000),
        Answer::File(content()),
    ]);
    let files = files(&[&server]);
    fetch(folder.path(), &files).unwrap();
    arrived(&folder, &files);
    let ranges: Vec<_> = server.requests().into_iter().map(|asked| asked.1).collect();
    assert_eq!(ranges, [None, Some("bytes=70000-".into()), Some("bytes=100000-".into())]);
}

#[test]
fn a_mirror_that_always_breaks_is_given_up_and_what_came_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let broken = Server::new(vec![Answer::Breaks(content(), 10_000)]);
    let error = fetch(folder.path(), &files(&[&broken])).unwrap_err();
    assert!(error.contains("broke after 40000 of 200000 bytes"), "{error}");
    assert_eq!(std::fs::metadata(folder.path().join("pictures.gz.part")).unwrap().len(), 40_000);
    // The next try, at another mirror, goes on there.
    let good = Server::new(vec![Answer::File(content())]);
    let files = files(&[&good]);
    fetch(folder.path(), &files).unwrap();
    arrived(&folder, &files);
    assert_eq!(good.requests()[0].1.as_deref(), Some("bytes=40000-"));
}

#[test]
fn a_mirror_without_ranges_sends_all_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(vec![Answer::Breaks(content(), 70_000), Answer::Whole(content())]);
    let files = files(&[&server]);
    fetch(folder.path(), &files).unwrap();
    arrived(&folder, &files);
}

#[test]
fn parts_of_two_files_are_fetched_again_from_the_start() {
    for left in [b"rubbish".repeat(100), vec![7; 200_000], vec![7; 300_000]] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pictures.gz.part"), left).unwrap();
        let server = Server::new(vec![Answer::File(content())]);
        let files = files(&[&server]);
        fetch(folder.path(), &files).unwrap();
        arrived(&folder, &files);
        assert_eq!(server.requests().last().unwrap().1, None);
    }
}

#[test]
fn a_whole_part_of_a_killed_process_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pictures.gz.part"), content()).unwrap();
    let server = Server::new(vec![Answer::Status(500)]);
    let files = files(&[&server]);
    fetch(folder.path(), &files).unwrap();
    arrived(&folder, &files);
    assert!(server.requests().is_empty());
}

#[test]
fn a_silent_mirror_is_left() {
    // It sends so much each time, then nothing.
    let server = Answer::Stalls(content(), 1000);
    refused(vec![server], &["broke after 4000 of 200000 bytes", "imeout"]);
}

#[test]
fn too_big_files_are_not_fetched() {
    let big = vec![1; 1_000_000];
    refused(vec![Answer::File(big.clone())], &["sends 1000000 bytes", "at most 204296"]);
    refused(vec![Answer::Endless(big)], &["or more", "at most 204296"]);
    // A small file that becomes a large one.
    let bomb = crate::io::gzip::gzip(&vec![0; 100_000_000]);
    refused(vec![Answer::File(bomb)], &["not the right file", "its 200001 bytes"]);
}

#[test]
fn redirects_lead_to_https_only() {
    let target = "http://mirror.example/set/pictures.gz";
    refused(vec![Answer::Redirect(target.into())], &["redirects to", target, "no HTTPS"]);
    refused(vec![Answer::Redirect("ftp://a/b".into())], &["ftp://a/b", "no HTTPS"]);
    refused(vec![Answer::Redirect("/set/pictures.gz".into())], &["redirects more than 5 times"]);
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(vec![Answer::Redirect("/other".into()), Answer::File(content())]);
    let files = files(&[&server]);
    fetch(folder.path(), &files).unwrap();
    arrived(&folder, &files);
    assert_eq!(server.requests()[1].0, "/other");
    // Without the tests' permission not even this machine is asked by plain HTTP.
    let folder = tempfile::tempdir().unwrap();
    let error = Fetcher::default().fetch("a-set", &files, folder.path(), false).unwrap_err();
    assert!(error.to_string().contains("not an HTTPS address, and is not used"), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn every_mirror_is_tried_and_named() {
    let missing = Server::new(vec![Answer::Status(404)]);
    let closed = Server { address: closed_port(), asked: Default::default() };
    let folder = tempfile::tempdir().unwrap();
    let error = fetch(folder.path(), &files(&[&missing, &closed])).unwrap_err();
    assert!(error.contains("HTTP status 404"), "{error}");
    for server in [&missing, &closed] {
        assert!(error.contains(&format!("{}/set/pictures.gz: ", server.address)), "{error}");
    }
    let good = Server::new(vec![Answer::File(content())]);
    let files = files(&[&missing, &closed, &good]);
    fetch(folder.path(), &files).unwrap();
    arrived(&folder, &files);
}

/// An address on this machine at which nobody listens.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn two_at_once_fetch_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(vec![Answer::Breaks(content(), 150_000), Answer::File(content())]);
    let files = files(&[&server]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| fetch(folder.path(), &files).unwrap());
        }
    });
    arrived(&folder, &files);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_broken_file_in_its_place_is_an_error_until_it_is_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pictures");
    std::fs::write(&path, b"cut off").unwrap();
    let server = Server::new(vec![Answer::File(content())]);
    let files = files(&[&server]);
    fetch(folder.path(), &files).unwrap();
    let error = stored::read_all("a-set", &files, folder.path()).unwrap_err().to_string();
    let place = path.display().to_string();
    for part in [&*place, "not the right file", "cargo lab data fetch a-set"] {
        assert!(error.contains(part), "'{error}' does not say '{part}'");
    }
    assert!(server.requests().is_empty());
    fetcher().fetch("a-set", &files, folder.path(), true).unwrap();
    let read = stored::read_all("a-set", &files, folder.path()).unwrap().unwrap();
    assert_eq!(read, [content()]);
    assert_eq!(std::fs::read(folder.path().join("pictures.broken")).unwrap(), b"cut off");
}

#[test]
fn files_of_the_operating_system_are_used_where_they_are() {
    let (folder, machine) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::new(vec![Answer::Status(404)]);
    let mut files = files(&[&server]);
    files.elsewhere = vec![machine.path().to_path_buf()];
    std::fs::write(machine.path().join("pictures.gz"), crate::io::gzip::gzip(&content())).unwrap();
    fetch(folder.path(), &files).unwrap();
    let read = stored::read_all("a-set", &files, folder.path()).unwrap().unwrap();
    assert_eq!(read, [content()]);
    assert!(server.requests().is_empty() && !folder.path().join("pictures.gz").exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let server = Server::new(vec![Answer::Status(404)]);
    let error = fetch(&file.join("a-set"), &files(&[&server])).unwrap_err();
    assert!(error.contains(&file.join("a-set").display().to_string()), "{error}");
}
