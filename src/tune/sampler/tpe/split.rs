//! The split of the trials into good ones and others.

use super::super::Context;
use crate::tune::{Direction, Trial, TrialState};
use std::cmp::Ordering;

/// Splits the finished trials into the best `n` and the others, both in the order of their numbers.
/// Complete trials rank before pruned ones, and a pruned trial ranks higher the further it came.
pub(super) fn split<'a>(context: &Context<'a>, n: usize) -> (Vec<&'a Trial>, Vec<&'a Trial>) {
    let in_state = |state| {
        let trials: &'a [_] = context.trials;
        trials.iter().map(|t| &**t).filter(move |t: &&Trial| t.state == state)
    };
    let mut complete: Vec<&Trial> = in_state(TrialState::Complete)
        .filter(|t| t.values.len() == context.directions.len())
        .collect();
    match context.directions {
        [direction] => {
            let loss = |t: &Trial| direction.loss(t.values[0]);
            complete.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
        }
        directions => by_rank(&mut complete, directions, n),
    }
    let mut pruned: Vec<&Trial> = in_state(TrialState::Pruned).collect();
    let direction = context.direction();
    pruned.sort_by(|a, b| compare_pruned(a, b, direction));
    let mut below = complete;
    below.append(&mut pruned);
    let mut above = below.split_off(n.min(below.len()));
    below.sort_by_key(|t| t.number);
    above.sort_by_key(|t| t.number);
    (below, above)
}

/// Orders pruned trials: the larger last step first, then the smaller loss there; trials without a
/// report come last.
fn compare_pruned(a: &Trial, b: &Trial, direction: Direction) -> Ordering {
    let last = |t: &Trial| t.intermediate.last_key_value().map(|(step, value)| (*step, *value));
    match (last(a), last(b)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some((step_a, a)), Some((step_b, b))) => {
            let loss = |v: f64| if v.is_nan() { f64::INFINITY } else { direction.loss(v) };
            step_b.cmp(&step_a).then(loss(a).total_cmp(&loss(b)))
        }
    }
}

/// Sorts the first `n` trials or more by their Pareto front. In the front that `n` cuts, the least
/// crowded trials come first (NSGA-II's crowding distance, Deb et al., 2002).
fn by_rank(trials: &mut Vec<&Trial>, directions: &[Direction], n: usize) {
    let losses = |t: &Trial| -> Vec<f64> {
        t.values.iter().zip(directions).map(|(v, d)| d.loss(*v)).collect()
    };
    let mut rest: Vec<(&Trial, Vec<f64>)> = trials.iter().map(|t| (*t, losses(t))).collect();
    trials.clear();
    while trials.len() < n && !rest.is_empty() {
        let free: Vec<bool> =
            rest.iter().map(|(_, a)| !rest.iter().any(|(_, b)| dominates(b, a))).collect();
        let mut flags = free.iter();
        let (mut front, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|_| flags.next().copied().unwrap_or(false));
        rest = others;
        if front.is_empty() {
            break;
        }
        if trials.len() + front.len() > n {
            front = uncrowded_first(front);
        }
        trials.extend(front.into_iter().map(|(t, _)| t));
    }
    trials.extend(rest.into_iter().map(|(t, _)| t));
}

/// Whether `a` dominates `b`: nowhere worse, and somewhere better.
fn dominates(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b)
}

fn uncrowded_first(front: Vec<(&Trial, Vec<f64>)>) -> Vec<(&Trial, Vec<f64>)> {
    let mut distance = vec![0.0_f64; front.len()];
    for objective in 0..front.first().map_or(0, |(_, losses)| losses.len()) {
        let mut order: Vec<usize> = (0..front.len()).collect();
        let loss = |i: usize| front[i].1[objective];
        order.sort_by(|a, b| loss(*a).total_cmp(&loss(*b)));
        let (Some(first), Some(last)) = (order.first(), order.last()) else { continue };
        let range = loss(*last) - loss(*first);
        distance[*first] = f64::INFINITY;
        distance[*last] = f64::INFINITY;
        for three in order.windows(3) {
            let gap = (loss(three[2]) - loss(three[0])) / range;
            distance[three[1]] += if gap.is_finite() { gap } else { 0.0 };
        }
    }
    let mut front: Vec<_> = distance.into_iter().zip(front).collect();
    front.sort_by(|a, b| b.0.total_cmp(&a.0));
    front.into_iter().map(|(_, entry)| entry).collect()
}
