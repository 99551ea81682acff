//! Pictures in another size, as TensorFlow's `tf.image.resize` makes them.

/// How a picture is resized, as `tf.image.ResizeMethod`. The numbers are those of `tf.image.resize` with `antialias=False`,
/// which Keras' `image_dataset_from_directory` calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ResizeMethod {
    /// Between the four nearest pixels, with half-pixel centres. Pixels in between are left out
    /// where a picture becomes much smaller; [`Area`](Self::Area) takes all.
    #[default]
    Bilinear,
    /// The nearest pixel, with half-pixel centres.
    Nearest,
    /// The mean of all pixels that a new pixel covers, each by its covered share.
    Area,
}

/// Two pixels along one axis, and the share of the second.
#[derive(Clone, Copy)]
struct Between {
    low: usize,
    high: usize,
    share: f32,
}

/// The pixels along one axis that a new pixel covers, and the shares of the first and the last.
struct Covered {
    first: usize,
    shares: Vec<f64>,
}

/// Resizes `pixels` of (height, width) into `out` of (new height, new width), both row-major with
/// `channels` values a pixel.
pub(super) fn resize(
    pixels: &[u8],
    from: (usize, usize),
    out: &mut [f32],
    to: (usize, usize),
    channels: usize,
    interpolation: ResizeMethod,
) {
    match interpolation {
        // Equal sizes give the picture itself with each of them.
        _ if from == to => {
            for (new, &old) in out.iter_mut().zip(pixels) {
                *new = f32::from(old);
            }
        }
        ResizeMethod::Bilinear => bilinear(pixels, from, out, to, channels),
        ResizeMethod::Nearest => nearest(pixels, from, out, to, channels),
        ResizeMethod::Area => area(pixels, from, out, to, channels),
    }
}

fn bilinear(
    pixels: &[u8],
    from: (usize, usize),
    out: &mut [f32],
    to: (usize, usize),
    channels: usize,
) {
    let columns: Vec<Between> = (0..to.1).map(|x| between(x, from.1, to.1)).collect();
    let stride = from.1 * channels;
    for (y, row) in out.chunks_exact_mut(to.1 * channels).enumerate() {
        let at = between(y, from.0, to.0);
        let top = &pixels[at.low * stride..(at.low + 1) * stride];
        let bottom = &pixels[at.high * stride..(at.high + 1) * stride];
        for (new, column) in row.chunks_exact_mut(channels).zip(&columns) {
            let (left, right) = (column.low * channels, column.high * channels);
            for (c, value) in new.iter_mut().enumerate() {
                let mix = |row: &[u8]| {
                    let (a, b) = (f32::from(row[left + c]), f32::from(row[right + c]));
                    a + (b - a) * column.share
                };
                let (above, below) = (mix(top), mix(bottom));
                *value = above + (below - above) * at.share;
            }
        }
    }
}

/// Where the centre of new pixel `i` lies among the old ones (TensorFlow computes it in `f32`).
fn between(i: usize, old: usize, new: usize) -> Between {
    let place = (i as f32 + 0.5) * (old as f32 / new as f32) - 0.5;
    let floor = place.floor();
    let last = old - 1;
    Between {
        low: (floor.max(0.0) as usize).min(last),
        high: (place.ceil().max(0.0) as usize).min(last),
        share: place - floor,
    }
}

fn nearest(
    pixels: &[u8],
    from: (usize, usize),
    out: &mut [f32],
    to: (usize, usize),
    channels: usize,
) {
    let place = |i: usize, old: usize, new: usize| {
        let place = (i as f32 + 0.5) * (old as f32 / new as f32);
        (place.floor() as usize).min(old - 1)
    };
    let columns: Vec<usize> = (0..to.1).map(|x| place(x, from.1, to.1) * channels).collect();
    for (y, row) in out.chunks_exact_mut(to.1 * channels).enumerate() {
        let start = place(y, from.0, to.0) * from.1 * channels;
        for (new, &column) in row.chunks_exact_mut(channels).zip(&columns) {
            let old = &pixels[start + column..start + column + channels];
            for (value, &old) in new.iter_mut().zip(old) {
                *value = f32::from(old);
            }
        }
    }
}

/// Sums in double precision: whatever the number of shares, its error is far below the distance of
/// two `f32`, so that a mean of pixels never lies beyond them.
fn area(pixels: &[u8], from: (usize, usize), out: &mut [f32], to: (usize, usize), channels: usize) {
    let columns: Vec<Covered> = (0..to.1).map(|x| covered(x, from.1, to.1)).collect();
    let mut sums = vec![0.0; to.1 * channels];
    for (y, row) in out.chunks_exact_mut(to.1 * channels).enumerate() {
        let rows = covered(y, from.0, to.0);
        sums.fill(0.0);
        for (dy, share) in rows.shares.iter().enumerate() {
            let old = &pixels[(rows.first + dy) * from.1 * channels..][..from.1 * channels];
            for (sum, column) in sums.chunks_exact_mut(channels).zip(&columns) {
                let old = old[column.first * channels..].chunks_exact(channels);
                for (old, weight) in old.zip(&column.shares) {
                    for (sum, &old) in sum.iter_mut().zip(old) {
                        *sum += f64::from(old) * weight * share;
                    }
                }
            }
        }
        for (new, &sum) in row.iter_mut().zip(&sums) {
            *new = sum as f32;
        }
    }
}

/// The old pixels under new pixel `i`; the shares add up to 1.
fn covered(i: usize, old: usize, new: usize) -> Covered {
    let scale = old as f64 / new as f64;
    let (start, end) = (i as f64 * scale, (i + 1) as f64 * scale);
    let first = (start.floor() as usize).min(old - 1);
    let last = (end.ceil() as usize).clamp(first + 1, old);
    let share = |p: usize| {
        let inside = end.min((p + 1) as f64) - start.max(p as f64);
        inside.max(0.0)
    };
    // Divided by their sum and not by `scale`, from which rounding may set it apart.
    let mut shares: Vec<f64> = (first..last).map(share).collect();
    let sum: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|s| *s /= sum);
    Covered { first, shares }
}
