//! Values in records of Windows event logs, as they are meant.

use memchr::memchr;

use super::xml_sections;

/// How long an entity may be, in bytes, with `&` and `;`: `&#1114111;`, and some zeros.
const LONGEST_ENTITY: usize = 16;

/// Writes a value as it is meant: entities are characters, a CDATA section is the text in it, and a
/// hexadecimal number has no leading zeros.
///
/// Windows and its rules write `0x1410`; the library that Plaso reads event logs with writes
/// `0x00001410`.
pub(super) fn decode(value: &str, out: &mut String) {
    if let Some(digits) = value.strip_prefix("0x0")
        && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    {
        let digits = digits.trim_start_matches('0');
        out.push_str("0x");
        out.push_str(if digits.is_empty() { "0" } else { digits });
        return;
    }
    let mut rest = value;
    while let Some((before, section, after)) = xml_sections::split(rest) {
        decode_entities(before, out);
        out.push_str(section);
        rest = after;
    }
    decode_entities(rest, out);
}

fn decode_entities(value: &str, out: &mut String) {
    let mut rest = value;
    while let Some(start) = memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        // No further, or a value of nothing but `&` would take time quadratic in its length.
        let end = rest.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';');
        let entity = end.and_then(|end| Some((character(&rest[1..end])?, &rest[end + 1..])));
        match entity {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = entity.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            char::from_u32(number.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_short() {
        let decoded = |value: &str| {
            let mut text = String::new();
            decode(value, &mut text);
            text
        };
        assert_eq!(decoded("&#0000000065;&#x0041;&#1114111;"), "AA\u{10ffff}");
        assert_eq!(decoded("&#000000000000065;&amp"), "&#000000000000065;&amp");
        // Each `&` searched for a `;` in all of the rest, this would take an hour.
        let many = "&".repeat(20 << 20);
        assert_eq!(decoded(&many), many);
    }
}
