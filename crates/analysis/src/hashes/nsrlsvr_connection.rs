//! A connection to an nsrlsvr server: queries, answers and errors.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use crate::patience::{Cancelled, Patience, TICK};

/// The time limit for the server to accept a connection, to take queries, and to send the next
/// answer. It is the same as in Plaso.
const TIMEOUT: Duration = Duration::from_secs(3);

/// How long an answer too many is waited for.
const SETTLING: Duration = Duration::from_millis(10);

/// How long an answer before the first query is waited for, in addition to the time that it needs
/// on its way. An nsrlsvr server sends nothing before it gets a query.
const GREETING: Duration = Duration::from_millis(250);

/// A failure of the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The server accepts no connection.
    #[error("cannot be reached: {0}")]
    Unreachable(std::io::Error),
    /// The connection broke.
    #[error("lost the connection: {0}")]
    Lost(std::io::Error),
    /// The server closed the connection.
    #[error("closed the connection")]
    Closed,
    /// The server does not answer.
    #[error("gave no answer for {} s", TIMEOUT.as_secs())]
    Silent,
    /// The server's answer is not valid.
    #[error("answered something that is not OK 0 or OK 1: {0:?}")]
    Garbage(String),
    /// The server sent something that no query has asked for.
    #[error("sent something that no query has asked for: {0:?}")]
    Unasked(String),
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl From<Cancelled> for Trouble {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

pub(crate) struct Connection {
    stream: TcpStream,
    /// The bytes that were received and not used yet.
    received: Vec<u8>,
}

impl Connection {
    /// Connects to the server.
    pub(crate) fn open(host: &str, port: u16) -> Result<Self, Trouble> {
        let mut last = std::io::Error::from(ErrorKind::NotFound);
        for address in (host, port).to_socket_addrs().map_err(Trouble::Unreachable)? {
            match TcpStream::connect_timeout(&address, TIMEOUT) {
                Ok(stream) => return Self::new(stream).map_err(Trouble::Lost),
                Err(error) => last = error,
            }
        }
        Err(Trouble::Unreachable(last))
    }

    /// Checks that the server can be reached, and that it sends nothing before it gets a query.
    /// What it sends could count as the answer to the first query of each connection, because
    /// [`ask`](Self::ask) notices only what has arrived already. A wait in `ask` would slow down
    /// servers that close the connection after each query, so the wait is here, once in a run.
    pub(crate) fn check(host: &str, port: u16) -> Result<(), Trouble> {
        let started = Instant::now();
        Self::open(host, port)?.wait_for_unasked(started.elapsed() + GREETING)
    }

    fn new(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.set_read_timeout(Some(TICK))?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Sends a query for each hash, and returns whether the server knows them. An answer does not
    /// say which query it belongs to: after an answer too many, all others would be given to the
    /// wrong hashes. So nothing may have arrived before the queries are sent.
    pub(crate) fn ask(&mut self, hashes: &[Box<str>], patience: &Patience<'_>) -> Result<Vec<bool>, Trouble> {
        self.refuse_unasked(None)?;
        let queries: String = hashes.iter().flat_map(|hash| ["QUERY ", hash, "\n"]).collect();
        self.stream.write_all(queries.as_bytes()).map_err(Trouble::Lost)?;
        hashes.iter().map(|_| self.answer(patience)).collect()
    }

    /// Waits a moment for an answer too many, after several queries were sent at once. While the
    /// server sends the answer to the last one, all queries seem to be answered already.
    pub(crate) fn settle(&mut self) -> Result<(), Trouble> {
        self.wait_for_unasked(SETTLING)
    }

    /// Waits this long for an answer that no query has asked for.
    fn wait_for_unasked(&mut self, wait: Duration) -> Result<(), Trouble> {
        match self.refuse_unasked(Some(wait)) {
            Err(trouble @ Trouble::Unasked(_)) => Err(trouble),
            // The end of the connection is no failure here: no query waits for an answer.
            _ => Ok(()),
        }
    }

    /// Returns the next answer: whether the server knows the hash.
    fn answer(&mut self, patience: &Patience<'_>) -> Result<bool, Trouble> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            patience.check()?;
            match parse(&self.received) {
                Parsed::Answer { present, length } => {
                    self.received.drain(..length);
                    return Ok(present);
                }
                Parsed::Garbage => {
                    return Err(Trouble::Garbage(beginning(&self.received)));
                }
                Parsed::Incomplete { blank } => drop(self.received.drain(..blank)),
            }
            if Instant::now() >= deadline {
                return Err(Trouble::Silent);
            }
            self.receive()?;
        }
    }

    /// Fails if there is anything but white space to read, or if the connection has ended. Waits
    /// this long for it.
    fn refuse_unasked(&mut self, wait: Option<Duration>) -> Result<(), Trouble> {
        self.stream.set_read_timeout(Some(wait.unwrap_or(TICK))).map_err(Trouble::Lost)?;
        self.stream.set_nonblocking(wait.is_none()).map_err(Trouble::Lost)?;
        let received = self.receive();
        self.stream.set_nonblocking(false).map_err(Trouble::Lost)?;
        self.stream.set_read_timeout(Some(TICK)).map_err(Trouble::Lost)?;
        received?;
        if self.received.iter().all(u8::is_ascii_whitespace) {
            self.received.clear();
            return Ok(());
        }
        Err(Trouble::Unasked(beginning(&self.received)))
    }

    /// Waits a moment for more bytes from the server.
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

/// Returns the beginning of what was received, for a message.
fn beginning(received: &[u8]) -> String {
    let start: Vec<u8> = received.trim_ascii().iter().take(32).copied().collect();
    String::from_utf8_lossy(&start).into_owned()
}

#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    /// An answer, and the number of bytes that it takes.
    Answer { present: bool, length: usize },
    /// The beginning of an answer, after this number of bytes of white space.
    Incomplete { blank: usize },
    /// Not an answer.
    Garbage,
}

/// Reads an answer at the beginning of the received bytes.
///
/// One query has one hash, so an answer has four bytes. It is complete without its end of line,
/// because some servers send none.
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
