//! Tells which records of event logs have none of the fields that somebody asks for, without
//! decoding them.
//!
//! Most records have none of them, and decoding a record costs more than all else that is read of
//! its event.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Returns whether the record may have a field that is asked for. The record is JSON, as it is
/// written. Fields that are attributes of XML are not looked for.
pub(super) fn may_have(json: &[u8], is_asked: &dyn Fn(&str) -> bool) -> bool {
    // How JSON may write any character of ASCII, `<` included. Plaso does so for few.
    static ESCAPED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r"\u00"));
    if ESCAPED.find(json).is_some() {
        return true;
    }
    // Each `<` may begin a tag, also those that are in a text.
    memchr::memchr_iter(b'<', json).any(|start| may_begin_field(&json[start + 1..], is_asked))
}

fn may_begin_field(rest: &[u8], is_asked: &dyn Fn(&str) -> bool) -> bool {
    if matches!(rest.first(), Some(b'/' | b'!' | b'?')) {
        return false;
    }
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'.');
    let end = rest.iter().position(|byte| !is_of_name(byte)).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    match (name, rest) {
        (b"Data" | b"ComplexData", [b' ', rest @ ..]) => match name_of_data(rest) {
            Some(name) => is_asked(name),
            None => true,
        },
        (name, [b' ' | b'>', ..]) => is_asked_bytes(name.strip_suffix(b"/").unwrap_or(name), is_asked),
        // A namespace, or what is no XML.
        _ => true,
    }
}

/// Returns the name of a `Data`, if it is the first attribute and has no blanks.
fn name_of_data(rest: &[u8]) -> Option<&str> {
    let rest = rest.strip_prefix(br#"Name=\""#)?;
    let end = memchr::memchr2(b'\\', b' ', rest)?;
    if !rest[end..].starts_with(br#"\""#) {
        return None;
    }
    str::from_utf8(&rest[..end]).ok()
}

fn is_asked_bytes(name: &[u8], is_asked: &dyn Fn(&str) -> bool) -> bool {
    str::from_utf8(name).map_or(true, is_asked)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::xml;
    use super::*;

    fn is_asked(name: &str) -> bool {
        matches!(name, "Hash" | "a")
    }

    fn may_have_asked(record: &str) -> bool {
        may_have(events::json::quoted(record).as_bytes(), &is_asked)
    }

    #[test]
    fn records_without_the_fields_are_told() {
        for (record, expected) in [
            (r#"<Event xmlns="http://x/"><System><EventID>1</EventID></System></Event>"#, false),
            (r#"<EventData><Data Name="Hashes">Hash</Data><Data>a</Data></EventData>"#, false),
            (r#"<Correlation/><Security UserID=""/><?xml?><!-- -->"#, false),
            (r#"<Data Name="Hash">1</Data>"#, true),
            (r#"<Data Name="Ha sh">1</Data>"#, true),
            (r#"<Data Type="" Name="Hash">1</Data>"#, true),
            (r#"<Data Name='Hash'>1</Data>"#, true),
            (r#"<ComplexData Name="Hash">1</ComplexData>"#, true),
            (r#"<ComplexData Name="Hashes">1</ComplexData>"#, false),
            ("<Data\tName=\"Hash\">1</Data>", true),
            ("<Hash>1</Hash>", true),
            ("<x:Hash>1</x:Hash>", true),
            ("<Hash/>", true),
            ("", false),
        ] {
            assert_eq!(may_have_asked(record), expected, "{record}");
        }
        assert!(may_have(br#""\u003cHash>1\u003c/Hash>""#, &is_asked));
        assert!(may_have(br#""<H\u0061sh>1</Hash>""#, &is_asked));
    }

    proptest! {
        #[test]
        fn no_field_is_missed(
            parts in proptest::collection::vec(
                proptest::sample::select(vec![
                    "<", "<", ">", "/", "Data", "<Data Name=\"", "\">", " ", "Name=\"", "\"", "Hash",
                    "a", ":", "\\", "\n", "\t", "é", "</Data>", "</", "=", "\u{1}",
                    "<ComplexData Name=\"", "</ComplexData>", "'", "<![CDATA[", "]]>",
                ]),
                0..16,
            ),
        ) {
            let record = parts.concat();
            let mut has = false;
            xml::scan(&record, false, |name, _| has |= is_asked(name));
            prop_assert!(!has || may_have_asked(&record), "{}", record);
        }
    }
}
