//! Files on network drives.

use std::path::Path;

/// Whether the file is on a network drive, as far as Linux reports it. The log needs memory that
/// all users of the file share, which different machines do not.
pub(super) fn on_network(path: &Path) -> bool {
    const KINDS: [&str; 11] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "lustre",
        "gpfs",
        "beegfs",
        "ceph",
        "glusterfs",
        "9p",
    ];
    let folder = path.parent().and_then(|p| p.canonicalize().ok()).unwrap_or_default();
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let longest = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            let point = words.next()?.replace("\\040", " ");
            Some((point, words.next()?))
        })
        .filter(|(point, _)| folder.starts_with(point))
        .max_by_key(|(point, _)| point.len());
    longest.is_some_and(|(_, kind)| KINDS.iter().any(|k| *k == kind || kind == format!("fuse.{k}")))
}
