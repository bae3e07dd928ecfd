//! Lists of Loki and THOR that have other values than plain lists: expressions for file names, and
//! keywords.

use super::lines::LineReader;
use super::plain::{LastComment, add_value, is_clear};
use super::stopped::Stopped;
use crate::model::{Comparison, Full, Indicators, Kind, NewDetails, NewIndicator, Value};

/// The shortest keyword, in characters.
const SHORTEST_KEYWORD: usize = 3;

/// An expression for file names, with what follows it.
pub(super) struct FileName<'a> {
    pub(super) regex: &'a str,
    pub(super) score: u16,
    /// What is a false positive.
    pub(super) except: Option<&'a str>,
}

/// Divides `REGEX;SCORE` or `REGEX;SCORE;REGEX`. An expression may have a `;` in it, so the first
/// one that a number follows counts.
pub(super) fn file_name(line: &str) -> Option<FileName<'_>> {
    line.match_indices(';').find_map(|(at, _)| {
        let regex = line[..at].trim();
        let rest = &line[at + 1..];
        let (score, except) = rest.split_once(';').map_or((rest, None), |(score, rest)| (score, Some(rest)));
        let score = score.trim();
        let is_score = (1..=3).contains(&score.len()) && score.bytes().all(|byte| byte.is_ascii_digit());
        let except = except.map(str::trim).filter(|except| !except.is_empty());
        (is_score && !regex.is_empty())
            .then(|| Some(FileName { regex, score: score.parse().ok()?, except }))?
    })
}

/// Reads expressions for file names.
pub(super) fn read_file_names(mut lines: LineReader<'_>, to: &mut Indicators) -> Result<(), Stopped> {
    let mut comment = LastComment::default();
    while let Some(line) = lines.next_line()? {
        if comment.take(&line.text) {
            continue;
        }
        match file_name(&line.text).filter(|_| !line.is_cut) {
            Some(name) if is_clear(name.regex) => add_value(&line.text, line.number, comment.text(), to)?,
            Some(name) => add_file_name(&name, line.number, comment.text(), &line.text, to)?,
            None => {
                let reason = "it is not of the form EXPRESSION;SCORE, or EXPRESSION;SCORE;FALSE POSITIVES";
                to.add_problem(line.number, &line.text, reason.into());
            }
        }
    }
    Ok(())
}

fn add_file_name(
    name: &FileName<'_>,
    line: u32,
    comment: &str,
    written: &str,
    to: &mut Indicators,
) -> Result<(), Full> {
    let check = to.regex_check();
    let checked =
        check.check(name.regex).and_then(|()| name.except.map_or(Ok(()), |except| check.check(except)));
    if let Err(reason) = checked {
        to.add_problem(line, written, reason);
        return Ok(());
    }
    let details =
        NewDetails { comment: comment.to_owned(), score: Some(name.score), ..NewDetails::default() };
    let details = to.details(&details)?;
    to.add(NewIndicator {
        kind: Kind::FilePath,
        comparison: Comparison::Regex,
        value: Value::Text(name.regex),
        written: None,
        except: name.except,
        in_group: false,
        line,
        details,
    })?;
    Ok(())
}

/// Reads keywords, one a line.
pub(super) fn read_keywords(mut lines: LineReader<'_>, to: &mut Indicators) -> Result<(), Stopped> {
    let mut comment = LastComment::default();
    while let Some(line) = lines.next_line()? {
        if comment.take(&line.text) {
            continue;
        }
        if line.is_cut || line.text.chars().count() < SHORTEST_KEYWORD {
            let reason =
                format!("a keyword has at least {SHORTEST_KEYWORD} characters, and less than 64 KiB");
            to.add_problem(line.number, &line.text, reason);
            continue;
        }
        let details = NewDetails { comment: comment.text().to_owned(), ..NewDetails::default() };
        let details = to.details(&details)?;
        to.add(NewIndicator {
            kind: Kind::Keyword,
            comparison: Comparison::Contains,
            value: Value::Text(&line.text),
            written: None,
            except: None,
            in_group: false,
            line: line.number,
            details,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_divided() {
        for (line, expected) in [
            (r"\\svcsstat\.exe;70", Some((r"\\svcsstat\.exe", 70, None))),
            (r"(?i)\\a\.exe;50;(?i)(X\\)", Some((r"(?i)\\a\.exe", 50, Some(r"(?i)(X\\)")))),
            ("a;b;60;", Some(("a;b", 60, None))),
            ("a;6;7", Some(("a", 6, Some("7")))),
            ("a;x", None),
            ("a", None),
            (";60", None),
            ("a;1234", None),
        ] {
            let found = file_name(line).map(|name| (name.regex, name.score, name.except));
            assert_eq!(found, expected, "{line}");
        }
    }
}
