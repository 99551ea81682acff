//! The look shared by all plots, and what a caller may set.

use plotters::style::RGBColor;

use crate::error::{Error, Result};

/// Colours that stay apart for colour-blind readers: Okabe and Ito's set, its yellow and sky blue
/// darkened to be seen on white.
const SERIES: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(201, 150, 0),
    RGBColor(63, 160, 211),
    RGBColor(110, 84, 148),
    RGBColor(120, 120, 120),
];

pub(super) const WHITE: RGBColor = RGBColor(255, 255, 255);
pub(super) const INK: RGBColor = RGBColor(38, 42, 48);
pub(super) const FAINT_INK: RGBColor = RGBColor(98, 104, 112);
pub(super) const AXIS: RGBColor = RGBColor(150, 156, 164);
pub(super) const GRID: RGBColor = RGBColor(228, 231, 235);
pub(super) const LANE: RGBColor = RGBColor(243, 245, 247);
pub(super) const ALARM: RGBColor = RGBColor(170, 30, 50);

/// Sizes of text, in nominal pixels an em.
pub(super) const TITLE: f64 = 14.0;
pub(super) const LABEL: f64 = 12.0;
pub(super) const TICK: f64 = 11.0;

/// The colour of the n-th series; they repeat, paler, after eight.
pub(super) fn series(n: usize) -> RGBColor {
    let base = SERIES[n % SERIES.len()];
    match (n / SERIES.len()) % 4 {
        0 => base,
        round => blend(base, WHITE, 0.2 * round as f64),
    }
}

/// `a` with a share of `b` mixed in.
pub(super) fn blend(a: RGBColor, b: RGBColor, share: f64) -> RGBColor {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Light to dark, even in lightness, so that it also reads without its hues.
const RAMP: [RGBColor; 5] = [
    RGBColor(240, 243, 198),
    RGBColor(152, 211, 182),
    RGBColor(64, 166, 188),
    RGBColor(32, 102, 168),
    RGBColor(16, 38, 112),
];

/// The colour of a share of an amount: 0 is light, 1 is dark, NaN grey.
pub(super) fn ramp(share: f64) -> RGBColor {
    if share.is_nan() {
        return GRID;
    }
    // In steps that nobody sees, because a PNG palette holds few colours.
    let share = (share.clamp(0.0, 1.0) * 36.0).round() / 36.0;
    let at = share * (RAMP.len() - 1) as f64;
    let below = (at as usize).min(RAMP.len() - 2);
    blend(RAMP[below], RAMP[below + 1], at - below as f64)
}

/// Dark or light ink, whichever is easier to read on this ground: the one with the higher
/// contrast by WCAG's relative luminance.
pub(super) fn ink_on(ground: RGBColor) -> RGBColor {
    let (ground, dark) = (luminance(ground), luminance(INK));
    if 1.05 / (ground + 0.05) > (ground + 0.05) / (dark + 0.05) { WHITE } else { INK }
}

fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
    let linear = |v: u8| {
        let v = f64::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// What a caller may set of a plot; each plot has a default for what is left out.
///
/// ```
/// use dfdx_lab::plot::{self, PlotOptions};
/// let options = PlotOptions::new().title("Squares").size(400, 300).x_label("n");
/// let figure =
///     plot::lines_with(&[0.0, 1.0], &[("n²".to_string(), vec![0.0, 1.0])], &options)?;
/// assert_eq!((figure.width(), figure.height()), (400, 300));
/// # Ok::<(), dfdx_lab::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlotOptions {
    pub(super) title: Option<String>,
    size: Option<(u32, u32)>,
    pub(super) x_label: Option<String>,
    pub(super) y_label: Option<String>,
    pub(super) log_y: Option<bool>,
}

impl PlotOptions {
    /// Every plot's own defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The line above the picture; an empty one leaves it out.
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.to_string());
        self
    }

    /// Nominal width and height of the whole picture in CSS pixels, each from 120 to 4000.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = Some((width, height));
        self
    }

    /// The title of the x axis; an empty one leaves it out.
    pub fn x_label(mut self, label: &str) -> Self {
        self.x_label = Some(label.to_string());
        self
    }

    /// The title of the y axis; an empty one leaves it out.
    pub fn y_label(mut self, label: &str) -> Self {
        self.y_label = Some(label.to_string());
        self
    }

    /// Whether the y axis is logarithmic, in the plots of numbers; values of 0 and below are
    /// left out then.
    pub fn log_y(mut self, log: bool) -> Self {
        self.log_y = Some(log);
        self
    }

    /// The size asked for, or the plot's own.
    pub(super) fn size_or(&self, width: u32, height: u32) -> Result<(u32, u32)> {
        let Some((width, height)) = self.size else {
            return Ok((width.clamp(120, 4000), height.clamp(120, 4000)));
        };
        for side in [width, height] {
            if !(120..=4000).contains(&side) {
                return Err(Error::argument(
                    "PlotOptions::size: a side",
                    side,
                    "from 120 to 4000 pixels",
                ));
            }
        }
        Ok((width, height))
    }

    /// The title asked for, or the plot's own.
    pub(super) fn title_or<'a>(&'a self, own: &'a str) -> &'a str {
        self.title.as_deref().unwrap_or(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_is_readable_on_every_colour() {
        for n in 0..40 {
            let ground = series(n);
            let (a, b) = (luminance(ground) + 0.05, luminance(ink_on(ground)) + 0.05);
            let contrast = if a > b { a / b } else { b / a };
            // The best of two inks has at least the geometric mean of their mutual contrast.
            assert!(contrast > 3.7, "series {n}: contrast {contrast}");
        }
    }

    #[test]
    fn the_ramp_gets_darker_all_the_way() {
        let lightness: Vec<f64> = (0..=36).map(|i| luminance(ramp(f64::from(i) / 36.0))).collect();
        assert!(lightness.windows(2).all(|w| w[1] < w[0]), "{lightness:?}");
        assert_eq!((ramp(-3.0), ramp(f64::INFINITY)), (RAMP[0], RAMP[4]));
    }

    #[test]
    fn a_size_out_of_bounds_is_an_error() {
        assert!(PlotOptions::new().size(100, 300).size_or(1, 1).is_err());
        assert!(PlotOptions::new().size(300, 5000).size_or(1, 1).is_err());
        assert_eq!(PlotOptions::new().size_or(10, 9000).unwrap(), (120, 4000));
    }
}
