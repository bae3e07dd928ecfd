//! Sessions of PAM: lines of system logs that say that a session was opened or closed. They name
//! the account whose session it is. The name or the number after `by` is another one: that of the
//! process that opened the session, which is mostly a service.

use std::borrow::Cow;

use crate::account::unix_user;
use crate::log_line::behind;

/// Services that open sessions for accounts of others: nobody logged on as their user.
const SERVICES: [&str; 12] = [
    "atd", "cron", "crond", "dropbear", "gdm", "lightdm", "login", "remote", "sddm", "sshd", "systemd",
    "vsftpd",
];
/// Services of these start sessions without a logon.
const WITHOUT_LOGON: [&str; 4] = ["atd", "cron", "crond", "systemd"];

/// A line of PAM about a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PamSession<'t> {
    /// The service in which PAM was asked, such as `sshd`. Old lines do not name it.
    service: Option<&'t str>,
    is_opened: bool,
    /// Whose session it is.
    pub(crate) account: &'t str,
    /// The name after `by`.
    by: Option<&'t str>,
    /// The number of the user after `by`.
    by_number: Option<&'t str>,
}

/// What the accounts of a session have to do with it, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionNotes {
    /// What the account is.
    pub account: &'static str,
    /// What is said of the account that opened it, or why it is not known who opened or ended it.
    /// `None` if there is no more to say than its name.
    pub by: Option<String>,
}

impl<'t> PamSession<'t> {
    /// Reads a line such as `pam_unix(su:session): session opened for user root by bob(uid=1000)`.
    pub(crate) fn of(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let (before, is_opened, rest) = match text.split_once("session opened for user ") {
            Some((before, rest)) => (before, true, rest),
            None => {
                text.split_once("session closed for user ").map(|(before, rest)| (before, false, rest))?
            }
        };
        if !before.is_empty() && !before.contains("pam_unix") {
            return None;
        }
        let service = behind(before, "(").and_then(|rest| rest.split_once(":session)"));
        let account = name_of(rest)?;
        let by = rest.split_once(" by ").map(|(_, by)| by);
        let by_number = by.and_then(|by| behind(by, "(uid=")).and_then(|number| number.split(')').next());
        Some(Self {
            service: service.map(|(service, _)| service),
            is_opened,
            account,
            by: by.and_then(name_of),
            by_number,
        })
    }

    /// Returns the account that opened the session. A service has only a number that counts: the
    /// name beside it can be that of the one who logs on.
    pub(crate) fn opened_by(&self, program: &str) -> Option<Cow<'t, str>> {
        let number = || self.by_number.map(|number| Cow::Owned(unix_user(number)));
        let name = || self.by.map(Cow::Borrowed);
        match self.service_of(program) {
            Some(_) => number().or_else(name),
            None => name().or_else(number),
        }
    }

    /// Returns what the session is of, such as `sshd`.
    fn name<'n>(&'n self, program: &'n str) -> &'n str {
        // An old line has it as `su(pam_unix)` in the name of the program.
        self.service.unwrap_or_else(|| base(program))
    }

    fn service_of(&self, program: &str) -> Option<&'static str> {
        let name = self.name(program);
        let is_one = |known: &&&str| {
            name.strip_prefix(**known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        SERVICES.iter().find(is_one).copied()
    }

    pub(crate) fn message(&self, program: &str, process: Option<&str>) -> String {
        let name = self.name(program);
        let kind = if name == "sshd" { "SSH" } else { name };
        let did = if self.is_opened { "opened" } else { "closed" };
        let process = process.map(|number| format!(", process {number}")).unwrap_or_default();
        format!("{kind} session of {} {did} ({}{process})", self.account, base(program))
    }

    pub(crate) fn notes(&self, program: &str) -> SessionNotes {
        let by = match (self.is_opened, self.opened_by(program)) {
            (false, _) => Some("the line does not say who ended it".to_owned()),
            (true, Some(_)) => self.of_opener(program),
            (true, None) => Some("the line does not say who opened it".to_owned()),
        };
        SessionNotes { account: "whose session it is", by }
    }

    /// Says what the account is that opened a session, if it is not simply the one that acted.
    fn of_opener(&self, program: &str) -> Option<String> {
        let what = match (self.service_of(program), self.by) {
            (Some(service), _) if WITHOUT_LOGON.contains(&service) => {
                "the service that opened the session, without a logon"
            }
            (Some(_), _) => "the service that opened the session, not the one who logged on",
            (None, Some(_)) => return None,
            (None, None) => {
                "the user of the program that opened the session; the line does not name who started it"
            }
        };
        Some(match self.by.filter(|_| self.by_number.is_some()) {
            Some(name) => format!("which the line calls {name}: {what}"),
            None => format!("as the line says: {what}"),
        })
    }
}

/// Returns the name of a program without its folder and what follows it in brackets.
fn base(program: &str) -> &str {
    let program = program.rsplit('/').next().unwrap_or(program);
    program.split(['(', ']']).next().filter(|name| !name.is_empty()).unwrap_or(program)
}

fn name_of(text: &str) -> Option<&str> {
    text.split([' ', '(', ',']).next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: Option<&str> = Some("user number 0 (root)");
    const SERVICE: &str = "as the line says: the service that opened the session, not the one who logged on";
    const NOT_RECORDED: &str = "the line does not say who ended it";

    #[test]
    fn each_session_says_whose_it_is_and_who_opened_it() {
        for (program, text, message, opened_by, by) in [
            (
                "sshd",
                "pam_unix(sshd:session): session opened for user bob by (uid=0)",
                "SSH session of bob opened (sshd, process 7)",
                ROOT,
                Some(SERVICE),
            ),
            (
                "sshd-session",
                "pam_unix(sshd:session): session opened for user bob(uid=1000) by bob(uid=0)",
                "SSH session of bob opened (sshd-session, process 7)",
                ROOT,
                Some(
                    "which the line calls bob: the service that opened the session, not the one who logged on",
                ),
            ),
            (
                "sshd",
                "pam_unix(sshd:session): session closed for user bob",
                "SSH session of bob closed (sshd, process 7)",
                None,
                Some(NOT_RECORDED),
            ),
            (
                "CRON",
                "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
                "cron session of root opened (CRON, process 7)",
                ROOT,
                Some("as the line says: the service that opened the session, without a logon"),
            ),
            (
                "systemd",
                "pam_unix(systemd-user:session): session opened for user eve(uid=1001) by eve(uid=0)",
                "systemd-user session of eve opened (systemd, process 7)",
                ROOT,
                Some("which the line calls eve: the service that opened the session, without a logon"),
            ),
            (
                "sudo",
                "pam_unix(sudo:session): session opened for user root(uid=0) by bob(uid=1000)",
                "sudo session of root opened (sudo, process 7)",
                Some("bob"),
                None,
            ),
            (
                "sudo",
                "pam_unix(sudo-i:session): session closed for user root",
                "sudo-i session of root closed (sudo, process 7)",
                None,
                Some(NOT_RECORDED),
            ),
            (
                "/bin/su",
                "pam_unix(su:session): session opened for user root by (uid=1000)",
                "su session of root opened (su, process 7)",
                Some("user number 1000"),
                Some(
                    "as the line says: the user of the program that opened the session; the line does not \
                     name who started it",
                ),
            ),
            (
                "login",
                "pam_unix(login:session): session opened for user eve by LOGIN(uid=0)",
                "login session of eve opened (login, process 7)",
                ROOT,
                Some(
                    "which the line calls LOGIN: the service that opened the session, not the one who logged on",
                ),
            ),
            (
                "su(pam_unix)",
                "session opened for user root by bob(uid=500)",
                "su session of root opened (su, process 7)",
                Some("bob"),
                None,
            ),
            (
                "gdm-password]",
                "pam_unix(gdm-password:session): session opened for user eve",
                "gdm-password session of eve opened (gdm-password, process 7)",
                None,
                Some("the line does not say who opened it"),
            ),
        ] {
            let session = PamSession::of(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(session.message(program, Some("7")), message);
            assert_eq!(session.opened_by(program).as_deref(), opened_by, "{text}");
            let notes = session.notes(program);
            assert_eq!((notes.account, notes.by.as_deref()), ("whose session it is", by), "{text}");
        }
    }

    #[test]
    fn other_lines_are_no_sessions_of_pam() {
        for text in [
            "Accepted password for bob from 192.0.2.1 port 1 ssh2",
            "New session 4 of user bob.",
            "pam_unix(sshd:auth): authentication failure; logname= uid=0 user=root",
            "typed: session opened for user root by (uid=0)",
            "session opened for user ",
        ] {
            assert_eq!(PamSession::of(text), None, "{text}");
        }
    }
}
