//! Texts for the program's help and its manual pages. They are written only here, and tested.

use crate::stop::ABORTED;

/// The exit statuses, and what each means.
pub const EXIT_STATUSES: &[(u8, &str)] =
    &[(0, "done"), (1, "failed, no task store written"), (2, "wrong usage"), (ABORTED, "aborted on request")];

/// Returns the environment variables that no option stands for.
#[must_use]
pub fn environment() -> Vec<(&'static str, &'static str)> {
    let secrets = analysis::secret_sources().map(|source| (source.variable, source.variable_summary));
    secrets
        .chain([(
            "RUST_LOG",
            "What is logged, such as `debug`; what it does not name is logged as without it.",
        )])
        .collect()
}

/// Examples: what each does, and its command line.
pub const EXAMPLES: &[(&str, &str)] = &[
    (
        "What the built-in rules for Linux find in a storage file",
        "worker run --store case.plaso --plugin tagging --tagging-file linux --output task.sqlite",
    ),
    ("A task as a foreman sends it, which `foreman analyze --debug` shows", "worker run --task \"$TASK\""),
];

/// Returns the end of the long help of `run`.
pub(crate) fn help() -> String {
    let examples = EXAMPLES.iter().map(|(what, line)| format!("  # {what}\n  {line}\n"));
    let statuses: Vec<_> =
        EXIT_STATUSES.iter().map(|(status, meaning)| format!("{status} {meaning}")).collect();
    format!("Examples:\n{}\nExit status: {}.", examples.collect::<String>(), statuses.join("; "))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::Arguments;

    #[test]
    fn examples_are_what_the_program_understands() {
        for (_, line) in EXAMPLES {
            let parsed = Arguments::try_parse_from(line.split(' '));
            assert!(parsed.is_ok(), "{line}: {parsed:?}");
        }
    }
}
