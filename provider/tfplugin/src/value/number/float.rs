//! Numbers and binary floats: exactly, and as people mean them.

use std::sync::Arc;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, ToPrimitive};

use super::{Number, NumberError, Repr};

/// The binary places up to which a fraction's digits fit 128 bits, so that it is converted without long arithmetic.
const SHORT_FRACTION: u8 = 27;

impl Number {
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
        let zeros = mantissa.trailing_zeros();
        if let Ok(places @ 1..=SHORT_FRACTION) = u8::try_from(-(exponent + i64::from(zeros))) {
            // m × 2^-k is m × 5^k × 10^-k, and an odd number times a power of five does not end in zero.
            let digits = i128::from(mantissa >> zeros) * 5_i128.pow(places.into());
            let signed = if float.is_sign_negative() { -digits } else { digits };
            return Ok(match i64::try_from(signed) {
                Ok(digits) if places <= super::SHORT_SCALE => Number(Repr::Short { digits, scale: places }),
                _ => Number(Repr::Big(Arc::new(BigDecimal::new(BigInt::from(signed), places.into())))),
            });
        }
        let magnitude = BigInt::from(mantissa);
        let signed = if float.is_sign_negative() { -magnitude } else { magnitude };
        let shift = exponent.unsigned_abs();
        // Every binary fraction is a finite decimal.
        let decimal = if exponent >= 0 {
            BigDecimal::from(signed << shift)
        } else {
            let five = u32::try_from(shift).map_err(|_| NumberError::Malformed)?;
            BigDecimal::new(signed * BigInt::from(5).pow(five), -exponent)
        };
        Ok(Number::from_decimal(decimal))
    }

    /// The nearest float.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(value) => *value as f64,
            // Reading the decimal text is the one conversion that rounds correctly in every case.
            Repr::Short { .. } | Repr::Big(_) => self.to_string().parse().unwrap_or(f64::NAN),
            Repr::PositiveInfinity => f64::INFINITY,
            Repr::NegativeInfinity => f64::NEG_INFINITY,
        }
    }

    /// The float that is exactly this number, if there is one.
    pub fn to_f64_exact(&self) -> Option<f64> {
        match &self.0 {
            Repr::Short { digits, scale } => {
                // A fraction is exact only if it is made of halves: m × 10^-k is (m ÷ 5^k) × 2^-k.
                let fives = 5_i64.pow((*scale).into());
                let halves = digits / fives;
                let exact = halves * fives == *digits && halves.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS;
                exact.then(|| halves as f64 / (1_u64 << scale) as f64)
            }
            Repr::Big(decimal) if is_never_exact(decimal) => None,
            _ => {
                let float = self.to_f64();
                Number::from_f64_exact(float).is_ok_and(|exact| exact == *self).then_some(float)
            }
        }
    }

    /// Whether a host that is sent one of two numbers and stores it may read the other one back.
    ///
    /// Inside a host, a float is the binary fraction that its bits stand for. In the state it is written with just the
    /// digits that tell it from other floats, and read as the decimal that these digits say: `pow(2, 0.5)` is the fraction
    /// 1.41421356237309514547…, and in the state it is 1.4142135623730951. Nobody has changed it in between.
    pub fn same_when_stored(&self, other: &Number) -> bool {
        let becomes = |sent: &Number, stored: &Number| {
            let shortest = sent.to_f64_exact().and_then(|float| Number::from_f64(float).ok());
            shortest.is_some_and(|shortest| shortest == *stored)
        };
        self == other || becomes(self, other) || becomes(other, self)
    }
}

/// A fraction whose last digit is not five has a last digit after any number of doublings.
fn is_never_exact(decimal: &BigDecimal) -> bool {
    let (digits, scale) = decimal.as_bigint_and_scale();
    scale > 0 && (&*digits % 5_i64).to_i64() != Some(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
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
    fn only_an_exact_float_is_exact() {
        for text in ["0.1", "9007199254740993", "1e400", "0.30000000000000004", "12345678901234567890.5", "1e-30"] {
            assert_eq!(number(text).to_f64_exact(), None, "{text}");
        }
        for float in
            [0.0, -1.0, 0.5, -0.375, 1e300, 5e-324, 2_f64.powi(-27) * 3.0, 2_f64.powi(-28), f64::MAX, 1e15 + 0.5]
        {
            let exact = Number::from_f64_exact(float).unwrap();
            assert_eq!(exact.to_f64_exact(), Some(float));
            assert_eq!(exact, exact.to_string().parse().unwrap(), "{float} has one representation");
        }
        assert_eq!(Number::INFINITY.to_f64_exact(), Some(f64::INFINITY));
    }

    #[test]
    fn a_float_is_stored_with_the_digits_that_tell_it_from_others() {
        let root = Number::from_f64_exact(std::f64::consts::SQRT_2).unwrap();
        let stored = number("1.4142135623730951");
        assert_ne!(root, stored);
        assert!(root.same_when_stored(&stored) && stored.same_when_stored(&root) && root.same_when_stored(&root));
        // Neighbours, decimals that only round to the same float, and numbers that are no floats at all, stay different.
        for other in ["1.414213562373095", "1.41421356237309515", "1.4142135623730952"] {
            assert!(!root.same_when_stored(&number(other)), "{other}");
            assert!(!stored.same_when_stored(&number(other)), "{other}");
        }
        assert!(!number("12345678901234567890123").same_when_stored(&number("12345678901234567890124")));
    }
}
