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

/// The name of an account, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account<'a> {
    /// The domain, if there is one. Of `corp.example`, it is `corp`, since Windows writes both.
    domain: Option<String>,
    name: Cow<'a, str>,
}

impl<'a> Account<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let Some((domain, name)) = text.rsplit_once('\\') else {
            return Self { domain: None, name: folded(text.trim()) };
        };
        let label = domain.trim_matches('\\').trim().split('.').next().unwrap_or_default();
        // `.` is this computer.
        let domain = (!label.is_empty()).then(|| folded(label).into_owned());
        Self { domain, name: folded(name.trim()) }
    }

    /// Returns the name without the domain.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name with the domain, if there is one.
    pub(crate) fn with_domain(&self) -> Option<String> {
        self.domain.as_ref().map(|domain| format!("{domain}\\{}", self.name))
    }

    /// Returns the keys under which an indicator is kept. One with a domain is also that of a value
    /// without any.
    pub(crate) fn keys(&self) -> Vec<String> {
        match &self.domain {
            _ if self.name.is_empty() => Vec::new(),
            Some(domain) => vec![format!("{domain}\\{}", self.name), format!("\\{}", self.name)],
            None => vec![self.name.to_string()],
        }
    }

    /// Calls `found` with the keys of the indicators that a value meets.
    pub(crate) fn met(&self, mut found: impl FnMut(&str)) {
        found(&self.name);
        found(&format!("{}\\{}", self.domain.as_deref().unwrap_or_default(), self.name));
    }
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
        assert_eq!(folded("ÄΣ"), "äσ");
    }

    #[test]
    fn domains_of_accounts_count_if_both_have_one() {
        for (indicator, value, expected) in [
            ("bob", "Bob", true),
            ("bob", r"CORP\Bob", true),
            (r"CORP\Bob", "bob", true),
            (r"CORP\Bob", r"corp\bob", true),
            (r"CORP\\Bob", r"corp\bob", true),
            (r"CORP\Bob", r"corp.example\bob", true),
            (r"OTHER\Bob", r"CORP\bob", false),
            (r".\Bob", r"CORP\bob", true),
            ("bob", "bob2", false),
            ("", "", false),
        ] {
            let keys = Account::new(indicator).keys();
            let mut is_met = false;
            Account::new(value).met(|key| is_met |= keys.iter().any(|of| of == key));
            assert_eq!(is_met, expected, "{indicator} {value}");
        }
    }
}
