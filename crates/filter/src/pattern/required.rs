//! Finds texts for a regular expression: an input can match only if it contains at least one of
//! them.
//!
//! Searching for a few texts is much faster than trying a pattern, and the texts of many patterns
//! can be searched together. The texts are in lower case, so the input must be converted to lower
//! case.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The minimum length of a text. Shorter texts occur in nearly every input.
const SHORTEST: usize = 3;

/// The maximum number of texts. If there are more, too many inputs contain one of them.
const MOST: usize = 64;

/// Characters that a pattern that ignores case matches as an `s` or an `i`, but that are others in
/// lower case.
pub(crate) const OTHERS: [char; 3] = ['ſ', 'İ', 'ı'];

/// Returns ASCII texts in lower case. Every input that the pattern matches contains at least one of
/// them.
///
/// This does not apply to inputs with one of [`OTHERS`].
///
/// Returns `None` if no such texts are known.
pub(super) fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min == 0 => None,
        HirKind::Repetition(repetition) => required(&repetition.sub),
        HirKind::Alternation(alternatives) => {
            let texts: Option<Vec<_>> = alternatives.iter().map(required).collect();
            let mut texts = texts?.concat();
            texts.sort_unstable();
            texts.dedup();
            (texts.len() <= MOST).then_some(texts)
        }
        HirKind::Concat(parts) => of_concatenation(parts),
        _ => of_concatenation(std::slice::from_ref(hir)),
    }
}

/// Returns the best texts among those of the parts and those of runs of single characters.
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
            // An anchor matches no character, so the run continues.
            HirKind::Look(_) => {}
            HirKind::Capture(_) | HirKind::Repetition(_) | HirKind::Alternation(_) | HirKind::Concat(_) => {
                end_run(&mut run, &mut best);
                keep_better(required(part), &mut best);
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
            let hir = regex_syntax::Parser::new().parse(pattern).unwrap();
            assert_eq!(required(&hir), expected, "{pattern}");
        }
    }
}
