//! Against imbalanced-learn 0.14 (tests/golden/make_imblearn.py made the figures), and what holds for
//! every row that is made up.

use super::*;
use crate::array::Array;
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Golden {
    x: Vec<f32>,
    labels: Vec<usize>,
    rows: usize,
    columns: usize,
    neighbors: BTreeMap<usize, Vec<Vec<usize>>>,
    counts: BTreeMap<String, Vec<usize>>,
    danger: BTreeMap<usize, BTreeMap<usize, Vec<usize>>>,
    adasyn: BTreeMap<usize, Shares>,
    ratio: BTreeMap<String, Vec<usize>>,
}

#[derive(serde::Deserialize)]
struct Shares {
    classes: Vec<usize>,
    asked: Vec<usize>,
    new: Vec<Vec<usize>>,
    counts: Vec<usize>,
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn golden() -> (Golden, Dataset) {
    let text = include_str!("../../../tests/golden/imblearn.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    let x = Array::new([golden.rows, golden.columns], golden.x.clone()).unwrap();
    let data = Dataset::new(x, golden.labels.clone(), NAMES).unwrap();
    (golden, data)
}

#[test]
fn neighbors_are_imbalanced_learns() {
    let (golden, data) = golden();
    for (class, want) in golden.neighbors {
        let got = Smote::new().neighbors(&data, NAMES[class]).unwrap();
        assert!(got.iter().all(|(row, _)| data.labels()[*row] == class));
        assert_eq!(got.into_iter().map(|n| n.1).collect::<Vec<_>>(), want);
    }
}

#[test]
fn counts_are_imbalanced_learns() {
    let (golden, data) = golden();
    let two = SamplingStrategy::from([("b", 20), ("d", 33)]);
    let fewer = SamplingStrategy::from([("a", 30), ("c", 12)]);
    let samplers: [(&str, Resampler); 11] = [
        ("smote", Smote::new().into()),
        ("smote_counts", Smote::new().k_neighbors(3).sampling_strategy(two).into()),
        ("smote_minority", Smote::new().sampling_strategy(SamplingStrategy::Minority).into()),
        (
            "smote_not_minority",
            Smote::new().sampling_strategy(SamplingStrategy::NotMinority).into(),
        ),
        ("borderline_1", BorderlineSmote::new().into()),
        ("borderline_2", BorderlineSmote::new().kind(BorderlineKind::Borderline2).into()),
        ("random_over", RandomOverSampler::new().into()),
        ("random_under", RandomUnderSampler::new().into()),
        (
            "random_under_majority",
            RandomUnderSampler::new().sampling_strategy(SamplingStrategy::Majority).into(),
        ),
        (
            "random_under_all",
            RandomUnderSampler::new().sampling_strategy(SamplingStrategy::All).into(),
        ),
        ("random_under_counts", RandomUnderSampler::new().sampling_strategy(fewer).into()),
    ];
    for (name, sampler) in samplers {
        let got = sampler.fit_resample(&data).unwrap();
        assert_eq!(got.class_counts(), golden.counts[name], "{name}");
        assert_eq!(got.y(), &got.one_hot().unwrap(), "{name}");
        assert_eq!(got.len(), got.labels().len());
        assert_eq!(got.row_numbers().len(), got.len());
        assert!(got.is_resampled());
    }
    let rows: Vec<usize> = (0..data.len()).filter(|&r| data.labels()[r] < 2).collect();
    let two = data.take(&rows).unwrap();
    assert_eq!(two.class_counts()[..2], golden.ratio["before"]);
    let over = Smote::new().sampling_strategy(0.77).fit_resample(&two).unwrap();
    assert_eq!(over.class_counts()[..2], golden.ratio["over"]);
    let under = RandomUnderSampler::new().sampling_strategy(0.37).fit_resample(&two).unwrap();
    assert_eq!(under.class_counts()[..2], golden.ratio["under"]);
}

#[test]
fn rows_in_danger_are_imbalanced_learns() {
    let (golden, data) = golden();
    for (m, classes) in golden.danger {
        for (class, want) in classes {
            let sampler = BorderlineSmote::new().m_neighbors(m);
            assert_eq!(sampler.danger(&data, NAMES[class]).unwrap(), want, "m {m}");
        }
    }
}

#[test]
fn adasyn_shares_as_imbalanced_learn() {
    let (golden, data) = golden();
    for (n, shares) in golden.adasyn {
        let sampler = Adasyn::new().n_neighbors(n);
        for ((class, asked), want) in shares.classes.iter().zip(shares.asked).zip(shares.new) {
            let got = sampler.new_rows(&data, NAMES[*class], asked).unwrap();
            assert_eq!(got.into_iter().map(|g| g.1).collect::<Vec<_>>(), want);
        }
        assert_eq!(sampler.fit_resample(&data).unwrap().class_counts(), shares.counts);
    }
}

/// How far `point` is from the line from `a` to `b`, if its place there is from 0 to `most`.
fn beside(point: &[f32], a: &[f32], b: &[f32], most: f64) -> f64 {
    let wide = |v: &[f32]| v.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
    let (p, a, b) = (wide(point), wide(a), wide(b));
    let dot = |f: &dyn Fn(usize) -> f64| (0..p.len()).map(f).sum::<f64>();
    let along = dot(&|i| (p[i] - a[i]) * (b[i] - a[i])) / dot(&|i| (b[i] - a[i]).powi(2));
    if !(-1e-6..=most + 1e-6).contains(&along) {
        return f64::INFINITY;
    }
    dot(&|i| (a[i] + along * (b[i] - a[i]) - p[i]).powi(2)).sqrt()
}

/// The features are below 5, and a unit in the last place there is 5e-7.
const NEAR: f64 = 1e-6;

#[test]
fn every_new_row_lies_between_a_row_and_its_neighbor() {
    let (_, data) = golden();
    let all: Vec<usize> = (0..data.len()).collect();
    let in_class = |_: usize, class: usize| synthetic::members(&data, class);
    let in_all = |_: usize, _: usize| all.clone();
    let kinds = [BorderlineKind::Borderline1, BorderlineKind::Borderline2];
    let borderline = kinds.map(|kind| BorderlineSmote::new().kind(kind));
    type Among<'a> = &'a dyn Fn(usize, usize) -> Vec<usize>;
    let cases: [(Resampler, Among, bool); 4] = [
        (Smote::new().into(), &in_class, false),
        (borderline[0].clone().into(), &in_class, true),
        (borderline[1].clone().into(), &in_all, true),
        (Adasyn::new().into(), &in_class, false),
    ];
    for (sampler, among, danger_only) in cases {
        let out = sampler.fit_resample(&data).unwrap();
        assert_eq!(&out.x().data()[..data.x().data().len()], data.x().data());
        assert_eq!(&out.labels()[..data.len()], data.labels());
        let mut steps = std::collections::BTreeSet::new();
        for new in data.len()..out.len() {
            let class = out.labels()[new];
            let mut bases = synthetic::members(&data, class);
            if danger_only {
                bases = borderline[0].danger(&data, NAMES[class]).unwrap();
            }
            let near =
                neighbors::nearest(("k", "all"), data.x(), &among(new, class), &bases, 5).unwrap();
            let nearest = near.iter().enumerate().map(|(i, &to)| {
                let most = if data.labels()[to] == class { 1.0 } else { 0.5 };
                let from = data.x().row(bases[i / 5]);
                beside(out.x().row(new), from, data.x().row(to), most)
            });
            let nearest = nearest.fold(f64::INFINITY, f64::min);
            assert!(nearest < NEAR, "{sampler:?}: row {new} is {nearest} beside");
            steps.insert(out.x().row(new)[0].to_bits());
        }
        // They are not all the same.
        assert!(steps.len() > (out.len() - data.len()) / 2, "{sampler:?}");
    }
}

#[test]
fn the_seed_decides() {
    let (_, data) = golden();
    let samplers: [&dyn Fn(u64) -> Resampler; 6] = [
        &|seed| RandomOverSampler::new().seed(seed).into(),
        &|seed| RandomOverSampler::new().shrinkage(0.5).seed(seed).into(),
        &|seed| RandomUnderSampler::new().seed(seed).into(),
        &|seed| Smote::new().seed(seed).into(),
        &|seed| BorderlineSmote::new().seed(seed).into(),
        &|seed| Adasyn::new().seed(seed).into(),
    ];
    for sampler in samplers {
        let x = |seed| sampler(seed).fit_resample(&data).unwrap().x().clone();
        assert_eq!(x(1), x(1));
        assert_ne!(x(1), x(2), "{:?}", sampler(1));
    }
    // The first draws of ChaCha8 seeded with 42, fixed: notebooks print what follows from them.
    let drawn = RandomOverSampler::new().seed(42).sample_indices(&data).unwrap();
    assert_eq!(drawn[data.len()..][..4], DRAWN_42);
}

const DRAWN_42: [usize; 4] = [55, 22, 55, 19];

#[test]
fn random_samples_are_rows_of_their_class() {
    let (_, data) = golden();
    let over = RandomOverSampler::new();
    let rows = over.sample_indices(&data).unwrap();
    let out = over.fit_resample(&data).unwrap();
    for (i, row) in rows.iter().enumerate() {
        assert_eq!((out.x().row(i), out.labels()[i]), (data.x().row(*row), data.labels()[*row]));
    }
    let mut kept = RandomUnderSampler::new().sample_indices(&data).unwrap();
    kept.sort_unstable();
    kept.dedup();
    assert_eq!(kept.len(), 32, "each row once");
    let again = RandomUnderSampler::new().replacement(true).sample_indices(&data).unwrap();
    assert_eq!(again.len(), 32);
    // Smoothed copies: near a row of their class, by less than all of its spread.
    let smooth = RandomOverSampler::new().shrinkage(0.1).fit_resample(&data).unwrap();
    assert_ne!(smooth.x(), out.x());
    let far =
        |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    for new in data.len()..smooth.len() {
        let class = synthetic::members(&data, smooth.labels()[new]);
        let least = class.iter().map(|&r| far(smooth.x().row(new), data.x().row(r)));
        assert!(least.fold(f32::INFINITY, f32::min) < 0.5);
    }
    let exact = RandomOverSampler::new().shrinkage(0.0).fit_resample(&data).unwrap();
    assert_eq!(exact.x(), out.x());
}

#[test]
fn targets_follow_the_labels() {
    let (_, data) = golden();
    let out = Smote::new().fit_resample(&data.with_plus_minus("b").unwrap()).unwrap();
    assert_eq!(out.y(), &out.plus_minus("b").unwrap());
    let out = Adasyn::new().fit_resample(&data.with_binary("d").unwrap()).unwrap();
    assert_eq!(out.y(), &out.binary("d").unwrap());
    let pictures = data.with_x(data.x().clone().reshape([120, 2, 2, 1]).unwrap()).unwrap();
    let out = Smote::new().fit_resample(&pictures).unwrap();
    assert_eq!(out.x().shape(), [280, 2, 2, 1]);
}

#[test]
fn resampled_rows_have_no_past_and_are_not_split() {
    let (_, data) = golden();
    let says = |result: Result<()>, words: &str| {
        let text = result.unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    };
    let smote = Smote::new().fit_resample(&data).unwrap();
    says(smote.past_window(1).map(|_| ()), "no past");
    assert_eq!(smote.group_names(), ["table", "synthetic"]);
    // A copy's past is that of the row copied.
    let copies = RandomOverSampler::new().fit_resample(&data).unwrap();
    let windows = copies.past_window(1).unwrap();
    let plain = data.past_window(1).unwrap();
    for (i, row) in windows.row_numbers().into_iter().enumerate() {
        assert_eq!(windows.x().row(i), plain.x().row(row - 1), "row {row}");
    }
    let fewer = RandomUnderSampler::new().fit_resample(&data).unwrap();
    for sampled in [&smote, &copies, &fewer] {
        says(sampled.train_test_split(0.2, 1).map(|_| ()), "Pipeline::resample");
        says(sampled.train_test_split_stratified(0.2, 1).map(|_| ()), "split_anyway");
        let part = sampled.take(&[0, 1, 2, 3]).unwrap();
        assert!(part.train_test_split(0.5, 1).is_err(), "a part is resampled as well");
        assert!(part.split_anyway().train_test_split(0.5, 1).is_ok());
    }
    let parts = data.train_test_split_stratified(0.25, 1).unwrap();
    assert_eq!((parts.train.len(), parts.test.len()), (90, 30));
}

#[test]
fn what_does_not_fit_is_refused() {
    let (_, data) = golden();
    let says = |sampler: Resampler, words: &str| {
        let text = sampler.fit_resample(&data).unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    };
    says(Smote::new().k_neighbors(8).into(), "the 8 rows of class 'b'");
    says(Smote::new().k_neighbors(0).into(), "at least 1");
    says(BorderlineSmote::new().m_neighbors(120).into(), "the 120 rows of the data");
    says(Adasyn::new().n_neighbors(9).into(), "the 8 rows of class 'b'");
    says(Smote::new().sampling_strategy([("b", 3)]).into(), "at least 8");
    says(Smote::new().sampling_strategy([("x", 30)]).into(), "'x'");
    says(Smote::new().sampling_strategy(vec![("b", 30), ("b", 31)]).into(), "named once");
    says(Smote::new().sampling_strategy([("b", usize::MAX)]).into(), "memory");
    says(RandomOverSampler::new().sampling_strategy([("b", usize::MAX)]).into(), "memory");
    says(Smote::new().sampling_strategy(0.5).into(), "number of classes for a ratio is 4");
    says(Smote::new().sampling_strategy(SamplingStrategy::Majority).into(), "Majority");
    says(RandomUnderSampler::new().sampling_strategy([("b", 9)]).into(), "at most 8");
    let minority = SamplingStrategy::Minority;
    says(RandomUnderSampler::new().sampling_strategy(minority).into(), "Minority");
    says(RandomOverSampler::new().shrinkage(-1.0).into(), "shrinkage is -1");
    let apart: Vec<f32> = (0..20).map(|i| if i < 12 { i as f32 } else { 1e3 + i as f32 }).collect();
    let labels = (0..20).map(|i| usize::from(i >= 12)).collect();
    let apart = Dataset::new(Array::new([20, 1], apart).unwrap(), labels, ["a", "b"]).unwrap();
    let text = Adasyn::new().fit_resample(&apart).unwrap_err().to_string();
    assert!(text.contains("use Smote instead"), "{text}");
    let same = BorderlineSmote::new().fit_resample(&apart).unwrap();
    assert_eq!(same.class_counts(), [12, 8], "nobody is in danger");
    let none = apart.take(&[]).unwrap();
    assert!(Smote::new().fit_resample(&none).is_err());
}
