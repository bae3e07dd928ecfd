//! Finds texts for a regular expression: an input can match only if it contains at least one of
//! them.
//!
//! Searching for a few texts is much faster than trying a pattern, and the texts of many patterns
//! can be searched together. The texts are in lower case, so the input must be converted to lower
//! case.
//!
//! A pattern may have several such lists of texts, such as `user-agent: ` and `bot17`. Which of
//! them is the rarest depends on the other rules, so all are returned.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The minimum length of a text. Shorter texts occur in nearly every input.
const SHORTEST: usize = 3;

/// The maximum number of texts. If there are more, too many inputs contain one of them.
const MOST: usize = 64;

/// The maximum number of lists of texts.
const MOST_LISTS: usize = 8;

/// Characters that a pattern that ignores case matches as an `s` or an `i`, but that are others in
/// lower case.
pub(crate) const OTHERS: [char; 3] = ['ſ', 'İ', 'ı'];

/// Returns lists of ASCII texts in lower case, those with the longest texts first. Every input that
/// the pattern matches contains at least one text of each list.
///
/// This does not apply to inputs with one of [`OTHERS`].
///
/// Returns no list if no such texts are known.
pub(super) fn required(hir: &Hir) -> Vec<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min == 0 => Vec::new(),
        HirKind::Repetition(repetition) => required(&repetition.sub),
        HirKind::Alternation(alternatives) => {
            let longest = |hir| required(hir).into_iter().next();
            let texts: Option<Vec<_>> = alternatives.iter().map(longest).collect();
            let mut texts = texts.map(|texts| texts.concat()).unwrap_or_default();
            texts.sort_unstable();
            texts.dedup();
            if (1..=MOST).contains(&texts.len()) { vec![texts] } else { Vec::new() }
        }
        HirKind::Concat(parts) => of_concatenation(parts),
        _ => of_concatenation(std::slice::from_ref(hir)),
    }
}

/// Returns the texts of the parts and those of runs of single characters.
fn of_concatenation(parts: &[Hir]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut run = String::new();
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => add_literal(&literal.0, &mut run, &mut all),
            HirKind::Class(class) => match only_character(class) {
                Some(character) => run.push(character),
                None => end_run(&mut run, &mut all),
            },
            // An anchor matches no character, so the run continues.
            HirKind::Look(_) => {}
            HirKind::Capture(_) | HirKind::Repetition(_) | HirKind::Alternation(_) | HirKind::Concat(_) => {
                end_run(&mut run, &mut all);
                all.extend(required(part));
            }
            HirKind::Empty => {}
        }
    }
    end_run(&mut run, &mut all);
    all.sort_by_key(|texts| std::cmp::Reverse(texts.iter().map(String::len).min()));
    all.dedup();
    all.truncate(MOST_LISTS);
    all
}

fn add_literal(literal: &[u8], run: &mut String, all: &mut Vec<Vec<String>>) {
    for byte in literal {
        if byte.is_ascii() {
            run.push(char::from(byte.to_ascii_lowercase()));
        } else {
            end_run(run, all);
        }
    }
}

fn end_run(run: &mut String, all: &mut Vec<Vec<String>>) {
    if run.len() >= SHORTEST {
        all.push(vec![std::mem::take(run)]);
    }
    run.clear();
}

/// Returns the ASCII character in lower case if the class contains nothing but forms of it.
fn only_character(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else {
        return None;
    };
    if class.ranges().len() > 3 {
        return None;
    }
    let mut only = None;
    for range in class.ranges() {
        if range.len() > 2 {
            return None;
        }
        for character in range.start()..=range.end() {
            let lower = lower_case(character)?;
            if only.is_some_and(|only| only != lower) {
                return None;
            }
            only = Some(lower);
        }
    }
    only
}

/// Returns the ASCII character in lower case that a character is if case is ignored.
fn lower_case(character: char) -> Option<char> {
    Some(match character {
        // See `OTHERS`.
        'ſ' => 's',
        'İ' | 'ı' => 'i',
        // KELVIN SIGN. In lower case it is a `k`.
        '\u{212a}' => 'k',
        character if character.is_ascii() => character.to_ascii_lowercase(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_occur() {
        for (pattern, expected) in [
            ("Foo", &[&["foo"][..]][..]),
            ("(?i)task|disk", &[&["disk", "task"]]),
            ("(?s)\"Access\">0x(1010|1410)<", &[&["\"access\">0x"], &["1010", "1410"]]),
            ("a.*evil[0-9]+", &[&["evil"]]),
            ("(?:abc)+", &[&["abc"]]),
            ("(?:abc)*", &[]),
            ("abc|.", &[]),
            ("ab", &[]),
            ("^start$", &[&["start"]]),
            ("foo(?:bar)?longest", &[&["longest"], &["foo"]]),
            ("agent: .*(?:bot17|(?:x+other)).*agent: ", &[&["agent: "], &["bot17", "other"]]),
            ("größe", &[]),
            ("naïveté-token", &[&["-token"], &["vet"]]),
            ("[Kk]eys", &[&["keys"]]),
            ("", &[]),
        ] {
            let hir = regex_syntax::Parser::new().parse(pattern).unwrap();
            assert_eq!(required(&hir), expected, "{pattern}");
        }
        let many: String = (0..100).map(|number| format!("text{number:03}.*")).collect();
        assert_eq!(required(&regex_syntax::Parser::new().parse(&many).unwrap()).len(), MOST_LISTS);
    }
}
