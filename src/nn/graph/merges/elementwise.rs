//! What all merges of values at the same place share. An axis of length 1 stands for all places
//! along it, as in Keras.

use crate::error::{Error, Result};
use crate::kernels::vectorized;
use crate::nn::graph::merge::{MergeBackward, MergeForward, MergeInputs, MergeOp, Merging};
use crate::nn::{MaskFlow, Op};

/// How values at the same place become one.
pub(super) trait Rule: Copy + Send + Sync + 'static {
    /// Takes the value of a further input into what those before came to.
    fn join(self, before: f32, value: f32) -> f32;

    /// A factor on the result of this many inputs.
    fn factor(self, _inputs: usize) -> f32 {
        1.0
    }

    /// The factor of an input in the gradient, whatever the values are.
    fn share(self, _input: usize, inputs: usize) -> f32 {
        self.factor(inputs)
    }

    /// Whether the gradient depends on the values.
    const BY_VALUE: bool = false;

    /// What is left of a gradient in view of the value of another input (`before` the input in
    /// question, or behind it).
    fn beside(self, gradient: f32, _other: f32, _y: f32, _before: bool) -> f32 {
        gradient
    }

    /// What is left of a gradient in view of the input's own value.
    fn own(self, gradient: f32, _value: f32, _y: f32) -> f32 {
        gradient
    }

    /// Whether steps that a mask of their input hides are left out, as Keras does where there is no
    /// number that changes nothing; a factor on the first input then, for where all are hidden.
    const LEAVES_OUT: Option<f32> = None;
}

/// The operation of a rule for inputs of these shapes.
pub(super) fn build<R: Rule>(who: &str, rule: R, inputs: &[&[usize]]) -> Result<Box<dyn Op>> {
    let Some((first, others)) = inputs.split_first() else { return Err(too_few(who, 0, 1)) };
    let mut output = first.to_vec();
    for shape in others {
        output = broadcast(&output, shape).ok_or_else(|| {
            let expected = format!(
                "it is merged with {output:?}: axes, counted from the last, must be as long or of \
                 length 1"
            );
            Error::shape(who, shape, expected)
        })?;
    }
    let spread: Vec<Option<Vec<u32>>> = inputs.iter().map(|shape| places(shape, &output)).collect();
    let sizes = inputs.iter().map(|shape| shape.iter().product()).collect();
    let size: usize = output.iter().product();
    let plain = spread.iter().all(Option::is_none);
    let scratch = if plain { 0 } else { size };
    let merging = Elementwise { rule, size, sizes, spread, plain };
    Ok(Box::new(MergeOp { merging, output, scratch, mask_flow: MaskFlow::Passes }))
}

/// The error of a merge of too few inputs.
pub(super) fn too_few(who: &str, got: usize, least: usize) -> Error {
    let expected = format!("at least {least}");
    Error::argument(format!("{who}: the number of inputs"), got, expected)
}

/// The shape in which two shapes meet.
fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let mut shape = long.to_vec();
    for (length, other) in shape[long.len() - short.len()..].iter_mut().zip(short) {
        *length = match (*length, *other) {
            (1, n) | (n, 1) => n,
            (n, m) if n == m => n,
            _ => return None,
        };
    }
    Some(shape)
}

/// For each value of the output the place of the input's value; none where it is the same.
fn places(input: &[usize], output: &[usize]) -> Option<Vec<u32>> {
    if input.iter().product::<usize>() == output.iter().product::<usize>() {
        return None;
    }
    let missing = output.len() - input.len();
    let mut strides = vec![0usize; output.len()];
    let mut stride = 1;
    for (axis, length) in input.iter().enumerate().rev() {
        strides[missing + axis] = if *length == 1 { 0 } else { stride };
        stride *= length;
    }
    let place = |mut flat: usize| {
        let mut at = 0;
        for (length, stride) in output.iter().zip(&strides).rev() {
            at += flat % length * stride;
            flat /= length;
        }
        at as u32
    };
    Some((0..output.iter().product()).map(place).collect())
}

struct Elementwise<R> {
    rule: R,
    /// Values of an output sample.
    size: usize,
    /// Values of a sample of each input.
    sizes: Vec<usize>,
    spread: Vec<Option<Vec<u32>>>,
    /// Whether all inputs have the output's size.
    plain: bool,
}

impl<R: Rule> Elementwise<R> {
    /// All samples as one where nothing is spread, else each by itself: how many, and values each.
    fn parts(&self, rows: usize) -> (usize, usize) {
        if self.plain { (1, rows * self.size) } else { (rows, self.size) }
    }

    /// The values of an input for one part.
    fn part<'a>(
        &self,
        inputs: &'a dyn MergeInputs,
        input: usize,
        part: usize,
        size: usize,
    ) -> &'a [f32] {
        let size = if self.plain { size } else { self.sizes[input] };
        &inputs.get(input)[part * size..][..size]
    }

    /// Takes the values of an input into `to`, place by place.
    #[inline(always)]
    fn each(
        &self,
        input: usize,
        x: &[f32],
        to: &mut [f32],
        mut take: impl FnMut(&mut f32, f32, usize),
    ) {
        match &self.spread[input] {
            None => vectorized(|| {
                to.iter_mut().zip(x).enumerate().for_each(|(i, (to, x))| take(to, *x, i));
            }),
            Some(places) => {
                to.iter_mut()
                    .zip(places)
                    .enumerate()
                    .for_each(|(i, (to, p))| take(to, x[*p as usize], i));
            }
        }
    }
}

/// With masks: value by value, since each input has its own.
impl<R: Rule> Elementwise<R> {
    fn is_masked(&self, inputs: &dyn MergeInputs) -> bool {
        (0..self.sizes.len()).any(|input| inputs.mask(input).is_some())
    }

    /// The value of an input that goes into a place of the output of a sample; none if its step is
    /// hidden.
    fn seen(
        &self,
        inputs: &dyn MergeInputs,
        input: usize,
        rows: usize,
        [row, place]: [usize; 2],
    ) -> Option<f32> {
        let own = self.place(input, place);
        let counts = inputs.mask(input).is_none_or(|mask| {
            let steps = mask.len() / rows;
            mask[row * steps + own * steps / self.sizes[input]] != 0.0
        });
        counts.then(|| inputs.get(input)[row * self.sizes[input] + own])
    }

    /// Where the value of an input stands that goes into a place of the output.
    fn place(&self, input: usize, place: usize) -> usize {
        self.spread[input].as_ref().map_or(place, |places| places[place] as usize)
    }

    fn masked_forward(&self, rows: usize, inputs: &dyn MergeInputs, y: &mut [f32], first: f32) {
        for (at, y) in y.iter_mut().enumerate() {
            let at = [at / self.size, at % self.size];
            let seen = (0..self.sizes.len()).filter_map(|i| self.seen(inputs, i, rows, at));
            let joined = seen.reduce(|before, value| self.rule.join(before, value));
            let hidden = || inputs.get(0)[at[0] * self.sizes[0] + self.place(0, at[1])];
            *y = joined.unwrap_or_else(|| first * hidden());
        }
    }

    fn masked_backward(
        &self,
        rows: usize,
        inputs: &dyn MergeInputs,
        input: usize,
        [y, dy]: [&[f32]; 2],
        dx: &mut [f32],
        first: f32,
    ) {
        dx.fill(0.0);
        for (at, (y, dy)) in y.iter().zip(dy).enumerate() {
            let at = [at / self.size, at % self.size];
            let seen = |input| self.seen(inputs, input, rows, at);
            let gradient = match seen(input) {
                Some(value) => {
                    let others = (0..self.sizes.len()).filter(|i| *i != input);
                    let others = others.filter_map(|i| Some((i < input, seen(i)?)));
                    let own = self.rule.own(*dy, value, *y);
                    others.fold(own, |g, (before, x)| self.rule.beside(g, x, *y, before))
                }
                None if input == 0 && (1..self.sizes.len()).all(|i| seen(i).is_none()) => {
                    first * dy
                }
                None => continue,
            };
            dx[at[0] * self.sizes[input] + self.place(input, at[1])] += gradient;
        }
    }
}

impl<R: Rule> Merging for Elementwise<R> {
    fn forward(&self, pass: MergeForward<'_>) {
        let MergeForward { rows, inputs, y, .. } = pass;
        if let Some(first) = R::LEAVES_OUT.filter(|_| self.is_masked(inputs)) {
            return self.masked_forward(rows, inputs, y, first);
        }
        let (rule, count) = (self.rule, self.sizes.len());
        let (parts, size) = self.parts(rows);
        let factor = rule.factor(count);
        for part in 0..parts {
            let y = &mut y[part * size..][..size];
            self.each(0, self.part(inputs, 0, part, size), y, |y, x, _| *y = x);
            for input in 1..count {
                let x = self.part(inputs, input, part, size);
                self.each(input, x, y, |y, x, _| *y = rule.join(*y, x));
            }
            if factor != 1.0 {
                vectorized(|| y.iter_mut().for_each(|y| *y *= factor));
            }
        }
    }

    fn backward(&self, pass: MergeBackward<'_>) {
        let MergeBackward { rows, inputs, input, y, dy, dx, scratch, .. } = pass;
        if let Some(first) = R::LEAVES_OUT.filter(|_| self.is_masked(inputs)) {
            return self.masked_backward(rows, inputs, input, [y, dy], dx, first);
        }
        let (rule, count) = (self.rule, self.sizes.len());
        let share = rule.share(input, count);
        let (parts, size) = self.parts(rows);
        for part in 0..parts {
            let (dy, y) = (&dy[part * size..][..size], &y[part * size..][..size]);
            let own = if self.plain { size } else { self.sizes[input] };
            let dx = &mut dx[part * own..][..own];
            let spread = self.spread[input].as_deref();
            let to = if spread.is_some() { &mut scratch[..size] } else { &mut dx[..] };
            vectorized(|| to.iter_mut().zip(dy).for_each(|(to, dy)| *to = dy * share));
            if R::BY_VALUE {
                for other in 0..count {
                    let x = self.part(inputs, other, part, size);
                    if other == input {
                        self.each(other, x, to, |to, x, i| *to = rule.own(*to, x, y[i]));
                    } else {
                        let before = other < input;
                        self.each(other, x, to, |to, x, i| *to = rule.beside(*to, x, y[i], before));
                    }
                }
            }
            if let Some(places) = spread {
                dx.fill(0.0);
                places.iter().zip(&scratch[..size]).for_each(|(p, g)| dx[*p as usize] += g);
            }
        }
    }
}
