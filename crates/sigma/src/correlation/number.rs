//! Numbers as millionths, so that sums of any order are the same.

/// The number 1.
pub const MILLIONTHS: i128 = 1_000_000;

/// The most digits before the point, as numbers of 64 bits have. A sum of a billion such numbers,
/// or one times a billion records, is in range.
const MOST_DIGITS: usize = 20;

/// Reads a decimal number. Digits behind the sixth after the point are dropped. Returns `None` if
/// the text is no decimal number, or has more than 20 digits before the point.
#[must_use]
pub fn millionths(text: &str) -> Option<i128> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = whole.trim_start_matches('0');
    let has_digits = digits.bytes().any(|byte| byte.is_ascii_digit());
    if !has_digits || !is_number(whole) || !is_number(fraction) || whole.len() > MOST_DIGITS {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? };
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    Some(sign * (whole * MILLIONTHS + fraction.parse::<i128>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (text, expected) in [
            ("0", Some(0)),
            ("17", Some(17_000_000)),
            (" -1.5 ", Some(-1_500_000)),
            ("+.25", Some(250_000)),
            ("1.0000009", Some(1_000_000)),
            ("000000000000000000001", Some(1_000_000)),
            ("999999999999999999", Some(999_999_999_999_999_999_000_000)),
            ("18446744073709551615", Some(18_446_744_073_709_551_615_000_000)),
            ("100000000000000000000", None),
            ("", None),
            (".", None),
            ("-", None),
            ("1e3", None),
            ("0x10", None),
            ("1.2.3", None),
        ] {
            assert_eq!(millionths(text), expected, "{text}");
        }
    }
}
