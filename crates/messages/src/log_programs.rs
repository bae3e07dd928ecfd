//! What the lines of a log say in words: who logs on with ssh, uses sudo, su or cron, changes an
//! account or fetches a file, and from which address.

use std::borrow::Cow;

use crate::Attributes;
use crate::account::Role;
use crate::account_tools::{account_tool_line, is_account_tool};
use crate::log_line::{LogLine, behind, first_word, other_address, words};
use crate::other_users::{cron_line, su_line, sudo_line};
use crate::pam_session::PamSession;

/// Data types of system logs.
const LOGS: [&str; 4] = ["macos:asl:entry", "selinux:", "syslog:", "systemd:journal"];
/// The log of a server for files.
const VSFTPD: &str = "vsftpd:log";
/// The kinds of audit records about an account that is changed, and about one that logs on.
const AUDIT_CHANGES: [&str; 6] =
    ["ADD_USER", "DEL_USER", "USER_CHAUTHTOK", "USER_MGMT", "ACCT_LOCK", "ACCT_UNLOCK"];
const AUDIT_LOGONS: [&str; 8] = [
    "USER_AUTH",
    "USER_ACCT",
    "USER_LOGIN",
    "USER_LOGOUT",
    "USER_START",
    "USER_END",
    "CRED_ACQ",
    "CRED_DISP",
];
/// Programs with which somebody logs on or acts as another user.
const OF_LOGONS: [&str; 8] = ["sshd", "sshd-session", "sudo", "su", "login", "dropbear", "vsftpd", "polkitd"];

/// The SSH server of OpenSSH.
pub(crate) const SSH: [&str; 2] = ["sshd", "sshd-session"];
/// The programs that run commands at given times.
const CRON: [&str; 6] = ["CRON", "CROND", "anacron", "cron", "crond", "crontab"];

/// Returns whether lines of this program can be made sentences.
pub(crate) fn has_sentences(program: &str) -> bool {
    let program = base(program);
    SSH.contains(&program)
        || matches!(program, "sudo" | "su")
        || CRON.contains(&program)
        || is_account_tool(program)
}

/// Returns the name of a program without its folder.
pub(crate) fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// Returns what a log has as the name of the program and as the text of the line.
pub(crate) fn program_and_text(attributes: &Attributes<'_>) -> Option<(String, String)> {
    let data_type = attributes.data_type();
    let text = |name| attributes.text(name).map(Cow::into_owned);
    if data_type == VSFTPD {
        return Some((VSFTPD.to_owned(), text("text")?));
    }
    LOGS.iter().find(|log| data_type.starts_with(**log))?;
    let program = text("reporter").or_else(|| text("sender")).or_else(|| text("audit_type"))?;
    Some((program, text("message_body")?))
}

impl<'t> LogLine<'t> {
    /// Reads a line of this program.
    pub(crate) fn of(program: &str, text: &'t str) -> Self {
        let program = base(program);
        let text = text.trim();
        let mut line = match program {
            "sshd" | "sshd-session" | "dropbear" => Self::of_ssh(text),
            "sudo" => sudo_line(text),
            "su" => su_line(text),
            cron if CRON.contains(&cron) => cron_line(text),
            VSFTPD => return Self::of_vsftpd(text),
            audit if is_audit(audit) => return Self::of_audit(audit, text),
            _ => Self::of_account_tool(program, text),
        };
        if line.account.is_none() && line.sentence.is_none() {
            line = Self { address: line.address, ..Self::of_session(program, text) };
        }
        if OF_LOGONS.contains(&program) {
            line.address = words(text).find_map(other_address);
        }
        line
    }

    fn of_ssh(text: &'t str) -> Self {
        let named = |start: &str, role| {
            let rest = behind(text, start)?;
            let rest = ["invalid user ", "illegal user ", "authenticating user ", "user "]
                .iter()
                .find_map(|word| rest.strip_prefix(word))
                .unwrap_or(rest);
            Some(Self::new(first_word(rest)?, role))
        };
        let tried = ["Failed password for ", "Failed publickey for ", "Failed none for "]
            .into_iter()
            .chain(["Failed keyboard-interactive/pam for ", "Postponed publickey for "])
            .chain(["error: maximum authentication attempts exceeded for ", "Invalid user "])
            .chain(["Connection closed by invalid user ", "Connection closed by authenticating user "])
            .chain(["Connection reset by authenticating user ", "Disconnected from authenticating user "])
            .chain(["Disconnected from invalid user ", "Illegal user "])
            .find_map(|start| named(start, Role::Tried));
        let accepted = || {
            let rest = text.strip_prefix("Accepted ")?.split_once(" for ")?.1;
            Some(Self::new(first_word(rest)?, Role::Account))
        };
        let ended = || named("Disconnected from user ", Role::Account);
        tried.or_else(accepted).or_else(ended).unwrap_or_default()
    }

    /// Reads a line of a program that changes accounts. Of another kind of line only the account is
    /// known.
    fn of_account_tool(program: &str, text: &'t str) -> Self {
        if !is_account_tool(program) {
            return Self::default();
        }
        let line = account_tool_line(text);
        if line.sentence.is_some() {
            return line;
        }
        let name = behind(text, "user '").and_then(|rest| rest.split('\'').next());
        name.filter(|name| !name.is_empty()).map(|name| Self::new(name, Role::User)).unwrap_or_default()
    }

    /// Reads a line such as `[pid 3] [jean] OK DOWNLOAD: Client "192.0.2.9", "/x", 40 bytes`.
    fn of_vsftpd(text: &'t str) -> Self {
        let name = text.split_once("] [").and_then(|(_, rest)| rest.split(']').next());
        let role = match (text.contains("] OK LOGIN"), text.contains("] FAIL LOGIN")) {
            (true, _) => Role::Account,
            (_, true) => Role::Tried,
            _ => Role::Acted,
        };
        let address = behind(text, "Client \"").and_then(|rest| other_address(rest.split('"').next()?));
        Self { account: name.map(|name| (name, role)), address, ..Self::default() }
    }

    /// Reads a record of the audit log such as `op=add-user acct="svc" addr=? res=success`.
    fn of_audit(kind: &str, text: &'t str) -> Self {
        let has_failed = text.contains("res=failed") || text.contains("res=0");
        let role = match (AUDIT_CHANGES.contains(&kind), kind) {
            (true, _) if has_failed => Role::NotChanged,
            (true, "ADD_USER") => Role::Created,
            (true, "DEL_USER") => Role::Deleted,
            (true, _) => Role::Changed,
            (false, _) if has_failed => Role::Tried,
            (false, _) => Role::Account,
        };
        let name = behind(text, "acct=\"").and_then(|rest| rest.split('"').next());
        let address = behind(text, " addr=").and_then(first_word).and_then(other_address);
        Self { account: name.map(|name| (name, role)), address, ..Self::default() }
    }

    /// Reads what PAM and logind say, such as `session opened for user root by bob(uid=1000)`.
    fn of_session(program: &str, text: &'t str) -> Self {
        if let Some(session) = PamSession::of(text) {
            let by = session.opened_by(program);
            return Self { by, is_session: true, ..Self::new(session.account, Role::Account) };
        }
        let name_of = |rest: &'t str| rest.split([' ', '(', '.', ',']).next().filter(|name| !name.is_empty());
        let of = |start, role| Some(Self::new(name_of(behind(text, start)?)?, role));
        of("Removed session of user ", Role::Account)
            .or_else(|| of(" of user ", Role::Account))
            .or_else(|| {
                let failed = text.contains("authentication failure");
                failed.then(|| of(" user=", Role::Tried)).flatten()
            })
            .unwrap_or_default()
    }
}

fn is_audit(kind: &str) -> bool {
    AUDIT_CHANGES.contains(&kind) || AUDIT_LOGONS.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_who_and_from_where() {
        let remote = Some("203.0.113.77");
        for (program, text, account, by, address) in [
            (
                "sshd",
                "Failed password for root from 203.0.113.77 port 40000 ssh2",
                Some(("root", Role::Tried)),
                None,
                remote,
            ),
            (
                "sshd",
                "Failed password for invalid user admin from 203.0.113.77 port 4 ssh2",
                Some(("admin", Role::Tried)),
                None,
                remote,
            ),
            (
                "sshd",
                "Accepted publickey for bob from 203.0.113.77 port 59857 ssh2",
                Some(("bob", Role::Account)),
                None,
                remote,
            ),
            ("sshd", "Connection from 203.0.113.77 port 1", None, None, remote),
            ("sshd", "Server listening on 0.0.0.0 port 22.", None, None, None),
            (
                "sshd",
                "Failed password for from from 203.0.113.77 port 1",
                Some(("from", Role::Tried)),
                None,
                remote,
            ),
            (
                "sshd",
                "pam_unix(sshd:auth): authentication failure; logname= uid=0 tty=ssh ruser= rhost=203.0.113.77  user=root",
                Some(("root", Role::Tried)),
                None,
                remote,
            ),
            (
                "sshd",
                "pam_unix(sshd:session): session opened for user bob by (uid=0)",
                Some(("bob", Role::Account)),
                Some("user number 0 (root)"),
                None,
            ),
            (
                "sshd",
                "pam_unix(sshd:session): session closed for user bob",
                Some(("bob", Role::Account)),
                None,
                None,
            ),
            (
                "sudo",
                "bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ping 203.0.113.77",
                Some(("bob", Role::Acted)),
                None,
                remote,
            ),
            (
                "sudo",
                "pam_unix(sudo:session): session opened for user root(uid=0) by bob(uid=1000)",
                Some(("root", Role::Account)),
                Some("bob"),
                None,
            ),
            ("su", "FAILED su for root by eve", Some(("root", Role::Tried)), Some("eve"), None),
            ("su", "(to root) bob on pts/0", Some(("root", Role::Account)), Some("bob"), None),
            ("CRON", "(www-data) CMD (php /srv/app/cron.php)", Some(("www-data", Role::RunsAs)), None, None),
            ("cron", "(CRON) INFO (pidfile fd = 3)", None, None, None),
            ("crontab", "(bob) REPLACE (bob)", Some(("bob", Role::Acted)), None, None),
            ("useradd", "new user: name=svc, UID=1004, GID=1004", Some(("svc", Role::Created)), None, None),
            ("userdel", "delete user 'svc'", Some(("svc", Role::Deleted)), None, None),
            (
                "passwd",
                "pam_unix(passwd:chauthtok): password changed for bob",
                Some(("bob", Role::Changed)),
                None,
                None,
            ),
            ("systemd", "Started Session 41 of user alice.", Some(("alice", Role::Account)), None, None),
            (
                "vsftpd:log",
                "[pid 3] [jean] OK DOWNLOAD: Client \"203.0.113.77\", \"/x\", 40 bytes",
                Some(("jean", Role::Acted)),
                None,
                remote,
            ),
            ("vsftpd:log", "[pid 2] CONNECT: Client \"203.0.113.77\"", None, None, remote),
            (
                "vsftpd:log",
                "[pid 1] [x] FAIL LOGIN: Client \"203.0.113.77\"",
                Some(("x", Role::Tried)),
                None,
                remote,
            ),
            ("kernel", "version 10.0.0.1 of user", None, None, None),
        ] {
            let line = LogLine::of(program, text);
            assert_eq!(
                (line.account, line.by.as_deref(), line.address.as_deref()),
                (account, by, address),
                "{text}"
            );
        }
    }
}
