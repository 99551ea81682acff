//! Compiled by `cargo lab setup` into a small shared library that uses the same standard library
//! and the same `dfdx_lab` as the cells (this file is not part of the program itself).

#![feature(alloc_error_hook, rt, update_panic_count)]

use std::fs::File;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::sync::atomic::AtomicBool;

/// Makes a panic tell the kernel its place and message in one piece, and turns an allocation that
/// the system refuses into a panic.
#[unsafe(no_mangle)]
pub extern "C" fn dfdx_lab_start() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "(a panic without text)".to_owned());
        let (file, line, column) =
            info.location().map_or(("?", 0, 0), |at| (at.file(), at.line(), at.column()));
        let note = format!(
            "EVCXR_BEGIN_CONTENT application/vnd.dfdx-lab.panic\n{file}\n{line}\n{column}\n\
             {message}\nEVCXR_END_CONTENT\n"
        );
        // Not by `println!`: the panic may come from a value being printed, which holds the lock.
        let mut output = ManuallyDrop::new(unsafe { File::from_raw_fd(1) });
        let _ = output.write_all(note.as_bytes());
    }));
    std::alloc::set_alloc_error_hook(|layout| {
        let size = layout.size() as f64 / f64::from(1 << 20);
        panic!("there is not enough memory: the cell asked for {size:.0} MiB more");
    });
}

/// Whether this thread is panicking.
#[unsafe(no_mangle)]
pub extern "C" fn dfdx_lab_panicking() -> bool {
    std::thread::panicking()
}

/// Tells the kernel that the running cell was abandoned where it stood, and why.
///
/// # Safety
/// `text` points to `length` bytes of UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dfdx_lab_abandoned(text: *const u8, length: usize) {
    let text = unsafe { std::slice::from_raw_parts(text, length) };
    dfdx_lab::show::cell::abandoned(&String::from_utf8_lossy(text));
}

/// Writes out what a `print!` without a newline left in the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn dfdx_lab_flush() {
    let _ = std::io::stdout().flush();
}

/// The flag that stops the library's work and the cells' loops.
#[unsafe(no_mangle)]
pub extern "C" fn dfdx_lab_stop() -> *const AtomicBool {
    dfdx_lab::stop::flag()
}

/// Tells the library that this thread runs the cells, on a stack of `stack` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn dfdx_lab_thread(stack: usize) {
    // The panic of an abandoned cell is over.
    while std::rt::panic_count::get_count() > 0 {
        std::rt::panic_count::decrease();
    }
    dfdx_lab::show::cell::begin_thread(stack);
}
