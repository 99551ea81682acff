//! The command's system calls. Those of the kernel are in `kernel/`.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Whether the program runs as root, as in a container.
pub fn is_root() -> bool {
    // SAFETY: a plain system call.
    unsafe { libc::geteuid() == 0 }
}

/// Lets the program end silently when its output is closed, as by `| head`.
pub fn end_with_output() {
    // SAFETY: a plain system call.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// What a user may still write to the disk of a folder, in GB.
pub fn free_gigabytes(folder: &Path) -> Option<f64> {
    let name = CString::new(folder.as_os_str().as_bytes()).ok()?;
    // SAFETY: the structure is plain numbers, filled in by the call before it is read.
    let facts = unsafe {
        let mut facts: libc::statvfs = std::mem::zeroed();
        (libc::statvfs(name.as_ptr(), &mut facts) == 0).then_some(facts)?
    };
    Some(facts.f_bavail as f64 * facts.f_frsize as f64 / 1e9)
}
