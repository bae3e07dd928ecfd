//! Cells of CSV files that do no harm in a spreadsheet.

use events::is_harmful;

/// The maximum number of characters of a cell. Excel takes 32,767, and would put the rest of a
/// longer text into the next cells, where it could begin with anything.
const MAXIMUM_CELL: usize = 32_000;

/// Appends a cell of a row, with quotes if it needs them (RFC 4180).
///
/// A spreadsheet takes a text for a formula if it begins with `=`, `+`, `-` or `@`, also in full
/// width. Such a text gets an apostrophe before it, which spreadsheets understand as "this is
/// text". So does what follows a semicolon: where numbers have decimal commas, spreadsheets divide
/// lines at semicolons, also within these quotes, because they do not begin such a cell.
///
/// Line ends and tabs become spaces, and other control characters are escaped, so that each event
/// is one line and nothing reaches a terminal.
pub(crate) fn write_cell(text: &str, out: &mut Vec<u8>) {
    let needs_quotes =
        text.contains(['"', ',', ';', '\n', '\r', '\t']) || text.starts_with(' ') || text.ends_with(' ');
    if needs_quotes {
        out.push(b'"');
    }
    let mut length = 0;
    if begins_formula(text) {
        out.push(b'\'');
        length += 1;
    }
    let mut buffer = [0; 4];
    for (position, c) in text.char_indices() {
        if length >= MAXIMUM_CELL {
            out.extend_from_slice("…".as_bytes());
            break;
        }
        // Excel counts units of UTF-16.
        length += if is_harmful(c) { c.escape_default().len() } else { c.len_utf16() };
        if c == ';' && begins_formula(&text[position + 1..]) {
            out.extend_from_slice(b";'");
            length += 1;
            continue;
        }
        match c {
            '"' => out.extend_from_slice(b"\"\""),
            '\n' | '\r' | '\t' => out.push(b' '),
            c if is_harmful(c) => out.extend(c.escape_default().map(|c| c as u8)),
            c => out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    if needs_quotes {
        out.push(b'"');
    }
}

/// Returns whether a spreadsheet would take a cell that begins so for a formula. Quotes at the
/// beginning do not belong to the text if the spreadsheet divides the line in another way.
fn begins_formula(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What counts is what is written: an escape is eight characters, an emoji two units.
    #[test]
    fn no_cell_is_too_long_for_excel() {
        for text in ["\u{202e}", "😀", "\u{1}", ";=", "a"] {
            let mut cell = Vec::new();
            write_cell(&text.repeat(31_900), &mut cell);
            let cell = String::from_utf8(cell).unwrap();
            let units = cell.encode_utf16().count();
            assert!(units <= 32_100, "{text:?}: {units}");
        }
    }

    fn cell(text: &str) -> String {
        let mut out = Vec::new();
        write_cell(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells() {
        for (text, expected) in [
            ("plain é", "plain é"),
            ("a, \"b\"", "\"a, \"\"b\"\"\""),
            ("a\r\nb\tc", "\"a  b c\""),
            ("\u{1b}[31m\u{202e}", "\\u{1b}[31m\\u{202e}"),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    #[test]
    fn no_cell_begins_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "=\"a\",b", "\"=1"] {
            let cell = cell(text);
            let inside = cell.trim_start_matches('"');
            assert!(inside.starts_with('\''), "{text:?} became {cell:?}");
        }
        assert_eq!(cell(&"é".repeat(40_000)).chars().count(), MAXIMUM_CELL + 1);
        assert_eq!(cell(&format!("={}", "é".repeat(40_000))).chars().count(), MAXIMUM_CELL + 1);
    }

    /// German and French spreadsheets divide lines at semicolons.
    #[test]
    fn no_part_between_semicolons_begins_a_formula() {
        for (text, expected) in [
            ("x;=cmd|'/C calc'!A0;", "\"x;'=cmd|'/C calc'!A0;\""),
            ("a; \t-1;b", "\"a;'  -1;b\""),
            ("a;\"=1", "\"a;'\"\"=1\""),
            (";＝1;;@a", "\";'＝1;;'@a\""),
            ("a;b-1", "\"a;b-1\""),
        ] {
            assert_eq!(cell(text), expected);
        }
        let many = cell(&";=".repeat(40_000));
        assert!(many.chars().count() <= MAXIMUM_CELL + 4, "{}", many.chars().count());
    }
}
