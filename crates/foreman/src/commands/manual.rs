//! Texts for the program's help and its manual pages. They are written only here, and tested.
//!
//! The commands and options come from [`command`](crate::command). The code that makes manual pages
//! takes both.

/// Returns the exit statuses of a command, with their meanings.
#[must_use]
pub fn exit_statuses(command: &str) -> &'static [(u8, &'static str)] {
    if command == "psort" { PSORT_EXIT_STATUSES } else { EXIT_STATUSES }
}

const EXIT_STATUSES: &[(u8, &str)] = &[
    (0, "done"),
    (1, "failed, see the message"),
    (2, "wrong usage, rules or filter"),
    (3, "done, but something was skipped, or the summary could not be written"),
    (130, "aborted, store untouched"),
];
const PSORT_EXIT_STATUSES: &[(u8, &str)] = &[
    (0, "done, but something may have been skipped"),
    (1, "failed or aborted, see the message; or the summary could not be written"),
    (2, "wrong options"),
];

/// Returns the environment variables that stand for no option. The help of an option names its own
/// variable.
#[must_use]
pub fn environment() -> Vec<(&'static str, &'static str)> {
    let secrets = analysis::secret_sources().map(|source| (source.variable, source.variable_summary));
    secrets.chain(ENVIRONMENT.iter().copied()).collect()
}

/// The variables that belong to no plugin.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("RUST_LOG", "What is logged, such as `debug`; what it does not name is logged as without it."),
    ("NO_COLOR", "If it is set, nothing is coloured."),
    ("TERM", "With `dumb` there is no status window, only lines."),
];

/// Files that the program reads and writes.
pub const FILES: &[(&str, &str)] = &[
    (
        "STORE",
        "The storage file. The results of an analysis are written to it, in one transaction at the end.",
    ),
    (
        "STORE.foreman/",
        "What a run keeps while it lasts, or in the folder of --temporary-directory. An interrupted run leaves it \
         for --resume; `foreman clean` discards it.",
    ),
    ("status.info", "The status of a run with --status-view file."),
];

/// Returns examples for a command, or for the whole program: what each does, and its command line.
#[must_use]
pub fn examples(command: &str) -> &'static [(&'static str, &'static str)] {
    match command {
        "foreman" => &[
            ("Show what is in a storage file", "foreman info case.plaso"),
            ("Label its events by rules, and by session", ANALYZE),
            ("Show what was found", "foreman report case.plaso"),
        ],
        "analyze" => &[
            ("Label events by the built-in rules for Linux, and by the session that they belong to", ANALYZE),
            ("Show what would be found, and write nothing", DRY_RUN),
            (
                "Analyse only events that match a filter",
                "foreman analyze --analysis sessionize case.plaso \"reporter is 'sshd'\"",
            ),
            ("Resume an interrupted run", "foreman analyze --resume case.plaso"),
            (
                "Analyse all storage files of a folder",
                "foreman analyze --analysis tagging --tagging-file auto cases",
            ),
        ],
        "check" => &[
            ("Show all errors, warnings and hints of rules", "foreman check --tagging-file rules.txt"),
            (
                "Count the events of a storage file that each rule matches",
                "foreman check --tagging-file linux case.plaso",
            ),
        ],
        "export" => &[
            (
                "Write all events as JSON lines, for Timesketch",
                "foreman export --output case.jsonl case.plaso",
            ),
            (
                "Write the events with some labels to a table for a spreadsheet, by time",
                "foreman export --label ssh_*,log_cleared --format csv --sort time --output case.csv case.plaso",
            ),
        ],
        "report" => &[
            ("Show what analyses have found", "foreman report case.plaso"),
            (
                "Show the events that have a label, and the rules that match them",
                "foreman report --label ssh_login case.plaso",
            ),
        ],
        "plan" => &[(
            "Plan an analysis for several machines",
            "foreman plan --analysis tagging --tagging-file linux --out plan case.plaso",
        )],
        "split" => &[(
            "Divide the storage file of a plan into parts",
            "foreman split --plan plan --out parts case.plaso",
        )],
        "work" => &[("Do the first shard of a plan", "foreman work --plan plan --shard 0")],
        "merge" => &[
            ("Show which shards are missing", "foreman merge --plan plan --missing"),
            ("Store the results of all shards", "foreman merge --plan plan case.plaso"),
        ],
        "psort" => &[("Call it like psort", "foreman psort -o null --analysis sessionize case.plaso")],
        _ => &[],
    }
}

const ANALYZE: &str = "foreman analyze --analysis tagging,sessionize --tagging-file linux case.plaso";
const DRY_RUN: &str = "foreman analyze --analysis tagging --tagging-file linux --dry-run case.plaso";

/// Returns the exit statuses as a line for a command's help.
pub(crate) fn exit_status() -> String {
    let statuses: Vec<_> =
        EXIT_STATUSES.iter().map(|(status, meaning)| format!("{status} {meaning}")).collect();
    format!("Exit status: {}.", statuses.join("; "))
}

/// Returns the end of a command's long help: examples and exit statuses.
pub(crate) fn examples_and_exit_status(command: &str) -> String {
    let mut text = "Examples:\n".to_owned();
    for (what, line) in examples(command) {
        text += &format!("  # {what}\n  {line}\n");
    }
    text + "\n" + &exit_status()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::Status;
    use crate::commands::Arguments;

    #[test]
    fn every_exit_status_is_told() {
        let statuses = [Status::Done, Status::Failed, Status::Usage, Status::Incomplete, Status::Aborted]
            .map(|s| s as u8);
        assert_eq!(EXIT_STATUSES.iter().map(|(status, _)| *status).collect::<Vec<_>>(), statuses);
    }

    #[test]
    fn examples_are_what_the_program_understands() {
        let command = crate::command();
        for name in command.get_subcommands().map(clap::Command::get_name).chain(["foreman"]) {
            for (_, line) in examples(name) {
                let (words, filter) = line.split_once(" \"").unwrap_or((line, ""));
                let filter = filter.strip_suffix('"');
                let parsed = Arguments::try_parse_from(words.split(' ').chain(filter));
                assert!(parsed.is_ok(), "{line}: {parsed:?}");
                assert!(name == "foreman" || line.starts_with(&format!("foreman {name} ")), "{line}");
            }
        }
    }

    #[test]
    fn every_variable_of_an_option_begins_as_the_program() {
        let command = crate::command();
        let arguments = command.get_subcommands().flat_map(clap::Command::get_arguments);
        let names: Vec<_> = arguments.filter_map(|argument| argument.get_env()).collect();
        assert!(!names.is_empty());
        assert!(names.iter().all(|name| name.to_string_lossy().starts_with("FOREMAN_")), "{names:?}");
    }
}
