//! A VirusTotal server for tests, on this machine, with the part of the API that is used. It
//! counts, and can misbehave in all ways that a server can.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The server. It serves one request after another.
#[derive(Debug)]
pub struct VirusTotalServer {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// A request that it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The part of the target after `/files/`, or the whole target if it does not have that.
    pub hash: String,
    /// The key, if there is one.
    pub key: Option<String>,
}

/// The SHA-256 of EICAR's test file, which VirusTotal knows.
pub const EICAR: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

/// An answer of the server.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A report with these numbers of engines that say malicious, suspicious and undetected.
    Report(u64, u64, u64),
    /// The file is unknown, unless it is EICAR's test file: then a report.
    Unknown,
    /// This status, with an error as its body.
    Status(u16),
    /// Too many requests, perhaps with the seconds to wait.
    Busy(Option<u64>),
    /// This status, with this text instead of a report.
    Body(u16, String),
    /// A redirection to this address.
    Redirect(String),
    /// No answer: the connection is closed.
    HangUp,
    /// No answer: the connection is closed, and no more connections are accepted.
    Vanish,
}

impl VirusTotalServer {
    /// Starts a server that knows only EICAR's test file.
    #[must_use]
    pub fn good() -> Self {
        Self::start(|_, _| Reply::Unknown)
    }

    /// Starts a server. `reply` decides about each request; requests are numbered from 0. The first
    /// request of a run is about a file that does not belong to the run.
    ///
    /// # Panics
    ///
    /// If no port can be opened.
    #[must_use]
    pub fn start(reply: impl Fn(usize, &str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&requests);
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let Ok(request) = read(&stream) else { continue };
                let reply = {
                    let mut requests = noted.lock().unwrap();
                    requests.push(request.clone());
                    reply(requests.len() - 1, &request.hash)
                };
                if matches!(reply, Reply::Vanish) {
                    return;
                }
                // If the client has gone away, this is not an error of the server.
                let _ = (&stream).write_all(response(&reply, &request.hash).as_bytes());
            }
        });
        Self { port, requests }
    }

    /// Returns the address of the API.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/api/v3", self.port)
    }

    /// Returns the requests so far, in order.
    ///
    /// # Panics
    ///
    /// If the server has panicked.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads the head of a request. Requests have no body.
fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let target = first.split(' ').nth(1).unwrap_or_default();
    let hash = target.strip_prefix("/api/v3/files/").unwrap_or(target).to_owned();
    let mut key = None;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("x-apikey")
        {
            key = Some(value.trim().to_owned());
        }
    }
    Ok(Request { hash, key })
}

/// Returns the response to the request for the report of the file with this hash.
fn response(reply: &Reply, hash: &str) -> String {
    let (status, header, body) = match reply {
        Reply::Report(malicious, suspicious, undetected) => {
            (200, String::new(), report(hash, *malicious, *suspicious, *undetected))
        }
        Reply::Unknown if hash == EICAR => (200, String::new(), report(hash, 60, 0, 3)),
        Reply::Unknown => {
            let message = format!("File \"{hash}\" not found");
            let error = serde_json::json!({"error": {"code": "NotFoundError", "message": message}});
            (404, String::new(), error.to_string())
        }
        Reply::Status(status) => (*status, String::new(), r#"{"error": {"code": "SomeError"}}"#.into()),
        Reply::Busy(pause) => {
            let header = pause.map(|seconds| format!("Retry-After: {seconds}\r\n")).unwrap_or_default();
            (429, header, r#"{"error": {"code": "QuotaExceededError"}}"#.into())
        }
        Reply::Body(status, body) => (*status, String::new(), body.clone()),
        Reply::Redirect(to) => (302, format!("Location: {to}\r\n"), String::new()),
        Reply::HangUp | Reply::Vanish => return String::new(),
    };
    format!(
        "HTTP/1.1 {status} x\r\n{header}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn report(hash: &str, malicious: u64, suspicious: u64, undetected: u64) -> String {
    let stats = serde_json::json!({
        "malicious": malicious, "suspicious": suspicious, "undetected": undetected, "harmless": 0,
        "failure": 0, "timeout": 0, "confirmed-timeout": 0, "type-unsupported": 0,
    });
    let mut attributes = serde_json::json!({"last_analysis_stats": stats, "names": ["a.exe"]});
    let kind = match hash.len() {
        32 => "md5",
        40 => "sha1",
        _ => "sha256",
    };
    attributes[kind] = hash.into();
    serde_json::json!({"data": {"type": "file", "attributes": attributes}}).to_string()
}
