//! Regular expressions with the meaning of Python's `re.search(pattern, text, re.DOTALL)`.
//!
//! The time of the `regex` crate is linear in the length of the text, so it compiles every pattern
//! that it can express. Patterns with look-around, back-references and the like need a backtracking
//! engine, whose steps are limited.

mod engine;
mod problem;
mod required;
mod size;
mod translate;

use std::ops::Range;

use regex_syntax::hir::Hir;

use crate::error::visible;
use engine::Engine;
pub(crate) use problem::{BadPattern, GivenUp};

/// The longest text that a backtracking pattern is tried on, in bytes. One step may read the whole
/// rest of the text, and even a pattern that never backtracks may do so at each position. The two
/// limits together keep a match below a few seconds.
const LONGEST_TEXT: usize = 1 << 14;

/// Limits for patterns that need no backtracking: the maximum size of the compiled pattern and the
/// longest text that it is tried on, both in bytes. The time grows with the length of the text
/// times the size of the pattern, so a larger pattern gets shorter texts. A pattern gets the first
/// of these limits that it fits into.
const SIZES: [(usize, usize); 3] = [(64 << 10, 1 << 20), (1 << 20, 1 << 16), (MAXIMUM_PATTERN_SIZE, 1 << 14)];

/// The maximum size of a part of a compiled pattern, in bytes.
pub(crate) const MAXIMUM_PATTERN_SIZE: usize = 10 << 20;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    engine: Engine,
    /// See [`Pattern::required`].
    required: Option<Vec<String>>,
    is_found_everywhere: bool,
    longest_text: usize,
    /// The maximum size of the compiled pattern, in bytes.
    pub(crate) size: usize,
}

/// The flags of a pattern. The default ones are those with which Plaso compiles patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Flags {
    pub(crate) ignore_case: bool,
    pub(crate) multi_line: bool,
    pub(crate) dot_matches_line_end: bool,
}

impl Default for Flags {
    fn default() -> Self {
        Self { ignore_case: false, multi_line: false, dot_matches_line_end: true }
    }
}

impl Pattern {
    /// Compiles a Python pattern.
    pub(crate) fn new(pattern: &str, flags: Flags) -> Result<Self, BadPattern> {
        let translation = translate::translate(pattern, flags.multi_line).map_err(BadPattern::Other)?;
        let dot = if flags.dot_matches_line_end { "(?s)" } else { "" };
        let case = if flags.ignore_case { "(?i)" } else { "" };
        let source = format!("{dot}{case}{}", translation.pattern);
        if translation.backtracking > 0 {
            return Self::backtracking(&source, translation.backtracking);
        }
        let hir = regex_syntax::Parser::new().parse(&source).ok();
        let required = hir.as_ref().and_then(required::required);
        let is_found_everywhere = hir.as_ref().is_some_and(|hir| matches_empty_text(&source, hir));
        let (size, longest_text) = SIZES[0];
        if hir.is_some_and(|hir| size::is_at_most(size, &hir)) {
            let engine = Engine::deferred(&source, size);
            return Ok(Self { engine, required, is_found_everywhere, longest_text, size });
        }
        let (engine, (size, longest_text)) = first_size(|size| Engine::linear(&source, size))?;
        Ok(Self { engine, required, is_found_everywhere, longest_text, size })
    }

    /// Compiles a pattern with so many constructs that need backtracking.
    fn backtracking(source: &str, constructs: usize) -> Result<Self, BadPattern> {
        let (engine, (size, _)) = first_size(|size| Engine::backtracking(source, size))?;
        // Each construct splits the pattern into parts, and each part may have this size.
        let size = size.saturating_mul(3 * constructs + 1);
        Ok(Self { engine, required: None, is_found_everywhere: false, longest_text: LONGEST_TEXT, size })
    }

    /// Returns whether the pattern is known to match in every text: it matches the empty text and
    /// has no anchors.
    pub(crate) fn is_found_everywhere(&self) -> bool {
        self.is_found_everywhere
    }

    /// Returns how many bytes of texts are searched for instead of the pattern. At most `longest`
    /// bytes of each are.
    pub(crate) fn searched(&self, longest: usize) -> usize {
        self.required().into_iter().flatten().map(|text| text.len().min(longest)).sum()
    }

    /// Returns texts in lower case. The pattern can match an input only if the input, in lower
    /// case, contains one of them. See [`required::required`].
    pub(crate) fn required(&self) -> Option<&[String]> {
        self.required.as_deref()
    }

    /// The length of all texts of one event together that the pattern may be tried on, in bytes.
    pub(crate) fn longest_text(&self) -> usize {
        self.longest_text
    }

    /// Returns whether the pattern matches anywhere in `text`.
    pub(crate) fn is_found_in(&self, text: &str) -> Result<bool, GivenUp> {
        if text.len() > self.longest_text {
            return Err(GivenUp);
        }
        self.engine.is_match(text)
    }

    /// Returns where the pattern first matches in `text`. Returns `None` if it does not, or the
    /// pattern would take too long.
    pub(crate) fn find_in(&self, text: &str) -> Option<Range<usize>> {
        if text.len() > self.longest_text {
            return None;
        }
        self.engine.find(text)
    }
}

/// Returns whether a pattern matches the empty text and has no anchors.
fn matches_empty_text(source: &str, hir: &Hir) -> bool {
    // The flags before each pattern contain none of these characters.
    !source.contains(['^', '$', '\\']) && hir.properties().minimum_len() == Some(0)
}

/// Compiles with the first of the sizes into which the pattern fits. Returns the limits, too.
fn first_size(
    compile: impl Fn(usize) -> Result<Engine, BadPattern>,
) -> Result<(Engine, (usize, usize)), BadPattern> {
    let mut refused = None;
    for limits in SIZES {
        match compile(limits.0) {
            Ok(engine) => return Ok((engine, limits)),
            Err(BadPattern::TooLarge(error)) => refused = Some(error),
            Err(BadPattern::Other(error)) => return Err(BadPattern::Other(reason(&error))),
        }
    }
    Err(BadPattern::TooLarge(reason(&refused.unwrap_or_default())))
}

/// Returns the last line of the engine's message, which gives the reason.
fn reason(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default();
    visible(line.strip_prefix("error: ").unwrap_or(line).trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, Flags::default()).unwrap().is_found_in(text).unwrap()
    }

    #[test]
    fn matches_as_python_does() {
        for (pattern, text, expected) in [
            ("a.b", "a\nb", true),
            ("b$", "ab\n", true),
            ("b$", "ab\n\n", false),
            (r"b\Z", "ab\n", false),
            (r"b\Z", "ab", true),
            ("(a$|b)", "a\n", true),
            ("(?:a$)\n", "a\n", true),
            ("(?m)^b$", "a\nb\nc", true),
            ("^b$", "a\nb\nc", false),
            (r"(\w+) \1", "say so so", true),
            (r"(?P<x>\w)(?P=x)", "book", true),
            (r"(?P<x>\w)(?P=x)", "bok", false),
            ("foo(?=bar)", "foobar", true),
            ("(?<!un)done", "undone", false),
            ("a++a", "aaa", false),
            ("(?>a+)a", "aaa", false),
            ("(a)?b(?(1)c|d)", "bd", true),
            ("(?P<n>a)?b(?(n)c|d)$", "abd", true),
            ("^(?P<n>a)?b(?(n)c|d)$", "abd", false),
            (r"[]a]\]", "]]", true),
            ("[^]a]", "]a", false),
            ("[[a]b", "[b", true),
            ("[a&&b]", "&", true),
            (r"[\w-]+", "-", true),
            (r"^[^\W_]$", "_", false),
            (r"[\b]", "\u{8}", true),
            (r"\x41\u0042\103", "ABC", true),
            (r"\0", "\0", true),
            ("a{,2}b", "aab", true),
            ("^a{,2}b", "aaab", false),
            ("{a}", "{a}", true),
            ("x{", "x{", true),
            ("a{2}", "aa", true),
            (r"\s", "\u{1c}", true),
            (r"^\w$", "\u{301}", false),
            (r"^\w$", "Ⅷ", true),
            (r"^\d$", "٣", true),
            ("(?i)ABC", "abc", true),
            ("(?i:A)B", "aB", true),
            ("(?i:A)B", "ab", false),
            ("(?x) a b # comment\n c", "abc", true),
            (r"(?x) a\ b", "a b", true),
            ("(?-s:a.b)", "a\nb", false),
            ("a(?#note)b", "ab", true),
            ("", "x", true),
            ("}", "}", true),
            ("]", "]", true),
        ] {
            assert_eq!(found(pattern, text), expected, "{pattern:?} in {text:?}");
        }
        assert!(
            Pattern::new("STRASSE", Flags { ignore_case: true, ..Flags::default() })
                .unwrap()
                .is_found_in("strasse")
                == Ok(true)
        );
    }

    #[test]
    fn flags() {
        let plain = Flags { dot_matches_line_end: false, ..Flags::default() };
        for (pattern, flags, text, expected) in [
            ("a.b", plain, "a\nb", false),
            ("a.b", Flags::default(), "a\nb", true),
            ("(?s)a.b", plain, "a\nb", true),
            ("^b$", plain, "a\nb\nc", false),
            ("^b$", Flags { multi_line: true, ..plain }, "a\nb\nc", true),
            ("B", plain, "abc", false),
            ("B", Flags { ignore_case: true, ..plain }, "abc", true),
            ("(?i)^B.C$", Flags { multi_line: true, ..plain }, "a\nb c\nd", true),
        ] {
            assert_eq!(
                Pattern::new(pattern, flags).unwrap().is_found_in(text),
                Ok(expected),
                "{pattern} {flags:?}"
            );
        }
    }

    /// A pattern that is compiled later always can be.
    #[test]
    fn deferred_patterns_compile() {
        for (pattern, is_deferred) in [
            ("a+b|[^x]*c", true),
            (r"chmod .*([+]x|[0-7]?7[0-7][0-7]) .*(/tmp/|\./\.|/\.[A-Za-z0-9_])", true),
            (r"(^|[;&|/]|sudo )\s*(reboot|halt)(\s|$)", true),
            ("[äöü]{9}", true),
            ("(?i)strasse-k", true),
            ("a{300}", true),
            ("a{5000}", false),
            ("((a|b){20}c){30}", false),
            (r"\w+", false),
        ] {
            let compiled = Pattern::new(pattern, Flags::default()).unwrap();
            let Engine::Deferred { source, size, .. } = &compiled.engine else {
                assert!(!is_deferred, "{pattern}");
                continue;
            };
            assert!(is_deferred && Engine::linear(source, *size).is_ok(), "{pattern}");
            // Far below its limit.
            assert!(Engine::linear(source, *size / 2).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn found_everywhere() {
        let everywhere = |pattern| Pattern::new(pattern, Flags::default()).unwrap().is_found_everywhere();
        for pattern in ["", ".*", "a?", "(?:x|)", "[a-z]*"] {
            assert!(everywhere(pattern), "{pattern}");
        }
        for pattern in ["a", ".+", "^$", r"\b", "(?=)", "a*b"] {
            assert!(!everywhere(pattern), "{pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern() {
        for pattern in [
            "[",
            "(",
            ")",
            "a)",
            "*",
            r"\q",
            r"\p{L}",
            "a**",
            "[b-a]",
            r"\1",
            r"(a)\2",
            "(?P<a>x)(?P<a>y)",
            "(?P=a)",
            "(?<n>a)",
            "a{3,2}",
            r"\x4",
            "a\\",
            "(?z)",
            "(?",
            "(?P",
            "(?P<",
            "(?P<1>a)",
            "(?(",
            "(?(1",
            "a(?i)b",
            "(?L)a",
            r"[\w-a]",
            r"\uD800",
            "(?#",
            "[a",
            "[\\",
            "(?i",
            "(?i-",
            "(?<a",
            "(?(x)a|b)",
        ] {
            assert!(Pattern::new(pattern, Flags::default()).is_err(), "{pattern}");
        }
        assert!(Pattern::new(&"(".repeat(100_000), Flags::default()).is_err());
        assert!(
            Pattern::new(&format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000)), Flags::default()).is_err()
        );
        assert!(Pattern::new("((a{1000}){1000}){1000}", Flags::default()).is_err());
        assert!(Pattern::new("(?=((a{1000}){1000}){1000})", Flags::default()).is_err());
    }

    #[test]
    fn no_pattern_hangs() {
        let evil = Pattern::new("^(?:a|a(?!b))+c", Flags::default()).unwrap();
        assert_eq!(evil.is_found_in(&format!("{}dc", "a".repeat(40))), Err(GivenUp));
        let linear = Pattern::new("(a+)+b", Flags::default()).unwrap();
        assert_eq!(linear.is_found_in(&"a".repeat(100_000)), Ok(false));
        // It may be refused or compiled, but it must not take much time or memory.
        let _ = Pattern::new("(?:(?:(?:(?=a)a){1000}){1000}){1000}", Flags::default());
        let long = Pattern::new("(?=a)b", Flags::default()).unwrap();
        assert_eq!(long.is_found_in(&"a".repeat(LONGEST_TEXT + 1)), Err(GivenUp));
        // This pattern reads the rest of the text at each step, and reaches the limit on steps.
        let costly = Pattern::new("(?:(?=.*x)a)*y", Flags::default()).unwrap();
        assert_eq!(costly.is_found_in(&format!("{}x", "a".repeat(LONGEST_TEXT - 1))), Err(GivenUp));
    }

    #[test]
    fn large_patterns_see_short_texts_only() {
        for (pattern, size, longest) in
            [("(a+)+b", 64 << 10, 1 << 20), (r"\w{20}", 1 << 20, 1 << 16), (r"\w{200}", 10 << 20, 1 << 14)]
        {
            let compiled = Pattern::new(pattern, Flags::default()).unwrap();
            assert_eq!(compiled.size, size, "{pattern}");
            assert_eq!(
                compiled.is_found_in(&"a".repeat(longest)),
                Ok(pattern.starts_with('\\')),
                "{pattern}"
            );
            assert_eq!(compiled.is_found_in(&"a".repeat(longest + 1)), Err(GivenUp), "{pattern}");
        }
        assert_eq!(Pattern::new(r"(?=\w{20})(?=\w{9})b", Flags::default()).unwrap().size, 7 << 20);
    }
}
