use super::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn noise(n: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    (0..n).map(|_| rng.gen_range(-1.0..1.0)).collect()
}

/// Calls `visit(output pixel, input pixel, tap)` for every product in the definition.
fn definition(
    conv: &Convolution,
    dilation: [usize; 2],
    mut visit: impl FnMut(usize, usize, usize),
) {
    let [height, width, _] = conv.input;
    let [rows, columns, _] = conv.output();
    for (r, c) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
        for ky in 0..conv.kernel[0] {
            for kx in 0..conv.kernel[1] {
                let y = (r * conv.strides[0] + ky * dilation[0]).wrapping_sub(conv.before[0]);
                let x = (c * conv.strides[1] + kx * dilation[1]).wrapping_sub(conv.before[1]);
                if y < height && x < width {
                    visit(r * columns + c, y * width + x, ky * conv.kernel[1] + kx);
                }
            }
        }
    }
}

fn close(got: &[f32], want: &[f64], what: &str) {
    for (got, want) in got.iter().zip(want) {
        assert!((*got as f64 - want).abs() < 1e-3, "{what}: {got} {want}");
    }
}

// 1e-3 absolute, because up to 3000 products of numbers below 1 are summed in f32: it leaves a
// margin over rounding and is far below the effect of one wrong product (1/4 on average).
#[test]
fn every_size_agrees_with_the_definition() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let (depths, filters) = ([1, 2, 3, 4, 7, 8, 16], [1, 2, 4, 5, 8, 11, 16, 17, 24, 28, 36]);
    let mut tried = 0;
    while tried < 300 {
        let depth = depths[rng.gen_range(0..depths.len())];
        let n = filters[rng.gen_range(0..filters.len())];
        let input = [rng.gen_range(1..18), rng.gen_range(1..30), depth];
        let kernel = [rng.gen_range(1..5), rng.gen_range(1..5)];
        let mut strides = [rng.gen_range(1..4), rng.gen_range(1..4)];
        let mut dilation = [1, 1];
        if rng.r#gen() {
            dilation = std::mem::replace(&mut strides, [1, 1]);
        }
        let same = rng.r#gen();
        let Some(conv) = Convolution::new(input, n, kernel, strides, dilation, same) else {
            continue;
        };
        tried += 1;
        let what = format!("{input:?} {n} {kernel:?} {strides:?} {dilation:?} {same}");
        let [rows, columns, _] = conv.output();
        if same {
            let expected = [input[0].div_ceil(strides[0]), input[1].div_ceil(strides[1])];
            assert_eq!([rows, columns], expected, "{what}");
        }
        let x = noise(input.iter().product(), &mut rng);
        let w = noise(conv.kernel_len(), &mut rng);
        let bias = noise(n, &mut rng);
        let dz = noise(rows * columns * n, &mut rng);
        let mut y: Vec<f64> = (0..dz.len()).map(|i| bias[i % n] as f64).collect();
        let mut dx = vec![0.0f64; x.len()];
        let mut dw = vec![1.0f64; w.len()];
        definition(&conv, dilation, |out, from, tap| {
            for c in 0..depth {
                for f in 0..n {
                    let (i, o, t) = (from * depth + c, out * n + f, (tap * depth + c) * n + f);
                    y[o] += x[i] as f64 * w[t] as f64;
                    dx[i] += dz[o] as f64 * w[t] as f64;
                    dw[t] += x[i] as f64 * dz[o] as f64;
                }
            }
        });
        let mut workspace = vec![f32::NAN; conv.workspace()];
        let mut work = conv.start(&mut workspace, Some(&w));
        let mut out = vec![f32::NAN; dz.len()];
        conv.forward(&mut work, &x, &w, Some(&bias), false, &mut out);
        close(&out, &y, &what);
        let framed = conv.framed(work.picture, &x).to_vec();
        portable::correlate(&conv.forward, &framed, &w, Some(&bias), false, &mut out);
        close(&out, &y, &what);
        conv.forward(&mut work, &x, &w, Some(&bias), true, &mut out);
        close(&out, &y.iter().map(|v| v.max(0.0)).collect::<Vec<_>>(), &what);
        let mut got = vec![f32::NAN; x.len()];
        conv.input_gradient(&mut work, &dz, &mut got);
        close(&got, &dx, &what);
        let mut got = vec![1.0; w.len()];
        conv.kernel_gradient(&mut work, &x, &dz, &mut got);
        close(&got, &dw, &what);
        got.fill(1.0);
        portable::correlate_kernel(&conv.forward, &framed, &dz, &mut got);
        close(&got, &dw, &what);
        let mut totals = vec![0.0; n];
        add_pixels(&dz, &mut totals);
        let sums = |f: usize| dz.iter().skip(f).step_by(n).map(|v| *v as f64).sum();
        close(&totals, &(0..n).map(sums).collect::<Vec<f64>>(), &what);
    }
}

#[test]
fn a_sum_that_is_no_number_stays_none() {
    let conv = Convolution::new([3, 3, 1], 2, [2, 2], [1, 1], [1, 1], false).unwrap();
    let mut workspace = vec![0.0; conv.workspace()];
    let mut work = conv.start(&mut workspace, None);
    let mut y = vec![0.0; 8];
    conv.forward(&mut work, &[f32::NAN; 9], &[1.0; 8], None, true, &mut y);
    assert!(y.iter().all(|v| v.is_nan()));
}
