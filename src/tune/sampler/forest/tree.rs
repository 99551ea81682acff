//! One extremely randomised regression tree.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A regression tree: nodes in the order in which they were grown, the root first.
pub(super) struct Tree {
    nodes: Vec<Node>,
}

enum Node {
    /// Coordinates up to the threshold go to the first child, larger ones to the second.
    Split { coordinate: usize, threshold: f64, children: [usize; 2] },
    /// Mean and variance of the losses.
    Leaf { mean: f64, variance: f64 },
}

/// The count and sum of the losses in one part of a split.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    sum: f64,
}

impl Sums {
    fn add(&mut self, loss: f64) {
        self.n += 1.0;
        self.sum += loss;
    }

    /// The part's contribution to the variance that a split explains.
    fn explained(self) -> f64 {
        if self.n > 0.0 { self.sum * self.sum / self.n } else { 0.0 }
    }
}

impl Tree {
    /// Grows a tree, splitting as long as both sides keep `leaf` trials. At each node, it draws one
    /// uniform threshold for every coordinate that varies there and takes the one that explains
    /// most variance.
    pub(super) fn grow(
        points: &[Vec<f64>],
        losses: &[f64],
        leaf: usize,
        rng: &mut ChaCha8Rng,
    ) -> Tree {
        let mut tree = Tree { nodes: vec![Node::Leaf { mean: 0.0, variance: 0.0 }] };
        let mut open = vec![(0, (0..points.len()).collect::<Vec<usize>>())];
        while let Some((at, own)) = open.pop() {
            match split(points, losses, leaf, &own, rng) {
                Some((coordinate, threshold)) => {
                    let (low, high) =
                        own.into_iter().partition(|i| points[*i][coordinate] <= threshold);
                    let children = [tree.nodes.len(), tree.nodes.len() + 1];
                    tree.nodes.push(Node::Leaf { mean: 0.0, variance: 0.0 });
                    tree.nodes.push(Node::Leaf { mean: 0.0, variance: 0.0 });
                    tree.nodes[at] = Node::Split { coordinate, threshold, children };
                    open.push((children[0], low));
                    open.push((children[1], high));
                }
                None => {
                    let n = own.len().max(1) as f64;
                    let mean = own.iter().map(|i| losses[*i] / n).sum::<f64>();
                    let variance = own.iter().map(|i| (losses[*i] - mean).powi(2) / n).sum();
                    tree.nodes[at] = Node::Leaf { mean, variance };
                }
            }
        }
        tree
    }

    fn leaf(&self, point: &[f64]) -> (f64, f64) {
        let mut at = 0;
        loop {
            match self.nodes.get(at) {
                Some(Node::Split { coordinate, threshold, children }) => {
                    at = children[usize::from(point[*coordinate] > *threshold)];
                }
                Some(Node::Leaf { mean, variance }) => return (*mean, *variance),
                None => return (0.0, 0.0),
            }
        }
    }
}

fn split(
    points: &[Vec<f64>],
    losses: &[f64],
    leaf: usize,
    own: &[usize],
    rng: &mut ChaCha8Rng,
) -> Option<(usize, f64)> {
    let first = *own.first()?;
    if own.len() < 2 * leaf.max(1) || own.iter().all(|i| losses[*i] == losses[first]) {
        return None;
    }
    let mut best: Option<(f64, usize, f64)> = None;
    for coordinate in 0..points[first].len() {
        let values = own.iter().map(|i| points[*i][coordinate]);
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low >= high {
            continue;
        }
        let threshold = low + rng.r#gen::<f64>() * (high - low);
        let mut parts = [Sums::default(); 2];
        for i in own {
            parts[usize::from(points[*i][coordinate] > threshold)].add(losses[*i]);
        }
        if parts.iter().any(|part| part.n < leaf as f64) {
            continue;
        }
        let explained = parts[0].explained() + parts[1].explained();
        if best.is_none_or(|(most, _, _)| explained > most) {
            best = Some((explained, coordinate, threshold));
        }
    }
    best.map(|(_, coordinate, threshold)| (coordinate, threshold))
}

/// The mean and standard deviation that the trees predict at a point.
pub(super) fn predict(trees: &[Tree], point: &[f64]) -> (f64, f64) {
    let n = trees.len().max(1) as f64;
    let leaves = trees.iter().map(|tree| tree.leaf(point));
    let (mean, within, square) = leaves.fold((0.0, 0.0, 0.0), |(mean, within, square), leaf| {
        (mean + leaf.0 / n, within + leaf.1 / n, square + leaf.0 * leaf.0 / n)
    });
    (mean, (within + (square - mean * mean).max(0.0)).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn forest(leaf: usize) -> (Vec<Vec<f64>>, Vec<f64>, Vec<Tree>) {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let points: Vec<Vec<f64>> =
            (0..60).map(|_| vec![rng.r#gen::<f64>(), rng.r#gen::<f64>()]).collect();
        let losses: Vec<f64> =
            points.iter().map(|x| if x[0] < 0.5 { 1.0 } else { 3.0 + x[1] }).collect();
        let grow = |_| Tree::grow(&points, &losses, leaf, &mut rng);
        let trees = (0..100).map(grow).collect();
        (points, losses, trees)
    }

    #[test]
    fn a_step_is_learnt_and_uncertain_at_its_edge() {
        let (_, _, trees) = forest(3);
        let (low, sure) = predict(&trees, &[0.2, 0.5]);
        let (high, _) = predict(&trees, &[0.8, 0.5]);
        let (_, unsure) = predict(&trees, &[0.5, 0.5]);
        assert!((low - 1.0).abs() < 0.1 && (high - 3.5).abs() < 0.2, "{low} {high}");
        assert!(unsure > 5.0 * sure, "{unsure} {sure}");
    }

    #[test]
    fn leaves_keep_their_least_size() {
        let (points, losses, trees) = forest(7);
        for tree in &trees {
            for (i, node) in tree.nodes.iter().enumerate() {
                let Node::Leaf { mean, .. } = node else { continue };
                let own: Vec<f64> = points
                    .iter()
                    .zip(&losses)
                    .filter(|(x, _)| tree.leaf(x).0 == *mean)
                    .map(|(_, loss)| *loss)
                    .collect();
                assert!(own.len() >= 7, "leaf {i} has {}", own.len());
                let average = own.iter().sum::<f64>() / own.len() as f64;
                assert!((average - mean).abs() < 1e-9);
            }
        }
    }
}
