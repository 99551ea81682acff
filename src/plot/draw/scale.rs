//! Scales of axes: their range, and the positions and texts of their ticks.

/// Values further out than this are left out like infinities, so that a span never overflows.
const HUGE: f64 = 1e300;

/// Whether a value can be drawn at all on a linear axis.
pub fn drawable(v: f64) -> bool {
    v.abs() <= HUGE
}

/// The map from values to positions along an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Scale {
    Linear {
        low: f64,
        high: f64,
    },
    /// The ends are exponents of ten.
    Log {
        low: f64,
        high: f64,
    },
}

/// A tick: its value and its text.
pub type Tick = (f64, String);

impl Scale {
    /// A scale over exactly these values; `low` must be below `high`.
    pub fn exact(low: f64, high: f64) -> Self {
        Scale::Linear { low, high }
    }

    /// A linear scale over all values that can be drawn, with a margin; 0 to 1 if there are none.
    pub fn linear(values: impl Iterator<Item = f64>) -> Self {
        let Some((low, high)) = extent(values.filter(|v| drawable(*v))) else {
            return Scale::exact(0.0, 1.0);
        };
        let magnitude = low.abs().max(high.abs());
        let span = high - low;
        let air = if magnitude < 1e-290 {
            1.0
        } else if span <= magnitude * 1e-9 {
            // Constant up to rounding: f64 cannot resolve finer ticks.
            magnitude * 0.1
        } else {
            span * 0.05
        };
        Scale::exact(low - air, high + air)
    }

    /// As [`linear`](Self::linear), with one end at 0 if all values have the same sign.
    pub fn from_zero(values: impl Iterator<Item = f64>) -> Self {
        match extent(values.filter(|v| drawable(*v))) {
            Some((low, high)) if low >= 0.0 && high > 1e-290 => Scale::exact(0.0, high * 1.06),
            Some((low, high)) if high <= 0.0 && low < -1e-290 => Scale::exact(low * 1.06, 0.0),
            Some((low, high)) if high - low > 1e-290 => {
                // Bars in both directions have texts at both ends.
                let air = (high - low) * 0.08;
                Scale::exact(low - air, high + air)
            }
            _ => Scale::exact(0.0, 1.0),
        }
    }

    /// A logarithmic scale over all positive values; 0.1 to 10 if there are none.
    pub fn log(values: impl Iterator<Item = f64>) -> Self {
        let logs = values.filter(|v| *v > 1e-290 && drawable(*v)).map(f64::log10);
        match extent(logs) {
            Some((low, high)) => {
                let air = ((high - low) * 0.05).max(0.05);
                Scale::Log { low: low - air, high: high + air }
            }
            None => Scale::Log { low: -1.0, high: 1.0 },
        }
    }

    /// The position of a value: 0 at the low end, 1 at the high end; `None` for a value without
    /// one, such as NaN, or 0 on a logarithmic scale.
    pub fn place(&self, v: f64) -> Option<f64> {
        let (v, low, high) = match *self {
            Scale::Linear { low, high } => (v, low, high),
            Scale::Log { low, high } if v > 0.0 => (v.log10(), low, high),
            Scale::Log { .. } => return None,
        };
        let t = (v - low) / (high - low);
        // The margin at the ends of an axis may reach a little beyond what can be drawn.
        (drawable(v / 1.2) && t.is_finite()).then_some(t.clamp(-10.0, 10.0))
    }

    /// The value at a position, the inverse of [`place`](Self::place).
    pub fn at(&self, place: f64) -> f64 {
        match *self {
            Scale::Linear { low, high } => low + place * (high - low),
            Scale::Log { low, high } => 10f64.powf(low + place * (high - low)),
        }
    }

    /// At most about `most` ticks at round values.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        let most = most.max(2);
        match *self {
            Scale::Linear { low, high } => linear_ticks(low, high, most),
            Scale::Log { low, high } => log_ticks(low, high, most),
        }
    }

    /// Ticks at whole numbers only, for epochs and counts.
    pub fn whole_ticks(&self, most: usize) -> Vec<Tick> {
        let mut ticks = self.ticks(most);
        ticks.retain(|(v, _)| v.fract() == 0.0);
        ticks.into_iter().map(|(v, _)| (v, grouped(v as i64))).collect()
    }
}

fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |e, v| match e {
        None => Some((v, v)),
        Some((low, high)) => Some((low.min(v), high.max(v))),
    })
}

fn linear_ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let raw = (high - low) / most as f64;
    if !(raw.is_finite() && raw > 0.0) {
        return Vec::new();
    }
    let exponent = raw.log10().floor();
    let power = 10f64.powf(exponent);
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|step| *step >= raw * 0.75)
        .unwrap_or(raw);
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    // A step far below the values' precision gives no distinct ticks.
    if !(step > 0.0 && first.abs() < 1e12 && last.abs() < 1e12) {
        return vec![(low, number(low, 4)), (high, number(high, 4))];
    }
    let magnitude = low.abs().max(high.abs());
    (first as i64..=last as i64)
        .take(3 * most)
        .map(|i| i as f64 * step)
        .map(|v| (v, tick_text(v, step, magnitude)))
        .collect()
}

fn log_ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let (first, last) = (low.ceil() as i64, high.floor() as i64);
    if last - first < 1 {
        // Fewer than two powers of ten in range: some round values between them as well.
        let mut ticks = Vec::new();
        for decade in first - 1..=last + 1 {
            for m in [1.0, 2.0, 5.0] {
                let v = m * 10f64.powi(decade as i32);
                if (low..=high).contains(&v.log10()) {
                    ticks.push((v, number(v, 2)));
                }
            }
        }
        if ticks.len() < 2 {
            ticks = [low, high].map(|v| (10f64.powf(v), number(10f64.powf(v), 3))).to_vec();
        }
        return ticks;
    }
    let every = (last - first) / most as i64 + 1;
    // The same notation for the whole axis.
    let plain = first >= -2 && last <= 4;
    let text = |e: i64| if plain { decimal(e) } else { power_of_ten(e) };
    (first..=last)
        .filter(|e| e % every == 0)
        .map(|e| (10f64.powf(e as f64), text(e)))
        .filter(|(v, _)| *v > 0.0 && v.is_finite())
        .collect()
}

fn power_of_ten(exponent: i64) -> String {
    format!("10{}", superscript(exponent))
}

/// 0.01 to 10 000.
fn decimal(exponent: i64) -> String {
    match exponent {
        e if e < 0 => format!("{:.*}", -e as usize, 10f64.powf(e as f64)),
        e => grouped(10i64.pow(e as u32)),
    }
}

fn superscript(n: i64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digit = |c: char| c.to_digit(10).map_or('⁻', |d| DIGITS[d as usize]);
    n.to_string().chars().map(digit).collect()
}

/// A tick's text, with the digits its step needs: 0.05, 12 000, 2e−5.
fn tick_text(v: f64, step: f64, magnitude: f64) -> String {
    if v == 0.0 {
        return "0".to_string();
    }
    if !(1e-3..1e6).contains(&magnitude) {
        let exponent = v.abs().log10().floor();
        // Mantissa digits down to the step.
        let digits = (exponent - step.log10().floor()).clamp(0.0, 12.0) as usize;
        return tidy(&format!("{v:.digits$e}"));
    }
    let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    if decimals == 0 { grouped(v.round() as i64) } else { minus(&format!("{v:.decimals$}")) }
}

/// A value in about this many significant digits, without trailing zeros.
pub fn number(v: f64, digits: usize) -> String {
    if v == 0.0 {
        return "0".to_string();
    }
    if !v.is_finite() {
        return if v.is_nan() {
            "–".to_string()
        } else {
            minus(&format!("{v}").replace("inf", "∞"))
        };
    }
    let exponent = v.abs().log10().floor();
    if !(-3.0..6.0).contains(&exponent) {
        return tidy(&format!("{v:.*e}", digits.saturating_sub(1)));
    }
    if v.fract() == 0.0 {
        return grouped(v as i64);
    }
    let decimals = (digits as f64 - 1.0 - exponent).clamp(0.0, 12.0) as usize;
    let text = format!("{v:.decimals$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    minus(text)
}

/// A whole number with thin spaces between thousands, from 10 000 on.
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && digits.len() > 4 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(c);
    }
    if n < 0 { format!("−{out}") } else { out }
}

/// A percentage with one decimal at most: 0 %, 0.4 %, 38.5 %, 100 %.
pub fn percent(share: f64) -> String {
    let p = share * 100.0;
    match p {
        p if !p.is_finite() => "–".to_string(),
        0.0 => "0 %".to_string(),
        p if p < 0.1 => "<0.1 %".to_string(),
        p if p < 99.95 => format!("{p:.1} %"),
        p if p < 100.0 => ">99.9 %".to_string(),
        _ => "100 %".to_string(),
    }
}

/// "1.50e-5" as 1.5e−5.
fn tidy(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else { return minus(text) };
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    minus(&format!("{mantissa}e{exponent}"))
}

/// The typographic minus, as wide as a plus.
fn minus(text: &str) -> String {
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|(_, t)| t.as_str()).collect()
    }

    #[test]
    fn ticks_are_written_as_people_write_them() {
        let ticks = |low, high, n| linear_ticks(low, high, n);
        assert_eq!(
            texts(&ticks(0.0, 1.0, 5)),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"].map(zero)
        );
        assert_eq!(texts(&ticks(0.0, 4.2e-5, 3)), ["0", "2e−5", "4e−5"]);
        assert_eq!(texts(&ticks(1e-5, 1.3e-5, 3)), ["1e−5", "1.1e−5", "1.2e−5", "1.3e−5"]);
        assert_eq!(texts(&ticks(0.0, 25000.0, 3)), ["0", "10\u{2009}000", "20\u{2009}000"]);
        assert_eq!(texts(&ticks(-1.0, 1.0, 4)), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(texts(&log_ticks(-8.2, -4.9, 6)), ["10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵"]);
        assert_eq!(texts(&log_ticks(0.1, 0.9, 6)), ["2", "5"]);
        let thousands = "10\u{2009}000";
        assert_eq!(
            texts(&log_ticks(-2.2, 4.1, 9)),
            ["0.01", "0.1", "1", "10", "100", "1000", thousands]
        );
        assert_eq!(texts(&log_ticks(-3.2, 2.1, 9))[..3], ["10⁻³", "10⁻²", "10⁻¹"]);
        assert_eq!(texts(&log_ticks(-3.2, 2.1, 9))[3..], ["10⁰", "10¹", "10²"]);
    }

    fn zero(text: &str) -> &str {
        if text == "0.0" { "0" } else { text }
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(0.38214, 3), "0.382");
        assert_eq!(number(1234567.0, 3), "1.23e6");
        assert_eq!(number(0.00001, 3), "1e−5");
        assert_eq!(number(12.0, 3), "12");
        assert_eq!(number(-0.5, 3), "−0.5");
        assert_eq!(number(f64::NAN, 3), "–");
        assert_eq!(percent(0.38512), "38.5 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.99999), ">99.9 %");
        assert_eq!(percent(f64::NAN), "–");
    }

    proptest! {
        #[test]
        fn every_scale_has_few_ordered_ticks_inside(
            values in proptest::collection::vec(proptest::num::f64::ANY, 0..5),
            most in 0usize..20,
        ) {
            for scale in [
                Scale::linear(values.iter().copied()),
                Scale::from_zero(values.iter().copied()),
                Scale::log(values.iter().copied()),
            ] {
                let ticks = scale.ticks(most);
                prop_assert!(ticks.len() <= 3 * most.max(2) + 1, "{scale:?}: {}", ticks.len());
                prop_assert!(ticks.windows(2).all(|t| t[0].0 < t[1].0), "{scale:?} {ticks:?}");
                for (v, _) in &ticks {
                    let t = scale.place(*v).unwrap();
                    prop_assert!((-1e-6..=1.0 + 1e-6).contains(&t), "{scale:?}: {v} at {t}");
                }
            }
        }

        #[test]
        fn values_lie_on_their_scale(v in proptest::num::f64::NORMAL, w in -1e9f64..1e9) {
            for scale in [Scale::linear([v, w].into_iter()), Scale::from_zero([v, w].into_iter())] {
                if let Some(t) = scale.place(w) {
                    prop_assert!((0.0..=1.0).contains(&t), "{scale:?}: {w} at {t}");
                }
            }
        }
    }
}
