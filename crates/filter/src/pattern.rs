//! Regular expressions with the meaning of Python's `re.search(pattern, text, re.DOTALL)`.
//!
//! The time of the `regex` crate is linear in the length of the text, so it compiles every pattern
//! that it can express. Patterns with look-around, back-references and the like need a backtracking
//! engine, whose steps are limited.

mod bound;
mod required;
mod translate;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::error::visible;

/// How many steps a backtracking pattern may take on one text.
const MAXIMUM_STEPS: usize = 100_000;

/// The longest text that a backtracking pattern is tried on, in bytes. One step may read the whole
/// rest of the text, and even a pattern that never backtracks may do so at each position. The two
/// limits together keep a match below a few seconds.
const LONGEST_TEXT: usize = 1 << 14;

/// The maximum number of instructions of a backtracking pattern. Parts that match in linear time do
/// not count.
const MAXIMUM_INSTRUCTIONS: usize = 100_000;

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
    longest_text: usize,
    /// The maximum size of the compiled pattern, in bytes.
    pub(crate) size: usize,
}

#[derive(Debug, Clone)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
    Lazy(Arc<LazyRegex>),
}

/// A pattern that is known to be small. It is compiled when it is first tried: to compile the
/// patterns of a few hundred rules takes longer than all else in which they are loaded, and a store
/// has events for few of them.
#[derive(Debug)]
struct LazyRegex {
    source: String,
    compiled: OnceLock<Option<regex::Regex>>,
}

impl LazyRegex {
    fn get(&self) -> Option<&regex::Regex> {
        let compile = || {
            let compiled = regex::RegexBuilder::new(&self.source).size_limit(SIZES[0].0).build();
            debug_assert!(compiled.is_ok(), "{compiled:?}");
            compiled.ok()
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// The flags of a pattern. The default ones are those with which Plaso compiles patterns.
#[derive(Debug, Clone, Copy)]
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

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadPattern {
    /// It would take too much memory. Finding this out takes some time, so the pattern counts
    /// towards the limit on memory.
    TooLarge(String),
    /// Anything else.
    Other(String),
}

/// The pattern was not tried, or was stopped, because it would take too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GivenUp;

impl Pattern {
    /// Compiles a Python pattern.
    pub(crate) fn new(pattern: &str, flags: Flags) -> Result<Self, BadPattern> {
        let translation = translate::translate(pattern, flags.multi_line).map_err(BadPattern::Other)?;
        let dot = if flags.dot_matches_line_end { "(?s)" } else { "" };
        let case = if flags.ignore_case { "(?i)" } else { "" };
        let source = format!("{dot}{case}{}", translation.pattern);
        let hir = regex_syntax::Parser::new().parse(&source).ok().filter(|_| translation.backtracking == 0);
        let required = hir.as_ref().and_then(required::required);
        let (size, longest_text) = SIZES[0];
        if hir.is_some_and(|hir| bound::maximum_size(&hir) <= size) {
            let lazy = LazyRegex { source, compiled: OnceLock::new() };
            return Ok(Self { engine: Engine::Lazy(Arc::new(lazy)), required, longest_text, size });
        }
        let mut refused = None;
        for (size, longest_text) in SIZES {
            match Engine::new(&source, translation.backtracking > 0, size) {
                Ok(engine @ (Engine::Linear(_) | Engine::Lazy(_))) => {
                    return Ok(Self { engine, required, longest_text, size });
                }
                Ok(engine) => {
                    // Each construct that needs backtracking splits the pattern into parts, and
                    // each part may have this size.
                    let size = size.saturating_mul(3 * translation.backtracking + 1);
                    return Ok(Self { engine, required: None, longest_text: LONGEST_TEXT, size });
                }
                Err(BadPattern::TooLarge(error)) => refused = Some(error),
                Err(BadPattern::Other(error)) => return Err(BadPattern::Other(reason(&error))),
            }
        }
        Err(BadPattern::TooLarge(reason(&refused.unwrap_or_default())))
    }

    /// Returns whether the pattern is known to match in every text: it matches the empty text and
    /// has no anchors.
    pub(crate) fn is_found_everywhere(&self) -> bool {
        match &self.engine {
            Engine::Linear(pattern) => is_found_everywhere(pattern),
            Engine::Lazy(lazy) => lazy.get().is_some_and(is_found_everywhere),
            Engine::Backtracking(_) => false,
        }
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
        match &self.engine {
            Engine::Linear(pattern) => Ok(pattern.is_match(text)),
            Engine::Lazy(lazy) => lazy.get().map(|pattern| pattern.is_match(text)).ok_or(GivenUp),
            Engine::Backtracking(pattern) => pattern.is_match(text).map_err(|_| GivenUp),
        }
    }

    /// Returns where the pattern first matches in `text`. Returns `None` if it does not, or the
    /// pattern would take too long.
    pub(crate) fn find_in(&self, text: &str) -> Option<Range<usize>> {
        if text.len() > self.longest_text {
            return None;
        }
        match &self.engine {
            Engine::Linear(pattern) => pattern.find(text).map(|found| found.range()),
            Engine::Lazy(lazy) => lazy.get()?.find(text).map(|found| found.range()),
            Engine::Backtracking(pattern) => pattern.find(text).ok()?.map(|found| found.range()),
        }
    }
}

impl Engine {
    fn new(source: &str, backtracking: bool, size: usize) -> Result<Self, BadPattern> {
        if backtracking {
            use fancy_regex::{CompileError, Error};
            fancy_regex::RegexBuilder::new(source)
                .backtrack_limit(MAXIMUM_STEPS)
                .max_prog_size(MAXIMUM_INSTRUCTIONS)
                .delegate_size_limit(size)
                .delegate_dfa_size_limit(size)
                .build()
                .map(Self::Backtracking)
                .map_err(|error| match &error {
                    Error::CompileError(inner) => match &**inner {
                        CompileError::InnerError(part) if part.size_limit().is_none() => {
                            BadPattern::Other(error.to_string())
                        }
                        CompileError::InnerError(_)
                        | CompileError::DfaBuildError(..)
                        | CompileError::PatternTooComplex => BadPattern::TooLarge(error.to_string()),
                        _ => BadPattern::Other(error.to_string()),
                    },
                    _ => BadPattern::Other(error.to_string()),
                })
        } else {
            regex::RegexBuilder::new(source).size_limit(size).build().map(Self::Linear).map_err(|error| {
                match error {
                    regex::Error::CompiledTooBig(_) => BadPattern::TooLarge(error.to_string()),
                    _ => BadPattern::Other(error.to_string()),
                }
            })
        }
    }
}

fn is_found_everywhere(pattern: &regex::Regex) -> bool {
    // The flags before each pattern contain none of these characters.
    !pattern.as_str().contains(['^', '$', '\\']) && pattern.is_match("")
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
