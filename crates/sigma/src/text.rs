//! Texts with wildcards.

use filter::condition::{Case, Check, Part, Piece};

use crate::budget::{Budget, TEST};

/// How many forms a text with dashes may have: 5 for each of up to 4 dashes.
const MAXIMUM_FORMS: usize = 625;

/// The characters that Windows programs accept before an option.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Splits a text at its wildcards. `\*`, `\?` and `\\` stand for the characters themselves; any
/// other backslash is a backslash.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let wildcard = match c {
            '\\' => {
                let escaped = characters.next_if(|next| matches!(next, '\\' | '*' | '?'));
                literal.push(escaped.unwrap_or('\\'));
                continue;
            }
            '*' => Piece::AnyText,
            '?' => Piece::AnyCharacter,
            c => {
                literal.push(c);
                continue;
            }
        };
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(wildcard);
    }
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    pieces
}

/// Returns the check that a part of a value has this form.
pub(crate) fn check(mut pieces: Vec<Piece>, part: Part, case: Case) -> Check {
    if matches!(part, Part::End | Part::Any) {
        pieces.insert(0, Piece::AnyText);
    }
    if matches!(part, Part::Start | Part::Any) {
        pieces.push(Piece::AnyText);
    }
    pieces.dedup_by(|next, piece| (&*next, &*piece) == (&Piece::AnyText, &Piece::AnyText));
    let (part, text) = match &pieces[..] {
        [] => (Part::Whole, String::new()),
        [Piece::AnyText] => return Check::Exists,
        [Piece::Text(text)] => (Part::Whole, text.clone()),
        [Piece::Text(text), Piece::AnyText] => (Part::Start, text.clone()),
        [Piece::AnyText, Piece::Text(text)] => (Part::End, text.clone()),
        [Piece::AnyText, Piece::Text(text), Piece::AnyText] => (Part::Any, text.clone()),
        _ => return Check::Wildcard(pieces, case),
    };
    Check::Text(part, text, case)
}

/// Returns all forms of a text in which each dash or slash before an option is one of [`DASHES`].
pub(crate) fn with_dashes(pieces: &[Piece], budget: &Budget) -> Result<Vec<Vec<Piece>>, String> {
    budget.take(count_dashed(pieces)? * length(pieces))?;
    let mut forms = vec![Vec::new()];
    for piece in pieces {
        let alternatives: Vec<Piece> = match piece {
            Piece::Text(text) => dashed(text).into_iter().map(Piece::Text).collect(),
            other => vec![other.clone()],
        };
        let mut next = Vec::new();
        for form in &forms {
            for alternative in &alternatives {
                let mut form: Vec<Piece> = form.clone();
                form.push(alternative.clone());
                next.push(form);
            }
        }
        forms = next;
    }
    Ok(forms)
}

/// Returns how many forms a text with dashes has.
fn count_dashed(pieces: &[Piece]) -> Result<usize, String> {
    let mut forms = 1;
    for text in
        pieces.iter().filter_map(|piece| if let Piece::Text(text) = piece { Some(text) } else { None })
    {
        for _ in marked(text).filter(|(_, starts_option)| *starts_option) {
            forms *= DASHES.len();
            if forms > MAXIMUM_FORMS {
                return Err(too_many_dashes());
            }
        }
    }
    Ok(forms)
}

/// Returns about how many bytes a form takes.
fn length(pieces: &[Piece]) -> usize {
    let length = |piece: &Piece| if let Piece::Text(text) = piece { text.len() } else { 0 };
    TEST + pieces.iter().map(|piece| size_of::<Piece>() + length(piece)).sum::<usize>()
}

fn dashed(text: &str) -> Vec<String> {
    let mut forms = vec![String::new()];
    for (c, starts_option) in marked(text) {
        if starts_option {
            forms = forms.iter().flat_map(|form| DASHES.map(|dash| format!("{form}{dash}"))).collect();
        } else {
            forms.iter_mut().for_each(|form| form.push(c));
        }
    }
    forms
}

/// Returns each character, and whether it is a dash before an option. That is so if a word begins
/// after it, and no word ends before it.
fn marked(text: &str) -> impl Iterator<Item = (char, bool)> {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut before = None;
    let mut characters = text.chars().peekable();
    std::iter::from_fn(move || {
        let c = characters.next()?;
        let starts_option = matches!(c, '-' | '/')
            && !before.is_some_and(is_of_word)
            && characters.peek().copied().is_some_and(is_of_word);
        before = Some(c);
        Some((c, starts_option))
    })
}

fn too_many_dashes() -> String {
    format!("`windash` gives a value more than {MAXIMUM_FORMS} forms")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes_escape_wildcards_only() {
        let text = |text: &str| Piece::Text(text.into());
        assert_eq!(pieces(r"C:\a\*b"), [text(r"C:\a*b")]);
        assert_eq!(pieces(r"\\*b"), [text(r"\"), Piece::AnyText, text("b")]);
        assert_eq!(pieces(r"\\\\x\y"), [text(r"\\x\y")]);
        assert_eq!(pieces(r"a?\?"), [text("a"), Piece::AnyCharacter, text("?")]);
        assert_eq!(pieces(r"end\"), [text(r"end\")]);
    }

    #[test]
    fn the_simplest_check_is_made() {
        let of = |written: &str, part| check(pieces(written), part, Case::Folded);
        let text = |part, text: &str| Check::Text(part, text.into(), Case::Folded);
        assert_eq!(of("a", Part::Whole), text(Part::Whole, "a"));
        assert_eq!(of("", Part::Whole), text(Part::Whole, ""));
        assert_eq!(of("*a*", Part::Whole), text(Part::Any, "a"));
        assert_eq!(of("a*", Part::Start), text(Part::Start, "a"));
        assert_eq!(of("*", Part::Whole), Check::Exists);
        assert_eq!(of("", Part::Any), Check::Exists);
        // The end stays the end, whatever stands inside.
        let Check::Wildcard(inner, _) = of("a*b", Part::End) else { panic!() };
        assert_eq!(inner.last(), Some(&Piece::Text("b".into())));
        assert_eq!(inner.first(), Some(&Piece::AnyText));
    }

    #[test]
    fn options_have_any_dash() {
        let forms = |text: &str| with_dashes(&pieces(text), &Budget::of_rule()).unwrap().len();
        assert_eq!(
            [forms(" -f"), forms("/f"), forms("a-b"), forms("-a /b"), forms("--a"), forms("- ")],
            [5, 5, 1, 25, 5, 1]
        );
        let refused = |text: &str| with_dashes(&pieces(text), &Budget::of_rule()).unwrap_err();
        assert!(refused(&" -a".repeat(5)).contains("more than 625 forms"));
        assert!(refused("-a *-b *-c *-d *-e").contains("more than 625 forms"));
        assert!(refused(&format!("-a -b -c -d {}", "x".repeat(100_000))).contains("more than 32 MiB"));
    }
}
