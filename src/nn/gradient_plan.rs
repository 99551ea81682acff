//! Which buffer of a backward pass holds which gradient.

use super::network::{BuiltLayer, Port};

/// What is done with the gradient with respect to one input of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It is not needed: no layer before this one learns.
    Nowhere,
    /// It is written to this buffer, as the first gradient there.
    Write(usize),
    /// It is added to the gradients that other layers have written to this buffer.
    Add(usize),
}

/// Gradients with respect to the layers' outputs use as few buffers as possible: a buffer is free
/// again once its layer has passed the gradient on. A chain alternates between two.
#[derive(Debug)]
pub(crate) struct GradientPlan {
    /// The buffer of each layer's output.
    slots: Vec<usize>,
    /// What is done with the gradient with respect to each layer's inputs.
    flows: Vec<Vec<Flow>>,
    /// Whether the layer, or one that leads to it, learns.
    learns: Vec<bool>,
    /// Floats per sample in each buffer.
    sizes: Vec<usize>,
    /// Floats per sample in the buffer for gradients that are added.
    spare: usize,
}

impl GradientPlan {
    pub fn new(layers: &[BuiltLayer], outputs: &[usize]) -> Self {
        let mut plan = GradientPlan {
            slots: Vec::new(),
            flows: vec![Vec::new(); layers.len()],
            learns: Vec::with_capacity(layers.len()),
            sizes: Vec::new(),
            spare: 0,
        };
        for layer in layers {
            let before = |port: &Port| matches!(port, Port::Layer(from) if plan.learns[*from]);
            let learns = layer.learns() || layer.inputs.iter().any(before);
            plan.learns.push(learns);
        }
        let mut slots: Vec<Option<usize>> = vec![None; layers.len()];
        let mut free: Vec<bool> = Vec::new();
        let take = |sizes: &mut Vec<usize>, free: &mut Vec<bool>, size: usize| {
            let slot = free.iter().position(|free| *free).unwrap_or(free.len());
            if slot == free.len() {
                free.push(false);
                sizes.push(0);
            }
            free[slot] = false;
            sizes[slot] = sizes[slot].max(size);
            slot
        };
        for &output in outputs {
            slots[output] = Some(take(&mut plan.sizes, &mut free, layers[output].len()));
        }
        for (i, layer) in layers.iter().enumerate().rev() {
            for port in &layer.inputs {
                let flow = match *port {
                    Port::Input(_) => Flow::Nowhere,
                    Port::Layer(from) if !plan.learns[from] => Flow::Nowhere,
                    Port::Layer(from) => match slots[from] {
                        Some(slot) => {
                            plan.spare = plan.spare.max(layers[from].len());
                            Flow::Add(slot)
                        }
                        None => {
                            let slot = take(&mut plan.sizes, &mut free, layers[from].len());
                            slots[from] = Some(slot);
                            Flow::Write(slot)
                        }
                    },
                };
                plan.flows[i].push(flow);
            }
            if let Some(slot) = slots[i] {
                free[slot] = true;
            }
        }
        // Every layer leads to an output, so each layer that learns has a buffer.
        plan.slots = slots.into_iter().map(Option::unwrap_or_default).collect();
        plan
    }

    /// Whether the gradient with respect to a layer's output is needed.
    pub fn learns(&self, layer: usize) -> bool {
        self.learns[layer]
    }

    /// The buffer of the gradient with respect to a layer's output.
    pub fn slot(&self, layer: usize) -> usize {
        self.slots[layer]
    }

    /// What is done with the gradient with respect to an input of a layer.
    pub fn flow(&self, layer: usize, input: usize) -> Flow {
        self.flows[layer][input]
    }

    /// The buffers for this many samples.
    pub fn buffers(&self, rows: usize) -> Vec<Vec<f32>> {
        self.sizes.iter().map(|size| vec![0.0; size * rows]).collect()
    }

    /// A buffer for a gradient that is added to another.
    pub fn spare(&self, rows: usize) -> Vec<f32> {
        vec![0.0; self.spare * rows]
    }

    /// Floats per sample in all buffers.
    pub fn floats(&self) -> usize {
        self.sizes.iter().fold(self.spare, |sum, size| sum.saturating_add(*size))
    }
}
