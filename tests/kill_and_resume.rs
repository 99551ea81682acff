//! A fit that is killed with SIGKILL again and again ends with the bits of an undisturbed one.

use dfdx_lab::prelude::*;
use rand::{Rng, SeedableRng};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Tells a copy of this program to run the fit, and in which folder.
const CHILD: &str = "DFDX_LAB_TEST_FIT_IN";
const KILLS: usize = 12;

fn fit_in(folder: &Path) -> Result<()> {
    let x = Array::new([600, 30], (0..600 * 30).map(|i| (0.3 * i as f32).sin()).collect())?;
    let mut y = Array::zeros([600, 3]).unwrap();
    y.data_mut().chunks_exact_mut(3).enumerate().for_each(|(i, row)| row[(i * i / 7) % 3] = 1.0);
    let mut model = Sequential::new([30])
        .add(Dense::new(64).activation(Relu))
        .add(Dropout::new(0.2))
        .add(Dense::new(3).activation(Softmax))
        .compile(Adam::new(0.003), CategoricalCrossentropy::new(), ["accuracy"])?
        .seed(21);
    let fit = Fit::epochs(150)
        .batch_size(8)
        .validation_split(0.2)
        .verbose(2)
        .callback(BackupAndRestore::new(folder.join("backup")))
        .callback(EarlyStopping::new().monitor("loss").patience(140).restore_best_weights(true))
        .callback(ReduceLrOnPlateau::new().patience(8).factor(0.5))
        .callback(CsvLogger::new(folder.join("log.csv")))
        .callback(ModelCheckpoint::new(folder.join("best.dfdx")).save_best_only(true));
    let history = model.fit((&x, &y), fit)?;
    let names: Vec<String> = history.names().map(String::from).collect();
    let bits: Vec<String> = names
        .iter()
        .map(|n| {
            let values = history.get(n).unwrap_or_default();
            format!("{n} {:x?}\n", values.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
        })
        .collect();
    let file = folder.join("history.txt");
    std::fs::write(&file, bits.concat()).map_err(|e| Error::io(&file, e))?;
    model.save_weights(folder.join("final.safetensors"))
}

fn start(folder: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    let out = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("out.txt"));
    Command::new(program)
        .args(["--exact", "a_killed_fit_ends_with_the_same_bits", "--nocapture"])
        .env(CHILD, folder)
        .stdout(out.unwrap())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_fit_ends_with_the_same_bits() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return fit_in(Path::new(&folder)).unwrap();
    }
    let whole = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    assert!(start(whole.path()).wait().unwrap().success());
    let time = begin.elapsed();

    let killed = tempfile::tempdir().unwrap();
    // Another moment each time the test runs.
    let seed = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos() as u64;
    println!("a fit takes {time:?}; seed of the kills: {seed}");
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut kills = 0;
    // The last run is not killed; it is needed unless an earlier one ended before its kill.
    let done = (0..KILLS).any(|_| {
        let mut child = start(killed.path());
        // A fifth of the fit at most, so that most kills hit a fit that is not done.
        std::thread::sleep(random.gen_range(Duration::ZERO..time / 5));
        let done = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        kills += usize::from(!done);
        done
    });
    assert!(done || start(killed.path()).wait().unwrap().success());
    let out = std::fs::read_to_string(killed.path().join("out.txt")).unwrap();
    let resumed = out.matches("going on after epoch").count();
    println!("{kills} kills, {resumed} times gone on");
    assert!(kills >= 3 && resumed >= 1, "{kills} kills, {resumed} times gone on");
    // A model's file says when it was written.
    let best = |folder: &Path| Model::load(folder.join("best.dfdx")).unwrap();
    let (killed_best, whole_best) = (best(killed.path()), best(whole.path()));
    assert_eq!(killed_best.flat_weights(), whole_best.flat_weights());
    assert_eq!(killed_best.history().epochs(), whole_best.history().epochs());
    for file in ["final.safetensors", "history.txt", "log.csv"] {
        let read = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        assert_eq!(read(killed.path()), read(whole.path()), "{file} differs");
    }
    assert!(!killed.path().join("backup").exists());
}
