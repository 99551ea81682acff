//! A crash at any moment of a write leaves the old file or the new one. Each writer runs in a
//! process of its own, which writes one file again and again, with two contents in turn. It is
//! killed at a random moment, by a signal that no process can catch; the file that is left must
//! have one of the two contents.
//!
//! A new writer is one line in [`WRITERS`]. `DFDX_LAB_TEST_KILLS` sets the number of kills (50).
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dfdx_lab::data::sleep_stages::{self, Recording};
use dfdx_lab::io::npz::{load_npz, save_npz};
use dfdx_lab::plot::Figure;
use dfdx_lab::prelude::*;
use rand::{Rng, SeedableRng};

/// The two contents: this many rows.
const SIZES: [usize; 2] = [40, 600];
/// Tells a copy of this program which writer to run, and on which file.
const ORDERS: &str = "DFDX_LAB_TEST_WRITER";

/// The file's name, a function that writes a number of rows to it, and one that reads their number;
/// a file that is not whole is an error.
type Writer = (&'static str, fn(&Path, usize) -> Result<()>, fn(&Path) -> Result<usize>);

const WRITERS: [Writer; 21] = [
    ("array.npy", |path, n| array(n)?.save_npy(path), |path| rows(&Array::load_npy(path)?)),
    (
        "strings.npy",
        |path, n| save_npy_strings(path, (0..n).map(|i| i.to_string())),
        |path| Ok(load_npy_strings(path)?.len()),
    ),
    (
        "arrays.npz",
        |path, n| save_npz(path, [("a", &array(n)?), ("b", &array(n)?)]),
        |path| {
            let npz = load_npz(path)?;
            assert_eq!(npz.array("a")?, npz.array("b")?);
            rows(&npz.array("a")?)
        },
    ),
    (
        "weights.safetensors",
        |path, n| model(n)?.save_weights(path),
        |path| {
            let fits = |n: &usize| model(*n).is_ok_and(|mut m| m.load_weights(path).is_ok());
            match SIZES.iter().find(|n| fits(n)) {
                Some(n) => Ok(*n),
                // The error says what is wrong.
                None => model(SIZES[0])?.load_weights(path).map(|()| 0),
            }
        },
    ),
    (
        "model.dfdx",
        |path, n| model(n)?.save(path),
        |path| {
            let found = Model::load(path)?;
            Ok(found.weights()?[0].row_len())
        },
    ),
    (
        "ensemble.dfdx",
        |path, n| Ensemble::new([model(n)?, model(n)?.seed(1)])?.save(path),
        |path| {
            let found = Ensemble::load(path)?;
            let sizes: Vec<usize> = found
                .models()
                .iter()
                .map(|m| Ok(m.weights()?[0].row_len()))
                .collect::<Result<_>>()?;
            assert!(sizes.len() == 2 && sizes[0] == sizes[1], "{sizes:?}");
            Ok(sizes[0])
        },
    ),
    (
        "model.keras",
        |path, n| model(n)?.save_keras(path),
        |path| Ok(Model::load_keras(path)?.weights()?[0].row_len()),
    ),
    (
        "model.weights.h5",
        |path, n| model(n)?.save_weights(path),
        |path| {
            let fits = |n: &usize| model(*n).is_ok_and(|mut m| m.load_weights(path).is_ok());
            let found = SIZES.into_iter().find(fits);
            found.ok_or_else(|| Error::argument("the weights", path.display(), "one of the two"))
        },
    ),
    (
        "model.onnx",
        |path, n| model(n)?.save_onnx(path),
        |path| same(path, |again, n| model(n)?.save_onnx(again)),
    ),
    (
        "checkpoint.dfdx",
        |path, n| fit(n, ModelCheckpoint::new(path)),
        |path| Ok(Model::load(path)?.weights()?[0].row_len()),
    ),
    ("table.csv", |path, n| table(n)?.write_csv(path), |path| table_rows(Table::read_csv(path)?)),
    (
        "table.parquet",
        |path, n| table(n)?.write_parquet(path),
        |path| table_rows(Table::read_parquet(path)?),
    ),
    ("plot.png", |path, n| figure(n)?.save(path), |path| same(path, |p, n| figure(n)?.save(p))),
    ("plot.svg", |path, n| figure(n)?.save(path), |path| same(path, |p, n| figure(n)?.save(p))),
    ("plot.pdf", |path, n| figure(n)?.save(path), |path| same(path, |p, n| figure(n)?.save(p))),
    (
        "recording.csv",
        |path, n| sleep_stages::write_csv(&recording(n), path),
        |path| same(path, |again, n| sleep_stages::write_csv(&recording(n), again)),
    ),
    // Each fit continues from the backup of the killed one, and removes it at its end.
    (
        "backup",
        |path, _| fit(20, BackupAndRestore::new(path)),
        |path| fit(20, BackupAndRestore::new(path)).map(|()| SIZES[0]),
    ),
    // A log grows by whole lines.
    (
        "history.csv",
        |path, _| fit(20, CsvLogger::new(path)),
        |path| {
            let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
            assert!(text.is_empty() || text.ends_with('\n'), "{text}");
            assert!(text.lines().all(|line| line.split(',').count() == 3), "{text}");
            Ok(SIZES[0])
        },
    ),
    // So do TensorBoard's files, by whole records.
    (
        "callback",
        |path, n| {
            let _ = std::fs::remove_dir_all(path);
            fit(n, TensorBoard::new(path).histogram_freq(1).hparam("units", n))
        },
        |path| records(path).map(|()| SIZES[0]),
    ),
    (
        "board",
        |path, n| {
            let _ = std::fs::remove_dir_all(path);
            let mut board = SummaryWriter::new(path);
            board.add_figure("noise", &figure(n)?, 0)?;
            (0..20).try_for_each(|step| board.add_scalar("a", step as f64, step))
        },
        |path| records(path).map(|()| SIZES[0]),
    ),
    // A study that is copied is there with all its trials, or not at all.
    (
        "copied.db",
        |path, n| {
            let _ = Study::delete(path, "copy");
            study(n / 10)?.copy(path, "copy").map(drop)
        },
        |path| match Study::load(path, "copy") {
            Ok(copy) => Ok(10 * copy.trials()?.len()),
            // Any other error is one.
            Err(e) if e.to_string().contains("'copy'") => Ok(SIZES[0]),
            Err(e) => Err(e),
        },
    ),
];

/// Which of the two contents a file has that is written by the same bytes each time. Those are kept
/// beside it.
fn same(path: &Path, write: impl Fn(&Path, usize) -> Result<()>) -> Result<usize> {
    let bytes = |path: &Path| std::fs::read(path).map_err(|e| Error::io(path, e));
    let found = bytes(path)?;
    for n in SIZES {
        let whole = path.with_file_name(format!("{n}-{}", path.file_name().unwrap().display()));
        if !whole.exists() {
            write(&whole, n)?;
        }
        if bytes(&whole)? == found {
            return Ok(n);
        }
    }
    Err(Error::argument("the file", found.len(), "one of the two"))
}

/// Checks the files of events in a folder: records one behind the other, each its length and a
/// checksum, its bytes and a checksum. What a killed process was writing may be cut.
fn records(folder: &Path) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            records(&path)?;
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
        let mut rest = bytes.as_slice();
        while let Some(length) = rest.first_chunk::<8>() {
            let length = u64::from_le_bytes(*length) as usize;
            assert!(length < 1 << 20, "{}: a record of {length} bytes", path.display());
            let Some((record, behind)) = rest.split_at_checked(length + 16) else { break };
            // The time of an event is its first field.
            assert!(record[12] == 0x09, "{}: no event", path.display());
            rest = behind;
        }
    }
    Ok(())
}

fn array(n: usize) -> Result<Array> {
    Array::new([n, 40], (0..40 * n).map(|i| i as f32).collect::<Vec<_>>())
}

fn rows(array: &Array) -> Result<usize> {
    assert!(array.data().iter().enumerate().all(|(i, v)| *v == i as f32), "other elements");
    Ok(array.rows())
}

fn table(n: usize) -> Result<Table> {
    let numbers: Vec<f64> = (0..n).map(|i| i as f64 / 8.0).collect();
    let texts: Vec<String> = (0..n).map(|i| format!("{i:05}")).collect();
    let series = dfdx_lab::polars::prelude::Series::from_iter(numbers);
    Table::from(series.with_name("number".into())).with_strings("text", &texts)
}

fn table_rows(table: Table) -> Result<usize> {
    for (i, (number, text)) in
        table.column_f64("number")?.iter().zip(table.strings("text")?).enumerate()
    {
        assert_eq!((*number, text), (i as f64 / 8.0, format!("{i:05}")));
    }
    Ok(table.rows())
}

fn model(n: usize) -> Result<Model> {
    Sequential::new([3]).add(Dense::new(n)).add(Dense::new(2).activation(Softmax)).compile(
        Sgd::new(0.01),
        CategoricalCrossentropy::new(),
        (),
    )
}

fn fit(n: usize, callback: impl Callback + Clone + 'static) -> Result<()> {
    let x = Array::new([4, 3], vec![0.5; 12])?;
    let data = Dataset::new(x, vec![0, 1, 0, 1], ["a", "b"])?;
    model(n)?.fit(&data, Fit::epochs(6).verbose(0).callback(callback)).map(|_| ())
}

/// With so many finished trials.
fn study(trials: usize) -> Result<Study> {
    let study = Study::open("memory", "s", [Direction::Minimize])?.sampler(RandomSampler);
    for _ in 0..trials {
        let mut trial = study.ask()?;
        let x: f64 = trial.float("x", 0.0..=1.0);
        study.tell(&mut trial, x)?;
    }
    Ok(study)
}

fn recording(n: usize) -> Recording {
    let row = |i: usize| std::array::from_fn(|j| (i * 101 + j) as f64 / 7.0);
    Recording { states: None, amplitudes: (0..n).map(row).collect() }
}

fn figure(n: usize) -> Result<Figure> {
    // Pixels that do not compress, so that the file is not a single block.
    let noise = |i: usize| (i.wrapping_mul(2_654_435_761) >> 13) as u8;
    let pixels: Vec<u8> = (0..3 * 100 * n).map(noise).collect();
    Figure::from_rgb(100, n as u32, &pixels, "noise".to_string())
}

/// Not a test of its own: the processes that are killed run it.
#[test]
fn writer() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let (name, path) = orders.split_once('|').unwrap();
    let (_, write, _) = WRITERS.into_iter().find(|w| w.0 == name).unwrap();
    for size in SIZES.iter().cycle() {
        write(Path::new(path), *size).unwrap();
        println!("\nwritten");
    }
}

fn killed(wanted: usize) {
    let (name, write, read) = WRITERS[wanted];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "writer", "--nocapture"])
        .env(ORDERS, format!("{name}|{}", path.display()));
    killed_again_and_again(name, wanted, &mut command, || read(&path));
    // What the killed writer left does not hinder the next, and is not taken for the file.
    write(&path, SIZES[1]).unwrap();
    read(&path).unwrap();
}

/// Kills a process that prints a line after each write, and reads what is left each time.
fn killed_again_and_again(
    name: &str,
    seed: usize,
    writer: &mut Command,
    read: impl Fn() -> Result<usize>,
) {
    let kills = std::env::var("DFDX_LAB_TEST_KILLS").ok().and_then(|n| n.parse().ok());
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed as u64);
    let mut found = [0; 2];
    for kill in 0..kills.unwrap_or(50) {
        let mut child = writer.stdout(Stdio::piped()).spawn().unwrap();
        // After the first whole file, it is killed at a random moment of the next two writes.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut written = || lines.any(|line| line.is_ok_and(|line| line == "written"));
        assert!(written(), "{name} wrote nothing");
        let begun = Instant::now();
        assert!(written(), "{name} wrote once");
        let two = 2 * begun.elapsed().min(Duration::from_millis(100));
        std::thread::sleep(two.mul_f64(random.gen_range(0.0..1.0)));
        child.kill().unwrap();
        child.wait().unwrap();
        let size = read().unwrap_or_else(|e| panic!("{name} after kill {kill}: {e}"));
        found[SIZES.iter().position(|s| *s == size).unwrap()] += 1;
    }
    println!("{name}: {found:?} of the two contents were found");
}

/// Two tests, so that both cores are at work.
#[test]
fn a_killed_writer_leaves_the_old_file_or_the_new_one() {
    (0..WRITERS.len()).step_by(2).for_each(killed);
}

#[test]
fn so_do_the_other_writers() {
    (1..WRITERS.len()).step_by(2).for_each(killed);
}

/// The page of a report and all beside it are written by Python.
#[test]
fn so_does_the_writer_of_pages() {
    if !Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success()) {
        println!("skipped: there is no python3");
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/kernel-spec/src/report/write.py");
    let Ok(script) = std::fs::read_to_string(script) else {
        println!("skipped: the package of the library alone has no writer of pages");
        return;
    };
    let page = |n: usize| format!("<html>{}</html>", "<p>a page: \u{e9}</p>".repeat(40 * n));
    let again = format!(
        "{script}\nimport pathlib, sys\npages = ['<html>' + '<p>a page: \u{e9}</p>' * 40 * n + '</html>' \
         for n in ({}, {})]\nwhile True:\n    for page in pages:\n        \
         write_whole(pathlib.Path(sys.argv[1]), page)\n        print('written', flush=True)\n",
        SIZES[0], SIZES[1]
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let mut python = Command::new("python3");
    python.args(["-c", &again]).arg(&path);
    killed_again_and_again("page.html", WRITERS.len(), &mut python, || {
        let text = std::fs::read_to_string(&path).map_err(|e| Error::io(&path, e))?;
        let found = SIZES.into_iter().find(|n| page(*n) == text);
        found.ok_or_else(|| Error::argument("the page", text.len(), "one of the two"))
    });
}
