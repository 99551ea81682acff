//! `cargo lab latency`: waiting times, measured in a real Jupyter client.

use crate::jupyter;
use crate::places::Home;
use crate::spec::Kernel;
use crate::table::Table;
use crate::toolchain::last_line;
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

const KERNELS: usize = 5;

/// What is measured, the seconds it may take in our own kernel on two idle cores, and the cell; the
/// first entry is measured before any cell.
const CELLS: [(&str, f64, &str); 7] = [
    ("ready", 3.5, ""),
    (
        "first_result",
        5.0,
        "let matrix = ConfusionMatrix::new([\"awake\", \"asleep\"], &[0, 1, 1], &[0, 1, 0])?; matrix",
    ),
    ("one_plus_one", 0.4, "1+1"),
    (
        "library_call",
        0.6,
        "let table = Comparison::new().row(\"F1\", 0.907, matrix.accuracy(), \"\");",
    ),
    ("question_mark", 0.6, "let number: i32 = \"12\".parse()?;"),
    ("plot", 0.6, "matrix.plot()?"),
    ("struct", 0.6, "struct Mouse { name: String, age: f32 }"),
];

/// Starts five kernels of each kind, one after the other, and prints the medians.
pub fn run(home: &Home, as_json: bool) -> Result<()> {
    let mut medians = Vec::new();
    for kernel in Kernel::ALL {
        medians.push(measure(home, kernel)?);
    }
    if as_json {
        let seconds = |medians: &Vec<f64>| -> Map<String, Value> {
            let pairs = CELLS.iter().zip(medians);
            pairs.map(|((name, _, _), seconds)| ((*name).to_owned(), json!(seconds))).collect()
        };
        let kernels = Kernel::ALL.iter().zip(&medians);
        let object: Map<String, Value> =
            kernels.map(|(kernel, m)| (kernel.word().to_owned(), json!(seconds(m)))).collect();
        println!("{}", serde_json::to_string_pretty(&object)?);
        return Ok(());
    }
    let [own, stock] = Kernel::ALL.map(Kernel::word);
    let mut table = Table::new(&["what", own, "at most", stock, "cell"]);
    for (at, (name, limit, code)) in CELLS.iter().enumerate() {
        let [own, stock] = [0, 1].map(|kernel| json!(medians[kernel][at]));
        table.row(vec![json!(name), own, json!(limit), stock, json!(code)]);
    }
    table.print(false)
}

/// The medians of one kernel, in the order of [`CELLS`].
fn measure(home: &Home, kernel: Kernel) -> Result<Vec<f64>> {
    let cells: Vec<Value> = CELLS[1..].iter().map(|(name, _, code)| json!([name, code])).collect();
    let mut measured: Vec<Map<String, Value>> = Vec::new();
    for number in 1..=KERNELS {
        eprintln!("{}, {number} of {KERNELS}", kernel.title());
        let output = jupyter::script(home, include_str!("latency.py"))
            .args([kernel.name(), &json!(cells).to_string()])
            .output()
            .context("starting Python")?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            bail!("{} could not be measured: {}", kernel.title(), text.trim_end());
        }
        let line = last_line(&output.stdout);
        measured.push(serde_json::from_str(&line).with_context(|| line.clone())?);
    }
    let medians = CELLS.iter().map(|(name, _, _)| {
        median(measured.iter().filter_map(|seconds| seconds.get(*name)?.as_f64()).collect())
    });
    Ok(medians.collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(vec![]).is_nan());
    }
}
