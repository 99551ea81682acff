//! Against scikit-learn (tests/golden/make_pca.py made the figures).

use super::fitted::dot;
use super::*;
use crate::array::Array;

#[derive(serde::Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    rows: usize,
    columns: usize,
    whiten: bool,
    count: Option<usize>,
    share: Option<f64>,
    x: Vec<f32>,
    mean: Vec<f64>,
    components: Vec<f64>,
    variance: Vec<f64>,
    ratio: Vec<f64>,
    singular: Vec<f64>,
    transformed: Vec<f64>,
    back: Vec<f64>,
}

#[track_caller]
fn close(what: &str, got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let near = tolerance * want.abs().max(1.0);
        assert!((got - want).abs() <= near, "{what} {i} is {got}, not {want}");
    }
}

fn wide(array: &Array) -> Vec<f64> {
    array.data().iter().map(|v| f64::from(*v)).collect()
}

#[test]
fn components_are_scikit_learns() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../../tests/golden/pca.json")).unwrap();
    for case in golden.cases {
        let pca = match (case.count, case.share) {
            (Some(count), _) => Pca::new(count),
            (_, share) => Pca::variance(share.unwrap()),
        };
        let x = Array::new([case.rows, case.columns], case.x).unwrap();
        let pca = pca.whiten(case.whiten).fit(&x).unwrap();
        let name = case.name;
        // Both are computed in f64; the product of the data squares what rounding does.
        close(&format!("{name}: mean"), pca.mean(), &case.mean, 1e-12);
        close(&format!("{name}: variance"), pca.explained_variance(), &case.variance, 1e-10);
        close(&format!("{name}: ratio"), pca.explained_variance_ratio(), &case.ratio, 1e-10);
        close(&format!("{name}: singular"), pca.singular_values(), &case.singular, 1e-10);
        close(&format!("{name}: components"), &pca.components, &case.components, 1e-9);
        // Rounded to f32: half a unit in the last place is 6e-8 of the value.
        close(&format!("{name}: shown"), &wide(&pca.components()), &case.components, 1e-7);
        let z = pca.transform(&x).unwrap();
        close(&format!("{name}: transformed"), &wide(&z), &case.transformed, 1e-7);
        let back = pca.inverse_transform(&z).unwrap();
        // Up to six terms of sizes up to 50, each rounded.
        close(&format!("{name}: back"), &wide(&back), &case.back, 5e-6);
        assert_eq!(z.shape(), [case.rows, pca.n_components()]);
    }
}

#[test]
fn directions_without_variance_are_still_directions() {
    for (rows, columns) in [(3, 5), (5, 3), (4, 4)] {
        // All rows on one line; the last component of wide data has no variance ever.
        let x = (0..rows * columns).map(|i| ((i / columns) * (i % columns + 1)) as f32).collect();
        let x = Array::new([rows, columns], x).unwrap();
        let pca = Pca::new(3).fit(&x).unwrap();
        assert!(pca.explained_variance_ratio()[0] > 0.999_999);
        for (i, a) in pca.components.chunks(columns).enumerate() {
            for (j, b) in pca.components.chunks(columns).enumerate() {
                let want = if i == j { 1.0 } else { 0.0 };
                assert!((dot(a, b) - want).abs() < 1e-6, "{rows} x {columns}: {i}, {j}");
            }
        }
        let flat = Pca::new(2).fit(&Array::zeros([rows, columns]).unwrap()).unwrap();
        assert_eq!(flat.explained_variance_ratio(), [0.0, 0.0]);
        assert!(flat.transform(&x).unwrap().data().iter().all(|v| v.is_finite()));
        assert_eq!(Pca::variance(0.5).fit(&x).unwrap().n_components(), 1);
        assert!(pca.to_html().contains("100.00 %") && pca.to_string().starts_with("3 components"));
    }
}

#[test]
fn more_rows_than_a_block_give_the_same() {
    // Rows twice do not change directions; 2 * 300 rows and 200 columns cross blocks and chunks.
    let value = |i: usize| ((i * i) as f32 * 0.37).sin() * (1.0 + (i % 200) as f32);
    let once: Vec<f32> = (0..300 * 200).map(value).collect();
    let twice = Array::new([600, 200], [once.clone(), once.clone()].concat()).unwrap();
    let once = Array::new([300, 200], once).unwrap();
    let (a, b) = (Pca::new(5).fit(&once).unwrap(), Pca::new(5).fit(&twice).unwrap());
    close("components", &a.components, &b.components, 1e-8);
    close("ratio", a.explained_variance_ratio(), b.explained_variance_ratio(), 1e-10);
    // The other product: the same data with zero columns added so that they are wide.
    let padded = once.data().chunks(200).flat_map(|r| r.iter().copied().chain([0.0; 200]));
    let padded = Array::new([300, 400], padded.collect()).unwrap();
    let c = Pca::new(5).fit(&padded).unwrap();
    close("wide", a.explained_variance(), c.explained_variance(), 1e-9);
    let first: Vec<f64> = c.components.chunks(400).flat_map(|r| r[..200].to_vec()).collect();
    close("wide components", &a.components, &first, 1e-7);
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let x = Array::zeros([4, 3]).unwrap();
    let says = |result: Result<FittedPca>, words: &str| {
        let text = result.unwrap_err().to_string();
        assert!(text.contains(words), "{text}");
    };
    says(Pca::new(4).fit(&x), "components is 4");
    says(Pca::new(0).fit(&x), "components is 0");
    says(Pca::new(1).fit(&Array::zeros([1, 3]).unwrap()), "rows is 1");
    for share in [0.0, 1.0, -0.5, f64::NAN] {
        says(Pca::variance(share).fit(&x), "above 0 and below 1");
    }
    let odd = Array::new([2, 1], vec![1.0, f32::INFINITY]).unwrap();
    says(Pca::new(1).fit(&odd), "row 1, column 0");
    says(Pca::new(1).fit(&Array::zeros([4]).unwrap()), "rows and columns");
    let pca = Pca::new(2).fit(&x).unwrap();
    assert!(pca.transform(&Array::zeros([4, 2]).unwrap()).is_err());
    assert!(pca.inverse_transform(&Array::zeros([4, 3]).unwrap()).is_err());
    assert_eq!(pca.transform(&Array::zeros([0, 3]).unwrap()).unwrap().shape(), [0, 2]);
}
