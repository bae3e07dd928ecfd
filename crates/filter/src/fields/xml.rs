//! Records of Windows event logs, as Plaso stores them in `xml_string`.
//!
//! The scanner takes whatever comes: some records hold control characters and are no XML, and a
//! parser that refuses them would lose just the events that matter: 65 of 25,922 records of real
//! logs, as log2timeline 20260720 stores them, are not well-formed.

use memchr::memchr;

/// How long an entity may be, in bytes, with `&` and `;`: `&#1114111;`, and some zeros.
const LONGEST_ENTITY: usize = 16;

/// How many bytes the names of elements may take, repeated for each of their attributes, more than
/// the text has. Only an artificial text has an element with so many attributes.
const MAXIMUM_REPEATED: usize = 1 << 12;

/// Calls `found` with the name and the value (as it is written, see [`decode`]) of each field.
///
/// A field is called by the `Name` of its `Data`, without blanks, as Sigma's rules do; `Data` if it
/// has none; otherwise by the name of its element. An attribute is called by element and attribute,
/// such as `Provider_Name`. Attributes are left out once the names would take more memory than the
/// text, and if `has_attributes` is `false`.
pub(super) fn scan(xml: &str, has_attributes: bool, mut found: impl FnMut(&str, &str)) {
    let mut name = String::with_capacity(64);
    let mut rest = xml;
    let mut left = xml.len() + MAXIMUM_REPEATED;
    while let Some(start) = memchr(b'<', rest.as_bytes()) {
        rest = &rest[start + 1..];
        if matches!(rest.as_bytes().first(), Some(b'/' | b'!' | b'?')) {
            continue;
        }
        if let Some((of_data, after)) = named_data(rest) {
            let end = data_end(after);
            found(without_blanks(of_data, &mut name), &after[..end]);
            rest = &after[end..];
            continue;
        }
        let Some(end) = tag_end(rest) else { return };
        let tag = Tag::of(&rest[..end]);
        rest = &rest[end + 1..];
        if tag.element == "Data" {
            // What is inside may be anything, `<` included.
            let end = if tag.is_empty { 0 } else { data_end(rest) };
            let of_data = tag.attribute("Name").unwrap_or("Data");
            found(without_blanks(of_data, &mut name), &rest[..end]);
            rest = &rest[end..];
            continue;
        }
        for (attribute, value) in has_attributes.then(|| tag.attributes()).into_iter().flatten() {
            let Some(rest) = left.checked_sub(tag.element.len()) else { break };
            left = rest;
            name.clear();
            name.push_str(tag.element);
            name.push('_');
            name.push_str(attribute);
            found(&name, value);
        }
        let end = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
        if tag.is_empty {
            if tag.attributes.is_empty() {
                found(tag.element, "");
            }
        } else if rest[end..].starts_with("</") {
            found(tag.element, &rest[..end]);
        }
    }
}

/// Returns the name of a `Data` that has no other attributes, and what follows its tag. Most fields
/// are written so.
fn named_data(rest: &str) -> Option<(&str, &str)> {
    let rest = rest.strip_prefix("Data Name=\"")?;
    let end = memchr(b'"', rest.as_bytes())?;
    Some((&rest[..end], rest[end + 1..].strip_prefix('>')?))
}

/// Returns a name without blanks. `memory` may be used for it.
fn without_blanks<'n>(name: &'n str, memory: &'n mut String) -> &'n str {
    if memchr(b' ', name.as_bytes()).is_none() {
        return name;
    }
    memory.clear();
    memory.extend(name.split(' '));
    memory
}

/// Where the `>` stands that ends the tag: the first one with an even number of quotes before it.
fn tag_end(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let (mut at, mut quotes) = (0, 0);
    loop {
        let end = at + memchr(b'>', &bytes[at..])?;
        quotes += bytes[at..end].iter().filter(|byte| **byte == b'"').count();
        if quotes % 2 == 0 {
            return Some(end);
        }
        at = end + 1;
    }
}

/// Where the `</Data>` stands, or the end if there is none.
fn data_end(rest: &str) -> usize {
    let mut at = 0;
    while let Some(start) = memchr(b'<', &rest.as_bytes()[at..]) {
        at += start;
        if rest.as_bytes()[at..].starts_with(b"</Data>") {
            return at;
        }
        at += 1;
    }
    rest.len()
}

/// What stands between `<` and `>`.
struct Tag<'x> {
    /// The name without its namespace.
    element: &'x str,
    attributes: &'x str,
    is_empty: bool,
}

impl<'x> Tag<'x> {
    fn of(tag: &'x str) -> Self {
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let blank = tag.bytes().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        let (element, attributes) = blank.map_or((tag, ""), |blank| (&tag[..blank], &tag[blank + 1..]));
        let element = element.bytes().rposition(|byte| byte == b':').map_or(element, |at| &element[at + 1..]);
        Self { element, attributes, is_empty }
    }

    fn attributes(&self) -> impl Iterator<Item = (&'x str, &'x str)> {
        let mut rest = self.attributes;
        std::iter::from_fn(move || {
            let bytes = rest.as_bytes();
            let name_end = bytes.windows(2).position(|pair| pair == b"=\"")?;
            let value = name_end + 2;
            let value_end = value + memchr(b'"', &bytes[value..])?;
            let found = (rest[..name_end].trim(), &rest[value..value_end]);
            rest = &rest[value_end + 1..];
            Some(found)
        })
    }

    fn attribute(&self, name: &str) -> Option<&'x str> {
        self.attributes().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// Writes a value as it is meant: entities are characters, and a hexadecimal number has no leading
/// zeros.
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

    fn fields(xml: &str) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        scan(xml, true, |name, value| {
            let mut text = String::new();
            decode(value, &mut text);
            fields.push((name.to_owned(), text));
        });
        fields
    }

    #[test]
    fn a_record_is_taken_apart() {
        let xml = "<Event xmlns=\"http://x/\">\n <System>\n  <Provider Name=\"Sysmon\" Guid=\"{A-B}\"/>\n  <EventID>10</EventID>\n\
                   <Correlation/></System>\n <EventData>\n  <Data Name=\"Threat Name\">a &lt; b &amp;&#38;&#x26; &unknown; c</Data>\n\
                   <Data Name=\"GrantedAccess\">0x00001410</Data><Data Name=\"None\">0x00000000</Data><Data/>\
                   <Data>one</Data><Data>two\u{1}<three</Data></EventData>\
                   <UserData><ns:Change><ns:Subject>x</ns:Subject></ns:Change></UserData></Event>";
        let found = fields(xml);
        let found: Vec<_> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(
            found,
            [
                ("Event_xmlns", "http://x/"),
                ("Provider_Name", "Sysmon"),
                ("Provider_Guid", "{A-B}"),
                ("EventID", "10"),
                ("Correlation", ""),
                ("ThreatName", "a < b &&& &unknown; c"),
                ("GrantedAccess", "0x1410"),
                ("None", "0x0"),
                ("Data", ""),
                ("Data", "one"),
                ("Data", "two\u{1}<three"),
                ("Subject", "x"),
            ]
        );
    }

    #[test]
    fn a_tag_ends_outside_of_quotes() {
        for (rest, end) in [
            ("a>b>", Some(1)),
            ("a b=\">\" c=\"d>>\">e>", Some(15)),
            ("a \">\"\">\">", Some(8)),
            ("a \">\">", Some(5)),
            ("a \">", None),
            ("a", None),
        ] {
            assert_eq!(tag_end(rest), end, "{rest}");
        }
    }

    #[test]
    fn names_are_not_repeated_without_limit() {
        let xml = format!("<{} {}/>", "E".repeat(100_000), "a=\"\" ".repeat(100_000));
        let (mut count, mut bytes) = (0, 0);
        scan(&xml, true, |name, _| {
            count += 1;
            bytes += name.len();
        });
        assert!(count > 1 && bytes < 2 * xml.len(), "{count} names of {bytes} bytes");
    }

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

    #[test]
    fn what_is_no_xml_ends_somewhere() {
        for xml in
            ["", "<", "<a", "<a \"", "<Data>", "<Data Name=\"x\">no end", "<a>1</b>", "< >x</", "&<&>&</&"]
        {
            assert!(fields(xml).len() < 3, "{xml}");
        }
    }
}
