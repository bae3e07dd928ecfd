//! How large a compiled pattern can be, without compiling it.

use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

/// At least the size of a state with one transition, in bytes.
const STATE: usize = 64;

/// The states that every pattern has: for the start at any position, and for the whole match.
const ALWAYS: usize = 16 * STATE;

/// A class of more ranges counts as too large. To count its states would take nearly as long as to
/// make them.
const MOST_RANGES: usize = 64;

/// Returns a size in bytes that the compiled pattern does not exceed. It may be much smaller. The
/// size of a large pattern is `usize::MAX`.
pub(super) fn maximum_size(hir: &Hir) -> usize {
    of(hir).saturating_add(ALWAYS)
}

fn of(hir: &Hir) -> usize {
    let all = |parts: &[Hir]| {
        parts.iter().map(|part| of(part).saturating_add(STATE)).fold(STATE, usize::saturating_add)
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => STATE.saturating_mul(literal.0.len() + 1),
        HirKind::Class(Class::Bytes(class)) => STATE.saturating_mul(class.ranges().len() + 2),
        HirKind::Class(Class::Unicode(class)) if class.ranges().len() > MOST_RANGES => usize::MAX,
        HirKind::Class(Class::Unicode(class)) => {
            let sequences =
                class.ranges().iter().flat_map(|range| Utf8Sequences::new(range.start(), range.end()));
            sequences.map(|sequence| STATE * (sequence.len() + 1)).fold(2 * STATE, usize::saturating_add)
        }
        HirKind::Capture(capture) => of(&capture.sub).saturating_add(4 * STATE),
        HirKind::Repetition(repetition) => {
            // Without a maximum, there is one more, which is repeated.
            let times = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1);
            let one = of(&repetition.sub).saturating_add(2 * STATE);
            one.saturating_mul(times as usize).saturating_add(2 * STATE)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => all(parts),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the bound, after checking that the pattern compiles with this limit on its size.
    fn checked(pattern: &str) -> usize {
        let size = maximum_size(&regex_syntax::Parser::new().parse(pattern).unwrap());
        let compiled = regex::RegexBuilder::new(pattern).size_limit(size).build();
        assert!(compiled.is_ok(), "{pattern}: {size}: {compiled:?}");
        size
    }

    #[test]
    fn bounds_are_not_exceeded() {
        for pattern in [
            "",
            "a",
            "(?i)powershell.*-enc",
            "(?s).{1,20}x",
            r"\s+",
            "(?i)(?:a|b|ab){3,7}",
            "(?m)^a$",
            "[^a-z]*",
            r"\b(a)(b)(c)\B",
            "(?-u:a[b-d])",
            "((((a?)?)?)?)?",
            "((a{3}){3}){3}",
            "é|[à-ÿ]|\u{10000}",
        ] {
            assert!(checked(pattern) < 64 << 10, "{pattern}");
        }
        assert_eq!(maximum_size(&regex_syntax::Parser::new().parse(r"\w").unwrap()), usize::MAX);
        assert!(checked("(?:(?:(?:abc){100}){100}){3}") > 64 << 10);
    }

    proptest! {
        #[test]
        fn bounds_of_random_patterns_are_not_exceeded(
            pattern in "(?:(?:[abké]|[.]|\\[\\^?[a-c]{1,2}\\]|\\\\[dsb]|\\((?:[?]i:)?[ab|]{0,4}\\))(?:[?+*]|[{]1,4[}])?){0,8}"
        ) {
            if let Ok(hir) = regex_syntax::Parser::new().parse(&pattern)
                && maximum_size(&hir) < 1 << 20
            {
                checked(&pattern);
            }
        }
    }
}
