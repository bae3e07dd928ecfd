//! How far a backtracking pattern reads from each position of a text.
//!
//! The engine tries a pattern at each position. One that begins with `(?=.*evil)` reads the rest of
//! the text, or of the line, each time, in a single step. Only such patterns are charged for what
//! they read. One that begins with other texts seldom gets as far as to its `.*`.

use fancy_regex::Expr;

/// What a pattern reads from each position, before it needs a text to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Not far.
    Near,
    /// The rest of the line.
    Line,
    /// The rest of the text.
    Text,
}

impl Reach {
    pub(super) fn of(source: &str) -> Self {
        Expr::parse_tree(source).map_or(Self::Near, |tree| of(&tree.expr).0)
    }

    /// Returns how many bytes of a text it may read at once.
    pub(super) fn of_text(self, text: &str) -> usize {
        match self {
            Self::Near => 0,
            Self::Line => text.split('\n').map(str::len).max().unwrap_or_default(),
            Self::Text => text.len(),
        }
    }
}

/// Returns how far a part reads, and whether it needs a text, so that what follows it is seldom
/// tried.
fn of(part: &Expr) -> (Reach, bool) {
    match part {
        Expr::Literal { .. } | Expr::LiteralBytes { .. } => (Reach::Near, true),
        Expr::Concat(parts) => {
            let mut reach = Reach::Near;
            for part in parts {
                let (further, needs) = of(part);
                reach = reach.max(further);
                if needs {
                    return (reach, true);
                }
            }
            (reach, false)
        }
        Expr::Alt(parts) => parts
            .iter()
            .map(of)
            .fold((Reach::Near, true), |(reach, needs), (other, also)| (reach.max(other), needs && also)),
        Expr::Group(inner) => of(inner),
        Expr::AtomicGroup(inner) => of(inner),
        Expr::LookAround(inner, _) => (of(inner).0, false),
        Expr::Repeat { child, lo, hi, .. } => {
            let (reach, needs) = of(child);
            let repeated = if *hi == usize::MAX { of_repeated(child) } else { Reach::Near };
            (reach.max(repeated), needs && *lo > 0)
        }
        Expr::Conditional { condition, true_branch, false_branch } => {
            let parts = [condition, true_branch, false_branch];
            (parts.map(|part| of(part).0).into_iter().max().unwrap_or(Reach::Near), false)
        }
        _ => (Reach::Near, false),
    }
}

/// Returns how far a part reads that is repeated without end.
fn of_repeated(part: &Expr) -> Reach {
    match part {
        Expr::Any { newline: true, .. } => Reach::Text,
        Expr::Any { .. } => Reach::Line,
        Expr::Group(inner) => of_repeated(inner),
        Expr::AtomicGroup(inner) => of_repeated(inner),
        // A class of all characters.
        Expr::Delegate { inner, .. }
            if [["\\s", "\\S"], ["\\w", "\\W"], ["\\d", "\\D"]]
                .iter()
                .any(|both| both.iter().all(|class| inner.contains(class))) =>
        {
            Reach::Text
        }
        _ => Reach::Near,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_patterns_read() {
        for (source, expected) in [
            ("(?s)(?=.*evil)(?=.*tool)", Reach::Text),
            ("(?=.*evil)(?=.*tool)", Reach::Line),
            ("(?s)^(?!.*evil).*tool", Reach::Text),
            ("(?s)(?:9z)?(?=.*evil)", Reach::Text),
            ("(?s)(?:(?=.*x)a)*y", Reach::Text),
            (r"(?:x(?!y)|\w(?=(?:.)+z))", Reach::Line),
            (r"(?=[\s\S]*evil)", Reach::Text),
            (r"(?s)powershell(?! -v).*-enc", Reach::Near),
            (r#""NewProcessName">(?!C:\\Windows\\)[^<]+<"#, Reach::Near),
            (r"(\w+) \1", Reach::Near),
            ("(?s)(?<!un)done.*", Reach::Near),
            ("(?:a|a)+$(?!b)", Reach::Near),
        ] {
            assert_eq!(Reach::of(source), expected, "{source}");
        }
        let texts = [Reach::Near, Reach::Line, Reach::Text].map(|reach| reach.of_text("ab\nabc\na"));
        assert_eq!(texts, [0, 3, 8]);
    }
}
