//! Recognises how the lines of a file are to be read.

use super::columns::{Header, header};
use super::loki::file_name;
use super::plain::{comment, divide, is_clear};
use crate::stix;

/// How many lines are looked at.
const SAMPLE: usize = 200;

/// How the lines of a file are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Records with these columns.
    Csv(Header),
    /// Expressions of Loki for file names.
    FileNames,
    /// Keywords of Loki.
    Keywords,
    /// A value on each line.
    Values { is_loki: bool },
}

/// Returns the layout of a file that begins like this, or why it is no list.
pub(crate) fn layout(head: &str, chosen: Option<&str>) -> Result<Layout, String> {
    let head = head.trim_start_matches('\u{feff}');
    let all_lines = || head.lines().flat_map(|line| line.split('\r')).map(str::trim);
    let lines = || all_lines().filter(|line| !line.is_empty());
    let is_comment = |line: &&str| comment(line).is_some();
    let comments = || lines().filter(is_comment);
    let values = || lines().filter(|line| !is_comment(line)).take(SAMPLE);
    if is_digests_of_feed(values()) {
        return Err("it has digests of the values of a MISP feed, not the values; \
                    name the folder with the events of the feed"
            .into());
    }
    if let Some(header) = values().next().and_then(|line| header(line, chosen)) {
        if !header.is_chosen && is_of_timeline(&header) {
            return Err("it is a timeline, such as an export of foreman or the output of psort; if one of its columns has \
                        indicators, name it with --ioc-column".into());
        }
        return Ok(Layout::Csv(header));
    }
    // abuse.ch writes the names as a comment right above the records.
    let above = all_lines().take_while(|line| line.is_empty() || is_comment(line)).last();
    if let Some(header) = above.filter(|_| values().next().is_some()).and_then(|line| header(line, chosen)) {
        return Ok(Layout::Csv(header));
    }
    if let Some(language) = rule_language(head) {
        return Err(format!("it has rules in {language}"));
    }
    let total = values().count();
    if total > 0 && 2 * values().filter(|line| is_file_name(line)).count() > total {
        return Ok(Layout::FileNames);
    }
    let says = |word: &str| comments().any(|line| line.to_lowercase().contains(word));
    let is_loki = says("loki") || says("thor ");
    if is_loki && says("keyword") {
        return Ok(Layout::Keywords);
    }
    let recognised =
        values().filter(|line| stix::is_pattern(line) || divide(line).recognised.is_ok()).count();
    // A text about indicators names some, too.
    if 3 * recognised < 2 * total {
        return Err(format!(
            "it is no list of indicators: {recognised} of its first {total} lines have a value of known shape"
        ));
    }
    Ok(Layout::Values { is_loki })
}

/// Returns whether these columns are those of a timeline: of foreman's CSV, of psort's formats
/// `dynamic` and `l2tcsv`, or of Timesketch's CSV.
fn is_of_timeline(header: &Header) -> bool {
    let has = |column: &&str| header.names.iter().any(|name| name == column);
    [&["datetime", "timestamp_desc"][..], &["date", "time", "timezone", "MACB"]]
        .into_iter()
        .any(|columns| columns.iter().all(has))
}

/// Returns whether a line is an expression for file names. A hash or an address with a score is
/// none.
fn is_file_name(line: &str) -> bool {
    file_name(line).is_some_and(|name| !is_clear(name.regex))
}

/// Returns whether all lines are of `hashes.csv` of a MISP feed: the MD5 of a value, and the UUID
/// of the event that has it.
fn is_digests_of_feed<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let is_digest = |line: &str| {
        line.split_once(',').is_some_and(|(digest, uuid)| {
            let is_hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let uuid: Vec<_> = uuid.trim().split('-').collect();
            digest.len() == 32
                && is_hexadecimal(digest)
                && uuid.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
                && uuid.iter().all(|part| is_hexadecimal(part))
        })
    };
    let mut lines = lines.peekable();
    lines.peek().is_some() && lines.all(is_digest)
}

/// Returns the language of a file with rules.
fn rule_language(head: &str) -> Option<&'static str> {
    let has_line = |start: &str| head.lines().any(|line| line.starts_with(start));
    if has_line("detection:") && has_line("logsource:") {
        return Some("Sigma; name it with --sigma-rules");
    }
    let has_rule = has_line("rule ") || has_line("private rule ") || has_line("global rule ");
    (has_rule && head.contains("condition")).then_some("YARA, which are for the contents of files")
}
