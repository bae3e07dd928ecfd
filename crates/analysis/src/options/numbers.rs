//! Numbers on a command line, as psort reads them.

/// Reads a whole number as psort does, which reads it as Python does: there may be space around the
/// number, and `_` between digits.
///
/// # Errors
///
/// If the text is not a whole number.
pub fn parse_integer(text: &str) -> Result<i64, String> {
    let number = text.trim();
    let groups = number.strip_prefix(['-', '+']).unwrap_or(number).split('_');
    let is_number =
        groups.into_iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let number = Some(number.replace('_', "")).filter(|_| is_number).and_then(|number| number.parse().ok());
    number.ok_or_else(|| "expected a whole number, such as 10".into())
}

/// Lets options take negative numbers, so that for `--maximum-pause -1` the error says that the
/// number is too small, and not that there is no option `-1`.
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
}
