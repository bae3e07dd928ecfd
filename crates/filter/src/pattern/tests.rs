//! Tests of patterns.

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

/// Python accepts these. The documentation of this crate says that they are refused.
#[test]
fn repetitions_after_look_arounds_and_comments() {
    for pattern in ["(?=a)?", "(?=a)+b", "(?<!a)*", "(?!a){2}", "(?<=a)??", "a(?#note)+"] {
        assert!(Pattern::new(pattern, Flags::default()).is_err(), "{pattern}");
    }
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

/// In Python, the classes of POSIX are sets of other characters. `&&`, `--` and `~~` are no
/// operators in either syntax.
#[test]
fn classes_of_posix() {
    for (pattern, text, in_pcre, in_python) in [
        ("^[[:alpha:]]+$", "Abc", Some(true), false),
        ("^[[:alpha:]]+$", "a1", Some(false), false),
        ("^[[:alpha:]]$", "a]", Some(false), true),
        ("^[[:alpha:]]$", "é", Some(false), false),
        ("^[^[:digit:]_]$", "1", Some(false), false),
        ("^[^[:digit:]_]$", "x", Some(true), false),
        ("^[[:^digit:]-]$", "x", Some(true), false),
        ("^[a[:space:][:xdigit:]]{3}$", " Fa", Some(true), false),
        ("[[:nothing:]]", "n]", None, true),
        ("[[.a.]]", "a]", None, true),
        ("[[=a=]]", "a]", None, true),
        ("[:alpha:]", "a", None, true),
        ("^[[:alpha]$", ":", Some(true), true),
        ("^[[:a]:]$", "a:]", Some(true), true),
        ("^[a[:]b:]$", "ab:]", Some(true), true),
        ("^[:a]$", ":", Some(true), true),
        ("^[a&&[^b]]$", "&]", Some(true), true),
        ("^[a&&[^b]]$", "a", Some(false), false),
        ("^[a-z--b]$", "b", Some(true), true),
        ("^[a~~b]$", "~", Some(true), true),
    ] {
        let found = |posix_classes| {
            let flags = Flags { posix_classes, ..Flags::default() };
            Pattern::new(pattern, flags).ok().map(|pattern| pattern.is_found_in(text).unwrap())
        };
        assert_eq!(found(true), in_pcre, "{pattern} {text} in PCRE");
        assert_eq!(found(false), Some(in_python), "{pattern} {text} in Python");
    }
}

/// As in Python 3.11: `İ` and `ı` are an `i` if case is ignored, in classes, too.
#[test]
fn letters_of_turkish() {
    let flags = |ignore_case| Flags { ignore_case, ..Flags::default() };
    for (pattern, ignore_case, text, expected) in [
        ("users.ismail", true, r"C:\Users\İsmail\x", true),
        ("users.ismail", true, r"C:\Users\ısmaıl\x", true),
        ("users.ismail", false, r"C:\users\İsmail\x", false),
        ("^İ$", true, "i", true),
        ("^ı$", true, "I", true),
        ("^ı$", true, "İ", true),
        ("^[a-z]$", true, "İ", true),
        ("^[a-h]$", true, "İ", false),
        ("^[^i]$", true, "ı", false),
        ("^[^i]$", false, "ı", true),
        ("^[ı]$", true, "I", true),
        ("(?i)^i$", false, "İ", true),
        ("(?i:i)i", false, "İi", true),
        ("(?i:i)i", false, "iİ", false),
        ("(?-i:i)i", true, "iİ", true),
        ("(?-i:i)i", true, "İi", false),
        (r"\x69", true, "ı", true),
    ] {
        let pattern =
            Pattern::new(pattern, flags(ignore_case)).unwrap_or_else(|error| panic!("{pattern}: {error:?}"));
        assert_eq!(pattern.is_found_in(text), Ok(expected), "{pattern:?} {text}");
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
    assert!(Pattern::new(&format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000)), Flags::default()).is_err());
    assert!(Pattern::new("((a{1000}){1000}){1000}", Flags::default()).is_err());
    assert!(Pattern::new("(?=((a{1000}){1000}){1000})", Flags::default()).is_err());
}

/// To ignore the case of a class takes time for each of its characters, though an empty class takes
/// no memory. Such classes are counted before they are read.
#[test]
fn wide_classes_that_ignore_case_are_limited() {
    let ignore_case = Flags { ignore_case: true, ..Flags::default() };
    let wide = [r"[^\x00-\U0010ffff]", r"[!-\U0010ffff]{0}", r"[\W]{0}", r"(?=[\D]{0})"];
    for class in wide {
        let (few, many) = (class.repeat(2), class.repeat(1_000));
        for (pattern, flags) in [(many.clone(), ignore_case), (format!("(?i){many}"), Flags::default())] {
            let refused = Pattern::new(&pattern, flags).unwrap_err();
            assert!(
                matches!(&refused, BadPattern::TooLarge(reason) if reason.contains("case")),
                "{refused:?}"
            );
        }
        assert!(Pattern::new(&few, ignore_case).unwrap().folded > 2_000_000, "{class}");
        assert_eq!(Pattern::new(&few, Flags::default()).unwrap().folded, 0, "{class}");
    }
    assert!(Pattern::new(&r"\w+[^a-z]".repeat(100), ignore_case).unwrap().folded < 20_000_000);
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
        assert_eq!(compiled.is_found_in(&"a".repeat(longest)), Ok(pattern.starts_with('\\')), "{pattern}");
        assert_eq!(compiled.is_found_in(&"a".repeat(longest + 1)), Err(GivenUp), "{pattern}");
    }
    assert_eq!(Pattern::new(r"(?=\w{20})(?=\w{9})b", Flags::default()).unwrap().size, 7 << 20);
}
