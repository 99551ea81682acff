//! Columns whose values `f32` cannot tell apart, against scikit-learn (tests/golden/make_exact.py
//! made the figures).

use super::*;

#[derive(serde::Deserialize)]
struct Golden {
    x: Vec<[f64; 3]>,
    labels: Vec<usize>,
    mean: Vec<f64>,
    scale: Vec<f64>,
    standard: Vec<f64>,
    minmax: Vec<f64>,
    robust: Vec<f64>,
    center: Vec<f64>,
    robust_scale: Vec<f64>,
    pca: Vec<f64>,
    f: Vec<f64>,
    p: Vec<f64>,
}

fn golden() -> (Golden, Dataset) {
    let text = include_str!("../../tests/golden/exact.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    let mut csv = "time,pressure,wave,label\n".to_string();
    for (row, label) in golden.x.iter().zip(&golden.labels) {
        csv += &format!("{},{},{},c{label}\n", row[0], row[1], row[2]);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exact.csv");
    std::fs::write(&path, csv).unwrap();
    let table = Table::read_csv(&path).unwrap();
    let data = Dataset::from_table(&table, "label", ["time", "pressure", "wave"]).unwrap();
    (golden, data)
}

fn relative(got: &[f64], want: &[f64], share: f64) {
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= share * w.abs(), "{g} is not {w}");
    }
}

fn different(data: &Dataset, column: usize) -> usize {
    let values = (0..data.len()).map(|row| data.x().row(row)[column].to_bits());
    values.collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn steps_are_computed_from_the_tables_own_values() {
    let (g, data) = golden();
    assert!(different(&data, 0) < 4 && different(&data, 1) < 4, "f32 tells too many apart");
    let scaler = StandardScaler::fit(&data).unwrap();
    relative(&scaler.mean()[..2], &g.mean[..2], 1e-15);
    // The third column is what f32 rounds it to, half a unit of its last place off.
    relative(&scaler.mean()[2..], &g.mean[2..], 6e-8);
    // What the sums round to, of values that differ by some 1e-8 of themselves.
    relative(scaler.scale(), &g.scale, 1e-7);
    let scaled = scaler.transform_dataset(&data).unwrap();
    assert_eq!((different(&scaled, 0), different(&scaled, 1)), (60, 60));
    // The mean of such columns is itself rounded to 2e-7 of their deviation.
    for (got, want) in scaled.x().data().iter().zip(&g.standard) {
        assert!((f64::from(*got) - want).abs() < 3e-7, "{got} is not {want}");
    }
    let minmax = MinMaxScaler::fit(&data).unwrap().transform_dataset(&data).unwrap();
    for (got, want) in minmax.x().data().iter().zip(&g.minmax) {
        // scikit-learn computes x * scale + min_, which cancels.
        assert!((f64::from(*got) - want).abs() < 2e-7, "{got} is not {want}");
    }
    let robust = RobustScaler::fit(&data).unwrap();
    relative(&robust.center()[..2], &g.center[..2], 1e-15);
    relative(&robust.center()[2..], &g.center[2..], 6e-8);
    relative(robust.scale(), &g.robust_scale, 1e-7);
    for (got, want) in robust.transform_dataset(&data).unwrap().x().data().iter().zip(&g.robust) {
        assert!((f64::from(*got) - want).abs() < 3e-7, "{got} is not {want}");
    }
    let pca = Pca::new(2).fit(&data).unwrap().transform_dataset(&data).unwrap();
    for (got, want) in pca.x().data().iter().zip(&g.pca) {
        assert!((f64::from(*got) - want).abs() < 1e-5, "{got} is not {want}");
    }
    let best = f_classif(&data, data.labels()).unwrap();
    relative(best.f(), &g.f, 1e-6);
    relative(best.p(), &g.p, 1e-6);
}

#[test]
fn what_is_known_exactly_goes_through_every_selection_of_rows_and_columns() {
    let (g, data) = golden();
    let scale = |data: &Dataset| Pipeline::new().standard_scaler().fit_transform(data).unwrap().1;
    let whole = scale(&data);
    // Columns in another order, one left out.
    let turned = scale(&data.select_columns(["wave", "time"]).unwrap());
    for row in 0..data.len() {
        let (a, b) = (turned.x().row(row), whole.x().row(row));
        assert_eq!((a[0], a[1]), (b[2], b[0]));
    }
    // Rows turned round, split and put together again.
    let rows: Vec<usize> = (0..60).rev().collect();
    let back = data.take(&rows).unwrap().take(&rows).unwrap();
    assert_eq!(scale(&back).x(), whole.x());
    let (top, bottom) = (data.clone().head(20).unwrap(), data.take(&rows[..40]).unwrap());
    let bottom = bottom.take(&(0..40).rev().collect::<Vec<_>>()).unwrap();
    assert_eq!(scale(&top.above(&bottom).unwrap()).x(), whole.x());
    // In another unit.
    let hours = data.clone().rescaled(1.0 / 3600.0).unwrap();
    for (a, b) in scale(&hours).x().data().iter().zip(whole.x().data()) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
    // The hour before.
    let past = data.past_window(1).unwrap();
    assert_eq!(past.columns()[3], "time (t-1)");
    let scaled = scale(&past);
    assert_eq!((different(&scaled, 0), different(&scaled, 3)), (59, 59));
    // Chosen by their F, as the table has them.
    let chosen = Pipeline::new().select_k_best(2).standard_scaler();
    let (_, chosen) = chosen.fit_transform(&data).unwrap();
    let mut order: Vec<usize> = (0..3).collect();
    order.sort_by(|a, b| g.f[*b].total_cmp(&g.f[*a]));
    let mut best = order[..2].to_vec();
    best.sort_unstable();
    assert_eq!(chosen.x().row(5), [whole.x().row(5)[best[0]], whole.x().row(5)[best[1]]]);
}

#[test]
fn new_rows_between_such_rows_are_as_exact() {
    let (_, data) = golden();
    let data = data.clone().only_classes(["c0", "c1"]).unwrap();
    let strategy = SamplingStrategy::from([("c0", 40), ("c1", 45)]);
    let resamplers: [Resampler; 3] = [
        Smote::new().sampling_strategy(strategy.clone()).into(),
        RandomOverSampler::new().shrinkage(0.1).sampling_strategy(strategy.clone()).into(),
        RandomOverSampler::new().sampling_strategy(strategy).into(),
    ];
    for resampler in resamplers {
        let copies = format!("{resampler:?}").contains("shrinkage: None");
        let more = resampler.fit_resample(&data).unwrap();
        assert_eq!(more.class_counts(), [40, 45]);
        let minmax = MinMaxScaler::fit(&data).unwrap().transform_dataset(&more).unwrap();
        let before =
            different(&MinMaxScaler::fit(&data).unwrap().transform_dataset(&data).unwrap(), 0);
        let now = different(&minmax, 0);
        assert_eq!(now, if copies { before } else { more.len() }, "{resampler:?}");
        for row in 0..more.len() {
            assert!((-0.2..1.2).contains(&minmax.x().row(row)[0]), "{}", minmax.x().row(row)[0]);
        }
    }
}

/// Seconds since 1970 as a target: what is scaled are the table's own values, through every selection
/// of rows.
#[test]
fn targets_are_scaled_from_the_tables_own_values() {
    let start = 1_700_000_000.0;
    let times: Vec<f64> = (0..60).map(|i| start + f64::from(i)).collect();
    let rows: Vec<f64> = (0..60).map(f64::from).collect();
    let frame = crate::polars::df!("row" => rows, "time" => times).unwrap();
    let table = Table::from_dataframe(frame).unwrap();
    let data = Dataset::regression(&table, ["time"], ["row"]).unwrap();
    let scale = |data: &Dataset| Pipeline::new().scale_targets().fit_transform(data).unwrap();
    let check = |data: &Dataset, rows: &[usize]| {
        let (fitted, scaled) = scale(data);
        let n = rows.len() as f64;
        let mean = rows.iter().map(|r| *r as f64).sum::<f64>() / n;
        let variance = rows.iter().map(|r| (*r as f64 - mean).powi(2)).sum::<f64>() / n;
        // Half a unit of the mean's last place, 1.2e-7, as a share of the deviation.
        for (y, row) in scaled.y().data().iter().zip(rows) {
            let want = (*row as f64 - mean) / variance.sqrt();
            assert!((f64::from(*y) - want).abs() < 3e-7, "{y} is not {want}");
        }
        let (scale, offset) = fitted.target_units().unwrap();
        assert!(
            (scale[0] - variance.sqrt()).abs() < 1e-6 && (offset[0] - start - mean).abs() < 1e-6
        );
    };
    let all: Vec<usize> = (0..60).collect();
    check(&data, &all);
    let back: Vec<usize> = (0..60).rev().step_by(2).collect();
    check(&data.take(&back).unwrap(), &back);
    let (top, bottom) = (data.take(&all[..20]).unwrap(), data.take(&all[20..]).unwrap());
    check(&top.above(&bottom).unwrap(), &all);
    check(&data.past_window(1).unwrap(), &all[1..]);
    // Scaled again with others in front of it, nothing is left over of the first unit.
    let (_, once) = scale(&data);
    assert!(once.blurred_target().is_none());
    assert_eq!(data.blurred_target().as_deref(), Some("time"));
}

/// Of a row alone, equal rows, and rows one of which is a 0 for what is missing: their own spread
/// tells nothing of what they are scaled by.
#[test]
fn rows_are_exact_whatever_is_beside_them() {
    let seconds: Vec<f64> = (0..60).map(|i| 1.7e9 + f64::from(i * 7 % 60)).collect();
    let of = |time: &[f64]| {
        let label: Vec<i64> = (0..time.len()).map(|i| (i % 2) as i64).collect();
        let frame = crate::polars::df!("time" => time, "label" => label).unwrap();
        Dataset::from_table(&Table::from_dataframe(frame).unwrap(), "label", ["time"]).unwrap()
    };
    let data = of(&seconds);
    for steps in [
        Pipeline::new().standard_scaler(),
        Pipeline::new().min_max_scaler(),
        Pipeline::new().robust_scaler(),
        Pipeline::new().pca(1),
    ] {
        let (fitted, prepared) = steps.fit_transform(&data).unwrap();
        let want = |row: usize| prepared.x().row(row)[0];
        let same = |rows: &[f64], row: usize, at: usize| {
            let got = fitted.transform(&of(rows)).unwrap().x().row(at)[0];
            assert_eq!(got, want(row), "{fitted}: row {row}");
        };
        same(&seconds[5..6], 5, 0);
        same(&[seconds[9]; 4], 9, 3);
        let mut gap = seconds[..30].to_vec();
        gap[3] = 0.0;
        same(&gap, 7, 7);
    }
    // In the training rows, too: the quartiles are those of the seconds.
    let mut gap = seconds.clone();
    gap[3] = 0.0;
    let prepared = Pipeline::new().robust_scaler().fit_transform(&of(&gap)).unwrap().1;
    assert_eq!(different(&prepared, 0), 60);
    // What rounding does not matter for is the same alone and among others, to the bit.
    let waves: Vec<f64> = (0..60).map(|i| (0.37 * f64::from(i)).sin()).collect();
    let (fitted, prepared) = Pipeline::new().standard_scaler().fit_transform(&of(&waves)).unwrap();
    let alone = fitted.transform(&of(&waves[7..8])).unwrap();
    assert_eq!(alone.x().row(0), prepared.x().row(7));
}

/// A category has the name of its number, also where that of an `f32` is shorter; 0 and -0 are one;
/// what `f64` does not tell apart is no category.
#[test]
fn numbers_as_categories_are_told_apart() {
    let zeros = [0.0, -0.0, 1.0, -0.0];
    let ids = [123_456_784i64, 123_456_792, 16_777_217, 123_456_784];
    let large: Vec<i64> = (0..4).map(|i| (1 << 53) + i).collect();
    let frame =
        crate::polars::df!("zero" => zeros, "id" => ids, "large" => large, "y" => [1, 0, 1, 0]);
    let table = Table::from_dataframe(frame.unwrap()).unwrap();
    let data = Dataset::from_table_all(&table, "y").unwrap();
    let hot = |column: &str| Pipeline::new().one_hot().on(column).fit_transform(&data);
    let names = |column: &str| hot(column).unwrap().0.features();
    assert_eq!(names("zero")[..2], ["zero_0", "zero_1"]);
    assert_eq!(names("id")[1..4], ["id_16777217", "id_123456784", "id_123456792"]);
    // The same in a table none of whose numbers needs double precision.
    let (fitted, _) = hot("id").unwrap();
    let rest = Dataset::from_table_all(&table.take(&[0, 1, 3]).unwrap(), "y").unwrap();
    assert_eq!(fitted.transform(&rest).unwrap().x().row(1)[1..4], [0.0, 0.0, 1.0]);
    let text = hot("large").unwrap_err().to_string();
    assert!(text.contains("'large'") && text.contains("2^53"), "{text}");
    let classes = |column: &str, from: &str| {
        Dataset::from_table(&table, column, [from]).unwrap().classes().to_vec()
    };
    assert_eq!(classes("zero", "id"), ["0.0", "1.0"]);
    assert_eq!(classes("large", "id").len(), 4);
    assert_eq!(table.unique("zero").unwrap(), ["0.0", "1.0"]);
}
