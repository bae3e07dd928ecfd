//! The tagging files that come with the program.

/// The text of the tagging file of that name.
pub(crate) fn text(_name: &str) -> Option<&'static str> {
    None
}
