//! Texts in which the case of letters does not count.

/// Returns a text in lower case, in which a final sigma is a sigma.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase().replace('ς', "σ")
}
