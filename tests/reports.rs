//! What the notebooks' pages say, held against the figures of the runs that are kept in
//! `docs/reports`: a sentence with a branch must have taken the one that the figures ask for.

use serde_json::Value;
use std::path::PathBuf;

/// One run of one notebook.
struct Run {
    name: String,
    facts: Value,
}

impl Run {
    fn texts(&self) -> Vec<&str> {
        self.facts["texts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn says(&self, words: &str) -> bool {
        self.texts().iter().any(|text| text.contains(words))
    }

    fn rows(&self) -> impl Iterator<Item = &Value> {
        self.facts["rows"].as_array().into_iter().flatten()
    }

    fn row(&self, what: &str) -> f64 {
        let found = self.rows().find(|row| row["what"] == what);
        let value = found.and_then(|row| row["reproduced"].as_f64());
        value.unwrap_or_else(|| panic!("{}: there is no figure '{what}'", self.name))
    }

    /// The words stand on the page if and only if the figures are so.
    #[track_caller]
    fn says_if(&self, words: &str, figures: bool) {
        assert_eq!(self.says(words), figures, "{}: '{words}'", self.name);
    }
}

fn runs_of(wanted: &str) -> Vec<Run> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reports");
    let mut runs = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with(wanted) || !name.ends_with(".json") {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let record: Value = serde_json::from_str(&text).unwrap();
        for (profile, facts) in record.as_object().unwrap() {
            runs.push(Run { name: format!("{name}, {profile}"), facts: facts.clone() });
        }
    }
    runs
}

#[test]
fn every_kept_run_says_what_it_is() {
    for run in runs_of("") {
        for key in ["date", "version", "machine", "profile", "title"] {
            assert!(run.facts[key].is_string(), "{}: {key}", run.name);
        }
        for place in ["data", "result"] {
            assert!(run.facts["head"][place].is_string(), "{}: {place}", run.name);
        }
        let broken = |text: &&str| text.contains("NaN") || text.contains(" inf");
        assert!(!run.texts().iter().any(broken), "{}: a sentence without its figure", run.name);
    }
}

#[test]
fn figures_far_from_the_reported_ones_have_a_reason() {
    for run in runs_of("").into_iter().filter(|run| run.facts["profile"] == "full") {
        for row in run.rows() {
            let (Some(reported), Some(found)) =
                (row["reported"].as_f64(), row["reproduced"].as_f64())
            else {
                continue;
            };
            // Shares; seconds, sizes and penalties have their own notes.
            if (0.0..=1.0).contains(&reported) && (reported - found).abs() > 0.02 {
                let note = row["note"].as_str().unwrap_or_default();
                assert!(!note.is_empty(), "{}: {} has no reason", run.name, row["what"]);
            }
        }
    }
}

#[test]
fn digits_three_ways() {
    for run in runs_of("03") {
        let steps = ["200 neurons", "two blocks", "8 and 16 filters", "dropout"];
        let steps = steps.map(|step| run.row(&format!("CNN, {step}: accuracy")));
        let climbs = steps.windows(2).all(|pair| pair[1] > pair[0]);
        run.says_if("Each step is an improvement", climbs);
        let hog = |what: &str| run.row(&format!("{what}: accuracy"));
        let plain = ["4", "7", "2"].map(|side| hog(&format!("HOG, cells of {side}")));
        let behind =
            ["4", "7", "2"].map(|side| hog(&format!("HOG behind two neurons, cells of {side}")));
        let reported = [0.815, 0.7207, 0.8219];
        let far = |values: [f64; 3]| -> f64 {
            values.iter().zip(reported).map(|(a, b)| (a - b).abs()).sum()
        };
        run.says_if("That is what the report has", far(behind) < far(plain));
        let best = plain.into_iter().chain([run.row("HOG, 32 directions: accuracy")]);
        let best = best.fold(f64::MIN, f64::max);
        run.says_if("the features beat", best > run.row("raw pixels: accuracy"));
        let change = run.row("HOG, 32 directions: accuracy") - plain[0];
        run.says_if("below eight directions", change < -0.002);
        run.says_if("level with eight directions", change.abs() <= 0.002);
        let start = run.row("CNN start, 16 epochs: accuracy");
        run.says_if("ten classes hardly fit", start < 0.9);
    }
}

#[test]
fn pneumonia() {
    for run in runs_of("04") {
        let healthy = run.row("test: recall of the healthy");
        let sick = run.row("test: recall of the sick");
        run.says_if("healthy children are called sick", sick > healthy + 0.05);
        run.says_if("sick children are overlooked", healthy > sick + 0.05);
        let mixed = run.row("rows mixed up: accuracy");
        let mixed_f1 = run.row("rows mixed up: F1");
        let explained = (mixed - 0.572).abs() < 0.03 && (mixed_f1 - 0.706).abs() < 0.03;
        run.says_if("its figures are those of mixed-up rows", explained);
    }
}

#[test]
fn perceptron() {
    for run in runs_of("02") {
        let l2 =
            [".1", ".01", ".001"].map(|factor| run.row(&format!("RMSprop, L2 {factor}: accuracy")));
        run.says_if(
            "The larger the penalty, the worse the network.",
            l2[0] < l2[1] && l2[1] < l2[2],
        );
    }
}

#[test]
fn mice() {
    for run in runs_of("01") {
        let plain = run.row("experiment 2: weighted F1");
        let others = ["SMOTE: weighted F1", "class weights: weighted F1"].map(|what| run.row(what));
        run.says_if("no gain, as the report found", others.iter().all(|&other| other < plain));
    }
}

#[test]
fn two_or_seven() {
    for run in runs_of("06") {
        let test = run.row("everything at once: test accuracy");
        let search = run.row("everything at once: best");
        run.says_if(", below its ", test < search);
    }
}

#[test]
fn clothes() {
    for run in runs_of("05") {
        let (start, best) =
            (run.row("start point: accuracy"), run.row("best of the search: accuracy"));
        assert!(best >= start, "{}: the start point is one of the calls", run.name);
    }
}
