//! evcxr_jupyter, the stock kernel for Rust, on the prebuilt library.
//!
//! Its library makes only `main` public, which reads the program's own arguments. So Jupyter starts
//! this program with evcxr_jupyter's arguments, and environment variables tell evcxr where the
//! prebuilt library is. From then on evcxr compiles, runs, shows and stops the cells in its own
//! way.

use crate::places::Home;
use crate::{checks, kernel};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// The argument that evcxr_jupyter expects before the connection file.
pub const FLAG: &str = "--control_file";

/// The connection file, if Jupyter starts this program as evcxr_jupyter.
pub fn connection_file() -> Option<PathBuf> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next()?;
    if first == FLAG { arguments.next().map(PathBuf::from) } else { None }
}

/// Serves a notebook until Jupyter ends it.
pub fn serve(connection_file: &Path) -> Result<()> {
    let current = match checks::set_up(Home::of_kernel()) {
        Ok(current) => current,
        // evcxr_jupyter cannot say what is missing, so our own kernel answers.
        Err(problem) => return kernel::serve(connection_file, Err(problem)),
    };
    let mut environment = current.library.compiler_environment(&current.rust_sources);
    // At its start evcxr_jupyter updates a user's older kernel "Rust", which would then start this
    // program. This path makes it look where there is none.
    let nowhere = Home::of_kernel()?.path().join("jupyter").display().to_string();
    environment.push(("JUPYTER_PATH".to_owned(), nowhere));
    for (name, value) in environment {
        // SAFETY: no thread has been started yet.
        unsafe { std::env::set_var(name, value) };
    }
    kernel::end_with_parent();
    evcxr_jupyter::main()
}
