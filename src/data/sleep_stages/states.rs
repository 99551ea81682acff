//! The sequence of sleep states of a mouse: a semi-Markov process.
//!
//! Numbers of bouts, the quantiles of their durations, the transitions between them and the share
//! of sleep in each hour are the published statistics of the recordings; the totals per state are
//! met exactly. Durations are spread evenly over their quantiles, the order of the bouts is a
//! random path that uses every transition as often as it was counted, and long wake bouts are put
//! where the hourly shares ask for them.

use super::Mouse;
use super::random::Random;

/// Row of [`Recipe::transitions`] and place in [`Recipe::bouts`].
const LETTERS: [char; 3] = ['w', 'n', 'r'];
const WAKE: usize = 0;

/// Rows per hour.
const HOUR: usize = 900;

/// Wake bouts below this many epochs are brief awakenings, drawn at random.
const BRIEF: usize = 12;

/// Where [`Bouts::quantiles`] are taken.
const PROBABILITIES: [f64; 8] = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0];

struct Bouts {
    count: usize,
    /// Epochs of all bouts together.
    total: usize,
    /// Durations in epochs.
    quantiles: [f64; 8],
}

struct Recipe {
    /// Of wake, NREM and REM.
    bouts: [Bouts; 3],
    /// Bouts of the state of the column that follow a bout of the state of the row.
    transitions: [[usize; 3]; 3],
    /// Share of sleep in each hour.
    hours: Vec<f64>,
}

const fn bouts(count: usize, total: usize, quantiles: [f64; 8]) -> Bouts {
    Bouts { count, total, quantiles }
}

fn recipe(mouse: Mouse) -> Recipe {
    match mouse {
        Mouse::First => Recipe {
            bouts: [
                bouts(687, 12172, [1., 1., 1., 1., 2., 5., 341., 2782.]),
                bouts(678, 6741, [1., 3., 5., 8., 13., 19., 36., 44.]),
                bouts(138, 1345, [1., 2., 3., 6., 14., 23., 42., 48.]),
            ],
            transitions: [[0, 676, 11], [550, 0, 127], [137, 1, 0]],
            hours: vec![
                0.0, 0.0, 0.0, 0.01, 0.0, 0.28, 0.78, 0.53, 0.73, 0.64, 0.66, 0.42, 0.51, 0.64,
                0.30, 0.35, 0.29, 0.37, 0.57, 0.38, 0.56, 0.49, 0.90,
            ],
        },
        Mouse::Second => Recipe {
            bouts: [
                bouts(494, 12188, [1., 1., 1., 1., 3., 6., 444., 3957.]),
                bouts(488, 6923, [1., 3., 6., 11., 19., 26., 57., 109.]),
                bouts(123, 1494, [1., 3., 4., 7., 17., 29., 43., 47.]),
            ],
            transitions: [[0, 487, 6], [371, 0, 117], [123, 0, 0]],
            hours: vec![
                0.0, 0.0, 0.0, 0.0, 0.02, 0.05, 0.91, 0.65, 0.78, 0.39, 0.90, 0.44, 0.21, 0.58,
                0.42, 0.54, 0.52, 0.30, 0.51, 0.48, 0.52, 0.49, 0.71,
            ],
        },
        // Nothing is published on the states of the test mouse: four days with the bouts of the
        // other two, without their deprivation of sleep, resting by day and active by night.
        Mouse::Test => Recipe {
            bouts: [
                bouts(2362, 41700, [1., 1., 1., 1., 3., 6., 450., 900.]),
                bouts(2330, 32900, [1., 3., 6., 11., 19., 26., 57., 109.]),
                bouts(522, 5509, [1., 3., 4., 7., 15., 26., 42., 48.]),
            ],
            transitions: [[0, 2327, 34], [1842, 0, 488], [520, 2, 0]],
            hours: (0..89).map(|hour| if hour / 12 % 2 == 0 { 0.62 } else { 0.34 }).collect(),
        },
    }
}

/// The state of every epoch, as the letters w, n and r. Every recording begins in NREM.
pub(super) fn sequence(mouse: Mouse, random: &mut Random) -> Vec<char> {
    let recipe = recipe(mouse);
    let path = path(&recipe.transitions, 1, random);
    let mut durations = recipe.bouts.each_ref().map(durations);
    durations.iter_mut().for_each(|durations| random.shuffle(durations));
    let total: usize = recipe.bouts.iter().map(|bouts| bouts.total).sum();
    let asleep = total - recipe.bouts[WAKE].total;
    let clock = Clock::new(&recipe.hours, asleep, total);
    let mut states = Vec::with_capacity(total);
    let mut slept = 0;
    for state in path {
        let duration = if state == WAKE {
            let wanted = clock.time_of(slept).saturating_sub(states.len());
            take_wake(&mut durations[WAKE], wanted)
        } else {
            durations[state].pop().unwrap_or(1)
        };
        slept += if state == WAKE { 0 } else { duration };
        states.resize(states.len() + duration, LETTERS[state]);
    }
    states
}

/// The wake bout that brings the share of sleep nearest to what the clock wants.
fn take_wake(durations: &mut Vec<usize>, wanted: usize) -> usize {
    let distance = |duration: usize| {
        let (low, high) = (duration.min(wanted).max(1), duration.max(wanted).max(1));
        high as f64 / low as f64
    };
    let best = if wanted < BRIEF {
        durations.iter().rposition(|&duration| duration < BRIEF)
    } else {
        (0..durations.len())
            .filter(|&i| durations[i] >= BRIEF)
            .min_by(|&a, &b| distance(durations[a]).total_cmp(&distance(durations[b])))
    };
    match best.or(durations.len().checked_sub(1)) {
        Some(index) => durations.swap_remove(index),
        None => 1,
    }
}

/// Says when a certain amount of sleep is reached, by the hourly shares.
struct Clock {
    /// Epochs slept before each hour, and at the end.
    before: Vec<f64>,
}

impl Clock {
    fn new(hours: &[f64], asleep: usize, total: usize) -> Self {
        let mut before = vec![0.0];
        let mut sum = 0.0;
        for (hour, share) in hours.iter().enumerate() {
            sum += share * HOUR.min(total.saturating_sub(hour * HOUR)) as f64;
            before.push(sum);
        }
        before.iter_mut().for_each(|slept| *slept *= asleep as f64 / sum);
        Clock { before }
    }

    /// The first epoch at which more than `slept` epochs have been slept.
    fn time_of(&self, slept: usize) -> usize {
        let slept = slept as f64;
        let hour = self.before.partition_point(|&before| before <= slept);
        if hour == 0 || hour == self.before.len() {
            return (self.before.len() - 1) * HOUR;
        }
        let (low, high) = (self.before[hour - 1], self.before[hour]);
        (hour - 1) * HOUR + ((slept - low) / (high - low) * HOUR as f64) as usize
    }
}

/// Durations spread evenly over the quantiles, bent between them so that they add up to the total.
fn durations(bouts: &Bouts) -> Vec<usize> {
    let bent = |power: f64| -> Vec<usize> {
        (0..bouts.count)
            .map(|i| {
                let p = i as f64 / (bouts.count - 1) as f64;
                let upper = PROBABILITIES.partition_point(|&q| q <= p).clamp(1, 7);
                let from = PROBABILITIES[upper - 1];
                let share = libm::pow((p - from) / (PROBABILITIES[upper] - from), power);
                let (low, high) = (bouts.quantiles[upper - 1], bouts.quantiles[upper]);
                libm::round(low * libm::pow(high / low, share)) as usize
            })
            .collect()
    };
    let (mut low, mut high) = (0.25, 4.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if bent(middle).iter().sum::<usize>() > bouts.total { low = middle } else { high = middle }
    }
    // Rounding leaves a few epochs, which go to the longest bouts but one.
    let mut durations = bent(high);
    let missing = bouts.total - durations.iter().sum::<usize>().min(bouts.total);
    let places = bouts.count - 1;
    for i in 0..missing {
        durations[places - 1 - i % places] += 1;
    }
    durations
}

/// A path through the states that uses every transition exactly as often as given, in random
/// order (Hierholzer's algorithm for an Eulerian path).
fn path(transitions: &[[usize; 3]; 3], first: usize, random: &mut Random) -> Vec<usize> {
    let mut next: Vec<Vec<usize>> = transitions
        .iter()
        .map(|counts| (0..3).flat_map(|to| std::iter::repeat_n(to, counts[to])).collect())
        .collect();
    next.iter_mut().for_each(|next| random.shuffle(next));
    let (mut stack, mut path) = (vec![first], Vec::new());
    while let Some(&state) = stack.last() {
        match next[state].pop() {
            Some(to) => stack.push(to),
            None => path.extend(stack.pop()),
        }
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(states: &[char]) -> Vec<(char, usize)> {
        states.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect()
    }

    fn made(mouse: Mouse) -> Vec<char> {
        sequence(mouse, &mut Random::new(1, 0))
    }

    #[test]
    fn totals_bouts_and_transitions_are_the_published_ones() {
        for mouse in [Mouse::First, Mouse::Second, Mouse::Test] {
            let (states, recipe) = (made(mouse), recipe(mouse));
            assert_eq!(states.len(), mouse.rows());
            let runs = runs(&states);
            let mut transitions = [[0; 3]; 3];
            for pair in runs.windows(2) {
                let index = |i: usize| LETTERS.iter().position(|&c| c == pair[i].0).unwrap();
                transitions[index(0)][index(1)] += 1;
            }
            assert_eq!(transitions, recipe.transitions, "{mouse:?}");
            for (letter, bouts) in LETTERS.iter().zip(&recipe.bouts) {
                let mut lengths: Vec<usize> =
                    runs.iter().filter(|run| run.0 == *letter).map(|run| run.1).collect();
                lengths.sort_unstable();
                assert_eq!(lengths.len(), bouts.count);
                assert_eq!(lengths.iter().sum::<usize>(), bouts.total);
                for (p, quantile) in PROBABILITIES.iter().zip(bouts.quantiles) {
                    let got = lengths[(p * (lengths.len() - 1) as f64) as usize] as f64;
                    // A quantile falls between two bouts, which differ most among the longest.
                    let near = (got - quantile).abs() <= 1.0 || (got / quantile - 1.0).abs() < 0.1;
                    assert!(near, "{mouse:?} {letter} quantile {p}: {got} of {quantile}");
                }
            }
        }
    }

    #[test]
    fn sleep_follows_the_hours() {
        for mouse in [Mouse::First, Mouse::Second] {
            let (states, recipe) = (made(mouse), recipe(mouse));
            let share = |rows: &[char]| {
                rows.iter().filter(|&&c| c != 'w').count() as f64 / rows.len() as f64
            };
            // The deprivation of the first five hours: almost no sleep.
            assert!(share(&states[..5 * HOUR]) < 0.02);
            let wrong = (states.chunks(HOUR).zip(&recipe.hours))
                .map(|(rows, wanted)| (share(rows) - wanted).abs())
                .sum::<f64>();
            assert!(wrong / 23.0 < 0.2, "{mouse:?}: off by {} an hour", wrong / 23.0);
        }
    }

    #[test]
    fn seeds_give_other_sequences() {
        let other = sequence(Mouse::First, &mut Random::new(2, 0));
        assert_eq!(made(Mouse::First), made(Mouse::First));
        assert_ne!(made(Mouse::First), other);
    }
}
