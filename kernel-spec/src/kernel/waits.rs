//! What a cell waits for in the C library: a sleep, a line from the user, a thread. The standard
//! library calls these functions, and goes on waiting after a signal; here a stop ends the wait.
//!
//! The functions of these names replace the C library's in this program and in all that it loads,
//! because a program's own symbols are found first (`build.rs` makes the linker export them).

use super::cell::{FLUSH, STOP, asked, mark};
use super::stream::INPUT;
use libc::{c_int, c_void, clockid_t, size_t, ssize_t, timespec};
use std::sync::atomic::Ordering;

/// The answer that ends the input, Ctrl-D.
pub const END_OF_TEXT: u8 = 4;

/// Whether this is the process of the cells, with the library loaded.
fn in_cells() -> bool {
    !STOP.load(Ordering::Acquire).is_null()
}

fn interrupted() -> bool {
    std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR)
        && asked().load(Ordering::SeqCst)
}

/// The system call; a read of the standard input asks the user of the notebook first.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(file: c_int, buffer: *mut c_void, size: size_t) -> ssize_t {
    let asks = file == 0 && size > 0 && in_cells();
    if asks {
        let flush = FLUSH.load(Ordering::Acquire);
        if !flush.is_null() {
            // SAFETY: it was stored as a function of this type.
            unsafe { std::mem::transmute::<*mut (), extern "C" fn()>(flush)() };
        }
        let _ = mark(1, INPUT);
    }
    // SAFETY: the caller's promise is the system call's.
    let got = unsafe { libc::syscall(libc::SYS_read, file, buffer, size) } as ssize_t;
    if asks && got < 0 && interrupted() {
        return 0;
    }
    // SAFETY: the system call has written so many bytes.
    if asks && got > 0 && unsafe { *(buffer as *const u8) } == END_OF_TEXT {
        return 0;
    }
    got
}

/// The system call; a stop ends it as if the time were over.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nanosleep(time: *const timespec, left: *mut timespec) -> c_int {
    // SAFETY: the caller's promise is the system call's.
    let result = unsafe { libc::syscall(libc::SYS_nanosleep, time, left) } as c_int;
    if result < 0 && interrupted() { 0 } else { result }
}

/// The system call; a stop ends it as if the time were over.
///
/// # Safety
/// As the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_nanosleep(
    clock: clockid_t,
    flags: c_int,
    time: *const timespec,
    left: *mut timespec,
) -> c_int {
    // SAFETY: the caller's promise is the system call's.
    let result = unsafe { libc::syscall(libc::SYS_clock_nanosleep, clock, flags, time, left) };
    match result {
        0 => 0,
        _ if interrupted() => 0,
        _ => std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL),
    }
}

/// Waits for a thread. After a stop that thread has some time to react; then the cell's wait fails, of
/// which the standard library makes a panic, and the thread goes on alone.
///
/// # Safety
/// As the C library's.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_join(thread: libc::pthread_t, value: *mut *mut c_void) -> c_int {
    use super::cell::is_this_thread;
    use super::interrupt::GRACE;
    use std::time::{Duration, SystemTime, UNIX_EPOCH};
    const LOOK: Duration = Duration::from_millis(50);
    let mut asked_for = Duration::ZERO;
    loop {
        let until = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + LOOK;
        let until = timespec {
            tv_sec: until.as_secs() as libc::time_t,
            tv_nsec: libc::c_long::from(until.subsec_nanos()),
        };
        // SAFETY: the caller's promise is the one of this function too.
        let result = unsafe { libc::pthread_timedjoin_np(thread, value, &until) };
        if result != libc::ETIMEDOUT {
            return result;
        }
        if is_this_thread() && asked().load(Ordering::SeqCst) {
            asked_for += LOOK;
        }
        if asked_for > GRACE {
            return libc::EINTR;
        }
    }
}

/// Nothing else calls them here; this keeps the linker from leaving them out.
#[used]
static READ: unsafe extern "C" fn(c_int, *mut c_void, size_t) -> ssize_t = read;
#[used]
static NANOSLEEP: unsafe extern "C" fn(*const timespec, *mut timespec) -> c_int = nanosleep;
#[used]
static CLOCK: unsafe extern "C" fn(clockid_t, c_int, *const timespec, *mut timespec) -> c_int =
    clock_nanosleep;
#[cfg(target_os = "linux")]
#[used]
static JOIN: unsafe extern "C" fn(libc::pthread_t, *mut *mut c_void) -> c_int = pthread_join;
