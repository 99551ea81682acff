//! The process that runs compiled cells: evcxr starts this program a second time and sends it the
//! shared objects to load.
//!
//! evcxr reads its own notes from the process' standard output, line by line, and waits for ever if
//! a cell leaves a line unfinished. So a cell writes to pipes that the kernel reads as they fill,
//! and only what is meant for evcxr is handed back, over a socket, to the output evcxr reads.

use super::stream::{BEGIN, DONE};
use anyhow::{Context, Result, bail};
use libloading::{Library, Symbol};
use std::ffi::c_void;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Set by evcxr in the process it starts.
const IS_CELL_PROCESS: &str = "EVCXR_IS_RUNTIME";
/// The folder with the pipes; set by the kernel.
pub const CHANNELS: &str = "DFDX_LAB_CHANNELS";
/// The library that reports panics and empties the output buffer; set by the kernel.
pub const HOOKS: &str = "DFDX_LAB_HOOKS";
/// The prebuilt library, loaded while the kernel starts; set by the kernel.
pub const LIBRARY: &str = "DFDX_LAB_LIBRARY";

/// Does not return if this process is to run cells.
pub fn run_if_asked() {
    if std::env::var_os(IS_CELL_PROCESS).is_none() {
        return;
    }
    let Some(channels) = std::env::var_os(CHANNELS) else { return };
    let code = match run(Path::new(&channels)) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error:#}");
            99
        }
    };
    std::process::exit(code);
}

fn run(channels: &Path) -> Result<()> {
    die_with_the_kernel();
    redirect(channels)?;
    let hooks = Hooks::load()?;
    let _library = std::env::var_os(LIBRARY).map(|path| {
        // SAFETY: the library's initialisers are Rust's own.
        unsafe { Library::new(path) }.map(ManuallyDrop::new)
    });
    let mut store = std::ptr::null_mut();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split(' ');
        let (Some("LOAD_AND_RUN"), Some(path), Some(function)) =
            (words.next(), words.next(), words.next())
        else {
            bail!("the cell process was sent {line:?}");
        };
        mark(1, BEGIN)?;
        // SAFETY: evcxr compiled this object and this function for this store. It is never
        // unloaded, since variables of later cells point into its code.
        store = unsafe {
            let object = ManuallyDrop::new(Library::new(path)?);
            let cell: Symbol<extern "C" fn(*mut c_void) -> *mut c_void> =
                object.get(function.as_bytes())?;
            cell(store)
        };
        hooks.flush();
        mark(2, DONE)?;
        mark(1, DONE)?;
    }
    Ok(())
}

/// Points standard output and standard error at the kernel's pipes, and hands to evcxr what the
/// kernel sends for it.
fn redirect(channels: &Path) -> Result<()> {
    // SAFETY: the numbers are this process' own descriptors, open since its start.
    let mut evcxr = unsafe { File::from_raw_fd(libc::dup(1)) };
    for (number, name) in [(1, "stdout"), (2, "stderr")] {
        let path = channels.join(name);
        let pipe = OpenOptions::new()
            .write(true)
            .open(&path)
            .with_context(|| format!("opening {}", path.display()))?;
        if unsafe { libc::dup2(pipe.as_raw_fd(), number) } < 0 {
            return Err(io::Error::last_os_error()).context("redirecting the output");
        }
    }
    let notes = UnixStream::connect(channels.join("notes")).context("reaching the kernel")?;
    let mut notes = BufReader::new(notes);
    // The kernel greets when it listens to this process and not to the one before.
    notes.read_line(&mut String::new())?;
    std::thread::spawn(move || {
        for line in notes.lines().map_while(Result::ok) {
            if evcxr.write_all(format!("{line}\n").as_bytes()).is_err() {
                return;
            }
        }
    });
    Ok(())
}

fn mark(descriptor: i32, text: &str) -> io::Result<()> {
    // SAFETY: both are open until the process ends, and are not closed here.
    let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) });
    file.write_all(format!("{text}\n").as_bytes())
}

/// A kernel that is killed must not leave a cell computing for ever; and an interrupt, which the
/// kernel itself ignores, must reach the cell.
fn die_with_the_kernel() {
    // SAFETY: plain system calls on this process.
    unsafe {
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::signal(libc::SIGINT, libc::SIG_DFL);
    }
}

/// The cells use the standard library as a shared object, this program has its own copy; what must
/// be done in theirs is done by a small library linked like them.
struct Hooks(ManuallyDrop<Library>);

impl Hooks {
    fn load() -> Result<Hooks> {
        let path = PathBuf::from(std::env::var_os(HOOKS).context("no hooks were named")?);
        // SAFETY: the library was built from this package's `hooks.rs`.
        let library = unsafe { Library::new(&path) }
            .with_context(|| format!("loading {}", path.display()))?;
        let hooks = Hooks(ManuallyDrop::new(library));
        hooks.call(b"dfdx_lab_start");
        Ok(hooks)
    }

    fn flush(&self) {
        self.call(b"dfdx_lab_flush");
    }

    fn call(&self, name: &[u8]) {
        // SAFETY: every function of `hooks.rs` has this signature.
        if let Ok(function) = unsafe { self.0.get::<extern "C" fn()>(name) } {
            function();
        }
    }
}
