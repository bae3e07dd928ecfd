//! How Plaso writes a command line: spellings of options, and numbers.

use std::ffi::OsString;

/// The arguments of a command line with Plaso's spelling of options (`--tagging_file`) turned into ours
/// (`--tagging-file`).
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

/// A whole number as psort takes it: as Python reads one, with space around it and `_` between digits.
///
/// # Errors
///
/// If it is none.
pub fn parse_integer(text: &str) -> Result<i64, String> {
    let number = text.trim();
    let groups = number.strip_prefix(['-', '+']).unwrap_or(number).split('_');
    let is_number =
        groups.into_iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let number = Some(number.replace('_', "")).filter(|_| is_number).and_then(|number| number.parse().ok());
    number.ok_or_else(|| "expected a whole number, such as 10".into())
}

/// The same command line, with negative numbers as values of options: `--maximum-pause -1` is told that the number is
/// too small, and not that `-1` is no option.
pub fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let takes_number = |argument: &clap::Arg| {
        !argument.is_positional() && argument.get_action().takes_values() && !argument.is_require_equals_set()
    };
    command
        .mut_args(|argument| match takes_number(&argument) {
            true => argument.allow_negative_numbers(true),
            false => argument,
        })
        .mut_subcommands(with_negative_numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_python_reads_them() {
        for (text, number) in
            [("5", Some(5)), (" +5 ", Some(5)), ("-1", Some(-1)), ("1_0", Some(10)), ("007", Some(7))]
        {
            assert_eq!(parse_integer(text).ok(), number, "{text}");
        }
        for text in ["", "-", "x", "1.5", "0x10", "_1", "1__0", "--1", "1e3", "99999999999999999999"] {
            assert!(parse_integer(text).is_err(), "{text}");
        }
    }

    #[test]
    fn both_spellings() {
        let spelt =
            with_hyphens(["--tagging_file=a_b", "a_b", "--maximum_pause", "--", "--c_d"].map(OsString::from));
        assert_eq!(spelt, ["--tagging-file=a_b", "a_b", "--maximum-pause", "--", "--c_d"]);
    }
}
