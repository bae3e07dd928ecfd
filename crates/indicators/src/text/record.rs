//! Records of CSV.

/// The most fields of a record. The rest is passed over.
const MOST_FIELDS: usize = 256;

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

/// Returns whether a quotation mark is open at the end of a line, so that the record goes on in the
/// next one. `is_open` says whether one is open at its begin. For each line of a record, this reads
/// only the line, and finds at the end what [`split`] finds.
pub(super) fn stays_open(line: &str, delimiter: char, mut is_open: bool) -> bool {
    let mut rest = line;
    loop {
        if !is_open {
            rest = rest.trim_start_matches(' ');
            if let Some(quoted) = rest.strip_prefix('"') {
                (rest, is_open) = (quoted, true);
            }
        }
        while is_open {
            let Some((_, after)) = rest.split_once('"') else { return true };
            // Two marks stand for one.
            is_open = after.starts_with('"');
            rest = after.strip_prefix('"').unwrap_or(after);
        }
        match rest.split_once(delimiter) {
            Some((_, after)) => rest = after,
            None => return false,
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_record_is_open_line_by_line_as_it_is_whole(
            lines in prop::collection::vec("[a\", ;]{0,8}", 1..5)
        ) {
            let is_open = lines.iter().fold(false, |is_open, line| stays_open(line, ',', is_open));
            // A record ends with the first line that leaves none open.
            let ends_before = (1..lines.len()).any(|end| {
                !lines[..end].iter().fold(false, |is_open, line| stays_open(line, ',', is_open))
            });
            prop_assume!(!ends_before);
            prop_assert_eq!(is_open, !split(&lines.join("\n"), ',', &mut Vec::new()));
        }
    }

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
