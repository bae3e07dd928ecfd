//! Reports write `hxxp://evil[.]com`, so that nobody follows the link by mistake.

use std::borrow::Cow;

/// What stands for what, in lower case.
const WRITTEN: [(&str, &str); 27] = [
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[.", "."),
    (".]", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    ("[punkt]", "."),
    ("[point]", "."),
    ("[:]", ":"),
    ("(:)", ":"),
    ("[://]", "://"),
    ("[:/]", ":/"),
    ("[/]", "/"),
    ("[//]", "//"),
    ("[@]", "@"),
    ("(@)", "@"),
    ("[at]", "@"),
    ("(at)", "@"),
    ("{at}", "@"),
    ("[-]", "-"),
    ("[_]", "_"),
    ("[www]", "www"),
    ("[http]", "http"),
    ("[https]", "https"),
    ("[ftp]", "ftp"),
];

/// What stands for a scheme, in lower case.
const SCHEMES: [(&str, &str); 20] = [
    ("hxxps", "https"),
    ("hxxp", "http"),
    ("htxps", "https"),
    ("htxp", "http"),
    ("h**ps", "https"),
    ("h**p", "http"),
    ("fxp", "ftp"),
    ("meow", "http"),
    // Either of both is meant.
    ("http?", "http"),
    ("https?", "http"),
    ("http(s)", "http"),
    ("http[s]", "http"),
    ("http{s}", "http"),
    ("hxxp?", "http"),
    ("hxxps?", "http"),
    ("hxxp(s)", "http"),
    ("hxxp[s]", "http"),
    ("hxxp{s}", "http"),
    ("h??p", "http"),
    ("h??ps", "https"),
];

/// Returns the value that somebody has written so that it does no harm, without white space around
/// it and without characters of no width.
pub(crate) fn refang(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_matches(is_margin);
    let mut value = Cow::Borrowed(trimmed);
    if value.chars().any(is_invisible) {
        value = value.chars().filter(|character| !is_invisible(*character)).collect::<String>().into();
    }
    if value.contains(['[', '(', '{', ']']) {
        value = brackets(&value).into();
    }
    if let Some(end) = value.find("//").or_else(|| value.find(':')) {
        // `http:\\evil` is no path, and `http//` has lost its colon.
        if let Some(scheme) = scheme(&value[..end]) {
            value = format!("{scheme}://{}", value[end..].trim_start_matches([':', '/'])).into();
        }
    }
    value
}

/// Returns a scheme that was made harmless.
fn scheme(start: &str) -> Option<&'static str> {
    let start = start.trim_end_matches([':', ' ']);
    let found = SCHEMES.iter().find(|(written, _)| start.eq_ignore_ascii_case(written));
    found.map(|(_, scheme)| *scheme)
}

/// Replaces what is written in brackets. The brackets of an IPv6 address stay.
fn brackets(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    'text: while let Some(first) = rest.chars().next() {
        if matches!(first, '[' | '(' | '{' | '.') {
            for (written, meant) in WRITTEN {
                if let Some(start) = rest.get(..written.len())
                    && start.eq_ignore_ascii_case(written)
                {
                    value.push_str(meant);
                    rest = &rest[written.len()..];
                    continue 'text;
                }
            }
        }
        value.push(first);
        rest = &rest[first.len_utf8()..];
    }
    value
}

/// Characters that are no part of a value at its start and end.
fn is_margin(character: char) -> bool {
    character.is_whitespace() || is_invisible(character)
}

/// Characters of no width, which come with a text that was copied from a page.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_get_their_usual_form() {
        for (written, expected) in [
            ("hxxp://evil[.]com/a", "http://evil.com/a"),
            ("hXXps[:]//evil(.)com", "https://evil.com"),
            ("hxxps[://]evil{.}com", "https://evil.com"),
            ("h**p://evil.com", "http://evil.com"),
            ("fxp://evil.com/x", "ftp://evil.com/x"),
            ("hxxp//evil.com", "http://evil.com"),
            ("[http]://evil[dot]com", "http://evil.com"),
            ("http?://evil.com/a?b", "http://evil.com/a?b"),
            ("hxxp[s]://evil[.]com", "http://evil.com"),
            ("https?://evil.com", "http://evil.com"),
            ("evil(dot)com", "evil.com"),
            ("evil[DOT]com", "evil.com"),
            ("evil[.com", "evil.com"),
            ("evil.]com", "evil.com"),
            ("1[.]2[.]3[.]4", "1.2.3.4"),
            ("1.2.3[.]4[:]8080", "1.2.3.4:8080"),
            ("user[at]evil[.]com", "user@evil.com"),
            ("user[@]evil.com", "user@evil.com"),
            ("  evil\u{200b}.com\u{feff} ", "evil.com"),
            ("2001[:]db8::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "[2001:db8::1]:443"),
            ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
            ("http://evil.com/a(1).exe", "http://evil.com/a(1).exe"),
            ("C:\\a (x86)\\b.exe", "C:\\a (x86)\\b.exe"),
            ("file: a", "file: a"),
            ("", ""),
            ("[", "["),
            ("ü[.]de", "ü.de"),
        ] {
            assert_eq!(refang(written), expected, "{written}");
        }
        assert!(matches!(refang("evil.com"), Cow::Borrowed(_)));
    }
}
