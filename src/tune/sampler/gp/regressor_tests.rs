//! Gaussian process regression against finite differences and against scikit-optimize
//! (tests/golden/make_skopt_gp.py).

use super::super::super::acquisition::{Acquisition, Promise};
use super::*;
use rand::SeedableRng;
use serde_json::Value as Json;

fn data(n: usize, d: usize, kernel: Kernel) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut coordinate = || {
        let u = rng.r#gen::<f64>();
        if kernel == Kernel::Hamming { (u * 3.0).floor() } else { u }
    };
    let points: Vec<Vec<f64>> = (0..n).map(|_| (0..d).map(|_| coordinate()).collect()).collect();
    let losses = points.iter().map(|x| (5.0 * x[0]).sin() + x[1] * x[1] + 3.0).collect();
    (points, losses)
}

#[test]
fn the_likelihoods_gradient_is_its_slope() {
    for kernel in [Kernel::Matern, Kernel::Hamming] {
        let (points, losses) = data(12, 3, kernel);
        let data = Data { kernel, points: &points, y: normalized(&losses).0 };
        let theta = [0.3, -0.5, 0.2, -1.0, -2.0];
        let mut gradient = [0.0; 5];
        data.loss(&theta, &mut gradient);
        for i in 0..5 {
            let at = |h: f64| {
                let mut moved = theta;
                moved[i] += h;
                data.loss(&moved, &mut [0.0; 5])
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            // A central difference with h = 1e-5 is good to about 1e-8 here.
            assert!((slope - gradient[i]).abs() < 1e-6, "{kernel:?} {i}: {slope} {gradient:?}");
        }
    }
}

#[test]
fn beliefs_have_the_slopes_they_say() {
    let (points, losses) = data(15, 2, Kernel::Matern);
    let (y, mean, scale) = normalized(&losses);
    let data = Data { kernel: Kernel::Matern, points: &points, y };
    // With noise, because without it differences of the deviation drown in rounding errors.
    let model = Regressor::with(data, &[0.5, -1.0, -0.5, -4.0], mean, scale).unwrap();
    let x = [0.31, 0.77];
    let (mut mean, mut deviation) = ([0.0; 2], [0.0; 2]);
    let belief = model.slopes(&x, &mut mean, &mut deviation);
    let mut room = Vec::new();
    let again = model.predict(&x, &mut room);
    assert!((belief.mean - again.mean).abs() < 1e-9);
    assert!((belief.deviation - again.deviation).abs() < 1e-9);
    for i in 0..2 {
        let mut at = |h: f64| {
            let mut moved = x;
            moved[i] += h;
            model.predict(&moved, &mut room)
        };
        let (up, down) = (at(1e-6), at(-1e-6));
        assert!(((up.mean - down.mean) / 2e-6 - mean[i]).abs() < 1e-4);
        assert!(((up.deviation - down.deviation) / 2e-6 - deviation[i]).abs() < 1e-4);
    }
}

#[test]
fn the_data_are_believed_and_the_unknown_is_not() {
    let (points, losses) = data(25, 2, Kernel::Matern);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let model = Regressor::fit(Kernel::Matern, &points, &losses, 2, &mut rng).unwrap();
    let mut room = Vec::new();
    for (point, loss) in points.iter().zip(&losses) {
        let belief = model.predict(point, &mut room);
        assert!((belief.mean - loss).abs() < 0.02, "{belief:?} {loss}");
    }
    let far = model.predict(&[40.0, -40.0], &mut room).deviation;
    let near = model.predict(&points[0], &mut room).deviation;
    assert!(far > 10.0 * near, "{far} {near}");
}

#[test]
fn equal_and_huge_losses_are_fitted() {
    let (points, _) = data(8, 2, Kernel::Matern);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for losses in [vec![2.0; 8], vec![0.0; 8], (0..8).map(|i| 1e300 * f64::from(i)).collect()] {
        let model = Regressor::fit(Kernel::Matern, &points, &losses, 2, &mut rng).unwrap();
        let belief = model.predict(&[0.5, 0.5], &mut Vec::new());
        assert!(belief.mean.is_finite() && belief.deviation.is_finite(), "{belief:?}");
    }
}

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn beliefs_are_scikit_optimizes() {
    let text = include_str!("../../../../tests/golden/skopt-gp.json");
    let golden: Json = serde_json::from_str(text).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let rows = |key: &str| -> Vec<Vec<f64>> {
            case[key].as_array().unwrap().iter().map(numbers).collect()
        };
        let kernel = if case["kernel"] == "matern" { Kernel::Matern } else { Kernel::Hamming };
        let (points, losses, theta) =
            (rows("points"), numbers(&case["losses"]), numbers(&case["theta"]));
        let (y, mean, scale) = normalized(&losses);
        let data = Data { kernel, points: &points, y };
        let likelihood = -data.loss(&theta, &mut vec![0.0; theta.len()]);
        assert!((likelihood - case["likelihood"].as_f64().unwrap()).abs() < 1e-8);
        let model = Regressor::with(data, &theta, mean, scale).unwrap();
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        let promise = |kind| Promise { kind, best, xi: 0.01, kappa: 1.96 };
        let expected = ["mean", "deviation", "ei", "lcb", "pi"].map(|key| numbers(&case[key]));
        for (i, x) in rows("new").iter().enumerate() {
            let b = model.predict(x, &mut Vec::new());
            let cost = |kind| promise(kind).cost(b.mean, b.deviation);
            let found = [
                b.mean,
                b.deviation,
                -cost(Acquisition::ExpectedImprovement),
                cost(Acquisition::LowerConfidenceBound),
                -cost(Acquisition::ProbabilityOfImprovement),
            ];
            for (found, expected) in found.iter().zip(&expected) {
                // 1e-7 instead of 1e-10, because the deviation is the root of a small difference.
                assert!((found - expected[i]).abs() < 1e-7, "{found} {}", expected[i]);
            }
        }
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let theta = Regressor::likeliest(
            &Data { kernel, points: &points, y: normalized(&losses).0 },
            2,
            &mut rng,
        )
        .unwrap()
        .0;
        let data = Data { kernel, points: &points, y: normalized(&losses).0 };
        let fitted = -data.loss(&theta, &mut vec![0.0; theta.len()]);
        let theirs = case["fitted_likelihood"].as_f64().unwrap();
        assert!(fitted > theirs - 1e-3, "{fitted}, not {theirs}");
    }
}
