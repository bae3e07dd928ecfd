//! Regular expressions with the meaning of Python's `re.search(pattern, text, re.DOTALL)`.
//!
//! The `regex` crate takes time linear in the text, so it gets every pattern it can express; look-around,
//! back-references and the like go to a backtracking engine whose steps are limited.

mod translate;

use crate::error::visible;

/// How many steps a backtracking pattern may take on one text.
const MAXIMUM_STEPS: usize = 1_000_000;

/// The longest text that a backtracking pattern is tried on, in bytes. Even a pattern that never goes back can
/// read the rest of the text at each position, which the step limit does not see.
const LONGEST_TEXT: usize = 1 << 16;

/// How many bytes a compiled pattern may take.
const MAXIMUM_SIZE: usize = 10 << 20;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    Linear(regex::Regex),
    Backtracking(fancy_regex::Regex),
}

/// A backtracking pattern was given up on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GivenUp;

impl Pattern {
    /// Compiles a Python pattern; the error says what is wrong with it.
    pub(crate) fn new(pattern: &str, ignore_case: bool) -> Result<Self, String> {
        let translation = translate::translate(pattern)?;
        let flags = if ignore_case { "(?si)" } else { "(?s)" };
        let source = format!("{flags}{}", translation.pattern);
        if translation.backtracking {
            fancy_regex::RegexBuilder::new(&source)
                .backtrack_limit(MAXIMUM_STEPS)
                .delegate_size_limit(MAXIMUM_SIZE)
                .delegate_dfa_size_limit(MAXIMUM_SIZE)
                .build()
                .map(Self::Backtracking)
                .map_err(|error| reason(&error.to_string()))
        } else {
            regex::RegexBuilder::new(&source)
                .size_limit(MAXIMUM_SIZE)
                .build()
                .map(Self::Linear)
                .map_err(|error| reason(&error.to_string()))
        }
    }

    /// Whether the pattern certainly matches in every text: it matches the empty text and asks for no place in it.
    pub(crate) fn is_found_everywhere(&self) -> bool {
        match self {
            Self::Linear(pattern) => {
                // The flags that stand before every pattern contain none of these.
                !pattern.as_str().contains(['^', '$', '\\']) && pattern.is_match("")
            }
            Self::Backtracking(_) => false,
        }
    }

    /// Whether the pattern matches anywhere in `text`.
    pub(crate) fn is_found_in(&self, text: &str) -> Result<bool, GivenUp> {
        match self {
            Self::Linear(pattern) => Ok(pattern.is_match(text)),
            Self::Backtracking(_) if text.len() > LONGEST_TEXT => Err(GivenUp),
            Self::Backtracking(pattern) => pattern.is_match(text).map_err(|_| GivenUp),
        }
    }
}

/// The last line of the engine's message, which is the one that says it.
fn reason(message: &str) -> String {
    let line = message.lines().last().unwrap_or_default();
    visible(line.strip_prefix("error: ").unwrap_or(line).trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, false).unwrap().is_found_in(text).unwrap()
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
        assert!(Pattern::new("STRASSE", true).unwrap().is_found_in("strasse") == Ok(true));
    }

    #[test]
    fn found_everywhere() {
        let everywhere = |pattern| Pattern::new(pattern, false).unwrap().is_found_everywhere();
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
            assert!(Pattern::new(pattern, false).is_err(), "{pattern}");
        }
        assert!(Pattern::new(&"(".repeat(100_000), false).is_err());
        assert!(Pattern::new(&format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000)), false).is_err());
        assert!(Pattern::new("((a{1000}){1000}){1000}", false).is_err());
        assert!(Pattern::new("(?=((a{1000}){1000}){1000})", false).is_err());
    }

    #[test]
    fn no_pattern_hangs() {
        let evil = Pattern::new("^(?:a|a(?!b))+c", false).unwrap();
        assert_eq!(evil.is_found_in(&format!("{}dc", "a".repeat(40))), Err(GivenUp));
        let linear = Pattern::new("(a+)+b", false).unwrap();
        assert_eq!(linear.is_found_in(&"a".repeat(100_000)), Ok(false));
        // Whether it is refused or compiled, it must not take long or much memory.
        let _ = Pattern::new("(?:(?:(?:(?=a)a){1000}){1000}){1000}", false);
        let long = Pattern::new("(?=a)b", false).unwrap();
        assert_eq!(long.is_found_in(&"a".repeat(LONGEST_TEXT + 1)), Err(GivenUp));
    }
}
