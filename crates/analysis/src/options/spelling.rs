//! Plaso's spelling of options.

use std::ffi::OsString;

/// Turns Plaso's spelling of options (`--tagging_file`) into foreman's (`--tagging-file`).
pub fn with_hyphens(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut only_values = false;
    let spell = |argument: OsString| match argument.to_str() {
        Some("--") => {
            only_values = true;
            argument
        }
        Some(text) if text.starts_with("--") && !only_values => {
            let (name, value) = text.split_at(text.find('=').unwrap_or(text.len()));
            format!("{}{value}", name.replace('_', "-")).into()
        }
        _ => argument,
    };
    arguments.into_iter().map(spell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings() {
        let spelt =
            with_hyphens(["--tagging_file=a_b", "a_b", "--maximum_pause", "--", "--c_d"].map(OsString::from));
        assert_eq!(spelt, ["--tagging-file=a_b", "a_b", "--maximum-pause", "--", "--c_d"]);
    }
}
