//! What a record of a command leaves open: a label may name what the command is for, but most
//! records do not say whether it worked.

/// The name of the fact that says it.
pub const EFFECT: &str = "effect";

/// Data types of the histories of shells.
const HISTORIES: [&str; 3] = ["bash:history", "fish:history", "shell:"];
const TYPED: &str = "not recorded (a history says what was typed, not whether it worked)";
const STARTED: &str = "not recorded (the rule found this in a command line; the record says that the command was \
                       started, not whether it worked)";
/// Cron says that it starts a command, and nothing of its end.
const CRON: &str = "syslog:cron:task_run";
pub(crate) const BY_CRON: &str =
    "not recorded (the log says that cron started the command, not whether it worked)";
pub(crate) const BY_SUDO: &str =
    "not recorded (the log says that sudo started the command, not whether it worked)";
const COMPILED: &str = "not recorded (PowerShell logs a script before it runs; whether this part of it ran, and \
                        whether it worked, is not in this record)";

pub(crate) const BY_DPKG: &str = "not recorded (the line says that dpkg began; what came of it is in later lines of the log, if \
                       anywhere)";

/// Returns what is to be said of the effect of a command or a script, or `None` if the event is
/// none. `matched` has the names of the attributes in whose texts rules found something.
#[must_use]
pub fn effect<'n>(data_type: &str, mut matched: impl Iterator<Item = &'n str>) -> Option<&'static str> {
    if HISTORIES.iter().any(|history| data_type.starts_with(history)) {
        return Some(TYPED);
    }
    if data_type == CRON {
        return Some(BY_CRON);
    }
    let of_field = |name: &str| match name.rsplit('.').next()? {
        // https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_logging_windows
        "ScriptBlockText" => Some(COMPILED),
        // Security 4688 and Sysmon 1; Santa.
        "CommandLine" | "process_arguments" => Some(STARTED),
        _ => None,
    };
    matched.find_map(of_field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_and_a_script_say_nothing_of_their_effect() {
        for (data_type, matched, expected) in [
            ("windows:evtx:record", vec!["event_identifier", "xml_string.ScriptBlockText"], Some(COMPILED)),
            ("windows:evtx:record", vec!["xml_string.CommandLine"], Some(STARTED)),
            ("windows:evtx:record", vec!["xml_string.ParentCommandLine"], None),
            ("windows:evtx:record", vec![], None),
            ("santa:execution", vec!["process_arguments"], Some(STARTED)),
            ("bash:history:entry", vec![], Some(TYPED)),
            ("shell:zsh:history", vec!["command"], Some(TYPED)),
            (CRON, vec![], Some(BY_CRON)),
            ("fs:stat", vec!["filename"], None),
        ] {
            assert_eq!(effect(data_type, matched.into_iter()), expected, "{data_type}");
        }
    }
}
