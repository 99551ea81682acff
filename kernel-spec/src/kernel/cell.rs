//! The process that runs compiled cells: the kernel starts this program a second time and tells it
//! over a socket which shared objects to load.
//!
//! Its standard output and error are pipes that the kernel reads as they fill; its standard input
//! is a pipe that the kernel writes to when a cell asks for a line.

use super::stream::{BEGIN, DONE};
use super::{pages, rescue};
use anyhow::{Context, Result, bail};
use libloading::{Library, Symbol};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The folder with the pipes; set by the kernel.
pub const CHANNELS: &str = "DFDX_LAB_CHANNELS";
/// The library that reports panics and empties the output buffer; set by the kernel.
pub const HOOKS: &str = "DFDX_LAB_HOOKS";
/// The prebuilt library, loaded while the kernel starts; set by the kernel.
pub const LIBRARY: &str = "DFDX_LAB_LIBRARY";

/// How the reason begins if the abandoned cell may have damaged memory.
pub const FAULT: &str = "the cell crashed";
/// The reason if the abandoned cell panicked where it could not unwind.
pub const IN_PANIC: &str = "the cell aborted in a panic";
/// Seconds in which a cell must be abandoned, else the process ends. It may hang, because nobody
/// releases a lock that the cell held, such as the allocator's.
const LEAVE: u32 = 10;

/// Bytes of a cell's stack. Only the used part takes memory.
pub const STACK: usize = 64 << 20;

/// The library's flag that stops its work, once it is loaded.
pub static STOP: AtomicPtr<AtomicBool> = AtomicPtr::new(std::ptr::null_mut());
/// The thread that runs the cells.
static THREAD: AtomicI32 = AtomicI32::new(0);
/// Empties the output buffer of the cells' standard library.
pub static FLUSH: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());
/// The function that tells whether the calling thread is panicking.
pub static PANICKING: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());
static KERNEL: Mutex<Option<BufReader<UnixStream>>> = Mutex::new(None);
static HOOKED: OnceLock<Result<Hooks, String>> = OnceLock::new();

/// Runs cells, and does not return, if the kernel has started this process for that.
pub fn run_if_asked() {
    let Some(channels) = std::env::var_os(CHANNELS) else { return };
    // A program that a cell starts must not take itself for a process that runs cells.
    // SAFETY: no thread has been started yet.
    unsafe { std::env::remove_var(CHANNELS) };
    let thread =
        std::thread::Builder::new().stack_size(STACK).spawn(move || run(Path::new(&channels)));
    let code = match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => 0,
        Ok(Ok(Err(error))) => {
            eprintln!("{error:#}");
            99
        }
        _ => 99,
    };
    std::process::exit(code);
}

fn run(channels: &Path) -> Result<()> {
    redirect(channels)?;
    let kernel = UnixStream::connect(channels.join("cells")).context("reaching the kernel")?;
    *KERNEL.lock().unwrap_or_else(PoisonError::into_inner) = Some(BufReader::new(kernel));
    let hooks = HOOKED.get_or_init(|| Hooks::load().map_err(|error| format!("{error:#}")));
    hooks.as_ref().map_err(anyhow::Error::msg)?.begin();
    handle_signals();
    rescue::arm(go_on);
    let _library = std::env::var_os(LIBRARY).map(|path| {
        // SAFETY: the library's initialisers are Rust's own.
        unsafe { Library::new(path) }.map(ManuallyDrop::new)
    });
    serve()
}

/// Runs cells until the kernel ends.
fn serve() -> Result<()> {
    while let Some(line) = next_line()? {
        let mut words = line.split(' ');
        let (Some("RUN"), Some(function), Some(path)) =
            (words.next(), words.next(), line.splitn(3, ' ').nth(2))
        else {
            bail!("the cell process was sent {line:?}");
        };
        asked().store(false, Ordering::SeqCst);
        rescue::limit_memory();
        mark(1, BEGIN)?;
        // SAFETY: the kernel compiled this object with this function. It is never unloaded, since
        // variables of later cells point into its code.
        unsafe {
            let object = ManuallyDrop::new(Library::new(path)?);
            let cell: Symbol<extern "C" fn()> = object.get(function.as_bytes())?;
            rescue::enter();
            cell();
            rescue::leave();
        }
        ended()?;
        pages::give_back(Path::new(path));
    }
    Ok(())
}

/// The next line from the kernel. The lock is released before a cell runs, because the cell may
/// never return.
fn next_line() -> Result<Option<String>> {
    let mut line = String::new();
    let mut kernel = KERNEL.lock().unwrap_or_else(PoisonError::into_inner);
    let kernel = kernel.as_mut().context("there is no kernel")?;
    Ok((kernel.read_line(&mut line)? > 0).then(|| line.trim_end_matches('\n').to_owned()))
}

fn ended() -> Result<()> {
    if let Some(Ok(hooks)) = HOOKED.get() {
        hooks.call(b"dfdx_lab_flush");
    }
    mark(2, DONE)?;
    Ok(mark(1, DONE)?)
}

/// Called on a new stack after the running cell was abandoned where it stood: tells the kernel why,
/// and runs the next cells.
fn go_on(why: &str) -> ! {
    // SAFETY: plain system calls; the alarm ends the process.
    unsafe { libc::alarm(LEAVE) };
    if let Some(Ok(hooks)) = HOOKED.get() {
        let aborted_in_panic = why == rescue::ABORTED && panicking();
        hooks.abandoned(if aborted_in_panic { IN_PANIC } else { why });
    }
    let result = ended().and_then(|()| {
        // SAFETY: as above.
        unsafe { libc::alarm(0) };
        serve()
    });
    std::process::exit(if result.is_ok() { 0 } else { 99 });
}

/// Whether this thread is panicking, by the standard library of the cells.
fn panicking() -> bool {
    let ask = PANICKING.load(Ordering::Acquire);
    // SAFETY: it was stored as a function of this type.
    !ask.is_null() && unsafe { std::mem::transmute::<*mut (), extern "C" fn() -> bool>(ask)() }
}

/// Whether the running cell was asked to stop.
pub fn asked() -> &'static AtomicBool {
    static NONE: AtomicBool = AtomicBool::new(false);
    // SAFETY: it is null, or points to a static of a library that is never unloaded.
    unsafe { STOP.load(Ordering::Acquire).as_ref() }.unwrap_or(&NONE)
}

/// Whether this thread runs the cells.
#[cfg(target_os = "linux")]
pub fn is_this_thread() -> bool {
    // SAFETY: a plain system call.
    THREAD.load(Ordering::SeqCst) == unsafe { libc::syscall(libc::SYS_gettid) } as i32
}

/// Points the standard streams at the kernel's pipes.
fn redirect(channels: &Path) -> Result<()> {
    for (number, name) in [(0, "stdin"), (1, "stdout"), (2, "stderr")] {
        let path = channels.join(name);
        // Opened for reading and writing, because opening one end waits for the other.
        let pipe = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .with_context(|| format!("opening {}", path.display()))?;
        // SAFETY: a plain system call on this process' own descriptors.
        if unsafe { libc::dup2(pipe.as_raw_fd(), number) } < 0 {
            return Err(io::Error::last_os_error()).context("redirecting the output");
        }
    }
    Ok(())
}

pub fn mark(descriptor: i32, text: &str) -> io::Result<()> {
    // SAFETY: both are open until the process ends, and are not closed here.
    let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) });
    file.write_all(format!("{text}\n").as_bytes())
}

/// An interrupt sets the library's flag, and ends what the cell waits for. If the kernel is killed,
/// this process ends too, so that no cell computes for ever.
fn handle_signals() {
    extern "C" fn stop(_: libc::c_int) {
        asked().store(true, Ordering::SeqCst);
        #[cfg(target_os = "linux")]
        // SAFETY: plain system calls, which a handler may make. They pass the signal on to the
        // cells' thread, to end its sleep or read.
        unsafe {
            let cells = THREAD.load(Ordering::SeqCst);
            if libc::syscall(libc::SYS_gettid) as i32 != cells {
                libc::syscall(libc::SYS_tgkill, libc::getpid(), cells, libc::SIGINT);
            }
        }
    }
    // SAFETY: plain system calls on this process; the handler does what a handler may.
    unsafe {
        #[cfg(target_os = "linux")]
        {
            THREAD.store(libc::syscall(libc::SYS_gettid) as i32, Ordering::SeqCst);
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        }
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = stop as extern "C" fn(libc::c_int) as libc::sighandler_t;
        libc::sigaction(libc::SIGINT, &action, std::ptr::null_mut());
    }
}

/// The cells share the standard library as a shared object, while this program has its own copy. A
/// small library that is linked like the cells does what must be done in theirs.
struct Hooks(ManuallyDrop<Library>);

impl Hooks {
    fn load() -> Result<Hooks> {
        let path = PathBuf::from(std::env::var_os(HOOKS).context("no hooks were named")?);
        // SAFETY: the library was built from this package's `hooks.rs`.
        let library = unsafe { Library::new(&path) }
            .with_context(|| format!("loading {}", path.display()))?;
        Ok(Hooks(ManuallyDrop::new(library)))
    }

    fn begin(&self) {
        self.call(b"dfdx_lab_start");
        self.new_stack();
        // SAFETY: the signatures are those in `hooks.rs`.
        unsafe {
            if let Ok(stop) = self.0.get::<extern "C" fn() -> *mut AtomicBool>(b"dfdx_lab_stop") {
                STOP.store(stop(), Ordering::Release);
            }
            if let Ok(flush) = self.0.get::<extern "C" fn()>(b"dfdx_lab_flush") {
                FLUSH.store(*flush as *mut (), Ordering::Release);
            }
            if let Ok(ask) = self.0.get::<extern "C" fn() -> bool>(b"dfdx_lab_panicking") {
                PANICKING.store(*ask as *mut (), Ordering::Release);
            }
        }
    }

    /// From here on the cells run on this thread's present stack.
    fn new_stack(&self) {
        // SAFETY: the signature is that in `hooks.rs`.
        if let Ok(thread) = unsafe { self.0.get::<extern "C" fn(usize)>(b"dfdx_lab_thread") } {
            thread(STACK);
        }
    }

    /// Tells the kernel that the running cell was abandoned, and which variables are kept.
    fn abandoned(&self, why: &str) {
        self.new_stack();
        type Tell = unsafe extern "C" fn(*const u8, usize);
        // SAFETY: the signature is that in `hooks.rs`; the text outlives the call.
        unsafe {
            if let Ok(tell) = self.0.get::<Tell>(b"dfdx_lab_abandoned") {
                tell(why.as_ptr(), why.len());
            }
        }
    }

    fn call(&self, name: &[u8]) {
        // SAFETY: every function of this kind in `hooks.rs` has this signature.
        if let Ok(function) = unsafe { self.0.get::<extern "C" fn()>(name) } {
            function();
        }
    }
}
