//! `cargo lab test`: everything that must hold, in the order of what fails soonest.

use crate::jupyter;
use crate::places::Home;
use crate::{report, setup, toolchain};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::time::Instant;

/// Stops at the first failure.
pub fn run(project: &Path, home: &Home) -> Result<()> {
    let start = Instant::now();
    cargo(project, "format", &["fmt", "--all", "--check"])?;
    // A package at a time: cargo chooses the dependencies' features by what it builds together,
    // and so it reuses what `cargo lab` has built.
    for package in ["dfdx-lab", "dfdx-lab-kernel"] {
        let lint = ["clippy", "--release", "--package", package, "--all-targets"];
        let lint = [&lint[..], &["--", "-D", "warnings"]].concat();
        cargo(project, &format!("lint of {package}"), &lint)?;
    }
    cargo(project, "tests of the library", &["test", "--release", "--package", "dfdx-lab"])?;
    cargo(project, "tests of the kernel", &["test", "--release", "--package", "dfdx-lab-kernel"])?;
    heading("set-up");
    setup::run(project, home)?;
    heading("the kernel in Jupyter");
    let status = jupyter::script(home, include_str!("../tests/kernel.py"))
        .env("DFDX_LAB_PROGRAM", home.program())
        .current_dir(project)
        .status()
        .context("starting Python")?;
    if !status.success() {
        bail!("the kernel's tests in Jupyter failed");
    }
    heading("the notebooks' quick profile");
    let out = tempfile::tempdir()?;
    let order = report::Order {
        notebooks: report::all_notebooks(project)?,
        full: false,
        out: out.path().to_owned(),
        json: false,
    };
    report::run(home, &order)?;
    eprintln!("\nall passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn heading(name: &str) {
    eprintln!("\n=== {name}");
}

fn cargo(project: &Path, name: &str, arguments: &[&str]) -> Result<()> {
    heading(name);
    let status = toolchain::cargo()
        .args(arguments)
        .current_dir(project)
        .status()
        .context("running cargo")?;
    if !status.success() {
        bail!("{name}: `cargo {}` failed", arguments.join(" "));
    }
    Ok(())
}
