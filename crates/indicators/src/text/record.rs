//! Records of CSV.

/// The most fields of a record. The rest is passed over.
const MOST_FIELDS: usize = 256;

/// What stands for no value.
const NO_VALUES: [&str; 7] = ["", "-", "n/a", "none", "null", "nan", "unknown"];

/// Returns whether a field is empty, or says that it is.
pub(super) fn is_no_value(field: &str) -> bool {
    NO_VALUES.iter().any(|none| field.eq_ignore_ascii_case(none))
}

/// Divides a record into its fields. Returns `false` if a quotation mark is missing at its end:
/// the record goes on in the next line.
pub(super) fn split(record: &str, delimiter: char, fields: &mut Vec<String>) -> bool {
    fields.clear();
    let mut rest = record;
    loop {
        rest = rest.trim_start_matches(' ');
        let mut field = String::new();
        let mut is_complete = true;
        if let Some(quoted) = rest.strip_prefix('"') {
            (field, rest, is_complete) = unquote(quoted);
        }
        let end = rest.find(delimiter).unwrap_or(rest.len());
        field.push_str(rest[..end].trim_end());
        if fields.len() < MOST_FIELDS {
            fields.push(field);
        }
        if !is_complete {
            return false;
        }
        match rest[end..].strip_prefix(delimiter) {
            Some(after) => rest = after,
            None => return true,
        }
    }
}

/// Returns the text up to the next single quotation mark, what is behind it, and whether there is
/// one. Two marks stand for one.
fn unquote(text: &str) -> (String, &str, bool) {
    let mut field = String::new();
    let mut rest = text;
    while let Some(mark) = rest.find('"') {
        field.push_str(&rest[..mark]);
        rest = &rest[mark + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return (field, rest, true),
        }
    }
    field.push_str(rest);
    (field, "", false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let mut fields = Vec::new();
        for (record, expected) in [
            ("a,b", &["a", "b"][..]),
            ("", &[""]),
            (",", &["", ""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"a\", \"b\"", &["a", "b"]),
            ("\"a\"\"b\",", &["a\"b", ""]),
            ("a \"b\" , c ", &["a \"b\"", "c"]),
            ("\"\"", &[""]),
        ] {
            assert!(split(record, ',', &mut fields), "{record}");
            assert_eq!(fields, expected, "{record}");
        }
        assert!(split("a;b,c", ';', &mut fields));
        assert_eq!(fields, ["a", "b,c"]);
        assert!(!split("a,\"b", ',', &mut fields));
        assert!(split(&",".repeat(100_000), ',', &mut fields));
        assert_eq!(fields.len(), MOST_FIELDS);
    }
}
