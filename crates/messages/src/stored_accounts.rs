//! The accounts that the attributes of events name, whatever a data type calls them. The records of
//! Windows event logs and of audit trails have modules of their own.

use std::borrow::Cow;

use crate::Attributes;
use crate::account::{Accounts, Role, UNIX_USER, unix_user};
use crate::log_line::LogLine;

/// Attributes that name the user, the best first.
const USERS: [&str; 15] = [
    "username",
    "user_name",
    "cs_username",
    "authenticated_username",
    "principal_email",
    "caller",
    "host_and_user",
    "local_account",
    "user",
    "account_name",
    "account",
    "requester",
    "user_identifier",
    "uid",
    "user_sid",
];
/// Attributes with the number of a user, and the data types in which it is that of Unix.
const NUMBERS: [&str; 3] = ["user_identifier", "uid", "user_sid"];
const OF_UNIX: [&str; 4] = ["linux:", "macos:", "selinux:", "systemd:"];
/// The log of packages. It names an account as `account (number)`.
const APT: &str = "linux:apt_history_log:entry";
/// The transcript of a session of PowerShell, which names who has typed.
const TRANSCRIPT: &str = "powershell:transcript_log:entry";
/// The log of a server for databases. It names an account as `account@database`.
const POSTGRESQL: &str = "postgresql:application_log:entry";
/// Data types of logs of who used a computer, which also say when it started and stopped.
pub(crate) const USE_OF_COMPUTER: [&str; 2] = ["linux:utmp:", "macos:utmpx:"];
/// What these logs have in the place of a user.
const NO_USERS: [&str; 6] = ["LOGIN", "date", "reboot", "runlevel", "shutdown", "shutdown time"];
/// Data types that describe accounts, or say that an account logged on.
const OF_ACCOUNTS: [&str; 8] = [
    "ios:accounts:",
    "linux:utmp:",
    "macos:apple_account:",
    "macos:keychain:",
    "macos:user:",
    "macos:utmpx:",
    "syslog:ssh:login",
    "windows:registry:sam_users",
];

/// Returns the account of an event that is no record of Windows and of no audit trail.
pub(crate) fn stored_accounts<'a>(attributes: &'a Attributes<'_>) -> Accounts<'a> {
    let data_type = attributes.data_type();
    let role = match data_type {
        POSTGRESQL if is_refused(attributes) => Role::Tried,
        APT | TRANSCRIPT => Role::Acted,
        _ if is_one_of(data_type, &OF_ACCOUNTS) => Role::Account,
        _ => Role::User,
    };
    let named = USERS.iter().find_map(|name| Some((name, attributes.text(name)?)));
    let is_number = |name: &&str| NUMBERS.contains(name) && is_one_of(data_type, &OF_UNIX);
    let user = named.map(|(name, user)| match user.split_once('@') {
        _ if is_number(name) => Cow::Owned(unix_user(&user)),
        Some((user, database)) if data_type == POSTGRESQL => {
            Cow::Owned(format!("{user} (database {database})"))
        }
        _ if data_type == APT => with_number(user),
        _ => user,
    });
    let is_nobody = |user: &str| is_one_of(data_type, &USE_OF_COMPUTER) && NO_USERS.contains(&user);
    let user = user.filter(|user| !is_nobody(user));
    Accounts { user: user.map(|user| (user, role)), by: None }
}

/// Returns whether a data type begins like one of these.
pub(crate) fn is_one_of(data_type: &str, types: &[&str]) -> bool {
    types.iter().any(|known| data_type.starts_with(known))
}

impl Accounts<'_> {
    /// Takes what the text of a log's line says, if no attribute says it. Only the text says what
    /// an account has to do with the line.
    pub(crate) fn or_of_line(mut self, line: &LogLine<'_>) -> Self {
        let Some((name, role)) = line.account else { return self };
        match &mut self.user {
            Some((user, known)) if user == name => *known = role,
            Some((user, _)) if user.starts_with(UNIX_USER) => {
                // The number is that of who acted.
                self.by = self.user.take().map(|(user, _)| user).filter(|_| !line.is_session);
            }
            Some(_) => return self,
            None => {}
        }
        self.user.get_or_insert_with(|| (Cow::Owned(name.to_owned()), role));
        self.by = line.by.clone().map(|by| Cow::Owned(by.into_owned())).or(self.by);
        self
    }
}

/// Says that the number behind the name of an account is that of the user.
fn with_number(user: Cow<'_, str>) -> Cow<'_, str> {
    let parts = user.strip_suffix(')').and_then(|user| user.split_once(" ("));
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    match parts.filter(|(_, number)| is_number(number)) {
        Some((name, number)) => Cow::Owned(format!("{name} ({UNIX_USER}{number})")),
        None => user,
    }
}

/// Returns whether a database refused a logon.
fn is_refused(attributes: &Attributes<'_>) -> bool {
    attributes.text("message_body").is_some_and(|text| text.contains("authentication failed"))
}
