//! Histograms of oriented gradients as operations of a graph.
//!
//! Angles are not computed: onnxruntime has no arctangent in double precision. A gradient is at or
//! above an edge between two orientations where its product with the edge's normal is not negative,
//! which is exact for the edges at 0, 45, 90 and 135 degrees, on which gradients of whole numbers lie.

use super::{Rows, cast};
use crate::data::{BlockNorm, Hog, HogPlan, hog_constants};
use crate::error::Result;
use crate::io::onnx::{Attribute, Graph, Kind};
use crate::memory;

/// The parts of a gradient at each pixel: (batch, height, width, 1).
struct Gradients {
    down: String,
    right: String,
    length: String,
}

impl Rows<'_> {
    /// Features of pictures of this shape.
    pub fn hog(&mut self, hog: &Hog, picture: &[usize]) -> Result<()> {
        let plan = hog.plan(picture)?;
        memory::check("Hog: the number of features", &[plan.features], size_of::<i64>())?;
        let gradients = self.gradients(&plan);
        let gradients = self.upper(gradients);
        let votes = self.votes(&plan, &gradients);
        self.value = self.histograms(&plan, &votes);
        self.blocks(&plan);
        self.shape = vec![plan.features];
        // As the library keeps them.
        let single = cast(self.graph, &self.value, Kind::Float);
        self.value = cast(self.graph, &single, Kind::Double);
        Ok(())
    }

    /// Differences of neighbours: whole numbers have the same ones in either precision, and those of
    /// others are rounded to single precision.
    fn gradients(&mut self, plan: &HogPlan) -> Gradients {
        let size = plan.size;
        let single = cast(self.graph, &self.value, Kind::Float);
        let shape = [size.height, size.width, size.channels];
        let shape = self.ints("pictures", [0].into_iter().chain(shape));
        let pixels = self.graph.node("Reshape", &[&single, &shape], &[]);
        let sides = [(1, size.height, "down"), (2, size.width, "right")];
        let [down, right, key] = if plan.sqrt {
            let whole = self.whole(&pixels);
            let double = cast(self.graph, &pixels, Kind::Double);
            let root = self.graph.node("Sqrt", &[&double], &[]);
            let rounded = cast(self.graph, &root, Kind::Float);
            let [down, right] = sides.map(|(axis, length, name)| {
                let exact = self.difference(&root, axis, length, name);
                let single = self.difference(&rounded, axis, length, name);
                let single = cast(self.graph, &single, Kind::Double);
                self.graph.node("Where", &[&whole, &exact, &single], &[])
            });
            let length = self.length(&down, &right);
            let single = cast(self.graph, &length, Kind::Float);
            let single = cast(self.graph, &single, Kind::Double);
            [down, right, self.graph.node("Where", &[&whole, &length, &single], &[])]
        } else {
            let [down, right] = sides.map(|(axis, length, name)| {
                let single = self.difference(&pixels, axis, length, name);
                cast(self.graph, &single, Kind::Double)
            });
            let length = self.length(&down, &right);
            // The lengths of whole numbers that differ do so in single precision as well.
            [down, right, cast(self.graph, &length, Kind::Float)]
        };
        let length = self.length(&down, &right);
        if size.channels == 1 {
            return Gradients { down, right, length };
        }
        // The channel with the longest one, the first of equals.
        let last = Attribute::Int("axis", 3);
        let longest = self.graph.node("ArgMax", &[&key], &[last, Attribute::Int("keepdims", 1)]);
        let [down, right, length] = [down, right, length].map(|value| {
            let axis = [Attribute::Int("axis", 3)];
            self.graph.node("GatherElements", &[&value, &longest], &axis)
        });
        Gradients { down, right, length }
    }

    /// Whether all pixels of a picture are whole numbers.
    fn whole(&mut self, pixels: &str) -> String {
        let graph = &mut *self.graph;
        let below = graph.node("Floor", &[pixels], &[]);
        let fraction = graph.node("Sub", &[pixels, &below], &[]);
        let all = [Attribute::Ints("axes", &[1, 2, 3]), Attribute::Int("keepdims", 1)];
        let most = graph.node("ReduceMax", &[&fraction], &all);
        let zero = graph.scalar(0.0);
        graph.node("Equal", &[&most, &zero], &[])
    }

    /// The next pixel along an axis minus the one before; 0 at both ends.
    fn difference(&mut self, pixels: &str, axis: usize, length: usize, name: &str) -> String {
        if length < 3 {
            return self.graph.node("Sub", &[pixels, pixels], &[]);
        }
        let axes = self.ints(&format!("{name}_axis"), [axis]);
        let mut cut = |from: usize, to: usize| {
            let from = self.ints(&format!("{name}_from"), [from]);
            let to = self.ints(&format!("{name}_to"), [to]);
            self.graph.node("Slice", &[pixels, &from, &to, &axes], &[])
        };
        let (after, before) = (cut(2, length), cut(0, length - 2));
        let inner = self.graph.node("Sub", &[&after, &before], &[]);
        let around = (0..8).map(|at| usize::from(at % 4 == axis));
        let around = self.ints(&format!("{name}_around"), around);
        self.graph.node("Pad", &[&inner, &around], &[])
    }

    fn length(&mut self, down: &str, right: &str) -> String {
        let graph = &mut *self.graph;
        let [a, b] = [down, right].map(|side| graph.node("Mul", &[side, side], &[]));
        let square = graph.node("Add", &[&a, &b], &[]);
        graph.node("Sqrt", &[&square], &[])
    }

    /// The same directions, turned into 0 to 180 degrees.
    fn upper(&mut self, gradients: Gradients) -> Gradients {
        let Gradients { down, right, length } = gradients;
        let (zero, one, minus) =
            (self.graph.double(0.0), self.graph.double(1.0), self.graph.double(-1.0));
        let graph = &mut *self.graph;
        let mut node = |op: &str, inputs: &[&str]| graph.node(op, inputs, &[]);
        let below = node("Less", &[&down, &zero]);
        let flat = node("Equal", &[&down, &zero]);
        let left = node("Less", &[&right, &zero]);
        let back = node("And", &[&flat, &left]);
        let turns = node("Or", &[&below, &back]);
        let sign = node("Where", &[&turns, &minus, &one]);
        let [down, right] = [down, right].map(|side| node("Mul", &[&side, &sign]));
        Gradients { down, right, length }
    }

    /// The length in the place of its orientation: (batch, height, width, orientations).
    fn votes(&mut self, plan: &HogPlan, gradients: &Gradients) -> String {
        let Gradients { down, right, length } = gradients;
        let inner = &plan.edges[1..plan.orientations];
        if inner.is_empty() {
            return length.clone();
        }
        let normals: Vec<(f64, f64)> = inner.iter().map(|edge| normal(*edge)).collect();
        let by_down: Vec<f64> = normals.iter().map(|n| n.0).collect();
        let by_right: Vec<f64> = normals.iter().map(|n| n.1).collect();
        let by_down = self.doubles("by_down", &[inner.len()], &by_down);
        let by_right = self.doubles("by_right", &[inner.len()], &by_right);
        let (zero, one) = (self.graph.double(0.0), self.graph.double(1.0));
        let pads = |last: [usize; 2]| [0, 0, 0, last[0], 0, 0, 0, last[1]];
        let before = self.ints("edge_before", pads([1, 0]));
        let after = self.ints("edge_after", pads([0, 1]));
        let graph = &mut *self.graph;
        let node = |graph: &mut Graph, op: &str, inputs: &[&str]| graph.node(op, inputs, &[]);
        let a = node(graph, "Mul", &[down, &by_down]);
        let b = node(graph, "Mul", &[right, &by_right]);
        let side = node(graph, "Sub", &[&a, &b]);
        let above = node(graph, "GreaterOrEqual", &[&side, &zero]);
        let above = cast(graph, &above, Kind::Double);
        // Above the edge below, and not above the edge above.
        let low = node(graph, "Pad", &[&above, &before, &one]);
        let high = node(graph, "Pad", &[&above, &after, &zero]);
        let within = node(graph, "Sub", &[&low, &high]);
        node(graph, "Mul", &[&within, length])
    }

    /// The mean votes of each cell: (batch, cells), row by row.
    fn histograms(&mut self, plan: &HogPlan, votes: &str) -> String {
        let ((rows, columns), (height, width)) = (plan.cells, plan.cell);
        let start = self.ints("whole_from", [0, 0]);
        let end = self.ints("whole_to", [rows * height, columns * width]);
        let axes = self.ints("whole_axes", [1, 2]);
        let parted = [0, rows, height, columns, width, plan.orientations];
        let parted = self.ints("cells", parted);
        let pixels = self.ints("pixels", [2, 4]);
        let flat = self.ints("flat", [0, rows * columns * plan.orientations]);
        let area = self.graph.double((height * width) as f64);
        let graph = &mut *self.graph;
        let votes = graph.node("Slice", &[votes, &start, &end, &axes], &[]);
        let votes = graph.node("Reshape", &[&votes, &parted], &[]);
        let sums = graph.node("ReduceSum", &[&votes, &pixels], &[Attribute::Int("keepdims", 0)]);
        let means = graph.node("Div", &[&sums, &area], &[]);
        graph.node("Reshape", &[&means, &flat], &[])
    }

    /// Overlapping blocks of cells, each normalised.
    fn blocks(&mut self, plan: &HogPlan) {
        let (columns, bins) = (plan.cells.1, plan.orientations);
        let (blocks, block) = (plan.blocks, plan.block);
        let places = (0..plan.features).map(|feature| {
            let (bin, rest) = (feature % bins, feature / bins);
            let (x, rest) = (rest % block.1, rest / block.1);
            let (y, rest) = (rest % block.0, rest / block.0);
            let (column, row) = (rest % blocks.1, rest / blocks.1);
            ((row + y) * columns + column + x) * bins + bin
        });
        let places = self.ints("places", places);
        let all = self.ints("blocks", [0, blocks.0 * blocks.1, block.0 * block.1 * bins]);
        let flat = self.ints("features", [0, plan.features]);
        let axis = [Attribute::Int("axis", 1)];
        self.value = self.graph.node("Gather", &[&self.value, &places], &axis);
        self.then("Reshape", &all);
        match plan.norm {
            BlockNorm::L1 => self.by_sum(),
            BlockNorm::L1Sqrt => {
                self.by_sum();
                self.value = self.graph.node("Sqrt", &[&self.value], &[]);
            }
            BlockNorm::L2 => self.by_norm(),
            BlockNorm::L2Hys => {
                self.by_norm();
                let cut = self.graph.double(hog_constants::CUT);
                self.then("Min", &cut);
                self.by_norm();
            }
        }
        self.then("Reshape", &flat);
    }

    fn sum_of_block(&mut self, value: &str, more: f64) -> String {
        let axis = self.ints("block_axis", [2]);
        let more = self.graph.double(more);
        let sum = self.graph.node("ReduceSum", &[value, &axis], &[Attribute::Int("keepdims", 1)]);
        self.graph.node("Add", &[&sum, &more], &[])
    }

    fn by_sum(&mut self) {
        let sum = self.sum_of_block(&self.value.clone(), hog_constants::EPS);
        self.then("Div", &sum);
    }

    fn by_norm(&mut self) {
        let squares = self.graph.node("Mul", &[&self.value, &self.value], &[]);
        let sum = self.sum_of_block(&squares, hog_constants::EPS * hog_constants::EPS);
        let norm = self.graph.node("Sqrt", &[&sum], &[]);
        self.then("Div", &norm);
    }
}

/// The normal of an edge between 0 and 180 degrees, as factors of the gradient's parts.
fn normal(degrees: f64) -> (f64, f64) {
    match degrees {
        45.0 => (1.0, 1.0),
        90.0 => (0.0, 1.0),
        135.0 => (-1.0, 1.0),
        _ => (degrees.to_radians().cos(), degrees.to_radians().sin()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every gradient between pixels of whole numbers has the orientation here that it has there.
    #[test]
    fn every_gradient_of_whole_numbers_has_its_orientation() {
        for orientations in [1, 2, 3, 4, 6, 7, 8, 9, 12, 16, 18] {
            let hog = Hog::new().orientations(orientations);
            let (edges, table) =
                (hog.plan(&[24, 24]).unwrap().edges, hog.votes(&[24, 24]).unwrap());
            let normals: Vec<_> = edges[1..orientations].iter().map(|e| normal(*e)).collect();
            for down in -255..=255 {
                for right in -255..=255 {
                    if (down, right) == (0, 0) {
                        continue;
                    }
                    let back = down < 0 || down == 0 && right < 0;
                    let sign = if back { -1.0 } else { 1.0 };
                    let (d, r) = (f64::from(down) * sign, f64::from(right) * sign);
                    let above = normals.iter().filter(|n| d * n.0 - r * n.1 >= 0.0).count();
                    assert_eq!(above, table.bin(down, right), "{orientations}: {down}, {right}");
                }
            }
        }
    }
}
