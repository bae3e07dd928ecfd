//! `nsrlsvr`: labels events of files whose hash an nsrlsvr server knows.
//!
//! The protocol: `QUERY <hash>` and a line feed, answered by `OK 1` or `OK 0` and an end of line of some kind. One connection serves
//! the run. Several queries are under way at a time, which nsrlsvr takes well. Others may read one query and throw away
//! what came with it, or close the connection after it, since Plaso asks no more than one. Nothing in an answer says
//! which query it belongs to; so the answers to the first queries count only if there is one for each, and a server that
//! fails at that gets one query at a time.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use events::Label;

use super::patience::{Cancelled, TICK};
use super::{FILE_DATA_TYPES, HashKind, HashTagging, Lookup, Patience, Stopped};
use crate::description::{OptionDescription, PluginDescription};
use crate::plugin::PluginError;

pub(crate) const DESCRIPTION: PluginDescription = PluginDescription {
    name: "nsrlsvr",
    summary: "Labels events of files whose hash an nsrlsvr server knows.",
    reads: "Events of files (fs:stat, fs:stat:ntfs) and the files' hashes.",
    writes: "The label nsrl_present.",
    options: &[
        OptionDescription {
            name: "--nsrlsvr-host",
            value: Some("HOST"),
            required: false,
            default: Some(DEFAULT_HOST),
            summary: "The server.",
        },
        OptionDescription {
            name: "--nsrlsvr-port",
            value: Some("PORT"),
            required: false,
            default: Some("9120"),
            summary: "The server's port.",
        },
        OptionDescription {
            name: "--nsrlsvr-hash",
            value: Some("HASH"),
            required: false,
            default: Some("md5"),
            summary: "Which hash to look up: md5 or sha1.",
        },
        OptionDescription {
            name: "--nsrlsvr-label",
            value: Some("LABEL"),
            required: false,
            default: Some(DEFAULT_LABEL),
            summary: "The label for events of files that the server knows.",
        },
    ],
};

pub(crate) const DEFAULT_HOST: &str = "localhost";
pub(crate) const DEFAULT_PORT: u16 = 9120;
pub(crate) const DEFAULT_LABEL: &str = "nsrl_present";

/// How long the server may take to accept a connection, to take queries, and to give the next answer; as in Plaso.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How long to wait before a connection is tried again, each time it fails without an answer.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// How many queries may be under way; together they fit into a packet.
const AT_ONCE: usize = 30;

/// How the server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// It is not known yet what it takes.
    Untried,
    /// With several queries under way.
    Several,
    /// With one query at a time.
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
    pub(crate) fn plugin(host: String, port: u16, hash: HashKind, label: Label) -> HashTagging<Self> {
        let lookup = Self { host, port, label, connection: None, pace: Pace::Untried };
        HashTagging::new(lookup, hash, FILE_DATA_TYPES)
    }

    /// Asks as long as there are answers.
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
        if self.pace == Pace::Untried {
            let first = &hashes[..hashes.len().min(AT_ONCE)];
            connection.send(first)?;
            let answers: Vec<bool> =
                first.iter().map(|_| connection.answer(patience)).collect::<Result<_, _>>()?;
            labels.extend(answers.into_iter().map(label));
            self.pace = Pace::Several;
        }
        let at_once = if self.pace == Pace::Several { AT_ONCE } else { 1 };
        let mut sent = labels.len();
        while labels.len() < hashes.len() {
            // Not one query for each answer, but whenever there is nothing left to do but wait.
            if sent == labels.len() || connection.received.is_empty() {
                let until = hashes.len().min(labels.len() + at_once);
                connection.send(&hashes[sent..until])?;
                sent = until;
            }
            labels.push(label(connection.answer(patience)?));
        }
        Ok(())
    }
}

impl Lookup for Nsrlsvr {
    const NAME: &'static str = "nsrlsvr";
    /// Few enough that a worker does not seem to stand still, however slow the server is.
    const BATCH: usize = 256;

    fn check(&mut self) -> Result<(), PluginError> {
        let Self { host, port, .. } = self;
        Connection::open(host, *port)
            .map(drop)
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
            if self.pace == Pace::Untried {
                self.pace = Pace::OneByOne;
            }
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

/// What is wrong with the server.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("cannot be reached: {0}")]
    Unreachable(std::io::Error),
    #[error("was lost: {0}")]
    Lost(std::io::Error),
    #[error("closed the connection")]
    Closed,
    #[error("gave no answer for {} s", TIMEOUT.as_secs())]
    Silent,
    #[error("answered something that is not OK 0 or OK 1: {0:?}")]
    Garbage(String),
    #[error("cancelled")]
    Cancelled,
}

impl From<Cancelled> for Trouble {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

struct Connection {
    stream: TcpStream,
    /// What was received and is not used yet.
    received: Vec<u8>,
}

impl Connection {
    fn open(host: &str, port: u16) -> Result<Self, Trouble> {
        let mut last = std::io::Error::from(ErrorKind::NotFound);
        for address in (host, port).to_socket_addrs().map_err(Trouble::Unreachable)? {
            match TcpStream::connect_timeout(&address, TIMEOUT) {
                Ok(stream) => return Self::new(stream).map_err(Trouble::Lost),
                Err(error) => last = error,
            }
        }
        Err(Trouble::Unreachable(last))
    }

    fn new(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.set_read_timeout(Some(TICK))?;
        Ok(Self { stream, received: Vec::new() })
    }

    fn send(&mut self, hashes: &[Box<str>]) -> Result<(), Trouble> {
        let queries: String = hashes.iter().flat_map(|hash| ["QUERY ", hash, "\n"]).collect();
        self.stream.write_all(queries.as_bytes()).map_err(Trouble::Lost)
    }

    /// The next answer: whether the server knows the hash.
    fn answer(&mut self, patience: &Patience<'_>) -> Result<bool, Trouble> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            match parse(&self.received) {
                Parsed::Answer { present, length } => {
                    self.received.drain(..length);
                    return Ok(present);
                }
                Parsed::Garbage => {
                    let start = self.received.trim_ascii().iter().take(32).copied().collect::<Vec<_>>();
                    return Err(Trouble::Garbage(String::from_utf8_lossy(&start).into_owned()));
                }
                Parsed::Incomplete { blank } => drop(self.received.drain(..blank)),
            }
            patience.check()?;
            if Instant::now() >= deadline {
                return Err(Trouble::Silent);
            }
            self.receive()?;
        }
    }

    /// Waits a moment for the server to send something.
    fn receive(&mut self) -> Result<(), Trouble> {
        let mut buffer = [0; 512];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(Trouble::Closed),
            Ok(length) => {
                self.received.extend_from_slice(&buffer[..length]);
                Ok(())
            }
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(Trouble::Lost(error)),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    /// An answer, and how much of the text it takes up.
    Answer { present: bool, length: usize },
    /// The beginning of an answer, behind that many bytes of white space.
    Incomplete { blank: usize },
    /// No answer.
    Garbage,
}

/// Reads an answer at the beginning of what was received.
///
/// One query has one hash, so an answer is four bytes, and complete without its end of line: some servers send none.
fn parse(received: &[u8]) -> Parsed {
    let text = received.trim_ascii_start();
    let blank = received.len() - text.len();
    let present = match text {
        [b'O', b'K', b' ', digit @ (b'0' | b'1'), rest @ ..]
            if rest.first().is_none_or(u8::is_ascii_whitespace) =>
        {
            *digit == b'1'
        }
        _ if b"OK ".starts_with(text) => return Parsed::Incomplete { blank },
        _ => return Parsed::Garbage,
    };
    let answer = blank + 4;
    let end = received[answer..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    Parsed::Answer { present, length: answer + end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let answer = |present, length| Parsed::Answer { present, length };
        for (received, parsed) in [
            ("OK 1", answer(true, 4)),
            ("OK 0\n", answer(false, 5)),
            ("\r\nOK 1\r\nOK 0\r\n", answer(true, 8)),
            ("", Parsed::Incomplete { blank: 0 }),
            ("\r\n", Parsed::Incomplete { blank: 2 }),
            ("O", Parsed::Incomplete { blank: 0 }),
            ("\nOK ", Parsed::Incomplete { blank: 1 }),
            ("OK 2", Parsed::Garbage),
            ("OK 10\r\n", Parsed::Garbage),
            ("OK 1OK 0", Parsed::Garbage),
            ("OK  1", Parsed::Garbage),
            ("ok 1", Parsed::Garbage),
            ("NOT OK\r\n", Parsed::Garbage),
            ("OK NOT SUPPORTED\r\n", Parsed::Garbage),
            ("SSH-2.0-OpenSSH_9.6\r\n", Parsed::Garbage),
            ("\0", Parsed::Garbage),
        ] {
            assert_eq!(parse(received.as_bytes()), parsed, "{received:?}");
        }
    }
}
