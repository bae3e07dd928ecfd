//! The description of an event that has a label.

use events::{EventId, EventView, StreamAttribute, Value, json};
use filter::MatchedText;
use messages::{
    Attributes, Formats, Hint, LOCAL, NO_YEAR, OF_FOLDER, Parties, Role, SessionNotes, account_of_computer,
    all_accounts, details, notes_on_time, position_of, record_of, session_notes, time_in_words,
    user_like_computer,
};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use crate::Time;
use crate::act::{Act, act};
use crate::label_rules::{CandidateRules, MatchedRule};
use crate::labels::session_numbers;
use crate::record_values::{EVTX, fingerprint, own_number, value_in_words};
use crate::said_elsewhere::is_said_elsewhere;
use crate::stored_value::StoredValue;
use crate::table::short;
use crate::words::{counted, cut, cut_saying, squeezed};

/// The maximum number of attributes of an event.
const MAXIMUM_ATTRIBUTES: usize = 24;
/// The maximum number of characters of a message that is not shown whole.
const MAXIMUM_MESSAGE: usize = 400;
/// The maximum number of characters of a message, and of a value, on a page.
const MAXIMUM_ON_PAGE: usize = 2_000;
/// The identifier of the system of a computer.
const SYSTEM: &str = "S-1-5-18";
/// The maximum number of labels of an event.
const MAXIMUM_LABELS: usize = 64;
/// Attributes that a page does not show, because pages are handed on.
const HASHES_OF_SECRETS: [&str; 2] = ["password_hash", "ssgp_hash"];
/// What is shorter, such as `*` or `x`, says that there is no hash.
const SHORTEST_HASH: usize = 4;

/// An event that has the label. Events that share an event data are one record, which is described
/// once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelledEvent {
    /// The row of the event in the store. Of a record of several events, the earliest.
    pub event: i64,
    /// The time of the event, or `None` if there is no such event or its time is not readable.
    pub time: Option<Time>,
    /// What happened at this time, such as `Content Modification Time`.
    pub description: String,
    /// Which of the times of its data type it is, for a page, where `description` does not say it.
    #[serde(skip)]
    pub meaning: Option<String>,
    /// The other events of the record that have the label.
    pub other_times: Vec<OtherTime>,
    /// The data type of its event data.
    pub data_type: String,
    /// The event in words.
    pub message: String,
    /// The computer on which it happened.
    pub host: Option<String>,
    /// The account that matters most: of the user who acted, or that logged on.
    pub user: Option<String>,
    /// What this account has to do with the event, such as `by` or `account tried`.
    #[serde(rename = "user_role", serialize_with = "role_word")]
    pub role: Role,
    /// Which path says who the user is, if nothing else does, for a page.
    #[serde(skip)]
    pub hint: Option<Hint>,
    /// Whose the accounts are whose names end in `$`, as far as it is known, for a page.
    #[serde(skip)]
    pub owners: Vec<(String, Owner)>,
    /// The account that acted or reported, if the event names it beside the other one.
    pub by: Option<String>,
    /// Whether the account that acted has the identifier of the system itself, for a page.
    #[serde(skip)]
    pub is_by_system: bool,
    /// What this account has to do with the event, such as `by` or `reported by`.
    #[serde(skip)]
    pub by_role: Role,
    /// All accounts that the event names, as it writes them, for a page.
    #[serde(skip)]
    pub accounts: Vec<String>,
    /// What the accounts of a session have to do with it, for a page.
    #[serde(skip)]
    pub session: Option<SessionNotes>,
    /// The address of another computer.
    pub address: Option<String>,
    /// The file in which it was found.
    pub file: String,
    /// The SHA-256 of this file, if Plaso has computed it.
    pub sha256: Option<String>,
    /// Where in this file, such as `line 7`.
    pub position: Option<String>,
    /// Which record of which Windows event log it is.
    pub record: Option<String>,
    /// Which log wrote this record, for a page. A file can have records of several logs.
    #[serde(skip)]
    pub log: Option<String>,
    /// What must be known of its times, such as what Plaso had to assume.
    pub time_notes: Vec<&'static str>,
    /// Further facts for a page, each with its name.
    #[serde(skip)]
    pub details: Vec<(&'static str, String)>,
    /// Which parser of Plaso found it, for a page.
    #[serde(skip)]
    pub parser: String,
    /// What Plaso warned of in its file, for a page.
    #[serde(skip)]
    pub warning: Option<String>,
    /// What a warning of Plaso says of the year that the source does not have, for a page.
    #[serde(skip)]
    pub year: Option<String>,
    /// Which of the labels it has.
    pub labels: Vec<String>,
    /// The lines of the rules in the tagging files that match the event.
    pub rules: Vec<usize>,
    /// The same with the names of the files, such as `rules.txt:7`.
    pub places: Vec<String>,
    /// The same rules, each with its label and its text.
    #[serde(skip)]
    pub matched_rules: Vec<MatchedRule>,
    /// The attributes that the rules match, or all attributes if no rule matches.
    pub attributes: Vec<Attribute>,
    /// What is the same in all copies of a record of a Windows event log, for a page.
    #[serde(skip)]
    pub fingerprint: Option<u64>,
    /// What it did with a task, an account, a service or a logon, for a page.
    #[serde(skip)]
    pub act: Option<Act>,
    /// The same record, found again, for a page.
    #[serde(skip)]
    pub copies: Vec<Copied>,
    /// The number that such a record has inside, for the order of a page.
    #[serde(skip)]
    pub own_number: Option<u64>,
    /// Why the event cannot be described, or `None` if it can.
    pub problem: Option<String>,
}

/// What is said of a time whose source has no zone.
pub(crate) const NO_ZONE: &str = "zone not recorded";

/// Returns which parts of the times of an event its source does not have. Plaso can also warn of a
/// year.
pub(crate) fn not_recorded(time_notes: &[&'static str], has_warning_of_year: bool) -> Vec<&'static str> {
    let has = |note| time_notes.contains(&note);
    let parts = [(has_warning_of_year || has(NO_YEAR), "year not recorded"), (has(LOCAL), NO_ZONE)];
    parts.into_iter().filter_map(|(is_so, words)| is_so.then_some(words)).collect()
}

/// The same record of a Windows event log, found again in this or another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its events in the store, each with its time.
    pub events: Vec<OtherTime>,
    /// The file in which it was found.
    pub file: String,
}

/// Whose account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A user, although its name ends as those of computers do.
    User,
    /// A computer.
    Computer,
}

/// Another event of the same record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherTime {
    /// The row of the event in the store.
    pub event: i64,
    /// The time of the event.
    pub time: Option<Time>,
    /// What happened at this time.
    pub description: String,
    /// Which of the times of its data type it is, for a page, where `description` does not say it.
    #[serde(skip)]
    pub meaning: Option<String>,
}

/// An attribute of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: StoredValue,
    /// The parts of a text that the rules matched.
    pub matched: Vec<MatchedText>,
}

fn role_word<S: Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(role.as_str())
}

impl OtherTime {
    fn bytes(&self) -> usize {
        64 + self.description.len()
    }
}

impl From<LabelledEvent> for OtherTime {
    fn from(event: LabelledEvent) -> Self {
        let LabelledEvent { event, time, description, meaning, .. } = event;
        Self { event, time, description, meaning }
    }
}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Attribute", 3)?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("value", &self.value)?;
        let texts: Vec<_> = self.matched.iter().map(|matched| &matched.text).collect();
        out.serialize_field("matched", &texts)?;
        out.end()
    }
}

impl Attribute {
    /// Shows an indicator of compromise as an attribute of its event.
    pub(crate) fn of_indicator(words: &str) -> Self {
        Self { name: "indicator".into(), value: StoredValue::of_text(words), matched: Vec::new() }
    }
}

impl LabelledEvent {
    /// Describes an event.
    pub(crate) fn describe(event: &EventView<'_>, rules: &CandidateRules, formats: &Formats) -> Self {
        let attributes = Attributes::of(event);
        let data_type = attributes.data_type();
        let matched = rules.matched(event);
        let mut shown: Vec<_> = matched
            .attributes
            .into_iter()
            .filter_map(|(name, matched)| {
                let value = compared_value(&name, event, &attributes)?;
                Some(Attribute { name: short(&name), value, matched })
            })
            .collect();
        if shown.is_empty() {
            shown = all_attributes(&attributes);
        }
        let parties = Parties::of(&attributes);
        let accounts =
            all_accounts(&parties, &attributes).into_iter().map(|(name, _)| short(&name)).collect();
        let Parties { host, user, role, hint, by, by_role, address, file } = parties;
        Self {
            event: event.event.id.rowid(),
            time: event.event.timestamp.map(Time),
            description: short(&event.event.timestamp_description),
            meaning: time_in_words(&attributes, event.event.timestamp, &event.event.timestamp_description),
            other_times: Vec::new(),
            data_type: short(data_type),
            message: formats.message(&attributes),
            host: host.as_deref().map(short),
            user: user.as_deref().map(short),
            role,
            hint,
            owners: owners(&attributes),
            by: by.as_deref().map(short),
            is_by_system: attributes.text("xml_string.SubjectUserSid").as_deref() == Some(SYSTEM),
            by_role,
            accounts,
            session: session_notes(&attributes)
                .map(|notes| SessionNotes { by: notes.by.as_deref().map(short), ..notes }),
            address: address.as_deref().map(short),
            file: file.as_deref().map(short).unwrap_or_default(),
            sha256: attributes.of_stream(StreamAttribute::Sha256Hash).map(short),
            position: position_of(&attributes).as_deref().map(short),
            record: record_of(&attributes).as_deref().map(short),
            log: attributes.text("xml_string.Channel").as_deref().map(short),
            time_notes: notes_on_time(&attributes, event.event.timestamp, &event.event.timestamp_description),
            details: details(&attributes).into_iter().map(|(name, value)| (name, short(&value))).collect(),
            parser: attributes.text("_parser_chain").as_deref().map(short).unwrap_or_default(),
            warning: None,
            year: None,
            labels: Vec::new(),
            rules: matched.lines,
            places: matched.rules.iter().map(MatchedRule::place).collect(),
            matched_rules: matched.rules,
            attributes: shown,
            fingerprint: None,
            act: None,
            copies: Vec::new(),
            own_number: None,
            problem: None,
        }
    }

    /// Describes an event for a page: long texts are cut, which is said, the hashes of passwords
    /// and secrets are replaced by their lengths, and values that its words say are left out.
    pub(crate) fn for_page(event: &EventView<'_>, rules: &CandidateRules, formats: &Formats) -> Self {
        let mut described = Self::describe(event, rules, formats);
        let mut labels = event.labels.to_vec();
        session_numbers(&mut labels);
        described.labels = labels.iter().take(MAXIMUM_LABELS).map(|label| short(label)).collect();
        described.hide_secrets(&Attributes::of(event));
        let data_type = described.data_type.as_str();
        described.attributes.retain(|Attribute { name, value, matched }| {
            !matched.is_empty() || !is_said_elsewhere(data_type, name, value)
        });
        described.message = cut_saying(&squeezed(&described.message), MAXIMUM_ON_PAGE);
        if described.data_type == EVTX && described.matched_rules.is_empty() {
            // Its values are in the message and beside it. The rest is the XML of the record.
            described.attributes.clear();
        }
        let conditions: Vec<_> = described.matched_rules.iter().map(|rule| rule.condition.as_str()).collect();
        for Attribute { name, value, .. } in &mut described.attributes {
            let words = value_in_words(name, value, &conditions);
            *value = StoredValue::of_text(&cut_saying(&squeezed(&words), MAXIMUM_ON_PAGE));
        }
        described.fingerprint = fingerprint(&Attributes::of(event));
        described.act = act(&Attributes::of(event));
        described.own_number = own_number(&Attributes::of(event));
        described
    }

    fn hide_secrets(&mut self, attributes: &Attributes<'_>) {
        for name in HASHES_OF_SECRETS {
            let Some(secret) = attributes.text(name) else { continue };
            let length = secret.chars().count();
            if length < SHORTEST_HASH {
                continue;
            }
            let length = counted(length as u64, "character");
            let hide = |text: &mut String| *text = text.replace(&*secret, &format!("({length})"));
            hide(&mut self.message);
            self.matched_rules.iter_mut().for_each(|rule| hide(&mut rule.condition));
            for attribute in self.attributes.iter_mut().filter(|attribute| attribute.name == name) {
                attribute.value = StoredValue::of_text(&length);
                attribute.matched.clear();
            }
        }
    }

    /// Describes only when an event was.
    pub(crate) fn time_of(event: &EventView<'_>) -> Self {
        let time = event.event.timestamp.map(Time);
        let description = short(&event.event.timestamp_description);
        Self { description, problem: None, ..Self::unknown(event.event.id, time, String::new()) }
    }

    /// Creates the description of an event that cannot be read. Only its time is known.
    pub(crate) fn unknown(id: EventId, time: Option<Time>, problem: String) -> Self {
        Self {
            event: id.rowid(),
            time,
            description: String::new(),
            meaning: None,
            other_times: Vec::new(),
            data_type: String::new(),
            message: String::new(),
            host: None,
            user: None,
            role: Role::default(),
            hint: None,
            owners: Vec::new(),
            by: None,
            is_by_system: false,
            by_role: Role::default(),
            accounts: Vec::new(),
            session: None,
            address: None,
            file: String::new(),
            sha256: None,
            position: None,
            record: None,
            log: None,
            time_notes: Vec::new(),
            details: Vec::new(),
            parser: String::new(),
            warning: None,
            year: None,
            labels: Vec::new(),
            rules: Vec::new(),
            places: Vec::new(),
            matched_rules: Vec::new(),
            attributes: Vec::new(),
            fingerprint: None,
            act: None,
            copies: Vec::new(),
            own_number: None,
            problem: Some(problem),
        }
    }

    /// Adds what is new in the description of another event of the record, or of the same event by
    /// other rules. Rules for a label that is explained already are left out. Returns the size of
    /// what was added. The other event must not have been added before: a record can have very many
    /// events, and a search among them for each would take long.
    pub(crate) fn join(&mut self, other: Self) -> usize {
        let before = self.bytes_without_times();
        let Self { event, time, description, meaning, time_notes, attributes, matched_rules, labels, .. } =
            other;
        let new: Vec<_> = time_notes.into_iter().filter(|note| !self.time_notes.contains(note)).collect();
        self.time_notes.extend(new);
        let new: Vec<_> = labels.into_iter().filter(|label| !self.labels.contains(label)).collect();
        self.labels.extend(new);
        let mut of_time = 0;
        if self.event != event {
            let other = OtherTime { event, time, description, meaning };
            of_time = other.bytes();
            self.other_times.push(other);
        }
        let is_explained = |label: &str| self.matched_rules.iter().any(|rule| rule.label == label);
        let new: Vec<_> = matched_rules.into_iter().filter(|rule| !is_explained(&rule.label)).collect();
        // Without a rule that matches, these are all attributes.
        if !new.is_empty() {
            for attribute in attributes {
                if self.attributes.iter().all(|known| known.name != attribute.name) {
                    self.attributes.push(attribute);
                }
            }
        }
        self.matched_rules.extend(new);
        self.bytes_without_times().saturating_sub(before) + of_time
    }

    /// Returns the account with what it has to do with the event, unless it is simply its user.
    pub(crate) fn user_in_words(&self) -> Option<String> {
        let user = self.user.as_ref()?;
        Some(match self.role {
            Role::User => user.clone(),
            role => format!("{role} {user}"),
        })
    }

    /// Returns the account that acted or reported, if the event says so.
    pub(crate) fn acted(&self) -> Option<&str> {
        let user = self.user.as_deref().filter(|_| self.role == Role::Acted);
        self.by.as_deref().or(user)
    }

    /// Returns whether an event of the store is one of the record's, or of its copies.
    pub(crate) fn has(&self, event: i64) -> bool {
        let of_copies =
            || self.copies.iter().any(|copy| copy.events.iter().any(|other| other.event == event));
        self.event == event || self.other_times.iter().any(|other| other.event == event) || of_copies()
    }

    /// Returns how many records it stands for.
    pub(crate) fn records(&self) -> u64 {
        1 + self.copies.len() as u64
    }

    /// Returns which parts of its times the source does not have, so that Plaso assumed them.
    pub(crate) fn not_recorded(&self) -> Vec<&'static str> {
        not_recorded(&self.time_notes, self.year.is_some())
    }

    /// Returns whether the time may be that of a copying, by which the file was collected.
    pub(crate) fn may_be_of_copying(&self) -> bool {
        self.time_notes.contains(&OF_FOLDER)
    }

    /// Returns the message for people. If it need not be whole, a long one is cut.
    pub(crate) fn shown_message(&self, whole: bool) -> String {
        if whole { self.message.clone() } else { cut(&self.message, MAXIMUM_MESSAGE) }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes_without_times() + self.other_times.iter().map(OtherTime::bytes).sum::<usize>()
    }

    fn bytes_without_times(&self) -> usize {
        let of_attributes: usize =
            self.attributes.iter().map(|attribute| attribute.name.len() + attribute.value.bytes()).sum();
        let of_rules: usize = self.matched_rules.iter().map(|rule| 64 + rule.condition.len()).sum();
        let of_labels: usize = self.labels.iter().map(String::len).sum();
        let texts = [&self.description, &self.message, &self.file].map(String::len);
        texts.iter().sum::<usize>() + of_attributes + of_rules + of_labels
    }
}

/// Returns whose account the event shows it to be.
fn owners(attributes: &Attributes<'_>) -> Vec<(String, Owner)> {
    let user = user_like_computer(attributes).map(|user| (user.name, Owner::User));
    let owner = user.or_else(|| Some((account_of_computer(attributes)?, Owner::Computer)));
    owner.map(|(name, owner)| (short(&name), owner)).into_iter().collect()
}

/// Returns the value of what a rule compared: an attribute, a field inside one, an attribute of the
/// stream, or the labels. Returns `None` if the event does not have it.
#[must_use]
pub fn compared_value(name: &str, event: &EventView<'_>, attributes: &Attributes<'_>) -> Option<StoredValue> {
    let of_stream = StreamAttribute::ALL.into_iter().find(|attribute| attribute.name() == name);
    if let Some(attribute) = of_stream.filter(|_| event.stream.is_some()) {
        let stored = attributes.of_stream(attribute)?;
        let is_json = matches!(attribute, StreamAttribute::PathSpec | StreamAttribute::YaraMatch);
        let of =
            if is_json { StoredValue::of_stored(stored.as_bytes()) } else { StoredValue::of_text(stored) };
        return Some(of);
    }
    if name == "tag" {
        return Some(StoredValue::of_texts(event.labels));
    }
    if name.contains('.') {
        let values = attributes.field_values(name);
        return (!values.is_empty()).then(|| StoredValue::of_texts(&values));
    }
    attributes.stored(name).map(StoredValue::of_stored)
}

fn is_object(stored: &[u8]) -> bool {
    json::bounded_value(stored).is_ok_and(|bounded| bounded.value == Value::Object)
}

/// Returns the attributes of an event data as they are stored, without Plaso's internal ones and
/// without objects: the dates are the times of the events.
fn all_attributes(attributes: &Attributes<'_>) -> Vec<Attribute> {
    let all = attributes.stored_values().filter(|(_, stored)| !is_object(stored));
    let values = all.map(|(name, stored)| (name, StoredValue::of_stored(stored)));
    let shown = values.filter(|(_, value)| !value.is_empty()).take(MAXIMUM_ATTRIBUTES);
    shown.map(|(name, value)| Attribute { name: short(name), value, matched: Vec::new() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a look at all events so far for each, this takes minutes.
    #[test]
    fn a_record_can_have_very_many_events() {
        let event = |number: i64| LabelledEvent {
            description: "Creation Time".into(),
            ..LabelledEvent::unknown(EventId::new(number), None, String::new())
        };
        let mut record = event(0);
        let first = record.bytes();
        let added: usize = (0..200_000).map(|number| record.join(event(number))).sum();
        assert_eq!((record.other_times.len(), first + added), (199_999, record.bytes()));
    }
}
