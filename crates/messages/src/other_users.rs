//! What sudo, su and cron write into the system log: which command ran as whom, or why it did not.

use std::borrow::Cow;

use crate::account::Role;
use crate::effect::{BY_CRON, BY_SUDO};
use crate::log_line::{LogLine, behind, first_word};

/// The parts of a line of sudo, each with the words before it in a sentence. The command is the
/// last part, and has any text.
const PARTS: [(&str, &str); 6] = [
    ("PWD=", "in the folder"),
    ("TTY=", "on the terminal"),
    ("HOST=", "on the host"),
    ("CHROOT=", "with the root folder"),
    ("GROUP=", "with the group"),
    ("ENV=", "with the variables"),
];
const COMMAND: &str = "COMMAND=";
/// How sudo says why it ran nothing.
const REFUSALS: [&str; 12] = [
    "a password is required",
    "command not allowed",
    "incorrect password",
    "interactive authentication is required",
    "NOT authorized",
    "NOT in sudoers",
    "no tty present",
    "not allowed",
    "problem with",
    "sorry",
    "unable to",
    "unknown user",
];

/// Reads a line such as `bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/id`.
pub(crate) fn sudo_line(text: &str) -> LogLine<'_> {
    let Some((name, rest)) = text.split_once(" : ").filter(|(name, _)| !name.trim().contains(' ')) else {
        return LogLine::default();
    };
    let name = name.trim();
    let (before, command) = match rest.split_once(COMMAND) {
        Some((before, command)) => (before, Some(command)),
        None => (rest, None),
    };
    let parts: Vec<_> = before.split(" ; ").map(str::trim).filter(|part| !part.is_empty()).collect();
    let value = |start: &str| parts.iter().find_map(|part| part.strip_prefix(start));
    // Besides settings such as `TTY=pts/0`, a line has only why the command did not run.
    let refusal = match command {
        Some(_) => parts.iter().find(|part| !is_setting(part)),
        None => parts.iter().find(|part| REFUSALS.iter().any(|known| part.contains(known))),
    };
    if refusal.is_none() && command.is_none() {
        return LogLine::default();
    }
    let user = value("USER=");
    let what = command.unwrap_or("a command that the line does not name");
    let user_of = user.map(|user| format!(" as {user}")).unwrap_or_default();
    let mut sentence = match refusal {
        None => format!("{name} ran {what}{user_of} by sudo"),
        Some(why) => format!("{name} tried to run {what}{user_of} by sudo, and failed: {why}"),
    };
    for (start, words) in PARTS {
        sentence.extend(value(start).map(|value| format!(", {words} {value}")));
    }
    // What was refused ran as nobody.
    let others = user.filter(|_| refusal.is_none()).map(|user| (user, Role::RunsAs)).into_iter().collect();
    let effect = refusal.is_none().then_some(BY_SUDO);
    LogLine { others, sentence: Some(sentence), effect, ..LogLine::new(name, Role::Acted) }
}

fn is_setting(part: &str) -> bool {
    let name = part.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// Reads a line such as `Successful su for root by bob`, or `FAILED SU (to root) bob on pts/0`.
pub(crate) fn su_line(text: &str) -> LogLine<'_> {
    let starts = [
        ("Successful su for ", " by ", Role::Account),
        ("FAILED su for ", " by ", Role::Tried),
        ("FAILED SU (to ", ") ", Role::Tried),
        ("(to ", ") ", Role::Account),
    ];
    let found = starts.into_iter().find_map(|(start, middle, role)| {
        let (name, rest) = text.strip_prefix(start)?.split_once(middle)?;
        Some((name, first_word(rest)?, behind(rest, " on ").and_then(first_word), role))
    });
    let Some((name, by, terminal, role)) = found else { return LogLine::default() };
    let terminal = terminal.map(|terminal| format!(", on the terminal {terminal}")).unwrap_or_default();
    let sentence = match role {
        Role::Tried => format!("{by} tried to become {name} by su, and failed{terminal}"),
        _ => format!("{by} became {name} by su{terminal}"),
    };
    LogLine { by: Some(Cow::Borrowed(by)), sentence: Some(sentence), ..LogLine::new(name, role) }
}

/// What cron and crontab do, each with its words: the first account did it, and `{}` is the second
/// one or a file.
const OF_CRON: [(&str, &str, Role); 8] = [
    ("REPLACE", "replaced the table of cron of {}", Role::Acted),
    ("DELETE", "deleted the table of cron of {}", Role::Acted),
    ("LIST", "listed the table of cron of {}", Role::Acted),
    ("BEGIN EDIT", "began to edit the table of cron of {}", Role::Acted),
    ("END EDIT", "ended editing the table of cron of {}", Role::Acted),
    ("RELOAD", "Cron read the changed table {}", Role::User),
    ("ORPHAN", "Cron found a table without an account ({})", Role::User),
    ("AUTH", "Cron refused an account ({})", Role::User),
];

/// Reads a line such as `(root) CMD (run-parts /etc/cron.hourly)`.
pub(crate) fn cron_line(text: &str) -> LogLine<'_> {
    let Some((name, rest)) = text.strip_prefix('(').and_then(|text| text.split_once(") ")) else {
        return LogLine::default();
    };
    let is_program = name.is_empty() || name == "CRON" || name == "*system*";
    if name.contains(' ') {
        return LogLine::default();
    }
    let inside =
        rest.split_once(" (").map(|(kind, inside)| (kind, inside.strip_suffix(')').unwrap_or(inside)));
    let (kind, inside) = inside.unwrap_or((rest, ""));
    let sentence = match (kind, OF_CRON.iter().find(|(known, ..)| *known == kind)) {
        ("CMD", _) if !is_program => Some(format!("Cron started a command as {name}: {inside}")),
        (_, Some((_, words, Role::Acted))) if !is_program => {
            Some(format!("{name} {}", words.replace("{}", inside)))
        }
        (_, Some((_, words, Role::User))) => Some(words.replace("{}", inside)),
        _ => None,
    };
    let role = match kind {
        "CMD" => Role::RunsAs,
        _ => OF_CRON.iter().find(|(known, ..)| *known == kind).map_or(Role::User, |(.., role)| *role),
    };
    let account = (!is_program).then_some((name, role));
    let effect = (kind == "CMD").then_some(BY_CRON);
    LogLine { account, sentence, effect, ..LogLine::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_sudo() {
        for (text, expected) in [
            (
                "alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/systemctl restart nginx",
                "alice ran /usr/bin/systemctl restart nginx as root by sudo, in the folder /home/alice, on the terminal pts/0 \
                 | by: alice | runs as: root | effect open",
            ),
            // What somebody typed says nothing of who and where.
            (
                "  bob : PWD=/ ; USER=root ; COMMAND=/bin/echo ; USER=eve ; COMMAND=x",
                "bob ran /bin/echo ; USER=eve ; COMMAND=x as root by sudo, in the folder / | by: bob | runs as: root | effect open",
            ),
            (
                "bob : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/id",
                "bob tried to run /bin/id as root by sudo, and failed: 3 incorrect password attempts, in the folder /, on the \
                 terminal pts/1 | by: bob",
            ),
            (
                "bob : user NOT in sudoers ; PWD=/ ; USER=root ; COMMAND=/bin/id",
                "bob tried to run /bin/id as root by sudo, and failed: user NOT in sudoers, in the folder / | by: bob",
            ),
            (
                "bob : no tty present and no askpass program specified",
                "bob tried to run a command that the line does not name by sudo, and failed: no tty present and no askpass \
                 program specified | by: bob",
            ),
            (
                "bob : account validation failure, is your account locked? ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id",
                "bob tried to run /bin/id as root by sudo, and failed: account validation failure, is your account locked?, in \
                 the folder /, on the terminal pts/0 | by: bob",
            ),
            ("bob : (command continued) --foo=bar", ""),
            ("pam_unix(sudo:auth): authentication failure; user=bob", ""),
            ("what : is this", ""),
        ] {
            assert_eq!(sudo_line(text).said(), expected, "{text}");
        }
    }

    #[test]
    fn lines_of_su() {
        for (text, expected) in [
            ("Successful su for root by bob", "bob became root by su | account: root | by: bob"),
            (
                "(to root) bob on pts/0",
                "bob became root by su, on the terminal pts/0 | account: root | by: bob",
            ),
            (
                "FAILED su for root by eve",
                "eve tried to become root by su, and failed | account tried: root | by: eve",
            ),
            (
                "FAILED SU (to root) eve on pts/0",
                "eve tried to become root by su, and failed, on the terminal pts/0 | account tried: root | by: eve",
            ),
            ("+ pts/0 bob:root", ""),
        ] {
            assert_eq!(su_line(text).said(), expected, "{text}");
        }
    }

    #[test]
    fn lines_of_cron() {
        for (text, expected) in [
            (
                "(www-data) CMD (php /x.php)",
                "Cron started a command as www-data: php /x.php | runs as: www-data | effect open",
            ),
            ("(root) CMD (a (b))", "Cron started a command as root: a (b) | runs as: root | effect open"),
            ("(bob) REPLACE (eve)", "bob replaced the table of cron of eve | by: bob"),
            ("(bob) BEGIN EDIT (bob)", "bob began to edit the table of cron of bob | by: bob"),
            ("(*system*) RELOAD (/etc/crontab)", "Cron read the changed table /etc/crontab"),
            ("(bob) RELOAD (crontabs/bob)", "Cron read the changed table crontabs/bob | user: bob"),
            ("(CRON) INFO (pidfile fd = 3)", ""),
            ("(bob) INFO (x)", " | user: bob"),
            ("no line of cron", ""),
        ] {
            assert_eq!(cron_line(text).said(), expected, "{text}");
        }
    }
}
