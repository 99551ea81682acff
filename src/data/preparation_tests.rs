//! Scalers, folds and ANOVA against scikit-learn (tests/golden/preparation.py made the figures).

use super::*;
use crate::array::Array;

#[derive(serde::Deserialize)]
struct Golden {
    x: Vec<f32>,
    labels: Vec<usize>,
    rows: usize,
    columns: usize,
    mean: Vec<f64>,
    scale: Vec<f64>,
    standard: Vec<f64>,
    min: Vec<f64>,
    minmax: Vec<f64>,
    robust: Vec<f64>,
    center: Vec<f64>,
    robust_scale: Vec<f64>,
    varying: Vec<usize>,
    f: Vec<f64>,
    p: Vec<f64>,
    folds: std::collections::BTreeMap<String, Folds>,
    shuffled: std::collections::BTreeMap<String, Vec<Vec<usize>>>,
    held_out: Vec<HeldOut>,
    stratified: Vec<Stratified>,
    counts: Vec<usize>,
    balanced: Vec<f64>,
    one_hot: Vec<f32>,
}

#[derive(serde::Deserialize)]
struct HeldOut {
    size: f64,
    test: Vec<usize>,
}

/// scikit-learn's `train_test_split(stratify=…)` with many seeds.
#[derive(serde::Deserialize)]
struct Stratified {
    /// Rows of each class.
    classes: Vec<usize>,
    size: f64,
    /// The error, if it is one.
    error: Option<String>,
    /// The fewest and the most rows of each class in the test part.
    least: Vec<usize>,
    most: Vec<usize>,
}

#[derive(serde::Deserialize)]
struct Folds {
    kfold: Vec<Vec<usize>>,
    stratified: Vec<Vec<usize>>,
}

fn golden() -> (Golden, Array) {
    let text = include_str!("../../tests/golden/preparation.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    let x = Array::new([golden.rows, golden.columns], golden.x.clone()).unwrap();
    (golden, x)
}

#[track_caller]
fn close(got: f64, want: f64, relative: f64, absolute: f64) {
    assert!((got - want).abs() <= relative * want.abs() + absolute, "{got} is not {want}");
}

fn all_close(got: &[f64], want: &[f64], relative: f64, absolute: f64) {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).for_each(|(&g, &w)| close(g, w, relative, absolute));
}

fn wide(a: &Array) -> Vec<f64> {
    a.data().iter().map(|&v| f64::from(v)).collect()
}

#[test]
fn standard_scaler_is_scikit_learns() {
    let (g, x) = golden();
    let scaler = StandardScaler::fit(&x).unwrap();
    // Both sum in f64; the order of summing leaves a few last bits.
    all_close(scaler.mean(), &g.mean, 1e-14, 0.0);
    all_close(scaler.scale(), &g.scale, 1e-11, 0.0);
    assert_eq!(scaler.scale()[3], 1.0, "the constant column");
    let z = scaler.transform(&x).unwrap();
    // The result is rounded to f32: half a unit in its last place is 6e-8.
    all_close(&wide(&z), &g.standard, 1e-7, 1e-12);
    let back = scaler.inverse_transform(&z).unwrap();
    for (i, (b, v)) in back.data().iter().zip(x.data()).enumerate() {
        let step = scaler.scale()[i % 5] as f32 * 3e-7;
        assert!((b - v).abs() <= v.abs() * 2e-7 + step, "{b} is not {v}");
    }
}

#[test]
fn min_max_scaler_is_scikit_learns() {
    let (g, x) = golden();
    let scaler = MinMaxScaler::fit(&x).unwrap();
    assert_eq!(scaler.min(), g.min);
    let z = scaler.transform(&x).unwrap();
    // scikit-learn computes x * scale + min_, which cancels where a column is far from zero.
    all_close(&wide(&z), &g.minmax, 1e-7, 1e-10);
    let (min, max) = z.data().iter().fold((1.0f32, 0.0f32), |(a, b), &v| (a.min(v), b.max(v)));
    assert_eq!((min, max), (0.0, 1.0));
}

#[test]
fn robust_scaler_is_scikit_learns() {
    let (g, x) = golden();
    let scaler = RobustScaler::fit(&x).unwrap();
    // Interpolation between two values leaves a last bit.
    all_close(scaler.center(), &g.center, 1e-15, 0.0);
    all_close(scaler.scale(), &g.robust_scale, 1e-11, 0.0);
    // The result is rounded to f32: half a unit in its last place is 6e-8.
    all_close(&wide(&scaler.transform(&x).unwrap()), &g.robust, 1e-7, 1e-12);
    let (fitted, prepared) = Pipeline::new()
        .robust_scaler()
        .fit_transform(&Dataset::new(x, g.labels.clone(), ["a", "b", "c"]).unwrap())
        .unwrap();
    all_close(&wide(prepared.x()), &g.robust, 1e-7, 1e-12);
    assert_eq!(fitted.to_string(), "robust scaler");
}

#[test]
fn scalers_see_only_the_rows_they_are_given() {
    let (_, x) = golden();
    let mut spoiled = x.clone();
    let train: Vec<usize> = (0..30).collect();
    spoiled.data_mut()[35 * 5] = 1e30;
    spoiled.data_mut()[36 * 5] = f32::NAN;
    assert_eq!(
        StandardScaler::fit_rows(&x, &train).unwrap(),
        StandardScaler::fit_rows(&spoiled, &train).unwrap()
    );
    assert_eq!(
        MinMaxScaler::fit_rows(&x, &train).unwrap(),
        MinMaxScaler::fit_rows(&spoiled, &train).unwrap()
    );
    let e = StandardScaler::fit(&spoiled).unwrap_err().to_string();
    assert!(e.contains("row 36, column 0") && e.contains("NaN"), "{e}");
    assert!(StandardScaler::fit_rows(&x, &[40]).is_err());
    assert!(StandardScaler::fit_rows(&x, &[]).is_err());
    let narrow = Array::zeros([2, 4]).unwrap();
    assert!(StandardScaler::fit(&x).unwrap().transform(&narrow).is_err());
}

#[test]
fn folds_are_scikit_learns() {
    let (g, _) = golden();
    let tests = |splits: Vec<Split>| splits.into_iter().map(|s| s.test).collect::<Vec<_>>();
    for (n, folds) in &g.folds {
        let n = n.parse().unwrap();
        assert_eq!(tests(KFold::new(n).split(g.rows).unwrap()), folds.kfold);
        assert_eq!(tests(StratifiedKFold::new(n).split(&g.labels).unwrap()), folds.stratified);
    }
}

/// How many rows of each class these are.
fn counts(labels: &[usize], rows: &[usize]) -> Vec<usize> {
    let mut counts = vec![0; 3];
    rows.iter().for_each(|&row| counts[labels[row]] += 1);
    counts
}

#[test]
fn shuffled_parts_hold_as_many_of_each_class_as_scikit_learns() {
    let (g, _) = golden();
    for (n, want) in &g.shuffled {
        for seed in 0..5 {
            let folds = StratifiedKFold::new(n.parse().unwrap()).shuffle(seed);
            let splits = folds.split(&g.labels).unwrap();
            let got: Vec<_> = splits.iter().map(|s| counts(&g.labels, &s.test)).collect();
            assert_eq!(&got, want, "{n} folds");
        }
    }
    // Of one half two classes have the same claim to a row: scikit-learn draws, and so does this.
    for part in g.held_out.iter().filter(|part| part.size != 0.5) {
        for seed in 0..5 {
            let split = train_test_split_stratified(&g.labels, part.size, seed).unwrap();
            assert_eq!(counts(&g.labels, &split.test), part.test, "{}", part.size);
            assert_eq!(split.train.len() + split.test.len(), g.rows);
        }
    }
}

#[test]
fn stratified_parts_are_scikit_learns_for_every_count() {
    let (g, _) = golden();
    let mut errors = 0;
    for case in &g.stratified {
        let labels: Vec<usize> = case
            .classes
            .iter()
            .enumerate()
            .flat_map(|(class, rows)| std::iter::repeat_n(class, *rows))
            .collect();
        let name = format!("{:?} of {}", case.classes, case.size);
        if case.error.is_some() {
            assert!(train_test_split_stratified(&labels, case.size, 0).is_err(), "{name}");
            errors += 1;
            continue;
        }
        let mut least = vec![usize::MAX; case.classes.len()];
        let mut most = vec![0; case.classes.len()];
        for seed in 0..200 {
            let split = train_test_split_stratified(&labels, case.size, seed).unwrap();
            for class in 0..case.classes.len() {
                let count = split.test.iter().filter(|&&row| labels[row] == class).count();
                least[class] = least[class].min(count);
                most[class] = most[class].max(count);
            }
        }
        // Where classes have the same claim to a row, both draw among them.
        assert_eq!((&least, &most), (&case.least, &case.most), "{name}");
    }
    assert!(errors > 5 && g.stratified.len() > 2 * errors);
}

#[test]
fn balanced_weights_and_one_hot_are_scikit_learns() {
    let (g, x) = golden();
    let data = Dataset::new(x, g.labels.clone(), ["a", "b", "c"]).unwrap();
    assert_eq!(data.class_counts(), g.counts);
    all_close(&data.balanced_class_weights().unwrap(), &g.balanced, 1e-15, 0.0);
    assert_eq!(data.one_hot().unwrap().data(), g.one_hot);
    let only: Vec<usize> = (0..40).filter(|&row| g.labels[row] != 2).collect();
    let without = data.take(&only).unwrap().balanced_class_weights().unwrap();
    all_close(&without, &[37.0 / 48.0, 37.0 / 26.0, 1.0], 1e-15, 0.0);
}

#[test]
fn f_classif_is_scikit_learns() {
    let (g, x) = golden();
    let got = f_classif(&x, &g.labels).unwrap();
    let pick = |v: &[f64]| g.varying.iter().map(|&i| v[i]).collect::<Vec<_>>();
    // scikit-learn subtracts sums of squares, which cancels in the column around 1e4.
    all_close(&pick(got.f()), &g.f, 1e-6, 0.0);
    all_close(&pick(got.p()), &g.p, 1e-6, 0.0);
    assert!(got.f()[3].is_nan() && got.ranking()[4] == 3);
    let some: Vec<usize> = (0..20).collect();
    let rows = f_classif_rows(&x, &g.labels, &some).unwrap();
    let alone = f_classif(&x.take(&some).unwrap(), &g.labels[..20]).unwrap();
    assert_eq!(rows.f()[..3], alone.f()[..3]);
    assert!(f_classif(&x, &[0; 40]).is_err() && f_classif(&x, &[0, 1]).is_err());
}

#[test]
fn shuffled_folds_hold_every_row_once_and_repeat_by_seed() {
    let splits = KFold::new(3).shuffle(42).split(40).unwrap();
    assert_eq!(splits, KFold::new(3).shuffle(42).split(40).unwrap());
    assert_ne!(splits, KFold::new(3).shuffle(43).split(40).unwrap());
    assert_ne!(splits, KFold::new(3).split(40).unwrap());
    let mut tested: Vec<usize> = splits.iter().flat_map(|s| s.test.clone()).collect();
    tested.sort_unstable();
    assert_eq!(tested, (0..40).collect::<Vec<_>>());
    for (split, size) in splits.iter().zip([14, 13, 13]) {
        assert_eq!((split.test.len(), split.train.len()), (size, 40 - size));
        assert!(split.test.iter().all(|i| !split.train.contains(i)));
    }
    // The first draws of ChaCha8 seeded with 42, fixed: notebooks print these figures.
    assert_eq!(shuffled(8, 42), SHUFFLED_8_42);
}

const SHUFFLED_8_42: [usize; 8] = [4, 7, 0, 1, 3, 2, 6, 5];

#[test]
fn stratified_parts_keep_the_shares() {
    let labels: Vec<usize> = (0..100).map(|i| usize::from(i % 10 == 0)).collect();
    for split in StratifiedKFold::new(5).shuffle(1).split(&labels).unwrap() {
        assert_eq!(split.test.iter().filter(|&&i| labels[i] == 1).count(), 2);
        assert_eq!(split.test.len(), 20);
    }
    let split = train_test_split_stratified(&labels, 0.3, 1).unwrap();
    assert_eq!((split.train.len(), split.test.len()), (70, 30));
    assert_eq!(split.test.iter().filter(|&&i| labels[i] == 1).count(), 3);
    assert!(train_test_split_stratified(&[0, 0, 0, 1], 0.5, 1).is_err());
    // Ten classes of two rows: two test rows cannot hold them all.
    let pairs: Vec<usize> = (0..20).map(|i| i / 2).collect();
    let error = train_test_split_stratified(&pairs, 0.1, 1).unwrap_err().to_string();
    assert!(error.contains("test part's number of rows is 2, but must be at least 10"), "{error}");
    let error = train_test_split_stratified(&pairs, 0.9, 1).unwrap_err().to_string();
    assert!(error.contains("train part's number of rows is 2"), "{error}");
    let split = train_test_split_stratified(&pairs, 0.5, 1).unwrap();
    assert!(
        (0..10).all(|class| split.test.iter().filter(|&&row| pairs[row] == class).count() == 1)
    );
    assert!(StratifiedKFold::new(4).split(&[0, 0, 1, 1, 0]).is_err());
}

#[test]
fn holding_out_counts_as_its_models_do() {
    // scikit-learn: ceil(10 * .25) = 3 to test; Keras: floor(10 * (1 - .25)) = 7 to train.
    let split = train_test_split(10, 0.25, 3).unwrap();
    assert_eq!((split.train.len(), split.test.len()), (7, 3));
    let split = validation_split(10, 0.25).unwrap();
    assert_eq!(split.test, [7, 8, 9]);
    for bad in [0.0, 1.0, -0.1, f64::NAN, 0.999] {
        assert!(validation_split(10, bad).is_err() && train_test_split(10, bad, 0).is_err());
    }
    assert!(KFold::new(1).split(5).is_err() && KFold::new(6).split(5).is_err());
}
