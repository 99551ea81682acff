//! Pooling: windows over images (height, width, channels), reduced to their maximum or average for
//! each channel.

use super::conv2d::same_padding;
use super::vectorized;
use std::ops::Range;

/// The sizes of a pooling, computed once.
#[derive(Clone, Debug)]
pub struct Pooling {
    input: [usize; 3],
    output: [usize; 3],
    /// The input rows of each output row, and the input columns of each output column.
    rows: Vec<Range<usize>>,
    columns: Vec<Range<usize>>,
    /// Whether each input pixel is in exactly one window.
    tiles: bool,
}

impl Pooling {
    /// Pooling by windows of `pool` (height, width) over samples of shape `input`. With `same`,
    /// windows reach over the edges as in TensorFlow, so that there are `input / strides` of them,
    /// rounded up; pixels outside are left out. None if no window fits. No argument may be 0.
    pub fn new(
        input: [usize; 3],
        pool: [usize; 2],
        strides: [usize; 2],
        same: bool,
    ) -> Option<Self> {
        let axis = |a: usize| -> Option<Vec<Range<usize>>> {
            let (length, stride) = (input[a], strides[a]);
            let (count, before) = if same {
                (length.div_ceil(stride), same_padding(length, pool[a] - 1, stride).0)
            } else {
                (length.checked_sub(pool[a])? / stride + 1, 0)
            };
            let starts = (0..count).map(|i| i * stride);
            let range = |s: usize| s.saturating_sub(before)..(s + pool[a] - before).min(length);
            Some(starts.map(range).collect())
        };
        let (rows, columns) = (axis(0)?, axis(1)?);
        let tile = |ranges: &[Range<usize>], length: usize| {
            ranges.windows(2).all(|w| w[0].end == w[1].start)
                && ranges.last().is_some_and(|r| r.end == length)
        };
        Some(Pooling {
            input,
            output: [rows.len(), columns.len(), input[2]],
            tiles: tile(&rows, input[0]) && tile(&columns, input[1]),
            rows,
            columns,
        })
    }

    /// The height, width and channels of the output.
    pub fn output(&self) -> [usize; 3] {
        self.output
    }

    fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    /// Calls `work` for each window.
    #[inline(always)]
    fn windows(&self, mut work: impl FnMut(Window)) {
        let [_, width, channels] = self.input;
        let mut out = 0;
        for rows in &self.rows {
            for columns in &self.columns {
                let first = (rows.start * width + columns.start) * channels;
                let size = [rows.len(), columns.len()];
                work(Window { first, out, size, width, channels });
                out += channels;
            }
        }
    }

    /// Computes the maxima of one or several samples.
    pub fn max(&self, x: &[f32], y: &mut [f32]) {
        let samples = x.chunks_exact(self.input_len());
        for (x, y) in samples.zip(y.chunks_exact_mut(self.output_len())) {
            vectorized(|| self.windows(|window| in_widths(self.input[2], Max { window, x, y })));
        }
    }

    /// Passes each maximum's gradient to the first pixel that has it.
    pub fn max_backward(&self, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
        let n = self.input[2];
        let samples = x.chunks_exact(self.input_len()).zip(dx.chunks_exact_mut(self.input_len()));
        let outputs = y.chunks_exact(self.output_len()).zip(dy.chunks_exact(self.output_len()));
        for ((x, dx), (y, dy)) in samples.zip(outputs) {
            if self.tiles {
                vectorized(|| {
                    self.windows(|window| {
                        in_widths(n, MaxBackward::<false> { window, x, y, dy, dx });
                    })
                });
            } else {
                dx.fill(0.0);
                vectorized(|| {
                    self.windows(|window| {
                        in_widths(n, MaxBackward::<true> { window, x, y, dy, dx });
                    })
                });
            }
        }
    }

    /// Computes the averages of one or several samples, over the pixels inside the image.
    pub fn average(&self, x: &[f32], y: &mut [f32]) {
        let n = self.input[2];
        let samples = x.chunks_exact(self.input_len());
        for (x, y) in samples.zip(y.chunks_exact_mut(self.output_len())) {
            vectorized(|| {
                self.windows(|window| {
                    let out = &mut y[window.out..window.out + n];
                    out.fill(0.0);
                    window.pixels(|at| {
                        out.iter_mut().zip(&x[at..at + n]).for_each(|(o, v)| *o += v);
                    });
                    let share = 1.0 / (window.size[0] * window.size[1]) as f32;
                    out.iter_mut().for_each(|o| *o *= share);
                });
            });
        }
    }

    /// Distributes each average's gradient equally to its pixels.
    pub fn average_backward(&self, dy: &[f32], dx: &mut [f32]) {
        let n = self.input[2];
        dx.fill(0.0);
        let samples = dx.chunks_exact_mut(self.input_len());
        for (dx, dy) in samples.zip(dy.chunks_exact(self.output_len())) {
            vectorized(|| {
                self.windows(|window| {
                    let share = 1.0 / (window.size[0] * window.size[1]) as f32;
                    let from = &dy[window.out..window.out + n];
                    window.pixels(|at| {
                        let to = dx[at..at + n].iter_mut();
                        to.zip(from).for_each(|(t, d)| *t += d * share);
                    });
                });
            });
        }
    }
}

/// Work on `W` neighbouring channels of a window.
trait Channels {
    fn run<const W: usize>(&mut self, channel: usize);
}

/// Runs `work` for all channels, in steps whose width the compiler knows.
#[inline(always)]
fn in_widths(channels: usize, mut work: impl Channels) {
    let mut c = 0;
    while c + 8 <= channels {
        work.run::<8>(c);
        c += 8;
    }
    if c + 4 <= channels {
        work.run::<4>(c);
        c += 4;
    }
    while c < channels {
        work.run::<1>(c);
        c += 1;
    }
}

/// A window: the index of its first float in the image and in the output, its size, and the image's
/// width and channels.
#[derive(Clone, Copy)]
struct Window {
    first: usize,
    out: usize,
    size: [usize; 2],
    width: usize,
    channels: usize,
}

impl Window {
    /// The index of a pixel's first channel.
    #[inline(always)]
    fn pixel(&self, row: usize, column: usize) -> usize {
        self.first + (row * self.width + column) * self.channels
    }

    /// Calls `work` with the index of each pixel, row by row.
    #[inline(always)]
    fn pixels(&self, mut work: impl FnMut(usize)) {
        for row in 0..self.size[0] {
            (0..self.size[1]).for_each(|column| work(self.pixel(row, column)));
        }
    }
}

struct Max<'a> {
    window: Window,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Channels for Max<'_> {
    #[inline(always)]
    fn run<const W: usize>(&mut self, channel: usize) {
        let mut best = [f32::NEG_INFINITY; W];
        for row in 0..self.window.size[0] {
            for column in 0..self.window.size[1] {
                let at = self.window.pixel(row, column) + channel;
                let Some(x) = self.x[at..].first_chunk::<W>() else { return };
                // Written so that a NaN wins.
                best = std::array::from_fn(|l| if x[l] <= best[l] { best[l] } else { x[l] });
            }
        }
        self.y[self.window.out + channel..][..W].copy_from_slice(&best);
    }
}

/// The gradient of a maximum. With `ADD`, windows overlap, and a pixel's gradients are summed.
struct MaxBackward<'a, const ADD: bool> {
    window: Window,
    x: &'a [f32],
    y: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl<const ADD: bool> Channels for MaxBackward<'_, ADD> {
    #[inline(always)]
    fn run<const W: usize>(&mut self, channel: usize) {
        let out = self.window.out + channel;
        let (y, dy) = (&self.y[out..out + W], &self.dy[out..out + W]);
        let best: [f32; W] = std::array::from_fn(|l| y[l]);
        // The gradients that no pixel has taken yet.
        let mut left: [f32; W] = std::array::from_fn(|l| dy[l]);
        for row in 0..self.window.size[0] {
            for column in 0..self.window.size[1] {
                let at = self.window.pixel(row, column) + channel;
                let Some(x) = self.x[at..].first_chunk::<W>() else { return };
                let taken: [f32; W] =
                    std::array::from_fn(|l| if x[l] == best[l] { left[l] } else { 0.0 });
                left = std::array::from_fn(|l| left[l] - taken[l]);
                let dx: &mut [f32] = &mut self.dx[at..at + W];
                if ADD {
                    dx.iter_mut().zip(taken).for_each(|(d, v)| *d += v);
                } else {
                    dx.copy_from_slice(&taken);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_tensorflows() {
        let ranges = |length, pool, stride, same| {
            let p = Pooling::new([length, length, 1], [pool, pool], [stride, stride], same)?;
            Some(p.rows)
        };
        assert_eq!(ranges(5, 2, 2, false), Some(vec![0..2, 2..4]));
        assert_eq!(ranges(5, 2, 2, true), Some(vec![0..2, 2..4, 4..5]));
        assert_eq!(ranges(4, 3, 1, true), Some(vec![0..2, 0..3, 1..4, 2..4]));
        assert_eq!(ranges(5, 3, 2, true), Some(vec![0..2, 1..4, 3..5]));
        assert_eq!(ranges(5, 2, 4, true), Some(vec![0..2, 4..5]));
        assert_eq!(ranges(2, 3, 1, false), None);
    }

    #[test]
    fn the_first_of_equal_maxima_gets_the_gradient() {
        for channels in [1, 3, 4, 8, 13] {
            let p = Pooling::new([3, 2, channels], [2, 2], [2, 2], true).unwrap();
            let spread =
                |v: [f32; 6]| v.iter().flat_map(|v| vec![*v; channels]).collect::<Vec<_>>();
            let x = spread([1.0, 7.0, 7.0, 0.0, -3.0, -3.0]);
            let mut y = vec![0.0; 2 * channels];
            p.max(&x, &mut y);
            assert_eq!((y[0], y[2 * channels - 1]), (7.0, -3.0));
            let mut dx = vec![9.0; x.len()];
            p.max_backward(&x, &y, &vec![1.0; y.len()], &mut dx);
            assert_eq!(dx, spread([0.0, 1.0, 0.0, 0.0, 1.0, 0.0]));
        }
    }

    #[test]
    fn no_number_is_not_lost() {
        let p = Pooling::new([2, 2, 1], [2, 2], [2, 2], false).unwrap();
        let mut y = [0.0];
        p.max(&[1.0, 5.0, 2.0, f32::NAN], &mut y);
        assert!(y[0].is_nan());
    }
}
