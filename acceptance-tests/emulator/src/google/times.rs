//! Durations and moments as Google's JSON writes them.

use crate::state::clock::Millis;

/// Reads `3600s` or `1.5s`, in milliseconds.
pub(crate) fn duration(text: &str) -> Option<Millis> {
    let number = text.strip_suffix('s')?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole.strip_prefix('-').unwrap_or(whole)) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let seconds: i64 = whole.parse().ok()?;
    let thousandths: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
    seconds.checked_mul(1000)?.checked_add(thousandths)
}

/// Reads a moment of RFC 3339.
pub(crate) fn moment(text: &str) -> Option<Millis> {
    text.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_google_writes() {
        assert_eq!(duration("7776000s"), Some(7_776_000_000));
        assert_eq!(duration("1.5s"), Some(1500));
        for wrong in ["", "s", "90d", "1.s", "1,5s", "7776000"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!(moment("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(moment("1970-01-01"), None);
    }
}
