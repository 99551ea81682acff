//! Layers that permute, repeat, pad or crop samples: each output is a value of the input, or 0.

pub mod cropping;
pub mod permute;
pub mod repeat_vector;
pub mod up_sampling;
pub mod zero_padding;

use crate::error::{Error, Result};
use crate::nn::layer::{Backward, Forward, Op};
use crate::nn::size::{LONGEST, MOST, volume};

/// Runs of neighbouring values, each from a place in the input.
struct Rearranged {
    output: Vec<usize>,
    run: usize,
    /// For each axis of the output except that of a run, the offset of each position in the input;
    /// none for padding.
    axes: Vec<Vec<Option<usize>>>,
}

impl Rearranged {
    /// # Errors
    /// If the output would be too large.
    fn boxed(class: &str, output: Vec<usize>, run: usize, axes: Axes<'_>) -> Result<Box<dyn Op>> {
        let longest = axes.iter().map(|(length, _)| *length).max().unwrap_or(0);
        if volume(&output).is_none() || longest > LONGEST {
            let expected = format!(
                "{MOST} values are the most there can be, and {LONGEST} positions along an axis"
            );
            return Err(Error::shape(format!("{class}: the output"), &output, expected));
        }
        let axes = axes.iter().map(|(length, place)| (0..*length).map(place).collect()).collect();
        Ok(Box::new(Rearranged { output, run, axes }))
    }
}

/// For each axis of the output except that of a run, its length and where each position lies in the
/// input.
type Axes<'a> = &'a [(usize, Place<'a>)];

type Place<'a> = &'a dyn Fn(usize) -> Option<usize>;

/// Calls `work(place in the output, place in the input)` for each run of a sample.
fn walk(
    axes: &[Vec<Option<usize>>],
    run: usize,
    from: Option<usize>,
    to: &mut usize,
    work: &mut impl FnMut(usize, Option<usize>),
) {
    match axes {
        [] => {
            work(*to, from);
            *to += run;
        }
        [axis, inner @ ..] => {
            for place in axis {
                walk(inner, run, from.zip(*place).map(|(a, b)| a + b), to, work);
            }
        }
    }
}

impl Op for Rearranged {
    fn output(&self) -> &[usize] {
        &self.output
    }

    fn forward(&self, pass: Forward<'_>) {
        let (n, len) = (self.run, self.output.iter().product::<usize>());
        let Some(input) = pass.x.len().checked_div(pass.rows) else { return };
        for (x, y) in pass.x.chunks_exact(input).zip(pass.y.chunks_exact_mut(len)) {
            walk(&self.axes, n, Some(0), &mut 0, &mut |to, from| match from {
                Some(from) => y[to..to + n].copy_from_slice(&x[from..from + n]),
                None => y[to..to + n].fill(0.0),
            });
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let (n, len) = (self.run, self.output.iter().product::<usize>());
        let (Some(dx), Some(input)) = (pass.dx, pass.x.len().checked_div(pass.rows)) else {
            return;
        };
        dx.fill(0.0);
        for (dx, dy) in dx.chunks_exact_mut(input).zip(pass.dy.chunks_exact(len)) {
            walk(&self.axes, n, Some(0), &mut 0, &mut |at, from| {
                if let Some(from) = from {
                    let to = dx[from..from + n].iter_mut();
                    to.zip(&dy[at..at + n]).for_each(|(t, d)| *t += d);
                }
            });
        }
    }
}

/// Steps at the beginning and at the end of a sequence: one number for both, or a pair.
#[derive(Clone, Copy, Debug)]
pub struct Ends(usize, usize);

impl From<usize> for Ends {
    fn from(both: usize) -> Self {
        Ends(both, both)
    }
}

impl From<(usize, usize)> for Ends {
    fn from((start, end): (usize, usize)) -> Self {
        Ends(start, end)
    }
}
