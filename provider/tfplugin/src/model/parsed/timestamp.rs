//! Points in time as RFC 3339 writes them.

use super::Meaning;

/// A point in time as RFC 3339 writes it, compared without regard to the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since the beginning of 1970, in UTC.
    pub seconds: i64,
    /// Nanoseconds since the last full second.
    pub nanoseconds: u32,
}

impl Meaning for Timestamp {
    const REQUIREMENT: &'static str = "must be a time such as 2030-01-31T12:00:00Z";

    fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_at_checked(10)?;
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let time = time.strip_prefix(['T', 't'])?;
        let (clock, rest) = time.split_at_checked(8)?;
        let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
        let (fraction, offset) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
        let nanoseconds = nanoseconds(fraction)?;
        let offset = offset_seconds(offset)?;
        let on_calendar = (1..=12).contains(&month) && day >= 1 && day <= days_of_month(year, month);
        // A leap second is the first of the next minute.
        if !on_calendar || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
        Some(Timestamp { seconds, nanoseconds })
    }

    fn write(&self) -> String {
        let (days, second) = (self.seconds.div_euclid(86_400), self.seconds.rem_euclid(86_400));
        let (year, month, day) = date_of(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let fraction = if self.nanoseconds == 0 { String::new() } else { format!(".{:09}", self.nanoseconds) };
        let fraction = fraction.trim_end_matches('0');
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
    }

    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// Numbers of fixed widths with separators between them.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// The digits after the point of a second; further ones than nine are cut off.
fn nanoseconds(fraction: &str) -> Option<u32> {
    if fraction.is_empty() {
        return Some(0);
    }
    let digits = fraction.strip_prefix('.')?;
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<9}").get(..9)?.parse().ok()
}

fn offset_seconds(offset: &str) -> Option<i64> {
    if matches!(offset, "Z" | "z") {
        return Some(0);
    }
    let (sign, clock) = match offset.strip_prefix('-') {
        Some(clock) => (-1, clock),
        None => (1, offset.strip_prefix('+')?),
    };
    let [hours, minutes] = numbers(clock, ':', [2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Years begin in March here, so that the leap day is the last of a year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    // A guess that is never too late, and a year or two early at most: 146,097 days are 400 years.
    let mut year = ((days + 719_468) * 400).div_euclid(146_097) - 1;
    while days_since_1970(year + 1, 3, 1) <= days {
        year += 1;
    }
    let day_of_year = days - days_since_1970(year, 3, 1);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<i64> {
        Timestamp::parse(text).map(|time| time.seconds)
    }

    #[test]
    fn times_are_points_in_time() {
        assert_eq!(time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(time("2000-02-29T23:59:59Z"), Some(951_868_799));
        assert_eq!(time("2026-11-22T01:30:00+01:30"), time("2026-11-22T00:00:00z"));
        assert_eq!(time("1969-12-31T23:59:59Z"), Some(-1));
        assert_eq!(time("2016-12-31T23:59:60Z"), time("2017-01-01T00:00:00Z"));
        let fraction = Timestamp::parse("2026-01-01T00:00:00.25Z").map(|time| time.nanoseconds);
        assert_eq!(fraction, Some(250_000_000));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in [
            "",
            "2026-11-22",
            "2026-11-22 00:00:00Z",
            "2026-11-22T00:00:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T00:00:00.Z",
            "2026-11-22T00:00:00+1:00",
            "2026-11-22T00:00:00+24:00",
            "2026-11-22T00:00:00Zz",
            "2026-11-22T00:00:00+ö",
            "２026-11-22T00:00:00Z",
        ] {
            assert_eq!(time(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_written_time_reads_back() {
        // From the year 0 to the year 9999, in steps that hit every time of the day and of the year.
        for seconds in (-62_167_219_200..253_402_300_799).step_by(86_399 * 731) {
            let time = Timestamp { seconds, nanoseconds: 5_000 };
            assert_eq!(Timestamp::parse(&time.write()), Some(time), "{}", time.write());
        }
        assert_eq!(Timestamp { seconds: 951_782_400, nanoseconds: 0 }.write(), "2000-02-29T00:00:00Z");
    }
}
