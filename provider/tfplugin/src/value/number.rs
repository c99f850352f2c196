//! Numbers of arbitrary precision, equal by value however they were written.

mod float;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, ToPrimitive, Zero};
use thiserror::Error;

/// No number on the wire may have more characters, or reach further from the decimal point, than this. Terraform itself
/// computes with 512 bits; the bound keeps a hostile exponent from filling the memory.
const MAX_DIGITS: usize = 16 * 1024;

/// The decimal places of a `Repr::Short` at most: powers of ten up to this one fit 64 bits.
const SHORT_SCALE: u8 = 18;

/// A number.
///
/// `1`, `1.0` and `10e-1` are one number. Decimals stay decimals: `0.1` is not the nearest binary fraction.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(Repr);

/// Each number has exactly one representation, so that equality can be structural: whole numbers that fit are `Small`,
/// fractions that fit are `Short`, all other finite numbers are a normalised `Big`.
#[derive(Clone, PartialEq, Eq)]
enum Repr {
    NegativeInfinity,
    Small(i64),
    /// `digits` × 10 to the power of minus `scale`, which is between 1 and [`SHORT_SCALE`]. The last digit is not zero.
    Short {
        digits: i64,
        scale: u8,
    },
    Big(Arc<BigDecimal>),
    PositiveInfinity,
}

/// Why a text or a float is not a number.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NumberError {
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    Malformed,
    /// The number has too many digits or too large an exponent.
    #[error("the number has more than {MAX_DIGITS} digits")]
    TooLong,
    /// The float is not a number.
    #[error("NaN is not a number that Terraform knows")]
    NotANumber,
}

impl Number {
    /// Positive infinity.
    pub const INFINITY: Number = Number(Repr::PositiveInfinity);
    /// Negative infinity.
    pub const NEG_INFINITY: Number = Number(Repr::NegativeInfinity);

    /// The whole number, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(value) => Some(*value),
            _ => None,
        }
    }

    /// The whole number, if it is one, is not negative and fits.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small(value) => u64::try_from(*value).ok(),
            Repr::Big(decimal) if decimal.is_integer() => decimal.to_u64(),
            _ => None,
        }
    }

    /// Whether this is a whole number.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(_) => true,
            Repr::Big(decimal) => decimal.is_integer(),
            Repr::Short { .. } | Repr::PositiveInfinity | Repr::NegativeInfinity => false,
        }
    }

    /// Whether this is not an infinity.
    pub fn is_finite(&self) -> bool {
        !matches!(self.0, Repr::PositiveInfinity | Repr::NegativeInfinity)
    }

    fn from_decimal(decimal: BigDecimal) -> Number {
        let decimal = decimal.normalized();
        let (digits, scale) = decimal.as_bigint_and_scale();
        if let Some(digits) = digits.to_i64() {
            match u8::try_from(scale) {
                Ok(0) => return Number(Repr::Small(digits)),
                Ok(scale @ 1..=SHORT_SCALE) => return Number(Repr::Short { digits, scale }),
                _ => {}
            }
        }
        // Normalised, a whole number may have lost zeros: 100 is 1 × 10².
        if decimal.is_integer()
            && let Some(small) = decimal.to_i64()
        {
            return Number(Repr::Small(small));
        }
        Number(Repr::Big(Arc::new(decimal)))
    }

    /// A number of few digits, none of them lost: `digits` × 10 to the power of minus `scale`.
    fn short(mut digits: i64, mut scale: u8) -> Number {
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        if scale == 0 { Number(Repr::Small(digits)) } else { Number(Repr::Short { digits, scale }) }
    }

    /// The digits and the scale of a number that has few.
    fn as_short(&self) -> Option<(i64, u8)> {
        match self.0 {
            Repr::Small(digits) => Some((digits, 0)),
            Repr::Short { digits, scale } => Some((digits, scale)),
            _ => None,
        }
    }

    /// A finite number as a decimal.
    fn decimal(&self) -> BigDecimal {
        match &self.0 {
            Repr::Small(value) => BigDecimal::from(*value),
            Repr::Short { digits, scale } => BigDecimal::new(BigInt::from(*digits), i64::from(*scale)),
            Repr::Big(decimal) => (**decimal).clone(),
            Repr::PositiveInfinity | Repr::NegativeInfinity => BigDecimal::zero(),
        }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Number, NumberError> {
        if let Ok(small) = text.parse::<i64>() {
            return Ok(Number::from(small));
        }
        if let Some(short) = parse_short(text) {
            return Ok(short);
        }
        if text.len() + 2 > MAX_DIGITS {
            return Err(NumberError::TooLong);
        }
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let only_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !only_digits || (whole.is_empty() && fraction.is_empty()) {
            return Err(NumberError::Malformed);
        }
        if let Some(exponent) = exponent {
            let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NumberError::Malformed);
            }
            // Written without exponent it must not be longer either: a sign or a zero and a point may join the digits.
            let fits = |size: usize| size.saturating_add(mantissa.len() + 2) <= MAX_DIGITS;
            if !unsigned.parse::<usize>().is_ok_and(fits) {
                return Err(NumberError::TooLong);
            }
        }
        let decimal = BigDecimal::from_str(text).map_err(|_| NumberError::Malformed)?;
        Ok(Number::from_decimal(decimal))
    }
}

impl fmt::Display for Number {
    /// Plain decimal notation, never an exponent.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(value) => write!(formatter, "{value}"),
            Repr::Short { digits, scale } => {
                let scale = usize::from(*scale);
                // At least one digit before the point.
                let text = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
                let (whole, fraction) = text.split_at(text.len() - scale);
                write!(formatter, "{}{whole}.{fraction}", if *digits < 0 { "-" } else { "" })
            }
            Repr::Big(decimal) => formatter.write_str(&decimal.to_plain_string()),
            Repr::PositiveInfinity => formatter.write_str("inf"),
            Repr::NegativeInfinity => formatter.write_str("-inf"),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (left, right) if left == right => Ordering::Equal,
            (Repr::NegativeInfinity, _) | (_, Repr::PositiveInfinity) => Ordering::Less,
            (_, Repr::NegativeInfinity) | (Repr::PositiveInfinity, _) => Ordering::Greater,
            _ => match (self.as_short(), other.as_short()) {
                // Nineteen digits and eighteen places fit 128 bits.
                (Some((left, left_scale)), Some((right, right_scale))) => {
                    let widened = |digits, scale: u8| i128::from(digits) * 10_i128.pow(u32::from(scale));
                    widened(left, right_scale).cmp(&widened(right, left_scale))
                }
                _ => self.decimal().cmp(&other.decimal()),
            },
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Reads plain decimal notation with a point and few digits: what most fractions are written as.
fn parse_short(text: &str) -> Option<Number> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (-1, unsigned),
        None => (1, text),
    };
    let (whole, fraction) = unsigned.split_once('.')?;
    let only_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    let count = whole.len() + fraction.len();
    if !only_digits || count == 0 || count > usize::from(SHORT_SCALE) {
        return None;
    }
    let digits = whole.bytes().chain(fraction.bytes()).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(Number::short(sign * digits, u8::try_from(fraction.len()).ok()?))
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number(Repr::Small(value))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        Number::from(i64::from(value))
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Number::from(i64::from(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        match i64::try_from(value) {
            Ok(small) => Number::from(small),
            Err(_) => Number::from_decimal(BigDecimal::from(value)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn equality_is_by_value() {
        for (left, right) in [("1", "1.0"), ("10e-1", "1"), ("0.10", "0.1"), ("-0.0", "0"), ("1e3", "1000")] {
            assert_eq!(number(left), number(right), "{left} and {right}");
        }
        assert_ne!(number("0.1"), Number::from_f64_exact(0.1).unwrap());
        assert_eq!(number("0.1"), Number::from_f64(0.1).unwrap());
    }

    #[test]
    fn sixty_four_bit_identifiers_and_larger_survive() {
        assert_eq!(number("9223372036854775807").to_i64(), Some(i64::MAX));
        assert_eq!(number("18446744073709551615").to_u64(), Some(u64::MAX));
        assert_eq!(number("12345678901234567890123").to_string(), "12345678901234567890123");
        assert_eq!(number("1e25").to_string(), format!("1{}", "0".repeat(25)));
    }

    #[test]
    fn order_is_the_order_of_numbers() {
        let sorted = ["-1e30", "-2.5", "-1", "0", "0.1", "1", "1.5", "9223372036854775808", "1e30"].map(number);
        assert!(sorted.is_sorted());
        assert!(Number::NEG_INFINITY < sorted[0] && sorted[8] < Number::INFINITY);
    }

    #[test]
    fn a_number_has_one_representation_however_many_digits_it_has() {
        for (text, plain) in [
            ("-0.05", "-0.05"),
            ("100.250", "100.25"),
            ("9223372036854775807.5", "9223372036854775807.5"),
            ("-9.223372036854775808", "-9.223372036854775808"),
            ("0.000000000000000001", "0.000000000000000001"),
            ("0.0000000000000000001", "0.0000000000000000001"),
            ("12e-1", "1.2"),
            ("1.20e1", "12"),
            (".5", "0.5"),
        ] {
            assert_eq!(number(text).to_string(), plain);
            assert_eq!(
                number(text),
                number(&format!("{plain}{}", if plain.contains('.') { "000000000000000000" } else { "" }))
            );
        }
        assert!(number("0.5") > number("0.49999999999999999999") && number("-1.5") < number("-1.25"));
    }

    #[test]
    fn hostile_and_malformed_texts_are_refused() {
        assert_eq!("1e999999999".parse::<Number>(), Err(NumberError::TooLong));
        assert_eq!("1e99999999999999999999999".parse::<Number>(), Err(NumberError::TooLong));
        // What is read can be written down and read again.
        for text in [
            format!("{}e{}", "9".repeat(150), MAX_DIGITS - 152),
            format!("-1.5e-{}", MAX_DIGITS - 6),
            "9".repeat(MAX_DIGITS - 2),
        ] {
            assert_eq!(number(&number(&text).to_string()), number(&text));
        }
        for text in
            [format!("{}e{}", "9".repeat(150), MAX_DIGITS - 151), format!("1e-{MAX_DIGITS}"), "9".repeat(MAX_DIGITS)]
        {
            assert_eq!(text.parse::<Number>(), Err(NumberError::TooLong));
        }
        for text in ["", "-", ".", "1_0", "0x10", "nan", "inf", "1e", "1e+", "1.2.3", "٣", "1 "] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::Malformed), "{text:?}");
        }
    }
}
