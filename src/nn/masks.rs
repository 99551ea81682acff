//! Which steps of its sequences count, as Keras' masks: a layer makes a mask of its input, others
//! hand it on, and what takes sequences skips the steps that are masked.
//!
//! A mask has a value for each step of each sample: 1 where the step counts, else 0.

use super::layer::Op;
use super::network::{BuiltLayer, Port};

/// What becomes of the mask of a layer's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskFlow {
    /// Nothing behind the layer knows of it.
    Stops,
    /// The output has the same mask; of several inputs all must have one.
    Passes,
    /// The output has the mask of the first input, whatever the others have.
    PassesFirst,
    /// The output has a mask of the layer's own: [`Op::make_mask`].
    Makes,
    /// The layer's inputs must not have one.
    Refuses,
}

/// A mask of a network.
struct Mask {
    /// The layer at whose output it begins.
    layer: usize,
    steps: usize,
    /// The masks of which one must let a step count; none where the layer makes it.
    any: Vec<usize>,
}

/// All masks of a network.
#[derive(Default)]
pub(crate) struct Masks {
    masks: Vec<Mask>,
    /// The masks of each layer's inputs, and that of its output.
    inputs: Vec<Vec<Option<usize>>>,
    outputs: Vec<Option<usize>>,
}

impl Masks {
    pub fn of(layers: &[BuiltLayer]) -> Self {
        let mut all = Masks::default();
        for layer in layers {
            all.add(&layer.inputs, &*layer.op);
        }
        all
    }

    /// Counts a layer in, behind those before it.
    pub fn add(&mut self, inputs: &[Port], op: &dyn Op) {
        let taken: Vec<Option<usize>> = inputs.iter().map(|port| self.of_port(*port)).collect();
        let layer = self.outputs.len();
        let first = taken.first().copied().flatten();
        let output = match op.mask_flow() {
            MaskFlow::Stops | MaskFlow::Refuses => None,
            MaskFlow::Makes => {
                let steps = op.output().first().copied().unwrap_or(1);
                self.masks.push(Mask { layer, steps, any: Vec::new() });
                Some(self.masks.len() - 1)
            }
            MaskFlow::PassesFirst => first,
            MaskFlow::Passes if op.merging().is_none() => first,
            // A merge has a mask where each of its inputs has one.
            MaskFlow::Passes => {
                taken.iter().copied().collect::<Option<Vec<usize>>>().map(|mut any| {
                    any.sort_unstable();
                    any.dedup();
                    if any.len() > 1 {
                        let steps = self.masks[any[0]].steps;
                        self.masks.push(Mask { layer, steps, any });
                        return self.masks.len() - 1;
                    }
                    any[0]
                })
            }
        };
        // A mask is of the first axis: where that is another one, it ends.
        let fits = |mask: &usize| op.output().first() == Some(&self.masks[*mask].steps);
        self.outputs.push(output.filter(fits));
        self.inputs.push(taken);
    }

    fn of_port(&self, port: Port) -> Option<usize> {
        match port {
            Port::Input(_) => None,
            Port::Layer(layer) => self.outputs[layer],
        }
    }

    /// Whether any of these inputs has a mask.
    pub fn reach(&self, inputs: &[Port]) -> bool {
        inputs.iter().any(|port| self.of_port(*port).is_some())
    }

    /// The masks of a layer's inputs, by their numbers.
    pub fn of_inputs(&self, layer: usize) -> &[Option<usize>] {
        &self.inputs[layer]
    }

    /// The masks that begin at a layer, one number after the other: each with those of which one must
    /// let a step count, none where the layer makes it.
    pub fn beginning_at(&self, layer: usize) -> impl Iterator<Item = &[usize]> {
        self.masks.iter().filter(move |mask| mask.layer == layer).map(|mask| &mask.any[..])
    }

    /// Whether the output of a layer has a mask.
    pub fn at_output(&self, layer: usize) -> bool {
        self.outputs[layer].is_some()
    }

    /// The layers that make the masks of which one must let a step of a layer's output count.
    pub fn makers(&self, layer: usize) -> Vec<usize> {
        let mut open: Vec<usize> = self.outputs[layer].into_iter().collect();
        let (mut seen, mut makers) = (vec![false; self.masks.len()], Vec::new());
        while let Some(at) = open.pop() {
            let mask = &self.masks[at];
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            match mask.any.is_empty() {
                true => makers.push(mask.layer),
                false => open.extend(&mask.any),
            }
        }
        makers
    }

    /// Buffers for all masks of this many samples.
    pub fn buffers(&self, rows: usize) -> Vec<Vec<f32>> {
        self.masks.iter().map(|mask| vec![0.0; rows * mask.steps]).collect()
    }

    /// Values of a sample in all masks.
    pub fn floats(&self) -> usize {
        self.masks.iter().map(|mask| mask.steps).fold(0, usize::saturating_add)
    }

    /// The mask of one of a layer's inputs.
    pub fn input<'a>(
        &self,
        layer: usize,
        input: usize,
        rows: usize,
        buffers: &'a [Vec<f32>],
    ) -> Option<&'a [f32]> {
        self.view(self.inputs[layer].get(input).copied().flatten(), rows, buffers)
    }

    /// The mask of a layer's output.
    pub fn output<'a>(
        &self,
        layer: usize,
        rows: usize,
        buffers: &'a [Vec<f32>],
    ) -> Option<&'a [f32]> {
        self.view(self.outputs[layer], rows, buffers)
    }

    fn view<'a>(
        &self,
        mask: Option<usize>,
        rows: usize,
        buffers: &'a [Vec<f32>],
    ) -> Option<&'a [f32]> {
        mask.map(|mask| &buffers[mask][..rows * self.masks[mask].steps])
    }

    /// Computes what masks begin at a layer, from its input.
    pub fn compute(
        &self,
        layer: usize,
        op: &dyn Op,
        x: &[f32],
        rows: usize,
        buffers: &mut [Vec<f32>],
    ) {
        for (at, mask) in self.masks.iter().enumerate().filter(|(_, mask)| mask.layer == layer) {
            let (before, own) = buffers.split_at_mut(at);
            let own = &mut own[0][..rows * mask.steps];
            if mask.any.is_empty() {
                op.make_mask(x, own);
                continue;
            }
            own.fill(0.0);
            for other in &mask.any {
                own.iter_mut().zip(&before[*other]).for_each(|(own, other)| *own = own.max(*other));
            }
        }
    }
}
