//! Colours that show how good a value is.

use crate::plot::draw::quartiles::Sorted;
use crate::plot::draw::scale::number;
use crate::tune::Direction;

/// The range of values that the colours cover; the best is darkest.
pub(super) struct Shades {
    worst: f64,
    best: f64,
    /// Whether there are values worse than `worst`.
    clipped: bool,
}

impl Shades {
    /// The range of finite values. Far outliers on the bad side (beyond Tukey's outer fence) share
    /// one colour, because a single one would make all other values look alike.
    pub fn of(values: impl Iterator<Item = f64>, direction: Direction) -> Option<Shades> {
        let sorted = Sorted::new(values.map(|v| direction.loss(v)).collect());
        let (best, last) = (*sorted.0.first()?, *sorted.0.last()?);
        let (q1, q3) = (sorted.quantile(0.25), sorted.quantile(0.75));
        let fence = if q3 > q1 { q3 + 3.0 * (q3 - q1) } else { last };
        let worst = sorted.0.iter().rev().copied().find(|v| *v <= fence).unwrap_or(last);
        let (worst, clipped) = (worst, worst < last);
        let value = |loss| direction.loss(loss);
        Some(Shades { worst: value(worst), best: value(best), clipped })
    }

    /// 0 for the worst and 1 for the best value; 0.5 if all are equal.
    pub fn share(&self, value: f64) -> f64 {
        let span = self.best - self.worst;
        if span == 0.0 { 0.5 } else { ((value - self.worst) / span).clamp(0.0, 1.0) }
    }

    /// The labels of the light and of the dark end.
    pub fn ends(&self) -> (String, String) {
        let worse = if self.clipped { " and worse" } else { "" };
        (format!("{}{worse}", number(self.worst, 3)), number(self.best, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_darkest_and_an_outlier_takes_no_range() {
        let values = [0.9, 0.8, 0.85, 0.7, 0.75, -500.0];
        let shades = Shades::of(values.into_iter(), Direction::Maximize).unwrap();
        assert_eq!((shades.share(0.9), shades.share(0.7), shades.share(-500.0)), (1.0, 0.0, 0.0));
        assert!((shades.share(0.8) - 0.5).abs() < 1e-12);
        assert_eq!(shades.ends(), ("0.7 and worse".to_string(), "0.9".to_string()));
        let shades = Shades::of([2.0, 4.0].into_iter(), Direction::Minimize).unwrap();
        assert_eq!((shades.share(2.0), shades.share(4.0)), (1.0, 0.0));
        let same = Shades::of([3.0, 3.0].into_iter(), Direction::Minimize).unwrap();
        assert_eq!(same.share(3.0), 0.5);
        assert!(Shades::of(std::iter::empty(), Direction::Minimize).is_none());
    }
}
