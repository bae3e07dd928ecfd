//! Records of Windows event logs, as Plaso stores them in `xml_string`.
//!
//! The scanner takes whatever comes: some records hold control characters and are no XML, and a
//! parser that refuses them would lose just the events that matter: 65 of 25,922 records of real
//! logs, as log2timeline 20260720 stores them, are not well-formed.

use memchr::{memchr, memchr3_iter};

use super::xml_sections::Sections;

/// How many bytes the names of elements may take, repeated for each of their attributes, more than
/// the text has. Only an artificial text has an element with so many attributes.
const MAXIMUM_REPEATED: usize = 1 << 12;

/// Calls `found` with the name and the value of each field. The value is as it is written, see
/// [`decode`](super::xml_value::decode).
///
/// A field is called by the `Name` of its `Data`, without blanks, as Sigma's rules do; `Data` if it
/// has none; otherwise by the name of its element. `ComplexData` without elements in it is called
/// as `Data` is. An attribute is called by element and attribute, such as `Provider_Name`.
/// Attributes are left out once the names would take more memory than the text, and if
/// `has_attributes` is `false`.
pub(super) fn scan(xml: &str, has_attributes: bool, mut found: impl FnMut(&str, &str)) {
    let mut name = String::with_capacity(64);
    let mut rest = xml;
    let mut left = xml.len() + MAXIMUM_REPEATED;
    let sections = Sections::default();
    while let Some(start) = memchr(b'<', rest.as_bytes()) {
        if let Some(after) = sections.after(&rest[start..]) {
            rest = after;
            continue;
        }
        rest = &rest[start + 1..];
        if matches!(rest.as_bytes().first(), Some(b'/' | b'!' | b'?')) {
            continue;
        }
        if let Some((of_data, after)) = named_data(rest) {
            let end = data_end(after, &sections);
            found(without_blanks(of_data, &mut name), &after[..end]);
            rest = &after[end..];
            continue;
        }
        let Some(end) = tag_end(rest) else { return };
        let tag = Tag::of(&rest[..end]);
        rest = &rest[end + 1..];
        if tag.element == "Data" {
            // What is inside may be anything, `<` included.
            let end = if tag.is_empty { 0 } else { data_end(rest, &sections) };
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
        let end = text_end(rest, &sections);
        if tag.is_empty {
            if tag.attributes.is_empty() {
                found(tag.element, "");
            }
        } else if rest[end..].starts_with("</") {
            let of_data = (tag.element == "ComplexData").then(|| tag.attribute("Name")).flatten();
            found(without_blanks(of_data.unwrap_or(tag.element), &mut name), &rest[..end]);
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

/// Where the `>` stands that ends the tag: the first one outside of quotes. A single quote begins a
/// value only after `=`: elsewhere, it is an apostrophe of a text that is no XML.
fn tag_end(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut open = None;
    for at in memchr3_iter(b'>', b'"', b'\'', bytes) {
        match (open, bytes[at]) {
            (None, b'>') => return Some(at),
            (None, b'\'') if at == 0 || bytes[at - 1] != b'=' => {}
            (None, quote) => open = Some(quote),
            (Some(quote), byte) if quote == byte => open = None,
            _ => {}
        }
    }
    None
}

/// Where the `</Data>` stands, or the end if there is none.
fn data_end(rest: &str, sections: &Sections) -> usize {
    let mut at = 0;
    loop {
        at += text_end(&rest[at..], sections);
        if at == rest.len() || rest[at..].starts_with("</Data>") {
            return at;
        }
        at += 1;
    }
}

/// Where the next `<` stands that begins no CDATA section, or the end if there is none.
fn text_end(rest: &str, sections: &Sections) -> usize {
    let mut at = 0;
    while let Some(start) = memchr(b'<', &rest.as_bytes()[at..]) {
        at += start;
        match sections.after(&rest[at..]) {
            Some(after) => at = rest.len() - after.len(),
            None => return at,
        }
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
            let is_begin = |pair: &[u8]| matches!(pair, b"=\"" | b"='");
            let name_end = bytes.windows(2).position(is_begin)?;
            let value = name_end + 2;
            let value_end = value + memchr(bytes[name_end + 1], &bytes[value..])?;
            let found = (rest[..name_end].trim(), &rest[value..value_end]);
            rest = &rest[value_end + 1..];
            Some(found)
        })
    }

    fn attribute(&self, name: &str) -> Option<&'x str> {
        self.attributes().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml_value::decode;
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

    fn assert_fields(xml: &str, expected: &[(&str, &str)]) {
        let found = fields(xml);
        let found: Vec<_> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(found, expected, "{xml}");
    }

    #[test]
    fn single_quotes() {
        assert_fields(
            "<System><Provider Name='A \"b\"' Guid=\"it's\"/></System>\
             <Data Type='x' Name='User Name'>eve</Data><Data Name='Empty'/>",
            &[("Provider_Name", "A \"b\""), ("Provider_Guid", "it's"), ("UserName", "eve"), ("Empty", "")],
        );
    }

    #[test]
    fn complex_data() {
        assert_fields(
            "<ComplexData Name=\"Raw Bytes\">00ff</ComplexData>",
            &[("ComplexData_Name", "Raw Bytes"), ("RawBytes", "00ff")],
        );
        assert_fields("<ComplexData>1</ComplexData>", &[("ComplexData", "1")]);
        assert_fields(
            "<ComplexData Name='x'><Inner>1</Inner></ComplexData>",
            &[("ComplexData_Name", "x"), ("Inner", "1")],
        );
    }

    #[test]
    fn cdata_sections() {
        assert_fields(
            "<![CDATA[<No>1</No>]]><EventID><![CDATA[1]]>0</EventID>\
             <Data Name=\"Script\">a&lt;<![CDATA[b &lt; </Data> <c>]]>]]<![CDATA[]]>&gt;</Data><Data><![CDATA[x</Data>",
            &[("EventID", "10"), ("Script", "a<b &lt; </Data> <c>]]>"), ("Data", "<![CDATA[x")],
        );
    }

    /// Each section without an end must not be searched for it.
    #[test]
    fn sections_without_end_take_no_time() {
        let xml = "<Data><![CDATA[</Data><a><![CDATA[".repeat(200_000);
        let mut count = 0;
        scan(&xml, true, |_, _| count += 1);
        assert_eq!(count, 200_000);
    }

    #[test]
    fn a_tag_ends_outside_of_quotes() {
        for (rest, end) in [
            ("a>b>", Some(1)),
            ("a b=\">\" c=\"d>>\">e>", Some(15)),
            ("a \">\"\">\">", Some(8)),
            ("a \">\">", Some(5)),
            ("a \">", None),
            ("a b='>' c=\"'>\">", Some(14)),
            ("don't>", Some(5)),
            ("a b=\"it's\">", Some(10)),
            ("a b='", None),
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
    fn what_is_no_xml_ends_somewhere() {
        for xml in
            ["", "<", "<a", "<a \"", "<Data>", "<Data Name=\"x\">no end", "<a>1</b>", "< >x</", "&<&>&</&"]
        {
            assert!(fields(xml).len() < 3, "{xml}");
        }
    }
}
