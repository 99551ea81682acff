//! Compares the sentences of the notebooks' pages with the figures of the runs that are recorded in
//! `docs/reports`: where a sentence has alternatives, it must be the one that fits the figures.

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

    /// The one text with these words.
    #[track_caller]
    fn text(&self, words: &str) -> &str {
        let found: Vec<&str> = self.texts().into_iter().filter(|t| t.contains(words)).collect();
        assert_eq!(found.len(), 1, "{}: texts with '{words}'", self.name);
        found[0]
    }

    /// The first `N` numbers after these words.
    #[track_caller]
    fn behind<const N: usize>(&self, words: &str) -> [f64; N] {
        let (_, rest) = self.text(words).split_once(words).unwrap();
        let found = numbers(rest);
        assert!(found.len() >= N, "{}: numbers behind '{words}'", self.name);
        std::array::from_fn(|i| found[i])
    }

    /// The words must be on the page if and only if the figures say so.
    #[track_caller]
    fn says_if(&self, words: &str, figures: bool) {
        assert_eq!(self.says(words), figures, "{}: '{words}'", self.name);
    }
}

/// The numbers of a text, in its order.
fn numbers(text: &str) -> Vec<f64> {
    let parts = text.split(|c: char| !(c.is_ascii_digit() || "+-.e".contains(c)));
    parts.filter_map(|part| part.trim_end_matches('.').parse().ok()).collect()
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
            // A loss that was reported as .2 may have been .16.
            let text = reported.to_string();
            let decimals = text.split_once('.').map_or(0, |(_, rest)| rest.len() as i32);
            let near = (0.5 * 10f64.powi(-decimals)).max(0.02);
            // Shares; seconds, sizes and penalties have their own notes.
            if (0.0..=1.0).contains(&reported) && (reported - found).abs() > near {
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
        let [trained] = run.behind("On the training pictures");
        let tested = run.row("test: accuracy");
        run.says_if("no curve above could warn of it", trained / 100.0 > tested + 0.05);
        for line in run.text("Against the network as reported").lines() {
            let [gained, lost] = numbers(line.rsplit(": ").nth(1).unwrap_or(""))[..] else {
                continue;
            };
            let told_apart = (gained - lost).abs() > 2.0 * (gained + lost).sqrt();
            assert_eq!(line.contains("more than luck"), told_apart, "{}: {line}", run.name);
            assert_eq!(line.contains("**better**"), told_apart && gained > lost, "{line}");
        }
    }
}

#[test]
fn perceptron() {
    for run in runs_of("02") {
        let test = |what: &str| run.row(&format!("{what}: accuracy"));
        let by_batch = [("1", "1"), ("256", "256"), ("all", "of all")];
        let best = by_batch.map(|(name, row)| (test(&format!("Adam, batch {row}")), name));
        let best = best.into_iter().fold((0.0, ""), |a, b| if b.0 > a.0 { b } else { a });
        run.says_if(&format!("Best on the test digits: batches of {}.", best.1), true);
        let [short, long] = ["RMSprop, rho .01", "RMSprop, rho .99"].map(test);
        let digits = if run.facts["profile"] == "full" { 10_000.0 } else { 2_000.0 };
        let error = (long * (1.0 - long) / digits).sqrt();
        if (long - short).abs() > 4.0 * error {
            run.says_if("no difference that so many test digits could show", false);
        }
        let l2 = [".1", ".01", ".001"].map(|factor| test(&format!("RMSprop, L2 {factor}")));
        let order = "The larger the penalty, the worse the network.";
        run.says_if(order, l2[0] < l2[1] && l2[1] < l2[2]);
        let [dropout, alone] = ["dropout .3", "no dropout"]
            .map(|what| (test(&format!("RMSprop, L1 .01, {what}")) - 0.8226).abs());
        run.says_if("is nearer to the run without dropout", alone < dropout);
        let silent = run.text("It ends at an accuracy of").contains("says zero to every digit");
        assert_eq!(silent, (test("SGD, weights around 10") - 0.1135).abs() < 1e-4, "{}", run.name);
        let text = run.text("after ten more epochs, while");
        let [_, before, _, after] = numbers(text)[..4] else { unreachable!() };
        run.says_if("the network over-fits.", after > 1.02 * before);
    }
}

#[test]
fn mice() {
    for run in runs_of("01") {
        let text = run.text("At the end the loss is");
        let losses = numbers(text.split_once("At the end the loss is").unwrap().1);
        let (loss, held_out) = (losses[0], losses[1]);
        run.says_if("both curves stay together", (held_out - loss).abs() < 0.05 * loss);
        let [peak] = run.behind("REM has its peak at");
        run.says_if("the theta rhythm, and", (6.0..=9.0).contains(&peak));
        let [from, to] = run.behind("its recall goes from");
        run.says_if("Most of the REM that was missed needs the past", to > from + 0.1);
        let plain = run.row("experiment 2: weighted F1");
        let others = ["SMOTE: weighted F1", "class weights: weighted F1"].map(|what| run.row(what));
        run.says_if("no gain, as the report found", others.iter().all(|&other| other < plain));
        let [apart] = run.behind("The four are within");
        run.says_if("there is nothing to choose between them", apart < 0.005);
        let text = run.text("The best larger network reaches");
        let [_, gain] = run.behind("The best larger network reaches");
        let gain = if text.contains(" above the two layers") { gain } else { -gain };
        run.says_if("Eight neurons already use", gain < 0.01);
        let scores: [f64; 6] = run.behind("Weighted F1 alone:");
        let (alone, together) = (&scores[..5], scores[5]);
        let best = alone.iter().copied().fold(f64::MIN, f64::max);
        run.says_if("agree on nearly everything", (together - best).abs() < 0.003);
    }
}

#[test]
fn two_or_seven() {
    for run in runs_of("06") {
        let test = run.row("everything at once: test accuracy");
        let search = run.row("everything at once: best");
        run.says_if(", below its ", test < search);
        for text in run.texts().into_iter().filter(|text| text.contains("have a correlation of")) {
            let (_, rest) = text.split_once("have a correlation of").unwrap();
            let [found, by_chance] = numbers(rest)[..2] else { unreachable!() };
            let agree = text.contains("The halves agree on the order");
            // The two numbers are rounded to two digits, and may be equal.
            assert!(found == by_chance || agree == (found > by_chance), "{}: {text}", run.name);
        }
        let [luck, epochs, batches] = run.behind("Seeds alone make a difference of");
        run.says_if("what the report ranks here is noise", luck > epochs.max(batches));
        let [all, some, one] = run.behind("After 40 steps the paths are");
        run.says_if("the more its direction wavers", all < some && some < one);
        let [zeros, common] = run.behind("From zeros the accuracy is");
        run.says_if("such a network does not learn", (zeros - common).abs() < 0.05);
        let [low, high] = run.behind("The other seven lie between");
        run.says_if("within the luck of the draw", high - low <= 1.5 * luck);
    }
}

#[test]
fn clothes() {
    for run in runs_of("05") {
        let (start, best) =
            (run.row("start point: accuracy"), run.row("best of the search: accuracy"));
        assert!(best >= start, "{}: the start point is one of the calls", run.name);
        let text = run.text("Above the optimum after");
        let regrets = text.split_once(':').unwrap().1;
        let found = numbers(regrets.split(". ").next().unwrap());
        assert!(found.is_sorted(), "{}: the best search stands first: {text}", run.name);
        let first = regrets.trim_start().starts_with("Gaussian process");
        assert_eq!(text.contains("is made for such a surface"), first, "{}", run.name);
    }
}
