//! Random draws that are the same bits on every machine.
//!
//! ChaCha gives the same integers everywhere, but `exp` and `ln` of the standard library are those
//! of the operating system and differ in the last digit. So the few distributions needed here are
//! built on `libm`, which is plain Rust.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of random numbers, with the second normal number of the last pair kept.
pub(in crate::data) struct Random {
    rng: ChaCha8Rng,
    spare: Option<f64>,
}

impl Random {
    /// Streams of the same seed are independent of each other, whatever is drawn from them.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Random { rng, spare: None }
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in 0..n; the bias of the multiplication is below n / 2^53.
    pub fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// Standard normal, by Marsaglia's polar method.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                let scale = (-2.0 * libm::log(square) / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.uniform())
    }

    /// Gamma with the given shape (at least 1) and mean 1, by Marsaglia and Tsang (2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            let u = 1.0 - self.uniform();
            if u < 1.0 - 0.0331 * x * x * x * x
                || libm::log(u) < 0.5 * x * x + d * (1.0 - v + libm::log(v))
            {
                return d * v / shape;
            }
        }
    }

    /// Puts the items in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of 200 000 draws; five standard errors are below .02 for all of these.
    fn moments(mut draw: impl FnMut(&mut Random) -> f64) -> (f64, f64) {
        let mut random = Random::new(7, 3);
        let draws: Vec<f64> = (0..200_000).map(|_| draw(&mut random)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let square = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
        (mean, square / draws.len() as f64)
    }

    #[test]
    fn distributions_have_their_moments() {
        for (got, mean, variance) in [
            (moments(Random::uniform), 0.5, 1.0 / 12.0),
            (moments(Random::normal), 0.0, 1.0),
            (moments(Random::exponential), 1.0, 1.0),
            (moments(|r| r.gamma(2.2)), 1.0, 1.0 / 2.2),
            (moments(|r| r.gamma(4.0)), 1.0, 0.25),
        ] {
            assert!((got.0 - mean).abs() < 0.02, "mean {} of {mean}", got.0);
            assert!((got.1 - variance).abs() < 0.04, "variance {} of {variance}", got.1);
        }
    }

    #[test]
    fn streams_differ_and_repeat() {
        let first = |seed, stream| Random::new(seed, stream).uniform();
        assert_eq!(first(1, 0), first(1, 0));
        assert_ne!(first(1, 0), first(1, 1));
        assert_ne!(first(1, 0), first(2, 0));
    }
}
