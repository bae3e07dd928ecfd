//! What the lines of a log say in words: who logs on with ssh, uses sudo, su or cron, changes an
//! account or fetches a file, and from which address.

use std::borrow::Cow;

use crate::Attributes;
use crate::account::Role;
use crate::log_line::{LogLine, behind, first_word, other_address, words};
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
        let program = program.rsplit('/').next().unwrap_or(program);
        let text = text.trim();
        let mut line = match program {
            "sshd" | "sshd-session" | "dropbear" => Self::of_ssh(text),
            "sudo" => Self::of_sudo(text),
            "su" => Self::of_su(text),
            "cron" | "CRON" | "crond" | "CROND" | "crontab" | "anacron" => Self::of_cron(text),
            VSFTPD => return Self::of_vsftpd(text),
            audit if is_audit(audit) => return Self::of_audit(audit, text),
            _ => Self::of_account_tool(program, text),
        };
        if line.account.is_none() {
            line = Self { address: line.address, ..Self::of_session(program, text) };
        }
        if OF_LOGONS.contains(&program) {
            line.address = words(text).find_map(other_address);
        }
        line
    }

    fn new(name: &'t str, role: Role) -> Self {
        Self { account: Some((name, role)), ..Self::default() }
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

    /// Reads a line such as `bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/id`.
    fn of_sudo(text: &'t str) -> Self {
        match text.split_once(" : ") {
            Some((name, rest)) if !name.contains(' ') && rest.contains('=') => Self::new(name, Role::Acted),
            _ => Self::default(),
        }
    }

    fn of_su(text: &'t str) -> Self {
        let of_words = || {
            let rest = text
                .strip_prefix("Successful su for ")
                .map(|rest| (rest, Role::Account))
                .or_else(|| Some((text.strip_prefix("FAILED su for ")?, Role::Tried)));
            let (rest, role) = rest?;
            let (name, by) = rest.split_once(" by ")?;
            Some(Self { by: first_word(by), ..Self::new(name, role) })
        };
        let to = || {
            let (name, rest) =
                text.strip_prefix("FAILED SU ").unwrap_or(text).strip_prefix("(to ")?.split_once(") ")?;
            let role = if text.starts_with("FAILED") { Role::Tried } else { Role::Account };
            Some(Self { by: first_word(rest), ..Self::new(name, role) })
        };
        of_words().or_else(to).unwrap_or_default()
    }

    /// Reads a line such as `(root) CMD (run-parts /etc/cron.hourly)`.
    fn of_cron(text: &'t str) -> Self {
        let of_parentheses = || {
            let (name, rest) = text.strip_prefix('(')?.split_once(')')?;
            let is_program = name.is_empty() || name == "CRON" || name == "*system*";
            let role = if rest.starts_with(" CMD") { Role::RunsAs } else { Role::User };
            (!is_program && !name.contains(' ')).then(|| Self::new(name, role))
        };
        of_parentheses().unwrap_or_default()
    }

    /// Reads a line of a program that changes accounts, such as `new user: name=svc, UID=1004`.
    fn of_account_tool(program: &str, text: &'t str) -> Self {
        if !matches!(
            program,
            "useradd" | "userdel" | "usermod" | "adduser" | "passwd" | "chpasswd" | "chage" | "gpasswd"
        ) {
            return Self::default();
        }
        let new = || behind(text, "new user: name=")?.split(',').next();
        let quoted = || behind(text, "user '")?.split('\'').next();
        let password = || first_word(behind(text, "password changed for ")?);
        let name = new().or_else(quoted).or_else(password).filter(|name| !name.is_empty());
        name.map(|name| Self::new(name, Role::Changed)).unwrap_or_default()
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
        let role = match AUDIT_CHANGES.contains(&kind) {
            true => Role::Changed,
            false if text.contains("res=failed") => Role::Tried,
            false => Role::Account,
        };
        let name = behind(text, "acct=\"").and_then(|rest| rest.split('"').next());
        let address = behind(text, " addr=").and_then(first_word).and_then(other_address);
        Self { account: name.map(|name| (name, role)), address, ..Self::default() }
    }

    /// Reads what PAM and logind say, such as `session opened for user root by bob(uid=1000)`.
    fn of_session(program: &str, text: &'t str) -> Self {
        if let Some(session) = PamSession::of(text) {
            let by = session.acted(program);
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
                None,
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
            ("crontab", "(bob) REPLACE (bob)", Some(("bob", Role::User)), None, None),
            ("useradd", "new user: name=svc, UID=1004, GID=1004", Some(("svc", Role::Changed)), None, None),
            ("userdel", "delete user 'svc'", Some(("svc", Role::Changed)), None, None),
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
            assert_eq!((line.account, line.by, line.address.as_deref()), (account, by, address), "{text}");
        }
    }
}
