//! Punycode (RFC 3492), in which host names of other alphabets are written: `bücher` is
//! `xn--bcher-kva`.

const BASE: u32 = 36;
const T_MINIMUM: u32 = 1;
const T_MAXIMUM: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const FIRST_BIAS: u32 = 72;
const FIRST_CODE: u32 = 128;

/// Appends the Punycode of a label. Returns `None` if a number gets too large, which needs a label
/// that is longer than any host name.
pub(super) fn encode(label: &str, to: &mut String) -> Option<()> {
    to.extend(label.chars().filter(char::is_ascii));
    let basic = label.chars().filter(char::is_ascii).count() as u32;
    if basic > 0 {
        to.push('-');
    }
    let total = label.chars().count() as u32;
    let (mut code, mut delta, mut bias, mut handled) = (FIRST_CODE, 0_u32, FIRST_BIAS, basic);
    while handled < total {
        let next = label.chars().map(u32::from).filter(|character| *character >= code).min()?;
        delta = delta.checked_add((next - code).checked_mul(handled + 1)?)?;
        code = next;
        for character in label.chars().map(u32::from) {
            if character < code {
                delta = delta.checked_add(1)?;
            } else if character == code {
                push_number(delta, bias, to);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        code += 1;
    }
    Some(())
}

/// Appends a number in digits of variable base.
fn push_number(number: u32, bias: u32, to: &mut String) {
    let mut rest = number;
    for position in (BASE..).step_by(BASE as usize) {
        let threshold = position.saturating_sub(bias).clamp(T_MINIMUM, T_MAXIMUM);
        if rest < threshold {
            break;
        }
        to.push(digit(threshold + (rest - threshold) % (BASE - threshold)));
        rest = (rest - threshold) / (BASE - threshold);
    }
    to.push(digit(rest));
}

fn digit(value: u32) -> char {
    char::from(if value < 26 { b'a' + value as u8 } else { b'0' + (value - 26) as u8 })
}

fn adapt(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = delta / if is_first { DAMP } else { 2 };
    delta += delta / count;
    let mut bias = 0;
    while delta > (BASE - T_MINIMUM) * T_MAXIMUM / 2 {
        delta /= BASE - T_MINIMUM;
        bias += BASE;
    }
    bias + (BASE - T_MINIMUM + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_labels() {
        for (label, expected) in [
            ("bücher", "bcher-kva"),
            ("münchen", "mnchen-3ya"),
            ("例え", "r8jz45g"),
            ("пример", "e1afmkfd"),
            ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"),
            ("😀", "e28h"),
        ] {
            let mut encoded = String::new();
            encode(label, &mut encoded).unwrap();
            assert_eq!(encoded, expected, "{label}");
        }
    }
}
