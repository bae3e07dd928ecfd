//! Records of CSV.

/// The most fields of a record. The rest is passed over.
const MOST_FIELDS: usize = 256;

/// How the quotation marks of a record are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// Each has its place.
    Right,
    /// Behind a field in quotation marks is more text. If the field has several lines, a mark was
    /// most likely forgotten in the first one.
    TextBehind,
    /// One is missing at the end: the record goes on in the next line.
    Open,
}

/// Divides a record into its fields.
pub(super) fn split(record: &str, delimiter: char, fields: &mut Vec<String>) -> Marks {
    fields.clear();
    let mut rest = record;
    let mut marks = Marks::Right;
    loop {
        rest = rest.trim_start_matches(' ');
        let mut field = String::new();
        let (mut is_complete, mut is_quoted) = (true, false);
        if let Some(quoted) = rest.strip_prefix('"') {
            is_quoted = true;
            (field, rest, is_complete) = unquote(quoted);
        }
        let end = rest.find(delimiter).unwrap_or(rest.len());
        let behind = rest[..end].trim_end();
        if is_quoted && !behind.is_empty() {
            marks = Marks::TextBehind;
        }
        field.push_str(behind);
        if fields.len() < MOST_FIELDS {
            fields.push(field);
        }
        if !is_complete {
            return Marks::Open;
        }
        match rest[end..].strip_prefix(delimiter) {
            Some(after) => rest = after,
            None => return marks,
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
            prop_assert_eq!(is_open, split(&lines.join("\n"), ',', &mut Vec::new()) == Marks::Open);
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
            assert_eq!(split(record, ',', &mut fields), Marks::Right, "{record}");
            assert_eq!(fields, expected, "{record}");
        }
        assert_eq!(split("a;b,c", ';', &mut fields), Marks::Right);
        assert_eq!(fields, ["a", "b,c"]);
        assert_eq!(split("a,\"b", ',', &mut fields), Marks::Open);
        assert_eq!(split("\"a\" b,c", ',', &mut fields), Marks::TextBehind);
        assert_eq!(fields, ["a b", "c"]);
        assert_eq!(split("\"a\" ,c", ',', &mut fields), Marks::Right);
        assert_eq!(split(&",".repeat(100_000), ',', &mut fields), Marks::Right);
        assert_eq!(fields.len(), MOST_FIELDS);
    }
}
