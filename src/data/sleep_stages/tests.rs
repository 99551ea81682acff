//! The simulated recordings against the published figures of the real ones.

use super::*;
use std::sync::OnceLock;

/// Mean, standard deviation and quartiles of a column.
fn describe(values: impl Iterator<Item = f64>) -> [f64; 5] {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let square = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    let quantile = |p: f64| values[(p * (count - 1.0)).round() as usize];
    [mean, (square / (count - 1.0)).sqrt(), quantile(0.25), quantile(0.5), quantile(0.75)]
}

fn made() -> &'static [(Vec<char>, Vec<Row>); 3] {
    static MADE: OnceLock<[(Vec<char>, Vec<Row>); 3]> = OnceLock::new();
    MADE.get_or_init(|| Mouse::ALL.map(|mouse| simulate_all(mouse, SEED)))
}

fn pooled() -> impl Iterator<Item = (char, &'static Row)> {
    made()[..2].iter().flat_map(|(states, rows)| states.iter().copied().zip(rows))
}

#[track_caller]
fn near(what: &str, got: f64, published: f64, tolerance: f64) {
    let off = got / published - 1.0;
    assert!(off.abs() <= tolerance, "{what}: {got:e} is off {published:e} by {:.1} %", 100.0 * off);
}

/// Frequency; mean, standard deviation and quartiles over both training mice.
#[rustfmt::skip]
const POOLED: [(usize, [f64; 5]); 32] = [
    (1, [1.444232e-5, 2.533504e-5, 4.218522e-6, 8.202033e-6, 1.631041e-5]),
    (2, [1.502917e-5, 1.674479e-5, 5.357126e-6, 9.632218e-6, 1.791724e-5]),
    (3, [1.434708e-5, 1.44149e-5, 5.501124e-6, 9.849712e-6, 1.773238e-5]),
    (4, [1.441615e-5, 1.40495e-5, 5.295764e-6, 9.885192e-6, 1.848993e-5]),
    (5, [1.292851e-5, 1.210619e-5, 4.788915e-6, 9.145285e-6, 1.707906e-5]),
    (6, [1.116549e-5, 9.720546e-6, 4.50217e-6, 8.338452e-6, 1.469959e-5]),
    (7, [1.186056e-5, 1.080766e-5, 4.84537e-6, 8.69435e-6, 1.511528e-5]),
    (8, [1.210683e-5, 1.075301e-5, 5.019263e-6, 8.8758e-6, 1.54727e-5]),
    (9, [1.010482e-5, 8.9818e-6, 4.094362e-6, 7.411588e-6, 1.31168e-5]),
    (10, [7.144605e-6, 6.475928e-6, 2.841339e-6, 5.156818e-6, 9.257271e-6]),
    (11, [4.93145e-6, 4.517186e-6, 1.978809e-6, 3.567544e-6, 6.366162e-6]),
    (12, [3.654435e-6, 3.513567e-6, 1.447171e-6, 2.577797e-6, 4.593566e-6]),
    (18, [1.222836e-6, 1.006064e-6, 5.649061e-7, 9.49024e-7, 1.545763e-6]),
    (19, [1.089808e-6, 8.636832e-7, 5.196148e-7, 8.562595e-7, 1.388202e-6]),
    (20, [9.788114e-7, 7.659266e-7, 4.731768e-7, 7.791395e-7, 1.249643e-6]),
    (21, [8.871627e-7, 6.741159e-7, 4.352964e-7, 7.11818e-7, 1.137478e-6]),
    (22, [8.171982e-7, 5.984442e-7, 4.079075e-7, 6.662481e-7, 1.054239e-6]),
    (23, [7.583592e-7, 5.472615e-7, 3.815037e-7, 6.195222e-7, 9.805631e-7]),
    (71, [1.692747e-7, 1.284998e-7, 8.173006e-8, 1.353413e-7, 2.18257e-7]),
    (72, [1.633497e-7, 1.25124e-7, 7.793937e-8, 1.305774e-7, 2.107771e-7]),
    (73, [1.571573e-7, 1.201803e-7, 7.536985e-8, 1.250221e-7, 2.024647e-7]),
    (76, [1.379377e-7, 1.037696e-7, 6.679136e-8, 1.101056e-7, 1.785895e-7]),
    (92, [1.763867e-8, 1.268618e-8, 8.869693e-9, 1.452487e-8, 2.287899e-8]),
    (93, [1.351433e-8, 9.692037e-9, 6.785926e-9, 1.11053e-8, 1.753057e-8]),
    (94, [1.012838e-8, 7.208488e-9, 5.095791e-9, 8.32379e-9, 1.313486e-8]),
    (95, [7.345691e-9, 5.26966e-9, 3.714939e-9, 6.04539e-9, 9.504328e-9]),
    (96, [5.226716e-9, 3.698496e-9, 2.656755e-9, 4.314187e-9, 6.751232e-9]),
    (97, [3.629456e-9, 2.589742e-9, 1.825948e-9, 2.990092e-9, 4.699319e-9]),
    (98, [2.505175e-9, 1.769041e-9, 1.2816e-9, 2.07041e-9, 3.225084e-9]),
    (99, [1.803339e-9, 1.245381e-9, 9.280624e-10, 1.500177e-9, 2.331228e-9]),
    (100, [3.348605e-9, 2.309435e-9, 1.689791e-9, 2.788158e-9, 4.380041e-9]),
    (101, [3.743263e-8, 3.680916e-8, 8.60866e-9, 2.79452e-8, 5.36048e-8]),
];

/// Frequency; mean and standard deviation of mouse 1 and of mouse 2.
#[rustfmt::skip]
const BY_MOUSE: [(usize, [f64; 4]); 19] = [
    (1, [2.0224e-5, 3.385e-5, 8.7578e-6, 9.0102e-6]),
    (2, [1.4949e-5, 1.6718e-5, 1.5108e-5, 1.677e-5]),
    (3, [1.4259e-5, 1.4509e-5, 1.4434e-5, 1.4321e-5]),
    (4, [1.3847e-5, 1.3506e-5, 1.4975e-5, 1.4542e-5]),
    (5, [1.2353e-5, 1.1746e-5, 1.3494e-5, 1.2424e-5]),
    (6, [1.0546e-5, 9.4938e-6, 1.1775e-5, 9.9004e-6]),
    (7, [1.1023e-5, 1.0071e-5, 1.2684e-5, 1.1426e-5]),
    (8, [1.1538e-5, 1.0539e-5, 1.2666e-5, 1.093e-5]),
    (9, [9.8836e-6, 8.5298e-6, 1.0322e-5, 9.3998e-6]),
    (10, [7.3192e-6, 6.5289e-6, 6.9729e-6, 6.4187e-6]),
    (17, [1.4017e-6, 1.2403e-6, 1.3693e-6, 1.1576e-6]),
    (18, [1.2425e-6, 1.0561e-6, 1.2035e-6, 9.5394e-7]),
    (19, [1.1073e-6, 8.8587e-7, 1.0726e-6, 8.4092e-7]),
    (20, [9.9608e-7, 7.8909e-7, 9.6184e-7, 7.4204e-7]),
    (21, [8.9982e-7, 6.8696e-7, 8.7471e-7, 6.6099e-7]),
    (22, [8.3265e-7, 6.1047e-7, 8.0201e-7, 5.8597e-7]),
    (23, [7.6643e-7, 5.5349e-7, 7.5043e-7, 5.4093e-7]),
    (24, [7.1938e-7, 5.1454e-7, 7.0258e-7, 5.0047e-7]),
    (25, [6.7736e-7, 4.7113e-7, 6.5167e-7, 4.6084e-7]),
];

/// Medians of 1 to 12 Hz in units of 1e-5, read from a published box plot.
#[rustfmt::skip]
const BY_STATE: [(char, [f64; 12]); 3] = [
    ('w', [0.921, 0.793, 0.793, 0.750, 0.707, 0.664, 0.664, 0.707, 0.621, 0.450, 0.321, 0.236]),
    ('n', [0.755, 1.964, 1.921, 1.964, 1.705, 1.360, 1.403, 1.403, 1.058, 0.755, 0.583, 0.453]),
    ('r', [0.540, 0.583, 0.626, 0.669, 0.540, 0.583, 1.144, 1.619, 0.885, 0.453, 0.281, 0.237]),
];

/// Frequency; mean, standard deviation and quartiles of the test mouse with its invalid rows.
/// The figures up to 10 Hz were published with six decimals.
#[rustfmt::skip]
const TEST_MOUSE: [(usize, [f64; 5]); 19] = [
    (1, [-2.3e-5, 3.534e-3, 5e-6, 1.2e-5, 2.6e-5]),
    (2, [1.5e-5, 1.8e-5, 5e-6, 9e-6, 1.8e-5]),
    (3, [1.6e-5, 1.8e-5, 5e-6, 1e-5, 2e-5]),
    (4, [1.6e-5, 1.6e-5, 5e-6, 1e-5, 2e-5]),
    (5, [1.4e-5, 1.4e-5, 5e-6, 9e-6, 1.8e-5]),
    (6, [1.2e-5, 1.1e-5, 4e-6, 8e-6, 1.5e-5]),
    (7, [1.3e-5, 1.2e-5, 5e-6, 9e-6, 1.6e-5]),
    (8, [1.3e-5, 1.2e-5, 5e-6, 9e-6, 1.6e-5]),
    (9, [1e-5, 9e-6, 4e-6, 7e-6, 1.3e-5]),
    (10, [7e-6, 7e-6, 3e-6, 5e-6, 9e-6]),
    (92, [9.927835e-9, 8.60205e-9, 4.278843e-9, 7.447277e-9, 1.275024e-8]),
    (93, [7.624872e-9, 6.664576e-9, 3.244971e-9, 5.702682e-9, 9.848925e-9]),
    (94, [5.687167e-9, 4.960118e-9, 2.438945e-9, 4.262453e-9, 7.30107e-9]),
    (95, [4.156366e-9, 3.668513e-9, 1.796409e-9, 3.12129e-9, 5.344233e-9]),
    (96, [3.009007e-9, 2.606265e-9, 1.308106e-9, 2.265915e-9, 3.873223e-9]),
    (97, [2.124984e-9, 1.796833e-9, 9.408982e-10, 1.610378e-9, 2.741333e-9]),
    (98, [1.519217e-9, 1.273646e-9, 6.787478e-10, 1.155194e-9, 1.956633e-9]),
    (99, [1.131444e-9, 9.540812e-10, 5.071618e-10, 8.629032e-10, 1.452218e-9]),
    (100, [1.037376e-9, 8.455716e-10, 4.835167e-10, 8.128287e-10, 1.331247e-9]),
];

/// Levels are calibrated to the moments. What is left is chance (heavy tails in 40 863 dependent
/// rows) and, in the quartiles, the shape of the distributions.
#[test]
fn pooled_moments_are_the_published_ones() {
    for (k, published) in POOLED {
        let got = describe(pooled().map(|(_, row)| row[k - 1]));
        near(&format!("mean of {k} Hz"), got[0], published[0], 0.03);
        // The tail of the first column is a handful of artefacts.
        let tolerance = if k == 1 { 0.2 } else { 0.05 };
        near(&format!("std of {k} Hz"), got[1], published[1], tolerance);
        for (name, i) in [("25 %", 2), ("50 %", 3), ("75 %", 4)] {
            near(&format!("{name} of {k} Hz"), got[i], published[i], 0.1);
        }
    }
}

#[test]
fn means_by_mouse_are_the_published_ones() {
    for (k, published) in BY_MOUSE {
        for mouse in 0..2 {
            let got = describe(made()[mouse].1.iter().map(|row| row[k - 1]));
            near(
                &format!("mean of mouse {}, {k} Hz", mouse + 1),
                got[0],
                published[2 * mouse],
                0.04,
            );
            let tolerance = if k == 1 { 0.25 } else { 0.1 };
            let what = format!("std of mouse {}, {k} Hz", mouse + 1);
            near(&what, got[1], published[2 * mouse + 1], tolerance);
        }
    }
}

/// The published medians are read off a picture (to .02), and were bent a little so that the
/// columns rank by ANOVA as published.
#[test]
fn medians_by_state_are_the_published_ones() {
    for (state, medians) in BY_STATE {
        for (k, median) in (1..).zip(medians) {
            let got = describe(pooled().filter(|row| row.0 == state).map(|(_, row)| row[k - 1]));
            near(&format!("median of {state}, {k} Hz"), got[3], median * 1e-5, 0.15);
        }
    }
}

#[test]
fn test_mouse_is_described_as_published() {
    let rows = &made()[2].1;
    assert_eq!(rows.len(), 80109);
    let invalid: Vec<&Row> = rows.iter().filter(|row| row.iter().any(|&x| x <= 0.0)).collect();
    assert_eq!(invalid.len(), 16);
    for row in invalid {
        assert_eq!((row[0], row[100]), (-0.25, -1.0));
        assert!(row[1..100].iter().all(|&x| x == 0.0));
    }
    for (k, published) in TEST_MOUSE {
        let got = describe(rows.iter().map(|row| row[k - 1]));
        for (i, (&got, published)) in got.iter().zip(published).enumerate() {
            let (what, printed_to) =
                (format!("figure {i} of {k} Hz"), if k <= 10 { 5e-7 } else { 0.0 });
            let off = (got - published).abs();
            // As in the pooled figures: moments are calibrated, quartiles are not.
            let tolerance = if k == 1 || i >= 2 { 0.1 } else { 0.03 };
            assert!(
                off <= printed_to + tolerance * published.abs(),
                "{what}: {got:e} of {published:e}"
            );
        }
    }
}

/// The F value of scikit-learn's `f_classif`, up to a factor that all columns share.
#[test]
fn columns_rank_by_anova_as_published() {
    let f = |k: usize| {
        let groups = ['n', 'r', 'w'].map(|state| {
            describe(pooled().filter(|row| row.0 == state).map(|(_, row)| row[k - 1]))
        });
        let counts = [13664.0, 2839.0, 24360.0];
        let mean = describe(pooled().map(|(_, row)| row[k - 1]))[0];
        let sum = |part: &dyn Fn(&[f64; 5], f64) -> f64| -> f64 {
            groups.iter().zip(counts).map(|(group, count)| part(group, count)).sum()
        };
        sum(&|group, count| count * (group[0] - mean).powi(2))
            / sum(&|group, count| (count - 1.0) * group[1].powi(2))
    };
    let mut ranked: Vec<(usize, f64)> = (1..=101).map(|k| (k, f(k))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = |count: usize| -> Vec<usize> { ranked[..count].iter().map(|pair| pair.0).collect() };
    assert_eq!(best(1), [4]);
    for k in [4, 3, 2, 8, 14, 15, 5, 16, 17, 13] {
        assert!(best(10).contains(&k), "{k} Hz is not among the ten best: {:?}", best(10));
    }
    let top = best(25);
    assert!((6..=9).chain(11..=22).all(|k| top.contains(&k)), "{top:?}");
    assert!((70..=78).filter(|k| top.contains(k)).count() >= 3, "{top:?}");
    assert!(!top.contains(&1) && !top.contains(&10), "{top:?}");
}

/// FNV-1a over the bits of all amplitudes. A change here needs a new `constants::VERSION`.
fn hash(rows: &[Row]) -> u64 {
    let bytes = rows.iter().flatten().flat_map(|x| x.to_bits().to_le_bytes());
    bytes
        .fold(0xcbf29ce484222325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100000001b3))
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    assert_eq!(hash(&made()[0].1), 16897669974666195164);
    assert_eq!(hash(&made()[1].1), 12563267718108530841);
    assert_eq!(hash(&made()[2].1), 2163558181997053925);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let second = alone.install(|| simulate(Mouse::Second, SEED));
    assert!(second.amplitudes == made()[1].1 && second.states.as_ref() == Some(&made()[1].0));
    assert_ne!(simulate(Mouse::Second, SEED + 1).amplitudes, second.amplitudes);
}

#[test]
fn own_files_are_taken_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join(FILE_NAMES[0]);
    let deeper = folder.path().join("sleep-stages").join(FILE_NAMES[2]);
    std::fs::create_dir_all(deeper.parent().unwrap()).unwrap();
    std::fs::write(&own, "mine").unwrap();
    std::fs::write(&deeper, "mine too").unwrap();
    // Two at once, as two notebooks may do.
    let both: Vec<Files> = std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(|| files(Some(folder.path())).unwrap()));
        threads.map(|thread| thread.join().unwrap()).into()
    });
    assert_eq!(both[0], both[1]);
    assert_eq!(both[0].simulated, [false, true, false]);
    assert_eq!(std::fs::read_to_string(&both[0].paths[0]).unwrap(), "mine");
    assert_eq!(std::fs::read_to_string(&both[0].paths[2]).unwrap(), "mine too");
    let made_in = both[0].paths[1].parent().unwrap();
    assert_eq!(std::fs::read_dir(made_in).unwrap().count(), 1, "parts are left over");
    // The file holds the recording to the last bit.
    let text = std::fs::read_to_string(&both[0].paths[1]).unwrap();
    let (states, rows) = &made()[1];
    assert_eq!(text.lines().count(), 20606);
    for ((line, state), row) in text.lines().skip(1).zip(states).zip(rows) {
        let mut cells = line.split(',');
        assert_eq!(cells.next(), Some(state.to_string().as_str()));
        assert!(cells.map(|cell| cell.parse::<f64>().unwrap()).eq(row.iter().copied()));
    }
    // What is there is not made again.
    std::fs::write(&both[0].paths[1], "changed").unwrap();
    let again = files(Some(folder.path())).unwrap();
    assert_eq!(std::fs::read_to_string(&again.paths[1]).unwrap(), "changed");
}

#[test]
fn quick_files_are_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let quick = quick_files(Some(folder.path())).unwrap();
    for (path, text) in quick.paths.iter().zip(super::files::SAMPLE) {
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    }
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let short = Recording { states: Some(vec!['w']), amplitudes: vec![[0.0; 101]; 2] };
    let error = write_csv(&short, &folder.path().join("short.csv")).unwrap_err();
    assert!(error.to_string().contains("2 rows"), "{error}");
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let whole = Recording { states: None, amplitudes: vec![[0.0; 101]; 2] };
    let error = write_csv(&whole, &blocked.join("below.csv")).unwrap_err();
    assert!(matches!(error, crate::Error::Io { .. }), "{error}");
}
