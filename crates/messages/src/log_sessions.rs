//! What is said of the line of a system log: the sentence that it is, the groups that it names,
//! what became of its command, and whose session it is about.

use crate::Attributes;
use crate::effect::EFFECT;
use crate::log_line::LogLine;
use crate::log_programs::{SSH, base, has_sentences, program_and_text};
use crate::pam_session::{PamSession, SessionNotes};
use crate::ssh_line::ssh_sentence;

/// Returns the message of a line about a session of PAM.
pub(crate) fn session_message(attributes: &Attributes<'_>) -> Option<String> {
    // Most lines are no such lines, and an export makes the messages of all of them.
    attributes.text("message_body").filter(|text| text.contains(" for user "))?;
    let (program, text) = program_and_text(attributes)?;
    Some(PamSession::of(&text)?.message(&program, process(attributes).as_deref()))
}

/// Returns the message of a line of sudo, su, cron or a program that changes accounts.
pub(crate) fn line_message(attributes: &Attributes<'_>) -> Option<String> {
    let (program, text) = line_with_sentence(attributes)?;
    let program = base(&program);
    // Who takes part in a line of sshd is asked of more lines than have a sentence.
    let sentence = match SSH.contains(&program) {
        true => ssh_sentence(text.trim())?,
        false => LogLine::of(program, &text).sentence?,
    };
    Some(match process(attributes) {
        Some(number) => format!("{sentence} ({program}, process {number})"),
        // The sentence says so already.
        None if sentence.contains(&format!("by {program}")) => sentence,
        None => format!("{sentence} ({program})"),
    })
}

/// Returns the groups that such a line names, and what it says of the effect of a command.
pub(crate) fn facts_of_line(attributes: &Attributes<'_>) -> Vec<(&'static str, String)> {
    let Some((program, text)) = line_with_sentence(attributes) else { return Vec::new() };
    let LogLine { groups, effect, .. } = LogLine::of(&program, &text);
    let effect = effect.map(|effect| (EFFECT, effect));
    groups.into_iter().chain(effect).map(|(fact, words)| (fact, words.to_owned())).collect()
}

/// Plaso reads such lines as the start of a command or a logon, and has the account and the rest.
const READ_BY_PLASO: [&str; 2] = ["syslog:cron:task_run", "syslog:ssh:"];

fn line_with_sentence(attributes: &Attributes<'_>) -> Option<(String, String)> {
    if READ_BY_PLASO.iter().any(|known| attributes.data_type().starts_with(known)) {
        return None;
    }
    let program = attributes.text("reporter").or_else(|| attributes.text("sender"));
    program.filter(|program| has_sentences(program))?;
    program_and_text(attributes)
}

fn process(attributes: &Attributes<'_>) -> Option<String> {
    let number = attributes.text("pid").or_else(|| attributes.text("process_identifier"));
    number.map(|number| number.into_owned())
}

/// Returns what the accounts of the event have to do with it.
#[must_use]
pub fn session_notes(attributes: &Attributes<'_>) -> Option<SessionNotes> {
    let (program, text) = program_and_text(attributes)?;
    Some(PamSession::of(&text)?.notes(&program))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    #[test]
    fn a_sentence_names_its_program_once() {
        let of = |program: &str, text: &str, process: Option<u32>| {
            let json = serde_json::json!({"data_type": "syslog:line", "reporter": program, "message_body": text,
                "pid": process});
            let json = json.to_string();
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            let attributes = Attributes::of_data(&data);
            (line_message(&attributes), facts_of_line(&attributes))
        };
        let (message, groups) = of("/usr/sbin/useradd", "new group: name=svc, GID=7", Some(13));
        assert_eq!(
            message.as_deref(),
            Some("The group svc was created, with the number 7 (useradd, process 13)")
        );
        assert_eq!(groups, [("group created", "svc".to_owned())]);
        assert_eq!(
            of("userdel", "delete user 'svc'", None).0.as_deref(),
            Some("The account svc was deleted (userdel)")
        );
        let sudo = "bob : PWD=/ ; USER=root ; COMMAND=/bin/id";
        assert_eq!(
            of("sudo", sudo, None).0.as_deref(),
            Some("bob ran /bin/id as root by sudo, in the folder /")
        );
        assert_eq!(of("kernel", "delete user 'svc'", None).0, None);
    }
}
