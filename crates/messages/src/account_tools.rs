//! What the programs that change accounts and groups of Linux write into the system log: useradd,
//! userdel, usermod, passwd, groupadd and their like. Each line is a sentence that says what was
//! done or failed, to which account and which group.

use std::sync::LazyLock;

use crate::account::Role;
use crate::log_line::LogLine;

/// The programs.
const PROGRAMS: [&str; 16] = [
    "adduser",
    "chage",
    "chfn",
    "chpasswd",
    "chsh",
    "deluser",
    "gpasswd",
    "groupadd",
    "groupdel",
    "groupmems",
    "groupmod",
    "newusers",
    "passwd",
    "useradd",
    "userdel",
    "usermod",
];

/// A kind of line.
struct Kind {
    pattern: &'static str,
    sentence: &'static str,
    /// What the account has to do with it, if it names one.
    role: Role,
    /// The name of the fact with the group, if it names one.
    fact: &'static str,
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| lines().filter_map(kind).collect());

fn lines() -> impl Iterator<Item = &'static str> {
    include_str!("account_tools.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn kind(line: &'static str) -> Option<Kind> {
    let [pattern, sentence, role, fact] = *line.split(" | ").collect::<Vec<_>>().as_slice() else {
        return None;
    };
    let role = if role == "-" { Role::User } else { Role::of(role)? };
    Some(Kind { pattern, sentence, role, fact })
}

/// Returns whether a program changes accounts or groups.
pub(crate) fn is_account_tool(program: &str) -> bool {
    PROGRAMS.contains(&program)
}

/// Reads a line of a program that changes accounts or groups.
pub(crate) fn account_tool_line(text: &str) -> LogLine<'_> {
    // Old versions begin a quotation with another sign.
    let plain = text.replace('`', "'");
    for Kind { pattern, sentence, role, fact } in KINDS.iter() {
        let Some(fields) = fields_of(text, &plain, pattern) else { continue };
        let field = |name: &str| fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let parts = sentence.split('{').map(|part| match part.split_once('}') {
            Some((name, rest)) => format!("{}{rest}", field(name).unwrap_or_default()),
            None => part.to_owned(),
        });
        let words: String = parts.collect();
        return LogLine {
            account: field("account").map(|name| (name, *role)),
            by: field("by").map(Into::into),
            groups: field("group").map(|group| (*fact, group)).into_iter().collect(),
            sentence: Some(words),
            ..LogLine::default()
        };
    }
    LogLine::default()
}

/// Returns the fields of a text that has this pattern. `plain` is the text with the quotation marks
/// of the patterns.
fn fields_of<'t>(text: &'t str, plain: &str, pattern: &'static str) -> Option<Vec<(&'static str, &'t str)>> {
    let mut fields = Vec::new();
    let mut parts = pattern.split('{');
    let mut at = parts.next().filter(|start| plain.starts_with(start))?.len();
    for part in parts {
        let (name, literal) = part.split_once('}')?;
        let length = match literal {
            "" => plain.len() - at,
            literal => plain[at..].find(literal)?,
        };
        let value = &text[at..at + length];
        let is_name = !matches!(name, "rest" | "more");
        if is_name && (value.is_empty() || value.contains(['\'', '\n'])) {
            return None;
        }
        fields.push((name, value));
        at += length + literal.len();
    }
    (at == plain.len()).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        account_tool_line(text).said()
    }

    #[test]
    fn each_line_says_what_was_done_or_failed() {
        for (text, expected) in [
            (
                "new user: name=svc, UID=1004, GID=1004, home=/home/svc, shell=/bin/bash",
                "The account svc was created: UID=1004, GID=1004, home=/home/svc, shell=/bin/bash | account created: svc",
            ),
            (
                "failed adding user 'svc', exit code: 9",
                "Creating the account svc failed, with the exit code 9 | account not changed: svc",
            ),
            (
                "failed adding user 'svc', data deleted",
                "Creating the account svc failed, data deleted | account not changed: svc",
            ),
            ("delete user 'svc'", "The account svc was deleted | account deleted: svc"),
            ("delete user `svc'", "The account svc was deleted | account deleted: svc"),
            (
                "delete 'svc' from group 'sudo'",
                "svc was removed from the group sudo | member removed: svc | group: sudo",
            ),
            (
                "add 'svc' to shadow group 'sudo'",
                "svc was added to the group sudo (in the file of the passwords of groups) | member added: svc | group: sudo",
            ),
            (
                "user 'svc' added by eve to group 'sudo'",
                "svc was added to the group sudo by eve | member added: svc | by: eve | group: sudo",
            ),
            (
                "change user 'svc' shell from '/bin/sh' to '/bin/bash'",
                "The account svc was changed: shell from '/bin/sh' to '/bin/bash' | account changed: svc",
            ),
            ("lock user 'svc' password", "The password of the account svc was locked | account changed: svc"),
            (
                "password for 'svc' changed by 'root'",
                "The password of the account svc was changed by root | account changed: svc | by: root",
            ),
            (
                "pam_unix(passwd:chauthtok): password changed for bob",
                "The password of the account bob was changed | account changed: bob",
            ),
            (
                "pam_unix(passwd:chauthtok): authentication failure; logname=bob uid=1000 euid=0 tty= ruser= rhost=  user=bob",
                "Changing the password of the account bob failed: the old password was wrong or missing | account not changed: bob",
            ),
            (
                "new group: name=svc, GID=1004",
                "The group svc was created, with the number 1004 | group created: svc",
            ),
            (
                "group added to /etc/group: name=svc, GID=1004",
                "The group svc was added to the file /etc/group, GID=1004 | group created: svc",
            ),
            (
                "removed group 'svc' owned by 'eve'",
                "The group svc of the account eve was deleted | group deleted: svc",
            ),
            (
                "group 'svc' removed from /etc/group",
                "The group svc was deleted from the file /etc/group | group deleted: svc",
            ),
            // No such line.
            ("delete user ''", ""),
            ("delete user 'svc' and more", ""),
            ("user 'svc' is in use", ""),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn each_field_of_a_sentence_is_one_of_its_line() {
        let names =
            |text: &'static str| text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0));
        assert_eq!((KINDS.len(), lines().count()), (38, 38));
        for Kind { pattern, sentence, role, fact } in KINDS.iter() {
            let known: Vec<_> = names(pattern).collect();
            assert!(names(sentence).all(|name| known.contains(&name)), "{pattern}");
            assert_eq!(known.contains(&"group"), *fact != "-", "{pattern}");
            assert_eq!(known.contains(&"account"), *role != Role::User, "{pattern}");
        }
    }
}
