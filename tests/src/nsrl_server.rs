//! An nsrlsvr server for tests, on this machine. It counts, and can misbehave in all ways that a
//! server can.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A server that knows the hashes whose last digit is even. It serves one connection after another.
#[derive(Debug)]
pub struct NsrlServer {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    queries: Vec<String>,
}

/// What the server does with a query.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// Answers the query.
    Right,
    /// Answers the query after this time.
    After(Duration),
    /// Answers the query and closes the connection.
    Last,
    /// Answers the query, and sends another answer.
    Twice,
    /// Sends this text instead of an answer.
    Garbage(&'static str),
    /// Closes the connection without an answer.
    Close,
    /// Closes the connection, and accepts no more connections.
    Vanish,
}

/// How the server reads queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Line by line, as nsrlsvr does.
    Lines,
    /// Only the first query of all bytes that have arrived. The answers then have no end of line,
    /// either.
    Arrivals,
}

impl NsrlServer {
    /// Starts a server that answers all queries.
    #[must_use]
    pub fn good() -> Self {
        Self::start(Reading::Lines, |_| Answer::Right)
    }

    /// Starts a server. `answer` decides about each query; queries are numbered from 1.
    ///
    /// # Panics
    ///
    /// If no port can be opened.
    #[must_use]
    pub fn start(reading: Reading, answer: impl Fn(usize) -> Answer + Send + 'static) -> Self {
        Self::start_with_greeting("", reading, answer)
    }

    /// Starts a server that sends this text before it gets a query, and answers no query.
    ///
    /// # Panics
    ///
    /// If no port can be opened.
    #[must_use]
    pub fn greets(greeting: &'static str) -> Self {
        Self::start_with_greeting(greeting, Reading::Lines, |_| Answer::Garbage(""))
    }

    fn start_with_greeting(
        greeting: &'static str,
        reading: Reading,
        answer: impl Fn(usize) -> Answer + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                noted.lock().unwrap().connections += 1;
                // If the client has gone away, this is not an error of the server.
                let _ = (&stream).write_all(greeting.as_bytes());
                if let Ok(true) = serve(&stream, reading, &noted, &answer) {
                    return;
                }
            }
        });
        Self { port, seen }
    }

    /// Returns a port on which nobody listens.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    #[must_use]
    pub fn nowhere() -> u16 {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
    }

    /// Returns the server's port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the number of connections so far.
    ///
    /// # Panics
    ///
    /// If the server has panicked.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// Returns the hashes of the queries so far, in order.
    ///
    /// # Panics
    ///
    /// If the server has panicked.
    #[must_use]
    pub fn queries(&self) -> Vec<String> {
        self.seen.lock().unwrap().queries.clone()
    }

    /// Returns whether the server knows the hash.
    #[must_use]
    pub fn knows(hash: &str) -> bool {
        hash.ends_with(['0', '2', '4', '6', '8', 'a', 'c', 'e'])
    }
}

/// Serves a connection until it ends. Returns `true` if it was the last one.
fn serve(
    stream: &TcpStream,
    reading: Reading,
    seen: &Mutex<Seen>,
    answer: &impl Fn(usize) -> Answer,
) -> std::io::Result<bool> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let end = if reading == Reading::Lines { "\r\n" } else { "" };
    while let Some(query) = query(&mut reader, reading)? {
        let hash = query.strip_prefix("QUERY ").unwrap_or_default().to_owned();
        let right = format!("OK {}{end}", u8::from(NsrlServer::knows(&hash)));
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.queries.push(hash);
            seen.queries.len()
        };
        match answer(number) {
            Answer::Right => writer.write_all(right.as_bytes())?,
            Answer::After(pause) => {
                thread::sleep(pause);
                writer.write_all(right.as_bytes())?;
            }
            Answer::Last => {
                writer.write_all(right.as_bytes())?;
                return Ok(false);
            }
            Answer::Twice => writer.write_all(format!("{right}OK 1\r\n").as_bytes())?,
            Answer::Garbage(text) => writer.write_all(text.as_bytes())?,
            Answer::Close => return Ok(false),
            Answer::Vanish => return Ok(true),
        }
    }
    Ok(false)
}

fn query(reader: &mut BufReader<&TcpStream>, reading: Reading) -> std::io::Result<Option<String>> {
    let text = match reading {
        Reading::Lines => {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            line
        }
        Reading::Arrivals => {
            let mut arrived = [0; 4_096];
            let length = reader.get_mut().read(&mut arrived)?;
            String::from_utf8_lossy(&arrived[..length]).into_owned()
        }
    };
    Ok(text.lines().next().map(str::to_owned))
}
