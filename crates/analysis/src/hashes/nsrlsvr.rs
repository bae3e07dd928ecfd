//! `nsrlsvr`: labels events of files whose hash an nsrlsvr server knows.
//!
//! The protocol is `QUERY <hash>` and a line feed, answered by `OK 1` or `OK 0` and some end of
//! line. There is one connection for the run. Several queries are sent before the first answer,
//! which nsrlsvr supports. Other servers may read only one query and discard the rest, or close the
//! connection after one query, because Plaso sends only one. An answer does not say which query it
//! belongs to. So the answers to the first queries count only if each query gets one; otherwise the
//! server gets one query at a time. The same happens if a later query gets several answers.

use std::time::Duration;

use events::{AttributeNames, Label};

use super::nsrlsvr_connection::{Connection, Trouble};
use super::{FILE_DATA_TYPES, HashKind, HashTagging, Lookup, Patience, Stopped};
use crate::description::{OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, PluginError, RunContext};
use crate::settings::Settings;
use crate::spec::Spec;

const HOST: OptionDescription =
    OptionDescription::new("--nsrlsvr-host", OptionKind::Text("HOST"), "The server.")
        .with_default("localhost");

const PORT: OptionDescription = OptionDescription::new(
    "--nsrlsvr-port",
    OptionKind::Number { name: "PORT", minimum: 1, maximum: u16::MAX as u64 },
    "The server's port.",
)
.with_default("9120");

const HASH: OptionDescription = OptionDescription::new(
    "--nsrlsvr-hash",
    OptionKind::Choice { name: "HASH", words: &["md5", "sha1"] },
    "The kind of hash to look up: md5 or sha1.",
)
.with_default("md5");

const LABEL: OptionDescription = OptionDescription::new(
    "--nsrlsvr-label",
    OptionKind::Text("LABEL"),
    "The label for events of files that the server knows.",
)
.with_default("nsrl_present");

pub(crate) const SPEC: Spec = Spec {
    servers: &[HOST, PORT],
    ..Spec::new(
        PluginDescription {
            name: "nsrlsvr",
            summary: "Labels events of files whose hash an nsrlsvr server knows.",
            reads: "Events of files (fs:stat, fs:stat:ntfs) and the files' hashes.",
            writes: "The label nsrl_present.",
            options: &[HOST, PORT, HASH, LABEL],
        },
        prepare,
    )
};

fn prepare(
    settings: &Settings<'_>,
    _names: &mut AttributeNames,
    _context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    let port = u16::try_from(settings.number(&PORT)?).unwrap_or(u16::MAX);
    let label = Label::new(&settings.text(&LABEL)?)?;
    let lookup = Nsrlsvr { host: settings.text(&HOST)?, port, label, connection: None, pace: Pace::Untried };
    Ok(Box::new(HashTagging::new(lookup, HashKind::chosen(settings, &HASH)?, FILE_DATA_TYPES)))
}

/// The pauses before the connection is tried again, one for each failure without an answer between.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// The maximum number of queries that wait for an answer. Together they fit into a packet.
const AT_ONCE: usize = 30;

/// How many queries the server gets at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Not known yet.
    Untried,
    /// Several.
    Several,
    /// One.
    OneByOne,
}

pub(crate) struct Nsrlsvr {
    host: String,
    port: u16,
    label: Label,
    connection: Option<Connection>,
    pace: Pace,
}

impl Nsrlsvr {
    /// Sends queries and collects answers until an answer is missing, or there is one too many.
    fn ask(
        &mut self,
        hashes: &[Box<str>],
        labels: &mut Vec<Option<Label>>,
        patience: &Patience<'_>,
    ) -> Result<(), Trouble> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            connection => connection.insert(Connection::open(&self.host, self.port)?),
        };
        let label = |present: bool| present.then(|| self.label.clone());
        let at_once = if self.pace == Pace::OneByOne { 1 } else { AT_ONCE };
        while labels.len() < hashes.len() {
            let until = hashes.len().min(labels.len() + at_once);
            let answers = connection.ask(&hashes[labels.len()..until], patience)?;
            labels.extend(answers.into_iter().map(label));
            if self.pace == Pace::Untried {
                connection.settle()?;
                self.pace = Pace::Several;
            }
        }
        if self.pace == Pace::Several { connection.settle() } else { Ok(()) }
    }

    /// Forgets the answers after the first `answered` ones, if an answer too many may have shifted
    /// them. From now on, the server gets one query at a time: then it is known which query got two
    /// answers.
    fn forget_shifted(&mut self, trouble: &Trouble, labels: &mut Vec<Option<Label>>, answered: usize) {
        let is_first = self.pace == Pace::Untried;
        if is_first || self.pace == Pace::Several && matches!(trouble, Trouble::Unasked(_)) {
            labels.truncate(answered);
            self.pace = Pace::OneByOne;
        }
    }
}

impl Lookup for Nsrlsvr {
    const NAME: &'static str = "nsrlsvr";
    /// The number of answers that are kept in memory.
    const BATCH: usize = 256;

    fn check(&mut self) -> Result<(), PluginError> {
        let Self { host, port, .. } = self;
        Connection::check(host, *port)
            .map_err(|trouble| PluginError::Failed(format!("nsrlsvr at {host}, port {port}, {trouble}")))
    }

    fn look_up(
        &mut self,
        hashes: &[Box<str>],
        labels: &mut Vec<Option<Label>>,
        patience: &Patience<'_>,
    ) -> Result<(), Stopped> {
        let mut pauses = PAUSES.iter();
        loop {
            let answered = labels.len();
            let trouble = match self.ask(hashes, labels, patience) {
                Ok(()) => return Ok(()),
                Err(Trouble::Cancelled) => return Err(Stopped::Cancelled),
                Err(trouble) => trouble,
            };
            self.connection = None;
            self.forget_shifted(&trouble, labels, answered);
            if labels.len() > answered {
                pauses = PAUSES.iter();
                continue;
            }
            let Some(pause) = pauses.next() else {
                let Self { host, port, .. } = self;
                return Err(Stopped::GaveUp(format!("nsrlsvr at {host}, port {port}, {trouble}")));
            };
            patience.wait(*pause)?;
        }
    }
}
