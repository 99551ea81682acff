//! More ways to part rows for training and testing, one a file, with scikit-learn's names.

mod group_k_fold;
mod leave_one_out;
mod repeated_k_fold;
mod shuffle_split;
mod time_series_split;

pub use group_k_fold::GroupKFold;
pub use leave_one_out::LeaveOneOut;
pub use repeated_k_fold::RepeatedKFold;
pub use shuffle_split::ShuffleSplit;
pub use time_series_split::TimeSeriesSplit;

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A seed for the `i`-th of several orders.
fn another_seed(seed: u64, i: u64) -> u64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(i);
    rng.next_u64()
}

#[cfg(test)]
mod golden_tests;
