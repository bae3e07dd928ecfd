//! The texts of which one must occur for a regular expression to match.
//!
//! Looking for a few texts is much faster than trying a pattern, and texts of many patterns can be
//! looked for together. The texts are in lower case, and so must be what they are looked for in.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Shorter texts occur nearly everywhere.
const SHORTEST: usize = 3;

/// More texts than this say too little about a pattern.
const MOST: usize = 64;

/// Returns ASCII texts in lower case, one of which every text contains that the pattern is found
/// in, provided that the text has no `ſ`, which lower case keeps and a pattern that ignores case
/// takes for an `s`.
///
/// Returns `None` if no such texts are known.
pub(super) fn required(pattern: &str) -> Option<Vec<String>> {
    of(&regex_syntax::Parser::new().parse(pattern).ok()?)
}

fn of(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min == 0 => None,
        HirKind::Repetition(repetition) => of(&repetition.sub),
        HirKind::Alternation(alternatives) => {
            let texts: Option<Vec<_>> = alternatives.iter().map(of).collect();
            let mut texts = texts?.concat();
            texts.sort_unstable();
            texts.dedup();
            (texts.len() <= MOST).then_some(texts)
        }
        HirKind::Concat(parts) => of_concatenation(parts),
        _ => of_concatenation(std::slice::from_ref(hir)),
    }
}

/// The best texts among those of the parts, and among the runs of parts that are characters.
fn of_concatenation(parts: &[Hir]) -> Option<Vec<String>> {
    let mut best: Option<Vec<String>> = None;
    let mut run = String::new();
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => add_literal(&literal.0, &mut run, &mut best),
            HirKind::Class(class) => match only_character(class) {
                Some(character) => run.push(character),
                None => end_run(&mut run, &mut best),
            },
            // A place in the text takes no character.
            HirKind::Look(_) => {}
            HirKind::Capture(_) | HirKind::Repetition(_) | HirKind::Alternation(_) | HirKind::Concat(_) => {
                end_run(&mut run, &mut best);
                keep_better(of(part), &mut best);
            }
            HirKind::Empty => {}
        }
    }
    end_run(&mut run, &mut best);
    best
}

fn add_literal(literal: &[u8], run: &mut String, best: &mut Option<Vec<String>>) {
    for byte in literal {
        if byte.is_ascii() {
            run.push(char::from(byte.to_ascii_lowercase()));
        } else {
            end_run(run, best);
        }
    }
}

fn end_run(run: &mut String, best: &mut Option<Vec<String>>) {
    if run.len() >= SHORTEST {
        keep_better(Some(vec![std::mem::take(run)]), best);
    }
    run.clear();
}

fn keep_better(texts: Option<Vec<String>>, best: &mut Option<Vec<String>>) {
    let shortest = |texts: &Vec<String>| texts.iter().map(String::len).min();
    if let Some(texts) = texts
        && best.as_ref().is_none_or(|best| shortest(&texts) > shortest(best))
    {
        *best = Some(texts);
    }
}

/// The one ASCII character, in lower case, that the characters of the class are forms of.
fn only_character(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else {
        return None;
    };
    if class.ranges().len() > 3 {
        return None;
    }
    let mut only = None;
    for range in class.ranges() {
        if range.len() > 1 {
            return None;
        }
        let lower = match range.start() {
            // See `required`.
            'ſ' => 's',
            // KELVIN SIGN, which in lower case is a `k`.
            '\u{212a}' => 'k',
            character if character.is_ascii() => character.to_ascii_lowercase(),
            _ => return None,
        };
        if only.is_some_and(|only| only != lower) {
            return None;
        }
        only = Some(lower);
    }
    only
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_occur() {
        for (pattern, expected) in [
            ("Foo", Some(&["foo"][..])),
            ("(?i)task|disk", Some(&["disk", "task"])),
            ("(?s)\"Access\">0x(1010|1410)<", Some(&["\"access\">0x"])),
            ("a.*evil[0-9]+", Some(&["evil"])),
            ("(?:abc)+", Some(&["abc"])),
            ("(?:abc)*", None),
            ("abc|.", None),
            ("ab", None),
            ("^start$", Some(&["start"])),
            ("foo(?:bar)?longest", Some(&["longest"])),
            ("größe", None),
            ("naïveté-token", Some(&["-token"])),
            ("[Kk]eys", Some(&["keys"])),
            ("", None),
        ] {
            let expected = expected.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect());
            assert_eq!(required(pattern), expected, "{pattern}");
        }
    }
}
