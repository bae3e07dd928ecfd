//! Cells of CSV files that do no harm in a spreadsheet.

use events::is_harmful;

/// The maximum number of characters of a cell. Excel takes 32,767, and would put the rest of a
/// longer text into the next cells, where it could begin with anything.
const MAXIMUM_CELL: usize = 32_000;

/// Appends a cell of a row, with quotes if it needs them (RFC 4180).
///
/// A spreadsheet takes a text for a formula if it begins with `=`, `+`, `-` or `@`, also in full
/// width. Such a text gets an apostrophe before it, which spreadsheets understand as "this is
/// text". Line ends and tabs become spaces, and other control characters are escaped, so that each
/// event is one line and nothing reaches a terminal.
pub(crate) fn write_cell(text: &str, out: &mut Vec<u8>) {
    let needs_quotes =
        text.contains(['"', ',', ';', '\n', '\r', '\t']) || text.starts_with(' ') || text.ends_with(' ');
    if needs_quotes {
        out.push(b'"');
    }
    if text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        out.push(b'\'');
    }
    let mut buffer = [0; 4];
    for (position, c) in text.chars().enumerate() {
        if position == MAXIMUM_CELL {
            out.extend_from_slice("…".as_bytes());
            break;
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

#[cfg(test)]
mod tests {
    use super::*;

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
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "=\"a\",b"] {
            let cell = cell(text);
            let inside = cell.trim_start_matches('"');
            assert!(inside.starts_with('\''), "{text:?} became {cell:?}");
        }
        assert_eq!(cell(&"é".repeat(40_000)).chars().count(), MAXIMUM_CELL + 1);
    }
}
