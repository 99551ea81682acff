//! evcxr_jupyter, the stock kernel for Rust, on the prebuilt library.
//!
//! Of its library only `main` is public, and that reads the program's own arguments: so Jupyter
//! starts this program with them, and what evcxr must know of the library stands in the
//! environment. Cells are then evcxr's: it compiles, runs, shows, stops and restarts as it does.

use crate::places::Home;
use crate::{checks, kernel};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// What evcxr_jupyter wants before the connection file.
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
        // evcxr_jupyter says nothing before it runs: our own kernel answers with what is missing.
        Err(problem) => return kernel::serve(connection_file, Err(problem)),
    };
    let mut environment = current.library.compiler_environment(&current.rust_sources);
    let config = current.library.stock_config().display().to_string();
    for (name, value) in &mut environment {
        if name == CONFIG {
            value.clone_from(&config);
        }
    }
    // At its start evcxr_jupyter brings an older kernel "Rust" of a person's up to date, which would
    // then start this program. It looks for it here, where there is none.
    let nowhere = Home::of_kernel()?.path().join("jupyter").display().to_string();
    environment.push(("JUPYTER_PATH".to_owned(), nowhere));
    for (name, value) in environment {
        // SAFETY: no thread has been started yet.
        unsafe { std::env::set_var(name, value) };
    }
    kernel::end_with_parent();
    evcxr_jupyter::main()
}

/// The variable that names the folder of evcxr's prelude.
const CONFIG: &str = "EVCXR_CONFIG_DIR";
