//! Dates along an axis, as days since 1970 in the Gregorian calendar.

use super::scale::Tick;
use crate::io::time::{self, date};

/// Days since 1970-01-01 of a date such as `2026-03-01`. A time may follow after a `T` or a blank,
/// as in `2026-03-01 12:30`, optionally with seconds, fractions of seconds and a final `Z`.
pub fn days(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('Z');
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time.trim())),
        None => (text, None),
    };
    let mut parts = date.splitn(3, '-');
    let mut part = |digits: usize| -> Option<i64> {
        let text = parts.next()?;
        let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok())?
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    if !(1..=12).contains(&month) || !(1..=length(year, month)).contains(&day) {
        return None;
    }
    let mut seconds = 0.0;
    if let Some(time) = time {
        let parts: Vec<f64> = time.split(':').map(|p| p.parse().ok()).collect::<Option<_>>()?;
        let (hour, minute, second) = match *parts.as_slice() {
            [hour, minute] => (hour, minute, 0.0),
            [hour, minute, second] => (hour, minute, second),
            _ => return None,
        };
        let whole = |v: f64, below: f64| (0.0..below).contains(&v) && v.fract() == 0.0;
        if !whole(hour, 24.0) || !whole(minute, 60.0) || !(0.0..61.0).contains(&second) {
            return None;
        }
        seconds = hour * 3600.0 + minute * 60.0 + second;
    }
    Some(number(year, month, day) as f64 + seconds / 86400.0)
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date; months may lie outside 1 to 12.
fn number(year: i64, month: i64, day: i64) -> i64 {
    let months = year * 12 + month - 1;
    time::days(months.div_euclid(12), months.rem_euclid(12) + 1, day)
}

/// At most about `most` ticks at round dates from `low` to `high`, in days.
pub fn ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let span = high - low;
    if span.is_nan() || span <= 0.0 {
        return Vec::new();
    }
    // Years beyond these do not have four digits.
    let (low, high) = (low.max(-719_162.0), high.min(2_932_896.0));
    let most = most.max(2) as f64;
    let span = high - low;
    let days = |days: f64, text: &dyn Fn(f64) -> String| -> Vec<Tick> {
        let first = (low / days - 1e-9).ceil() as i64;
        let last = (high / days + 1e-9).floor() as i64;
        (first..=last).map(|i| i as f64 * days).map(|v| (v, text(v))).collect()
    };
    let clock = |v: f64| {
        let minutes = (v.rem_euclid(1.0) * 1440.0).round() as i64;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    };
    let whole = |v: f64| {
        let (year, month, day) = date(v.round() as i64);
        format!("{year:04}-{month:02}-{day:02}")
    };
    const MINUTES: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 180.0, 360.0, 720.0];
    if span < 2.0 {
        let step = MINUTES.into_iter().map(|m| m / 1440.0).find(|step| span / step <= most);
        return days(step.unwrap_or(0.5), &|v| if v.fract() == 0.0 { whole(v) } else { clock(v) });
    }
    if let Some(step) = [1.0, 2.0, 7.0, 14.0].into_iter().find(|step| span / step <= most) {
        return days(step, &whole);
    }
    let (year, month, _) = date(low.floor() as i64);
    let months = |step: i64, text: &dyn Fn(i64, i64) -> String| -> Vec<Tick> {
        let first = (year * 12 + month - 1).div_euclid(step) * step;
        let ticks =
            (0i64..).map(|i| first + i * step).map(|m| (m.div_euclid(12), m.rem_euclid(12) + 1));
        let ticks = ticks.map(|(year, month)| (number(year, month, 1) as f64, text(year, month)));
        ticks.skip_while(|(v, _)| *v < low).take_while(|(v, _)| *v <= high).collect()
    };
    let few = |step: &i64| span / 30.4 / (*step as f64) <= most;
    if let Some(step) = [1, 3, 6].into_iter().find(few) {
        return months(step, &|year, month| format!("{year:04}-{month:02}"));
    }
    let years = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
    let step = years.into_iter().map(|y| y * 12).find(few).unwrap_or(12_000);
    months(step, &|year, _| format!("{year:04}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_in_days() {
        assert_eq!(days("1970-01-01"), Some(0.0));
        // Python: (datetime.date(2026, 11, 26) - datetime.date(1970, 1, 1)).days
        assert_eq!(days("2026-11-26"), Some(20783.0));
        assert_eq!(days("1900-03-01"), Some(-25508.0));
        assert_eq!(days("2000-02-29 12:00"), Some(11016.5));
        assert_eq!(days("2000-02-29T06:00:00.000Z"), Some(11016.25));
        for wrong in
            ["2023-02-29", "2023-13-01", "23-01-01", "2023-01-01 24:00", "a", "", "2023-1-1"]
        {
            assert_eq!(days(wrong), None, "{wrong}");
        }
        for day in (-720_000..3_000_000).step_by(997).chain([11016, 11017, -1, 0]) {
            let (year, month, of_month) = date(day);
            assert_eq!(number(year, month, of_month), day);
            assert!((1..=12).contains(&month) && (1..=length(year, month)).contains(&of_month));
        }
    }

    #[test]
    fn ticks_stand_at_round_dates() {
        let texts = |from: &str, to: &str, most: usize| -> Vec<String> {
            let ticks = ticks(days(from).unwrap(), days(to).unwrap(), most);
            ticks.into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(texts("2023-01-15", "2023-03-15", 4), ["2023-02", "2023-03"]);
        assert_eq!(texts("2023-01-01", "2023-01-04", 6).len(), 4);
        assert_eq!(texts("2019-06-01", "2023-06-01", 5), ["2020", "2021", "2022", "2023"]);
        assert_eq!(
            texts("2023-01-01 06:00", "2023-01-02 01:00", 4),
            ["06:00", "12:00", "18:00", "2023-01-02"]
        );
        assert_eq!(texts("2023-11-10", "2024-05-20", 4), ["2024-01", "2024-04"]);
        assert!(ticks(1.0, 1.0, 5).is_empty() && ticks(f64::NAN, 1.0, 5).is_empty());
        assert!(ticks(-1e300, 1e300, 5).len() < 20);
    }
}
