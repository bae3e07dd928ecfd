//! Texts in lower case.

use std::borrow::Cow;

/// Returns a text in lower case, character by character. A final sigma is a sigma, so that the form
/// of a character does not depend on its neighbours.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        let mut folded = String::with_capacity(text.len());
        fold_into(text, &mut folded);
        Cow::Owned(folded)
    }
}

/// Appends a text in lower case.
pub(crate) fn fold_into(text: &str, out: &mut String) {
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else {
            out.extend(c.to_lowercase());
        }
    }
}

/// Returns the name of a pipe, in lower case, without what may be before it.
pub(crate) fn pipe(text: &str) -> Cow<'_, str> {
    let folded = folded(text.trim());
    let start = ["\\\\.\\pipe\\", "\\device\\namedpipe\\", "\\pipe\\", "pipe\\", "\\"]
        .into_iter()
        .find(|prefix| folded.starts_with(prefix))
        .map_or(0, str::len);
    match folded {
        Cow::Borrowed(folded) => Cow::Borrowed(&folded[start..]),
        Cow::Owned(folded) => Cow::Owned(folded[start..].to_owned()),
    }
}

/// Returns the name of an account, in lower case, without its domain.
pub(crate) fn account(text: &str) -> Cow<'_, str> {
    let name = text.rsplit('\\').next().unwrap_or(text);
    folded(name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        for (text, form) in [
            (r"\\.\pipe\Evil", "evil"),
            (r"\pipe\evil", "evil"),
            (r"\Device\NamedPipe\evil", "evil"),
            (r"\PSEXESVC", "psexesvc"),
            ("evil", "evil"),
            (r"pipedream", "pipedream"),
        ] {
            assert_eq!(pipe(text), form, "{text}");
        }
        assert_eq!(account(r"CORP\Bob"), "bob");
        assert_eq!(folded("ÄΣ"), "äσ");
    }
}
