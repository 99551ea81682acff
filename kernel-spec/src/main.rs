//! `dfdx-lab`, in a checkout `cargo lab`: sets up and opens notebooks, executes them, and is their
//! Jupyter kernel.

mod checks;
mod data;
mod facade;
mod foreign;
mod jupyter;
#[allow(unsafe_code)]
mod kernel;
mod latency;
mod library;
mod notebooks;
mod places;
mod progress;
mod python;
mod report;
mod setup;
mod sources;
mod spec;
#[allow(unsafe_code)]
mod stock;
mod suite;
#[allow(unsafe_code)]
mod system;
mod table;
mod toolchain;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use places::{Home, Place};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// rust-analyzer, which names the types of variables, allocates a lot.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Neural networks in Rust notebooks. Without a command: sets up what is missing, then opens
/// JupyterLab on the notebooks.
#[derive(Parser)]
#[command(name = "dfdx-lab", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Sets everything up: Rust's sources, the prebuilt library, Jupyter, the kernel.
    Setup {
        /// The library, for an installation outside a checkout: a checkout, an unpacked package or
        /// a file NAME.crate; by default the one this program was built beside, or the registry's.
        #[arg(long, value_name = "PATH")]
        library: Option<PathBuf>,
    },
    /// Makes a folder with the notebooks.
    New { folder: PathBuf },
    /// Executes notebooks in Jupyter; writes one self-contained page and one JSON file each.
    Report(ReportArgs),
    /// Puts the two kernels where your own Jupyter finds them.
    Install(PlaceArgs),
    /// Removes the two kernels from your own Jupyter.
    Uninstall(PlaceArgs),
    /// Checks what a notebook needs and says what to run.
    Doctor(JsonArgs),
    /// Lists, fetches and verifies data sets.
    Data(data::DataArgs),
    /// Measures the kernel's start and some cells in Jupyter.
    Latency(JsonArgs),
    /// Runs every test of a checkout: format, lint, both packages, the kernel and notebooks.
    Test,
    /// The kernel itself; Jupyter starts it.
    #[command(hide = true)]
    Kernel {
        #[arg(long)]
        connection_file: PathBuf,
    },
}

#[derive(Args)]
struct ReportArgs {
    /// The notebooks, by name or path; all of the project's if none is named.
    notebooks: Vec<PathBuf>,
    /// The small courseworks of `notebooks/coursework` instead.
    #[arg(long, conflicts_with = "notebooks")]
    coursework: bool,
    /// The full profile, with the published experiments at their full length.
    #[arg(long)]
    full: bool,
    /// A test that every cell runs, on very little data; its figures mean nothing.
    #[arg(long, conflicts_with = "full")]
    tiny: bool,
    /// The kernel that runs the cells.
    #[arg(long, value_enum, default_value = "dfdx-lab")]
    kernel: spec::Kernel,
    /// The authors' names at the head of the pages.
    #[arg(long)]
    author: Option<String>,
    /// The title at the head of the page, instead of the notebook's own.
    #[arg(long)]
    title: Option<String>,
    /// Writes a PDF beside each page, by a browser of the Chromium family; the paper is A4, or that
    /// of `--pdf=letter`.
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "a4")]
    pdf: Option<report::Paper>,
    /// Writes the figures as vectors, and a LaTeX file with the text, the tables and the figures.
    #[arg(long)]
    latex: bool,
    /// Keeps the figures in docs/reports and writes docs/reproduction.md from them.
    #[arg(long, conflicts_with = "tiny")]
    record: bool,
    /// The folder to write to; by default `reports` in the project.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Prints the table as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct PlaceArgs {
    /// For all of your Jupyter installations (the default).
    #[arg(long, conflicts_with = "prefix")]
    user: bool,
    /// For the Jupyter below this prefix, such as a virtual or conda environment.
    #[arg(long)]
    prefix: Option<PathBuf>,
}

impl PlaceArgs {
    fn folder(&self) -> Result<PathBuf> {
        match &self.prefix {
            Some(prefix) => spec::prefix_folder(prefix),
            None => spec::user_folder(),
        }
    }
}

#[derive(Args)]
struct JsonArgs {
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    // This program is also the process that runs the cells, and evcxr's wrapper of rustc.
    kernel::cell::run_if_asked();
    evcxr::runtime_hook();
    let result = match stock::connection_file() {
        Some(connection_file) => stock::serve(&connection_file),
        None => run(command_line().command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The arguments; help and error texts name the command as it is called here.
fn command_line() -> Cli {
    let name = Place::here().map_or(places::PROGRAM, |place| place.command());
    let matches = Cli::command().bin_name(name).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn run(task: Option<Task>) -> Result<()> {
    if let Some(Task::Kernel { connection_file }) = &task {
        let ready = checks::kernel_ready(Home::of_kernel());
        return kernel::serve(connection_file, ready);
    }
    system::end_with_output();
    let place = Place::here()?;
    match task {
        None => {
            setup::run(&place)?;
            jupyter::open(&place.home, &place.notebooks())
        }
        Some(Task::Setup { library }) => {
            setup::run_with(&place, &setup::Wanted { library, anew: true }).map(|_| ())
        }
        Some(Task::New { folder }) => new(&place, &folder),
        Some(Task::Report(args)) => report(&place, args),
        Some(Task::Install(args)) => {
            setup::run(&place)?;
            for folder in spec::write(&place.home, &args.folder()?)? {
                println!("installed in {}", folder.display());
            }
            Ok(())
        }
        Some(Task::Uninstall(args)) => {
            let folder = args.folder()?;
            let removed = spec::remove(&folder)?;
            let state = if removed { "removed from" } else { "was not installed in" };
            println!("{state} {}", folder.display());
            Ok(())
        }
        Some(Task::Data(args)) => data::run(&place, &args),
        Some(Task::Doctor(args)) => checks::doctor(&place.home, args.json),
        Some(Task::Latency(args)) => {
            setup::run(&place).context("setting up")?;
            latency::run(&place.home, args.json)
        }
        Some(Task::Test) => suite::run(&place),
        Some(Task::Kernel { .. }) => Ok(()),
    }
}

/// Makes a folder with the notebooks; in a checkout they are the checkout's.
fn new(place: &Place, folder: &Path) -> Result<()> {
    let package = match place.is_checkout {
        true => place.folder.clone(),
        false => sources::find(&place.home, None, false, &|doing| eprintln!("{doing}"))?,
    };
    notebooks::copy(&package, folder)?;
    let command = place.command();
    println!("the notebooks are in {}: call `{command}` there to open them", folder.display());
    Ok(())
}

fn report(place: &Place, args: ReportArgs) -> Result<()> {
    let project = &place.folder;
    if args.record {
        place.checkout("--record")?;
    }
    let order = report::Order {
        notebooks: match args.notebooks.is_empty() {
            true if args.coursework => report::courseworks(project)?,
            true => report::all_notebooks(project)?,
            false => args
                .notebooks
                .iter()
                .map(|given| report::find(project, given))
                .collect::<Result<_>>()?,
        },
        profile: match (args.full, args.tiny) {
            (true, _) => report::Profile::Full,
            (_, true) => report::Profile::Tiny,
            _ => report::Profile::Quick,
        },
        kernel: args.kernel,
        out: args.out.unwrap_or_else(|| project.join("reports")),
        author: args.author,
        title: args.title,
        pdf: args.pdf,
        latex: args.latex,
        record: args.record,
        json: args.json,
    };
    if order.title.is_some() && order.notebooks.len() != 1 {
        anyhow::bail!("--title names one report: name its notebook as well");
    }
    setup::run(place)?;
    report::run(project, &place.home, &order)
}
