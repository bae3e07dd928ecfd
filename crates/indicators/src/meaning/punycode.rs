//! Punycode (RFC 3492): the ASCII form of a label of a domain name.
//!
//! The crate `idna` also maps characters (Unicode Technical Standard 46), with tables of some
//! megabytes. Names in evidence are mapped already: a browser stores what it has looked up.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const FIRST_BIAS: u32 = 72;
const FIRST_CODE: u32 = 0x80;

/// Returns the label with `xn--` before it. Returns `None` if it is too long for a domain name.
pub(super) fn encode(label: &str) -> Option<String> {
    let mut encoded = String::from("xn--");
    encoded.extend(label.chars().filter(char::is_ascii));
    let basic = (encoded.len() - 4) as u32;
    if basic > 0 {
        encoded.push('-');
    }
    let total = label.chars().count() as u32;
    let (mut code, mut delta, mut bias, mut handled) = (FIRST_CODE, 0_u32, FIRST_BIAS, basic);
    while handled < total {
        let next = label.chars().map(u32::from).filter(|c| *c >= code).min()?;
        delta = delta.checked_add((next - code).checked_mul(handled + 1)?)?;
        code = next;
        for c in label.chars().map(u32::from) {
            if c < code {
                delta = delta.checked_add(1)?;
            }
            if c == code {
                push_number(&mut encoded, delta, bias);
                bias = adapted(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        code += 1;
        if encoded.len() > super::host::LONGEST_LABEL {
            return None;
        }
    }
    (encoded.len() <= super::host::LONGEST_LABEL).then_some(encoded)
}

fn push_number(encoded: &mut String, mut number: u32, bias: u32) {
    let mut k = BASE;
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if number < threshold {
            return encoded.push(digit(number));
        }
        encoded.push(digit(threshold + (number - threshold) % (BASE - threshold)));
        number = (number - threshold) / (BASE - threshold);
        k += BASE;
    }
}

fn adapted(delta: u32, handled: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / handled;
    let mut k = 0;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

fn digit(number: u32) -> char {
    // 0 to 25 are letters, 26 to 35 digits.
    char::from(if number < 26 { b'a' + number as u8 } else { b'0' + (number - 26) as u8 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_ascii() {
        for (label, encoded) in [
            ("bücher", "xn--bcher-kva"),
            ("münchen", "xn--mnchen-3ya"),
            ("例え", "xn--r8jz45g"),
            ("пример", "xn--e1afmkfd"),
            ("faß", "xn--fa-hia"),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("ü", "xn--tda"),
        ] {
            assert_eq!(encode(label).as_deref(), Some(encoded), "{label}");
        }
        assert_eq!(encode(&"ü".repeat(64)), None);
    }
}
