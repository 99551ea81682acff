//! The look shared by all plots.

use plotters::style::RGBColor;

use super::shapes::Dash;

/// Colours that stay apart for colour-blind readers: Okabe and Ito's set, darkened to a contrast of
/// at least 3 : 1 on white, which is what WCAG asks of graphics.
const SERIES: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 148, 108),
    RGBColor(196, 96, 152),
    RGBColor(178, 132, 0),
    RGBColor(46, 145, 200),
    RGBColor(110, 84, 148),
    RGBColor(110, 110, 110),
];

pub const WHITE: RGBColor = RGBColor(255, 255, 255);
pub const BLACK: RGBColor = RGBColor(0, 0, 0);
pub const INK: RGBColor = RGBColor(38, 42, 48);
pub const FAINT_INK: RGBColor = RGBColor(98, 104, 112);
pub const AXIS: RGBColor = RGBColor(150, 156, 164);
/// For data that matters less than the rest.
pub const PALE: RGBColor = RGBColor(128, 134, 142);
pub const GRID: RGBColor = RGBColor(228, 231, 235);
pub const LANE: RGBColor = RGBColor(243, 245, 247);
pub const ALARM: RGBColor = RGBColor(170, 30, 50);

/// Sizes of text, in nominal pixels an em.
pub const TITLE: f64 = 14.0;
pub const LABEL: f64 = 12.0;
pub const TICK: f64 = 11.0;

/// The colour of the n-th series; after eight, the colours repeat darker.
pub fn series(n: usize) -> RGBColor {
    let base = SERIES[n % SERIES.len()];
    blend(base, BLACK, 0.22 * ((n / SERIES.len()) % 4) as f64)
}

/// The dashes of the n-th series, so that a line below another one still shows.
pub fn dash(n: usize) -> Option<Dash> {
    [None, Some((6.0, 5.0)), Some((0.5, 4.5)), Some((11.0, 4.5))][n % 4]
}

/// Width of curves.
pub const LINE: f64 = 1.8;

/// Mixes a share of `b` into `a`.
pub fn blend(a: RGBColor, b: RGBColor, share: f64) -> RGBColor {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Light to dark in even steps of lightness, so that it can be read in grey, too.
const RAMP: [RGBColor; 5] = [
    RGBColor(240, 243, 198),
    RGBColor(152, 211, 182),
    RGBColor(64, 166, 188),
    RGBColor(32, 102, 168),
    RGBColor(16, 38, 112),
];

/// The colour of a share from 0 (light) to 1 (dark); NaN is grey.
pub fn ramp(share: f64) -> RGBColor {
    if share.is_nan() {
        return GRID;
    }
    // Rounded to invisibly small steps, because a PNG palette holds few colours.
    let share = (share.clamp(0.0, 1.0) * 36.0).round() / 36.0;
    let at = share * (RAMP.len() - 1) as f64;
    let below = (at as usize).min(RAMP.len() - 2);
    blend(RAMP[below], RAMP[below + 1], at - below as f64)
}

/// As [`ramp`], for dots and lines: even the lightest colour shows on white.
pub fn stroke_ramp(share: f64) -> RGBColor {
    const ENDS: [RGBColor; 3] =
        [RGBColor(66, 152, 150), RGBColor(32, 96, 164), RGBColor(18, 24, 84)];
    if share.is_nan() {
        return PALE;
    }
    let at = (share.clamp(0.0, 1.0) * 36.0).round() / 18.0;
    let below = (at as usize).min(1);
    blend(ENDS[below], ENDS[below + 1], at - below as f64)
}

/// Dark or light ink, whichever has the higher contrast with this background by WCAG's relative
/// luminance.
pub fn ink_on(ground: RGBColor) -> RGBColor {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_is_readable_on_every_colour() {
        for n in 0..40 {
            let ground = series(n);
            let (a, b) = (luminance(ground) + 0.05, luminance(ink_on(ground)) + 0.05);
            let contrast = if a > b { a / b } else { b / a };
            // The better of two inks has at least the square root of their mutual contrast.
            assert!(contrast > 3.7, "series {n}: contrast {contrast}");
        }
    }

    #[test]
    fn every_series_dot_and_stroke_is_seen_on_white() {
        let contrast = |color| 1.05 / (luminance(color) + 0.05);
        for n in 0..40 {
            assert!(contrast(series(n)) >= 3.0, "series {n}: {}", contrast(series(n)));
        }
        for i in 0..=36 {
            let color = stroke_ramp(f64::from(i) / 36.0);
            assert!(contrast(color) >= 3.0, "{i}: {}", contrast(color));
        }
        assert!(contrast(PALE) >= 3.0 && contrast(stroke_ramp(f64::NAN)) >= 3.0);
    }

    #[test]
    fn the_ramp_gets_darker_all_the_way() {
        let lightness: Vec<f64> = (0..=36).map(|i| luminance(ramp(f64::from(i) / 36.0))).collect();
        assert!(lightness.windows(2).all(|w| w[1] < w[0]), "{lightness:?}");
        let strokes: Vec<f64> =
            (0..=36).map(|i| luminance(stroke_ramp(f64::from(i) / 36.0))).collect();
        assert!(strokes.windows(2).all(|w| w[1] < w[0]), "{strokes:?}");
        assert_eq!((ramp(-3.0), ramp(f64::INFINITY)), (RAMP[0], RAMP[4]));
    }
}
