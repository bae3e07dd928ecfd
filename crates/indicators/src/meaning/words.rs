//! The words of a command line.

/// For each byte of ASCII, whether it stands between words.
const IS_BETWEEN: [bool; 128] = {
    let mut is_between = [false; 128];
    let signs = b"\"'`,;|&<>()=* \t\n\x0b\x0c\r";
    let mut at = 0;
    while at < signs.len() {
        is_between[signs[at] as usize] = true;
        at += 1;
    }
    is_between
};

/// Returns the words of a text, and then what is in quotation marks with blanks in it.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let words = std::iter::from_fn(move || {
        (!rest.is_empty()).then(|| {
            let (word, after) = first_word(rest);
            rest = after;
            word
        })
    });
    let has_quotes = memchr::memchr2(b'"', b'\'', text.as_bytes()).is_some();
    let quoted = if has_quotes { text } else { "" };
    let quoted = quoted.split(['"', '\'']).skip(1).step_by(2).filter(|part| part.contains(' '));
    words.filter(|word| !word.is_empty()).chain(quoted)
}

/// Divides a text behind its first word.
fn first_word(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match IS_BETWEEN.get(usize::from(*byte)) {
            Some(false) => at += 1,
            Some(true) => return (&text[..at], &text[at + 1..]),
            None => {
                let c = text[at..].chars().next().unwrap_or_default();
                if c.is_whitespace() {
                    return (&text[..at], &text[at + c.len_utf8()..]);
                }
                at += c.len_utf8();
            }
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, said as simply as possible.
    fn simply(text: &str) -> Vec<&str> {
        let is_between = |c: char| c.is_whitespace() || "\"'`,;|&<>()=*".contains(c);
        let quoted = text.split(['"', '\'']).skip(1).step_by(2).filter(|part| part.contains(' '));
        text.split(is_between).filter(|word| !word.is_empty()).chain(quoted).collect()
    }

    #[test]
    fn words_and_quotes() {
        let found: Vec<_> = words(r#"cmd /c "C:\Program Files\a.exe" >b"#).collect();
        assert_eq!(found, ["cmd", "/c", r"C:\Program", r"Files\a.exe", "b", r"C:\Program Files\a.exe"]);
    }

    proptest! {
        #[test]
        fn words_are_those_between_signs(text in "[a-c \"'=*;\t\u{a0}\u{3000}\u{85}\x1cé]{0,30}") {
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), simply(&text));
        }
    }
}
