//! Masks as values of a graph, of shape (samples, steps): true where a step counts.

use super::layers::{Flow, Step};
use super::steps::beside_features;
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph, Kind};

impl Step<'_> {
    /// The mask that the layer makes of its input.
    pub(super) fn made_mask(&self, graph: &mut Graph, flow: Flow) -> Result<String> {
        let flow = flow.channels_last(graph);
        if self.class != "Masking" {
            // An embedding's: every number but 0.
            let zero = graph.scalar(0.0);
            let hidden = graph.node("Equal", &[flow.value(), &zero], &[]);
            return Ok(graph.node("Not", &[&hidden], &[]));
        }
        let value: f32 = self.setting("mask_value")?;
        let value = graph.scalar(value);
        let hidden = graph.node("Equal", &[flow.value(), &value], &[]);
        let cast = |kind: Kind| [Attribute::Int("to", kind as i64)];
        let hidden = graph.node("Cast", &[&hidden], &cast(Kind::Float));
        // 1 where all features of the step have the value.
        let along = [Attribute::Ints("axes", &[2]), Attribute::Int("keepdims", 0)];
        let hidden = graph.node("ReduceMin", &[&hidden], &along);
        let hidden = graph.node("Cast", &[&hidden], &cast(Kind::Bool));
        Ok(graph.node("Not", &[&hidden], &[]))
    }

    /// The input with zeros in the steps that do not count.
    pub(super) fn masking(&self, graph: &mut Graph, flow: Flow) -> Result<Flow> {
        let flow = flow.channels_last(graph);
        let mask = self.made_mask(graph, flow.clone())?;
        Ok(self.only_counted(graph, flow, &mask))
    }

    fn only_counted(&self, graph: &mut Graph, flow: Flow, mask: &str) -> Flow {
        let mask = beside_features(graph, mask, self.name);
        let zero = graph.scalar(0.0);
        let value = graph.node("Where", &[&mask, flow.value(), &zero], &[]);
        flow.become_value(value)
    }

    /// The average of the steps that count, 0 where none does.
    pub(super) fn masked_average(&self, graph: &mut Graph, flow: Flow) -> Flow {
        let flow = flow.channels_last(graph);
        let Some(mask) = self.mask() else { return flow };
        let keep = i64::from(self.output.len() == flow.shape().len());
        let flow = self.only_counted(graph, flow, mask);
        let axis = graph.ints(&format!("{}/steps", self.name), &[1]);
        let sum = |graph: &mut Graph, value: &str, keep: i64| {
            graph.node("ReduceSum", &[value, &axis], &[Attribute::Int("keepdims", keep)])
        };
        let sums = sum(graph, flow.value(), keep);
        let counts = [Attribute::Int("to", Kind::Float as i64)];
        let counts = graph.node("Cast", &[mask], &counts);
        let counts = beside_features(graph, &counts, self.name);
        let counts = sum(graph, &counts, keep);
        let one = graph.scalar(1.0);
        let counts = graph.node("Max", &[&counts, &one], &[]);
        Flow::new(graph.node("Div", &[&sums, &counts], &[]), self.output)
    }

    /// What attention does not look at gets the lowest score: masked steps, whether they look or
    /// are looked at, and later ones where it looks back only.
    pub(super) fn only_seen(
        &self,
        graph: &mut Graph,
        scores: String,
        [looking, looked_at]: [usize; 2],
    ) -> String {
        let mut seen = Vec::new();
        let last = self.masks.len().saturating_sub(1);
        // Query, value and key, of which the last given is the others too.
        for input in 0..3 {
            let Some(Some(mask)) = self.masks.get(input.min(last)) else { continue };
            if input > last.max(1) {
                continue;
            }
            let axes = if input == 0 { [1, 3] } else { [1, 2] };
            let axes = graph.ints(&format!("{}/mask_axes_{input}", self.name), &axes);
            seen.push(graph.node("Unsqueeze", &[mask, &axes], &[]));
        }
        if self.causal {
            let places = (0..looking * looked_at).map(|at| at % looked_at <= at / looked_at);
            let places: Vec<bool> = places.collect();
            let shape = [1, 1, looking, looked_at];
            seen.push(graph.bools(&format!("{}/earlier", self.name), &shape, &places));
        }
        let all = seen.into_iter().reduce(|a, b| graph.node("And", &[&a, &b], &[]));
        let Some(all) = all else { return scores };
        let hidden = graph.scalar(crate::nn::HIDDEN);
        graph.node("Where", &[&all, &scores, &hidden], &[])
    }
}
