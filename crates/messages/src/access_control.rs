//! What SELinux and AppArmor allowed or denied, as lines of the audit log and of the system log say
//! it: `avc:  denied  { read } for pid=7 comm="ls" …`, or `apparmor="DENIED" operation="open" …`.

use crate::Attributes;
use crate::log_programs::program_and_text;

/// The name of the fact that says who acted, as SELinux calls it.
const CONTEXT: &str = "acting context";
/// Words for the classes of objects of SELinux that are often named.
const CLASSES: [(&str, &str); 12] = [
    ("blk_file", "block device"),
    ("capability", "capability"),
    ("chr_file", "character device"),
    ("dir", "folder"),
    ("fifo_file", "pipe"),
    ("file", "file"),
    ("lnk_file", "symbolic link"),
    ("process", "process"),
    ("sock_file", "socket file"),
    ("tcp_socket", "TCP socket"),
    ("udp_socket", "UDP socket"),
    ("unix_stream_socket", "Unix socket"),
];

/// Returns the message of such a line.
pub(crate) fn access_message(attributes: &Attributes<'_>) -> Option<String> {
    let text = line(attributes)?;
    of_selinux(&text).or_else(|| of_apparmor(&text))
}

/// Returns further facts of such a line.
pub(crate) fn access_facts(attributes: &Attributes<'_>) -> Vec<(&'static str, String)> {
    let context = || {
        let text = line(attributes)?;
        text.contains("avc:").then_some(())?;
        let context = value(&text, "scontext")?;
        let identity = context.split(':').next().unwrap_or(context);
        Some(format!("{context}; its first part, {identity}, is an identity of SELinux, not an account"))
    };
    context().map(|words| (CONTEXT, words)).into_iter().collect()
}

fn line(attributes: &Attributes<'_>) -> Option<String> {
    // Most lines are no such lines, and an export makes the messages of all of them.
    attributes.text("message_body").filter(|text| text.contains("avc:") || text.contains("apparmor="))?;
    program_and_text(attributes).map(|(_, text)| text)
}

fn of_selinux(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("avc:")?;
    let rest = rest.trim_start();
    let verdict = rest.split_whitespace().next().filter(|word| matches!(*word, "denied" | "granted"))?;
    let rights = rest.split_once('{')?.1.split_once('}')?.0.split_whitespace().collect::<Vec<_>>();
    let word = if rights.len() > 1 { "rights" } else { "right" };
    let verb = if verdict == "denied" { "denied" } else { "allowed" };
    let mut message = format!("SELinux {verb} {} the {word} {}", subject(rest), rights.join(", "));
    let class = value(rest, "tclass").unwrap_or("object");
    let class = CLASSES.iter().find(|(known, _)| *known == class).map_or(class, |(_, words)| words);
    message += &format!(" on the {class}");
    let object = ["path", "name", "exe"].iter().find_map(|name| value(rest, name));
    if let Some(object) = object {
        message += &format!(" {object}");
    }
    message += match (verdict, value(rest, "permissive")) {
        ("granted", _) => "",
        (_, Some("0")) => "; the access was stopped",
        (_, Some(_)) => "; it was only logged and not stopped (permissive=1)",
        _ => "; the record does not say whether it was stopped or only logged",
    };
    Some(message)
}

fn of_apparmor(text: &str) -> Option<String> {
    let verdict = value(text, "apparmor")?;
    let (verb, end) = match verdict {
        "DENIED" => ("denied", "; the access was stopped"),
        "ALLOWED" => ("would deny", "; it was only logged and not stopped (the profile only complains)"),
        "AUDIT" => ("allowed", ""),
        _ => return None,
    };
    let mut message =
        format!("AppArmor {verb} {} the operation {}", subject(text), value(text, "operation")?);
    if let Some(name) = value(text, "name") {
        message += &format!(" on {name}");
    }
    if let Some(mask) = value(text, "denied_mask").or_else(|| value(text, "requested_mask")) {
        message += &format!(", requested: {mask}");
    }
    if let Some(profile) = value(text, "profile") {
        message += &format!(", by its profile {profile}");
    }
    Some(message + end)
}

/// Returns the program that acted, with the number of its process.
fn subject(text: &str) -> String {
    let program = value(text, "comm").unwrap_or("a program");
    match value(text, "pid") {
        Some(process) => format!("{program} (process {process})"),
        None => program.to_owned(),
    }
}

/// Returns the value of `name=value` or `name="value"`.
fn value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = text;
    loop {
        let at = rest.find(name)?;
        let (before, from) = rest.split_at(at);
        let after = &from[name.len()..];
        let is_whole = before.chars().next_back().is_none_or(char::is_whitespace);
        if let Some(value) = after.strip_prefix('=').filter(|_| is_whole) {
            let value = match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => value.split_whitespace().next(),
            };
            return value.filter(|value| !value.is_empty());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    fn of(data_type: &str, text: &str) -> (Option<String>, Vec<(&'static str, String)>) {
        let text = text.replace('"', "\\\"");
        let json = format!(
            r#"{{"data_type": "{data_type}", "audit_type": "AVC", "reporter": "kernel", "message_body": "{text}"}}"#
        );
        let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
        let data = reader.open(json.as_bytes()).unwrap();
        let attributes = Attributes::of_data(&data);
        (access_message(&attributes), access_facts(&attributes))
    }

    #[test]
    fn lines_of_selinux() {
        let line = "avc:  denied  { getattr } for  pid=2714 comm=\"ls\" path=\"/usr/lib/x\" dev=dm-0 ino=3 \
                    scontext=system_u:object_r:unlabeled_t:s0 tcontext=system_u:object_r:locale_t:s0 tclass=file";
        let denied = "SELinux denied ls (process 2714) the right getattr on the file /usr/lib/x";
        for (end, words) in [
            ("", "; the record does not say whether it was stopped or only logged"),
            (" permissive=0", "; the access was stopped"),
            (" permissive=1", "; it was only logged and not stopped (permissive=1)"),
        ] {
            let (message, facts) = of("selinux:line", &format!("{line}{end}"));
            assert_eq!(message, Some(format!("{denied}{words}")));
            let context = "system_u:object_r:unlabeled_t:s0; its first part, system_u, is an identity of SELinux, not an account";
            assert_eq!(facts, [("acting context", context.to_owned())]);
        }
        let kernel = "audit: type=1400 audit(1.2:3): avc:  granted  { read write } for scontext=a tclass=dir";
        let (message, _) = of("syslog:line", kernel);
        let expected = "SELinux allowed a program the rights read, write on the folder";
        assert_eq!(message.as_deref(), Some(expected));
        assert_eq!(of("syslog:line", "avc: denied").0, None);
        assert_eq!(of("bash:history:entry", line).0, None);
    }

    #[test]
    fn lines_of_apparmor() {
        let line = "audit: type=1400 audit(1.2:3): apparmor=\"DENIED\" operation=\"open\" profile=\"/usr/sbin/cups\" \
                    name=\"/etc/shadow\" pid=7 comm=\"cupsd\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 ouid=0";
        let (message, facts) = of("systemd:journal", line);
        let expected = "AppArmor denied cupsd (process 7) the operation open on /etc/shadow, requested: r, by its profile /usr/sbin/cups; \
                        the access was stopped";
        assert_eq!((message.as_deref(), facts), (Some(expected), Vec::new()));
        let (message, _) = of("systemd:journal", &line.replace("DENIED", "ALLOWED"));
        assert!(message.is_some_and(|message| message.contains("only logged and not stopped")));
        assert_eq!(of("syslog:line", "apparmor=\"STATUS\" operation=\"profile_load\"").0, None);
    }
}
