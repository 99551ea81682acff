//! Amplitudes of a mouse's epochs, given its states.
//!
//! The logarithm of an amplitude is a level of mouse and frequency, plus what the state adds, plus
//! latent factors that all frequencies of an epoch share, each with its own spectrum: the depth of
//! sleep (along the difference of NREM and wake, so that drowsy wake and light sleep meet), theta
//! (whose absence makes REM look like wake), movement (the lowest frequencies), a gain, the high
//! frequencies, a tilt. A factor is part independent from epoch to epoch and part slow, which is
//! why a window of past epochs recognises REM better. What is left is independent: the gamma noise
//! of a power spectrum estimated from four seconds, a little widened.

use super::constants::{
    self, COLUMNS, Column, Factors, HIGH, INVALID_ROWS, LARGEST_SHOCK, LAST, SHOCK, Slow,
};
use super::random::Random;
use super::{Mouse, Row};
use rayon::prelude::*;

/// Rows drawn from one stream of random numbers, so that blocks can be made in parallel.
const BLOCK: usize = 512;

/// The amplitudes of every epoch; `stream` is the first of the streams of random numbers to use.
pub(super) fn amplitudes(mouse: Mouse, states: &[char], seed: u64, stream: u64) -> Vec<Row> {
    let mut random = Random::new(seed, stream);
    let epochs = epochs(mouse, states, &mut random);
    let mut rows = vec![[0.0; 101]; epochs.len()];
    rows.par_chunks_mut(BLOCK).zip(epochs.par_chunks(BLOCK)).enumerate().for_each(
        |(block, (rows, epochs))| {
            crate::stop::step();
            let mut random = Random::new(seed, stream + 1 + block as u64);
            for (row, epoch) in rows.iter_mut().zip(epochs) {
                *row = spectrum(mouse, epoch, &mut random);
            }
        },
    );
    if mouse == Mouse::Test {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        random.shuffle(&mut order);
        for &row in order.iter().take(INVALID_ROWS) {
            rows[row] = invalid();
        }
    }
    rows
}

/// A row of the test mouse whose spectrum failed: -1 in the first and the last raw bin, of which
/// the first column shows a quarter.
fn invalid() -> Row {
    let mut row = [0.0; 101];
    (row[0], row[100]) = (-0.25, -1.0);
    row
}

/// The latent factors of one epoch.
struct Epoch {
    nrem: f64,
    rem: f64,
    depth: f64,
    /// Depth of sleep as the high frequencies show it.
    depth_high: f64,
    theta: f64,
    movement: f64,
    /// What only the first column shows: movements and the artefacts they make.
    artefact: f64,
    gain: f64,
    high: f64,
    tilt: f64,
}

fn epochs(mouse: Mouse, states: &[char], random: &mut Random) -> Vec<Epoch> {
    let mut factor = |slow| slowly(random, states.len(), slow);
    let depth = factor(constants::DEPTH);
    let theta = factor(constants::THETA);
    let gain = factor(constants::GAIN);
    let high = factor(constants::HIGHS);
    let tilt = factor(constants::TILT);
    let movement = factor(constants::MOVEMENT);
    let push = constants::PUSH[mouse as usize];
    let shock_rate = constants::SHOCK_RATE[mouse as usize];
    let draw = |(i, &letter): (usize, &char)| {
        let state = Factors::of(letter);
        let struck = random.uniform() < shock_rate;
        let shock = if struck { (SHOCK * random.exponential()).min(LARGEST_SHOCK) } else { 0.0 };
        let depth = state.depth * depth[i];
        Epoch {
            nrem: if letter == 'n' { 1.0 } else { 0.0 },
            rem: if letter == 'r' { 1.0 } else { 0.0 },
            depth,
            depth_high: depth * state.depth_high,
            theta: state.theta * theta[i].clamp(-2.5, 2.0) + state.theta_moving * movement[i],
            movement: state.movement * movement[i],
            artefact: push * state.push * movement[i] + shock,
            gain: state.gain * gain[i],
            high: state.high * high[i],
            tilt: state.tilt * tilt[i],
        }
    };
    states.iter().enumerate().map(draw).collect()
}

/// A standard normal process: independent draws and a first-order autoregression, mixed.
fn slowly(random: &mut Random, count: usize, slow: Slow) -> Vec<f64> {
    let (fast, kept) = ((1.0 - slow.share).sqrt(), slow.share.sqrt());
    let innovation = (1.0 - slow.memory * slow.memory).sqrt();
    let mut level = random.normal();
    (0..count)
        .map(|_| {
            level = slow.memory * level + innovation * random.normal();
            fast * random.normal() + kept * level
        })
        .collect()
}

fn spectrum(mouse: Mouse, epoch: &Epoch, random: &mut Random) -> Row {
    let mut row = [0.0; 101];
    for (k, column) in (1..).zip(&COLUMNS) {
        let (mean, spread) = (log_mean(mouse, epoch, k, column), column.spread[mouse as usize]);
        let widened =
            if spread > 0.0 { spread * random.normal() - spread * spread / 2.0 } else { 0.0 };
        row[k - 1] = libm::exp(mean + widened) * random.gamma(column.shape);
    }
    // The last column is one raw bin, the Nyquist frequency, whose amplitude is a real number.
    let last = &LAST[mouse as usize];
    let root = last.offset + random.normal();
    row[100] = last.scale * root * root;
    row
}

/// The logarithm of the expected amplitude around `k` Hz.
fn log_mean(mouse: Mouse, epoch: &Epoch, k: usize, column: &Column) -> f64 {
    let shared = column.level[mouse as usize]
        + epoch.rem * column.rem
        + epoch.theta * column.theta
        + epoch.movement * column.movement;
    let own = if k >= HIGH {
        (epoch.nrem + epoch.depth_high) * column.nrem + 0.3 * epoch.gain + epoch.high
    } else {
        (epoch.nrem + epoch.depth) * column.nrem + epoch.gain + epoch.tilt * column.tilt
    };
    shared + own + if k == 1 { epoch.artefact } else { 0.0 }
}
