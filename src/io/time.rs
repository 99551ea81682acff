//! Times as text, as Python's `datetime` (and so Optuna) writes them: `2026-11-22 17:32:38.268964`,
//! in UTC and without a time zone.

const DAY: i64 = 86_400;
const SECOND: i64 = 1_000_000;

/// Days since 1970 of a Gregorian date. Years are counted from March, so that the leap day is their
/// last day.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month < 3 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day. The year is estimated from its mean length and corrected where that is a
/// day off.
pub(crate) fn date(since: i64) -> (i64, i64, i64) {
    let mut year = (since * 400).div_euclid(146_097) + 1970;
    while days(year, 3, 1) > since {
        year -= 1;
    }
    while days(year + 1, 3, 1) <= since {
        year += 1;
    }
    let day = since - days(year, 3, 1);
    let month = (5 * day + 2) / 153;
    let first = (153 * month + 2) / 5;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (year, month, day - first + 1)
}

/// The time now, in microseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    since.as_micros().try_into().unwrap_or(i64::MAX)
}

/// Microseconds since 1970 as text.
pub(crate) fn text(micros: i64) -> String {
    let seconds = micros.div_euclid(SECOND);
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let of_day = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let micros = micros.rem_euclid(SECOND);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}")
}

/// The text as microseconds since 1970; the fraction of the second may be missing.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (date, clock) = text.trim().split_once([' ', 'T'])?;
    let whole = |part: Option<&str>, most: i64| {
        let part = part.filter(|p| p.len() <= 4 && p.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse::<i64>().ok().filter(|v| *v <= most)
    };
    let mut parts = date.split('-');
    let (year, month) = (whole(parts.next(), 9999)?, whole(parts.next(), 12)?);
    let day = whole(parts.next(), 31)?;
    if parts.next().is_some() || month == 0 || day == 0 {
        return None;
    }
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.split(':');
    let (hour, minute) = (whole(parts.next(), 23)?, whole(parts.next(), 59)?);
    let second = whole(parts.next(), 59)?;
    if parts.next().is_some() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
    Some(seconds * SECOND + digits.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(parse("1970-01-01 00:00:00"), Some(0));
        assert_eq!(parse("2000-02-29 12:00:00.5"), Some(951_825_600_500_000));
        // date -u -d '2026-11-22 17:32:38' +%s
        assert_eq!(text(1_795_368_758_268_964), "2026-11-22 17:32:38.268964");
        assert_eq!(text(-1), "1969-12-31 23:59:59.999999");
        assert_eq!(text(0), "1970-01-01 00:00:00.000000");
    }

    #[test]
    fn every_day_comes_back() {
        let mut last = None;
        for day in -720_000 + 5_000..2_900_000 {
            let (y, m, d) = date(day);
            assert_eq!(days(y, m, d), day);
            assert!(last < Some((y, m, d)), "{day}");
            last = Some((y, m, d));
        }
        // The step is not a whole number of days, so that it covers all hours and microseconds.
        for micros in (0..4_000_000_000_000_000i64).step_by(8_639_999_998_301) {
            assert_eq!(parse(&text(micros)), Some(micros));
        }
    }

    #[test]
    fn what_is_no_moment() {
        let bad = [
            "",
            "2026-11-22",
            "2026-13-01 00:00:00",
            "2026-00-01 00:00:00",
            "now then",
            "2026-11-22 24:00:00",
            "2026-11-22 10:00",
            "-026-11-22 10:00:00",
            "2026-11-22 10:00:00.x",
        ];
        bad.iter().for_each(|text| assert_eq!(parse(text), None, "{text}"));
    }
}
