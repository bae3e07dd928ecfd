//! What is said of an event if it is a line about a session of PAM.

use crate::Attributes;
use crate::log_programs::program_and_text;
use crate::pam_session::{PamSession, SessionNotes};

/// Returns the message of the event.
pub(crate) fn session_message(attributes: &Attributes<'_>) -> Option<String> {
    // Most lines are no such lines, and an export makes the messages of all of them.
    attributes.text("message_body").filter(|text| text.contains(" for user "))?;
    let (program, text) = program_and_text(attributes)?;
    let process = attributes.text("pid").or_else(|| attributes.text("process_identifier"));
    Some(PamSession::of(&text)?.message(&program, process.as_deref()))
}

/// Returns what the accounts of the event have to do with it.
#[must_use]
pub fn session_notes(attributes: &Attributes<'_>) -> Option<SessionNotes> {
    let (program, text) = program_and_text(attributes)?;
    Some(PamSession::of(&text)?.notes(&program))
}
