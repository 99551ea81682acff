//! How a batch is cut into lanes, which threads work on them, and how their gradients are added up.

use super::lane::Lane;
use crate::kernels::{Team, vectorized};
use crate::nn::{BuiltLayer, Network};
use std::cell::RefCell;
use std::rc::Rc;

/// A batch is cut into at most this many lanes, a power of two.
const MOST_LANES: usize = 16;
/// Multiplications in a batch's forward pass above which two lanes pay.
const WORTH_LANES: usize = 400_000;
/// Rows that each of more than two lanes has at least, and multiplications in its forward pass.
const ROWS: usize = 32;
const WORTH_MORE: usize = 5_000_000;

thread_local! {
    /// The team of this thread's last fit or prediction: to begin threads takes longer than to predict
    /// a row.
    static KEPT: RefCell<Option<Rc<Team>>> = const { RefCell::new(None) };
}

/// At most so many threads, of those that the caller's pool has.
pub(super) fn team(threads: usize) -> Rc<Team> {
    let members = threads.min(rayon::current_num_threads());
    KEPT.with_borrow_mut(|kept| match kept {
        // One that a stopped cell has left in the midst of its work would never be free again.
        Some(team) if team.members() == members && !team.is_busy() => team.clone(),
        _ => kept.insert(Rc::new(Team::new(members))).clone(),
    })
}

/// The number of lanes that a batch is cut into. It depends on the shapes alone and never on the
/// number of threads, so that neither do the sums and their bits.
pub(super) fn count(network: &Network, batch: usize, training: bool) -> usize {
    let whole = training && network.layers().iter().any(BuiltLayer::whole_batch);
    let alone: usize =
        network.layers().iter().filter(|l| !l.op.shares_work()).map(|l| l.op.work()).sum();
    // One set of gradients and of packed weights is less to write and to read than two.
    let shared = alone.saturating_mul(8) <= network.work();
    // The mean over the steps that count is one over the batch.
    if whole || shared || network.masked_output() {
        return 1;
    }
    let work = network.work().saturating_mul(batch);
    // The backward pass takes about twice the work of the forward pass.
    let worth = work.saturating_mul(if training { 3 } else { 1 }) >= WORTH_LANES * 3 && batch >= 4;
    let mut lanes = if worth { 2 } else { 1 };
    while lanes < MOST_LANES && batch >= 2 * lanes * ROWS && work >= 2 * lanes * WORTH_MORE {
        lanes *= 2;
    }
    lanes
}

/// Adds the lanes' gradients from this place on, in a fixed binary tree.
pub(super) fn add_up(total: &mut [f32], first: usize, lanes: &[Lane]) {
    match lanes {
        [] => {}
        [one] => add(total, &one.gradients[first..][..total.len()]),
        several => {
            let (left, right) = several.split_at(several.len() / 2);
            let mut sums = [0.0; 1024];
            let chunk = sums.len();
            for (i, total) in total.chunks_mut(chunk).enumerate() {
                let first = first + i * chunk;
                add_up(total, first, left);
                let sums = &mut sums[..total.len()];
                sums.copy_from_slice(&right[0].gradients[first..][..total.len()]);
                add_up(sums, first, &right[1..]);
                add(total, sums);
            }
        }
    }
}

/// Adds the one to the other, element by element.
pub(super) fn add(to: &mut [f32], from: &[f32]) {
    vectorized(|| to.iter_mut().zip(from).for_each(|(a, b)| *a += b));
}
