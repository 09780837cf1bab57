//! Money, exactly: decimal text to millionths, and no floating point anywhere.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use thiserror::Error;

use crate::contract::rows::Price;
use crate::contract::types::{Day, Money};

/// Why a text is no amount of money.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AmountError {
    /// Something else than digits with at most one point, or more digits than any price has.
    #[error("is no decimal number of a usual length, such as 39.00")]
    NotANumber,
    /// More than six digits behind the point: it could not be kept exactly.
    #[error("has more than six digits behind the point")]
    TooFine,
    /// More than the contract can count.
    #[error("is larger than can be counted")]
    TooLarge,
    /// No price is below zero.
    #[error("is negative")]
    Negative,
}

/// Reads an amount such as `39.00` as millionths.
///
/// # Errors
/// When the text is no amount that can be kept exactly.
pub fn micros(text: &str) -> Result<i64, AmountError> {
    let amount = Decimal::from_str_exact(text.trim()).map_err(|error| match error {
        rust_decimal::Error::Underflow => AmountError::TooFine,
        _ => AmountError::NotANumber,
    })?;
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err(AmountError::Negative);
    }
    let micros = amount.checked_mul(Decimal::from(1_000_000)).ok_or(AmountError::TooLarge)?;
    if !micros.fract().is_zero() {
        return Err(AmountError::TooFine);
    }
    micros.to_i64().ok_or(AmountError::TooLarge)
}

/// Whether a price holds on a day: both ends are part of its time.
#[must_use]
pub fn holds(price: &Price, on: Day) -> bool {
    price.valid_from.is_none_or(|from| from <= on) && price.valid_to.is_none_or(|to| on <= to)
}

/// So many times an amount; `None` when that is more than can be counted.
#[must_use]
pub fn times(amount: &Money, count: u64) -> Option<Money> {
    let micros = amount.micros.checked_mul(i64::try_from(count).ok()?)?;
    Some(Money { micros, currency: amount.currency.clone() })
}

/// An amount for people: `39.00 USD`, with as many digits behind the point as it needs and two at least.
#[must_use]
pub fn text(amount: &Money) -> String {
    let mut number = Decimal::from(amount.micros).checked_div(Decimal::from(1_000_000)).unwrap_or_default().normalize();
    if number.scale() < 2 {
        number.rescale(2);
    }
    format!("{number} {}", amount.currency)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_amount_is_kept_exactly() {
        assert_eq!(micros("39.00"), Ok(39_000_000));
        assert_eq!(micros(" 0.1 "), Ok(100_000));
        assert_eq!(micros("0.000001"), Ok(1));
        assert_eq!(micros("9223372036854.775807"), Ok(i64::MAX));
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_refused() {
        assert_eq!(micros("0.0000001"), Err(AmountError::TooFine));
        assert_eq!(micros("9223372036854.775808"), Err(AmountError::TooLarge));
        assert_eq!(micros("99999999999999999999999999999"), Err(AmountError::NotANumber));
        assert_eq!(micros("-1"), Err(AmountError::Negative));
        for text in ["", "-", ".", "x", "1,00", "1e3", "$3", "1.2.3", "--1"] {
            assert_eq!(micros(text), Err(AmountError::NotANumber), "{text}");
        }
    }

    #[test]
    fn money_is_written_with_two_digits_or_as_many_as_it_needs() {
        let usd = |micros| text(&Money { micros, currency: "USD".to_owned() });
        assert_eq!(usd(39_000_000), "39.00 USD");
        assert_eq!(usd(12_345_600), "12.3456 USD");
        assert_eq!(usd(-500_000), "-0.50 USD");
    }

    #[test]
    fn more_than_can_be_counted_is_no_sum() {
        let amount = Money { micros: i64::MAX, currency: "USD".to_owned() };
        assert_eq!(times(&amount, 2), None);
        assert_eq!(times(&amount, u64::MAX), None);
        assert_eq!(times(&amount, 1), Some(amount));
    }

    proptest! {
        #[test]
        fn an_amount_survives_being_written_and_read(amount in 0..i64::MAX) {
            let written = text(&Money { micros: amount, currency: "EUR".to_owned() });
            prop_assert_eq!(micros(written.trim_end_matches(" EUR")), Ok(amount));
        }
    }
}
