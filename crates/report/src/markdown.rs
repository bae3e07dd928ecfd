//! Writes documents as Markdown.

use crate::document::{Align, Block, Document, Entry, Grid, Passage};
use crate::time_zone::chosen;
use crate::words::line;

/// Writes the document as Markdown with tables, which GitHub and most other viewers support.
pub(crate) fn markdown(document: &Document) -> String {
    let mut out = format!("# {}\n", plain(&document.title));
    if let Some(zone) = chosen() {
        out.push_str(&format!("\nTimes are in {}.\n", plain(&zone)));
    }
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Heading(heading) => out.push_str(&format!("## {}\n", plain(heading))),
            Block::Paragraph(text) => out.push_str(&format!("{}\n", plain(text))),
            Block::Facts(facts) => {
                out.push_str("| | |\n| --- | --- |\n");
                for (name, value) in facts {
                    out.push_str(&format!("| {} | {} |\n", plain(name), plain(value)));
                }
            }
            Block::Grid(grid) => out.push_str(&table(grid)),
            Block::Entry(entry) => out.push_str(&item(entry)),
        }
    }
    out
}

fn table(grid: &Grid) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let rule = |(align, _): &(Align, _)| if *align == Align::Right { "---:" } else { "---" }.to_owned();
    let headings = grid.columns.iter().map(|(_, heading)| (*heading).to_owned());
    let remarked = grid.remarks.iter().map(|(heading, _)| (*heading).to_owned());
    let mut out = row(headings.chain(remarked).collect());
    let rules = grid.columns.iter().map(rule).chain(grid.remarks.iter().map(|_| "---".to_owned()));
    out.push_str(&row(rules.collect()));
    for (position, cells) in grid.rows.iter().enumerate() {
        let remark = grid.remarks.iter().filter_map(|(_, remarks)| remarks.get(position));
        out.push_str(&row(cells.iter().chain(remark).map(|cell| plain(cell)).collect()));
    }
    if let Some(more) = &grid.more {
        out.push_str(&format!("\n{}\n", plain(more)));
    }
    out
}

fn item(entry: &Entry) -> String {
    let head: Vec<_> = entry.head.iter().filter(|part| !part.is_empty()).map(|part| plain(part)).collect();
    let mut out = format!("- {}\n", head.join(", "));
    for (name, value) in &entry.facts {
        let name = if name.is_empty() { String::new() } else { plain(name) + ": " };
        let Passage { before, matched, after } = value;
        out.push_str(&format!("  - {name}{}\n", plain(&format!("{before}{matched}{after}"))));
    }
    out
}

/// Escapes the text so that it has no meaning in Markdown: no markup, no HTML, no link.
fn plain(text: &str) -> String {
    let text = line(text);
    // Four spaces at the start of a line would be code.
    let text = text.trim_start();
    let mut out = String::with_capacity(text.len());
    for (position, c) in text.char_indices() {
        let before = &text[..position];
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            // Viewers turn text that looks like a link into a link. They do this with an e-mail
            // address even if its `@` is escaped, so an empty comment, which is not shown, splits
            // the address.
            '@' if position > 0 => out.push_str("<!-- -->@"),
            ':' if text[position..].starts_with("://")
                || before.ends_with("mailto")
                || before.ends_with("xmpp") =>
            {
                out.push_str("&#58;");
            }
            '.' if ends_with_www(before) => out.push_str("&#46;"),
            // Some viewers turn each name with a dot that could be a domain into a link. An
            // escaped dot ends the name for them.
            '.' if is_in_name(before, &text[position + 1..]) => out.push_str("\\."),
            // Some viewers mark what is between two of them.
            '=' if before.ends_with('=') || text[position + 1..].starts_with('=') => out.push_str("\\="),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '>' | '~' | '$' => out.extend(['\\', c]),
            // Only at the start of a line, these begin a heading or a list.
            '#' | '+' | '-' | '=' if position == 0 => out.extend(['\\', c]),
            '.' | ')' if is_number(before) && !text[position + 1..].starts_with(|c| c != ' ') => {
                out.extend(['\\', c])
            }
            c => out.push(c),
        }
    }
    out
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether a dot between these texts could be one in the name of a domain. The last part of
/// such a name begins with a letter.
fn is_in_name(before: &str, after: &str) -> bool {
    before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphabetic)
}

fn ends_with_www(text: &str) -> bool {
    text.as_bytes().last_chunk::<3>().is_some_and(|last| last.eq_ignore_ascii_case(b"www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_means_anything() {
        for (given, expected) in [
            ("a|b\nc", r"a\|b\\nc"),
            ("<script>", r"&lt;script\>"),
            ("[x](javascript:alert)", r"\[x\](javascript:alert)"),
            ("http://WWW.evil.example", r"http&#58;//WWW&#46;evil\.example"),
            ("mailto:a@b.example", r"mailto&#58;a<!-- -->@b\.example"),
            ("a@b.example @c", r"a<!-- -->@b\.example <!-- -->@c"),
            ("a&#64;b.example", r"a&amp;#64;b\.example"),
            ("evil.com, 7.evil.xn--p1ai/x.", r"evil\.com, 7\.evil\.xn--p1ai/x."),
            ("b\u{fc}cher.de .com 10.0.0.1", "b\u{fc}cher\\.de .com 10.0.0.1"),
            ("==marked== a=b", r"\=\=marked\=\= a=b"),
            ("@a", "@a"),
            ("snake_case `*`", r"snake\_case \`\*\`"),
            ("# no heading", r"\# no heading"),
            ("  # no heading", r"\# no heading"),
            ("    no code", "no code"),
            ("1. no list", r"1\. no list"),
            ("23) no list", r"23\) no list"),
            ("2.", r"2\."),
            ("1.5 s (a) .5)", "1.5 s (a) .5)"),
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(plain(given), expected);
        }
    }
}
