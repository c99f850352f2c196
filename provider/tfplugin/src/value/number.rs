//! Numbers of arbitrary precision, equal by value however they were written.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, ToPrimitive, Zero};
use thiserror::Error;

/// No number on the wire may have more characters, or reach further from the decimal point, than this. Terraform itself
/// computes with 512 bits; the bound keeps a hostile exponent from filling the memory.
const MAX_DIGITS: usize = 16 * 1024;

/// A number.
///
/// `1`, `1.0` and `10e-1` are one number. Decimals stay decimals: `0.1` is not the nearest binary fraction.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(Repr);

/// Each number has exactly one representation, so that equality can be structural: whole numbers that fit are `Small`,
/// all other finite numbers are a normalised `Big`.
#[derive(Clone, PartialEq, Eq)]
enum Repr {
    NegativeInfinity,
    Small(i64),
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

    /// The number that a person means who writes this float: the shortest decimal that reads back as the same float.
    ///
    /// # Errors
    /// [`NumberError::NotANumber`] for NaN.
    pub fn from_f64(float: f64) -> Result<Number, NumberError> {
        if float.is_finite() { float.to_string().parse() } else { Number::from_f64_exact(float) }
    }

    /// The number that the bits of this float stand for: `0.1` becomes the binary fraction next to it.
    ///
    /// # Errors
    /// [`NumberError::NotANumber`] for NaN.
    pub fn from_f64_exact(float: f64) -> Result<Number, NumberError> {
        if float.is_nan() {
            return Err(NumberError::NotANumber);
        }
        if float.is_infinite() {
            return Ok(if float > 0.0 { Number::INFINITY } else { Number::NEG_INFINITY });
        }
        if float.fract() == 0.0 && float.abs() < 9.0e18 {
            return Ok(Number::from(float as i64));
        }
        let bits = float.to_bits();
        let raw_exponent = i64::try_from((bits >> 52) & 0x7ff).map_err(|_| NumberError::Malformed)?;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) =
            if raw_exponent == 0 { (fraction, -1074) } else { (fraction | (1 << 52), raw_exponent - 1075) };
        let magnitude = BigInt::from(mantissa);
        let signed = if float.is_sign_negative() { -magnitude } else { magnitude };
        let shift = exponent.unsigned_abs();
        // m × 2^-k is m × 5^k × 10^-k, so every binary fraction is a finite decimal.
        let decimal = if exponent >= 0 {
            BigDecimal::from(signed << shift)
        } else {
            let five = u32::try_from(shift).map_err(|_| NumberError::Malformed)?;
            BigDecimal::new(signed * BigInt::from(5).pow(five), -exponent)
        };
        Ok(Number::from_decimal(decimal))
    }

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

    /// The nearest float.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(value) => *value as f64,
            // Reading the decimal text is the one conversion that rounds correctly in every case.
            Repr::Big(_) => self.to_string().parse().unwrap_or(f64::NAN),
            Repr::PositiveInfinity => f64::INFINITY,
            Repr::NegativeInfinity => f64::NEG_INFINITY,
        }
    }

    /// Whether this is a whole number.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(_) => true,
            Repr::Big(decimal) => decimal.is_integer(),
            Repr::PositiveInfinity | Repr::NegativeInfinity => false,
        }
    }

    /// Whether this is not an infinity.
    pub fn is_finite(&self) -> bool {
        matches!(self.0, Repr::Small(_) | Repr::Big(_))
    }

    fn from_decimal(decimal: BigDecimal) -> Number {
        let decimal = decimal.normalized();
        if decimal.is_integer()
            && let Some(small) = decimal.to_i64()
        {
            return Number(Repr::Small(small));
        }
        Number(Repr::Big(Arc::new(decimal)))
    }

    /// Zero for a small number keeps the comparison below in one place.
    fn sign(&self) -> Sign {
        match &self.0 {
            Repr::NegativeInfinity => Sign::Minus,
            Repr::PositiveInfinity => Sign::Plus,
            Repr::Small(value) => match value.cmp(&0) {
                Ordering::Less => Sign::Minus,
                Ordering::Equal => Sign::NoSign,
                Ordering::Greater => Sign::Plus,
            },
            Repr::Big(decimal) => decimal.sign(),
        }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Number, NumberError> {
        if let Ok(small) = text.parse::<i64>() {
            return Ok(Number::from(small));
        }
        if text.len() > MAX_DIGITS {
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
            if !unsigned.parse::<usize>().is_ok_and(|size| size <= MAX_DIGITS) {
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
            (Repr::Small(left), Repr::Small(right)) => left.cmp(right),
            _ => match sign_rank(self.sign()).cmp(&sign_rank(other.sign())) {
                Ordering::Equal => self.decimal().cmp(&other.decimal()),
                different => different,
            },
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Number {
    /// A finite number as a decimal.
    fn decimal(&self) -> BigDecimal {
        match &self.0 {
            Repr::Small(value) => BigDecimal::from(*value),
            Repr::Big(decimal) => (**decimal).clone(),
            Repr::PositiveInfinity | Repr::NegativeInfinity => BigDecimal::zero(),
        }
    }
}

fn sign_rank(sign: Sign) -> u8 {
    match sign {
        Sign::Minus => 0,
        Sign::NoSign => 1,
        Sign::Plus => 2,
    }
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
    fn the_bits_of_a_float_are_a_finite_decimal() {
        assert_eq!(
            Number::from_f64_exact(0.1).unwrap().to_string(),
            "0.1000000000000000055511151231257827021181583404541015625"
        );
        assert_eq!(Number::from_f64_exact(-2.5).unwrap(), number("-2.5"));
        for float in [5e-324, f64::MAX, f64::MIN_POSITIVE, 1e300, -1e-300] {
            assert_eq!(Number::from_f64_exact(float).unwrap().to_f64(), float);
        }
        assert_eq!(Number::from_f64(f64::NAN), Err(NumberError::NotANumber));
    }

    #[test]
    fn order_is_the_order_of_numbers() {
        let sorted = ["-1e30", "-2.5", "-1", "0", "0.1", "1", "1.5", "9223372036854775808", "1e30"].map(number);
        assert!(sorted.is_sorted());
        assert!(Number::NEG_INFINITY < sorted[0] && sorted[8] < Number::INFINITY);
    }

    #[test]
    fn hostile_and_malformed_texts_are_refused() {
        assert_eq!("1e999999999".parse::<Number>(), Err(NumberError::TooLong));
        assert_eq!("1e99999999999999999999999".parse::<Number>(), Err(NumberError::TooLong));
        for text in ["", "-", ".", "1_0", "0x10", "nan", "inf", "1e", "1e+", "1.2.3", "٣", "1 "] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::Malformed), "{text:?}");
        }
    }
}
