//! Requests the report of a file from VirusTotal's API, version 3.

use std::io::BufReader;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::error::Category;
use ureq::{Agent, Proxy};

use super::api_key::ApiKey;
use super::patience::{Cancelled, Patience};

/// The time limit for one request.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum number of bytes of a report that are read. Most reports have some hundred kilobytes.
const MAXIMUM_REPORT: u64 = 16 << 20;

/// A client for reports.
pub(crate) struct Client {
    agent: Agent,
    url: String,
    key: ApiKey,
}

/// Why there is no verdict. The text never quotes the server's answer, because the server knows the
/// key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// There were too many requests. The server may have said how long to wait.
    #[error("VirusTotal got too many requests{}", to_wait(*.0))]
    Busy(Option<Duration>),
    /// The key is not accepted.
    #[error("VirusTotal does not accept the API key (HTTP status {0})")]
    Refused(u16),
    /// The request failed.
    #[error("the request to VirusTotal failed: {0}")]
    Request(#[from] ureq::Error),
    /// The answer is not valid.
    #[error("VirusTotal's answer is not a report of a file: {0}")]
    Garbage(String),
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl From<Cancelled> for Trouble {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

fn to_wait(pause: Option<Duration>) -> String {
    pause.map(|pause| format!(" and asks to wait {} s", pause.as_secs())).unwrap_or_default()
}

/// What VirusTotal knows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// VirusTotal does not know the file.
    NotPresent,
    /// VirusTotal has not analysed the file yet.
    Pending,
    /// This number of engines detect something in the file.
    Detections(u64),
}

impl Client {
    /// Makes a client for the API at `url`.
    pub(crate) fn new(url: &str, key: ApiKey, proxy: Option<Proxy>) -> Self {
        let config = Agent::config_builder()
            .proxy(proxy)
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            // The key must not be sent to another server.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("foreman/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.new_agent(), url: url.trim_end_matches('/').to_owned(), key }
    }

    /// Requests the report of the file with this hash. The request has its own thread, so that a
    /// slow server does not delay the end of the run.
    pub(crate) fn ask(&self, hash: &str, patience: &Patience<'_>) -> Result<Verdict, Trouble> {
        let (agent, url, key) = (self.agent.clone(), format!("{}/files/{hash}", self.url), self.key.clone());
        let (sender, receiver) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().spawn(move || {
            // The receiver may be gone.
            let _ = sender.send(request(&agent, &url, &key));
        });
        thread.map_err(ureq::Error::Io)?;
        let ended = || Err(Trouble::Garbage("reading it failed".into()));
        patience.receive(&receiver)?.unwrap_or_else(ended)
    }
}

fn request(agent: &Agent, url: &str, key: &ApiKey) -> Result<Verdict, Trouble> {
    let request = agent.get(url).header("x-apikey", key.reveal()).header("accept", "application/json");
    let mut response = request.call()?;
    match response.status().as_u16() {
        200 => {
            let body = response.body_mut().with_config().limit(MAXIMUM_REPORT).reader();
            verdict(serde_json::from_reader(BufReader::new(body)))
        }
        404 => Ok(Verdict::NotPresent),
        429 => {
            let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
            let seconds = after.and_then(|value| value.trim().parse().ok());
            Err(Trouble::Busy(seconds.map(Duration::from_secs)))
        }
        status @ (401 | 403) => Err(Trouble::Refused(status)),
        status => Err(Trouble::Garbage(format!("it has the HTTP status {status}"))),
    }
}

fn verdict(answer: serde_json::Result<Answer>) -> Result<Verdict, Trouble> {
    let answer = answer.map_err(|error| {
        let kind = match error.classify() {
            Category::Io => "it ends too early",
            Category::Eof | Category::Syntax => "it is not JSON",
            Category::Data => "a part of the report is missing",
        };
        Trouble::Garbage(format!("{kind} (line {}, column {})", error.line(), error.column()))
    })?;
    let Some(attributes) = answer.data.attributes else {
        return Err(Trouble::Garbage("it is about another object".into()));
    };
    Ok(attributes.last_analysis_stats.unwrap_or_default().verdict())
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    attributes: Option<Attributes>,
}

#[derive(Deserialize)]
struct Attributes {
    last_analysis_stats: Option<Stats>,
}

/// The numbers of engines for each result.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct Stats {
    malicious: u64,
    suspicious: u64,
    harmless: u64,
    undetected: u64,
    failure: u64,
    timeout: u64,
    confirmed_timeout: u64,
    type_unsupported: u64,
}

impl Stats {
    fn verdict(&self) -> Verdict {
        let Self { malicious, suspicious, harmless, undetected, .. } = *self;
        let Self { failure, timeout, confirmed_timeout, type_unsupported, .. } = *self;
        let detections = malicious.saturating_add(suspicious);
        let others = [harmless, undetected, failure, timeout, confirmed_timeout, type_unsupported];
        let looked_at = detections > 0 || others.iter().any(|&engines| engines > 0);
        if looked_at { Verdict::Detections(detections) } else { Verdict::Pending }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Result<Verdict, String> {
        verdict(serde_json::from_str(json)).map_err(|trouble| trouble.to_string())
    }

    #[test]
    fn reports() {
        let report =
            |rest: &str| of(&format!(r#"{{"data": {{"id": "x", "attributes": {{"names": ["a"]{rest}}}}}}}"#));
        let stats = |numbers: &str| report(&format!(r#", "last_analysis_stats": {{{numbers}}}"#));
        assert_eq!(report(""), Ok(Verdict::Pending));
        assert_eq!(stats(""), Ok(Verdict::Pending));
        assert_eq!(stats(r#""malicious": 0, "undetected": 0"#), Ok(Verdict::Pending));
        assert_eq!(stats(r#""malicious": 0, "type-unsupported": 1"#), Ok(Verdict::Detections(0)));
        assert_eq!(stats(r#""undetected": 60, "new": 1"#), Ok(Verdict::Detections(0)));
        assert_eq!(stats(r#""malicious": 5, "suspicious": 2"#), Ok(Verdict::Detections(7)));
        let many = format!(r#""malicious": {}, "suspicious": 2"#, u64::MAX);
        assert_eq!(stats(&many), Ok(Verdict::Detections(u64::MAX)));
    }

    #[test]
    fn what_is_no_report() {
        for json in [
            "",
            "[]",
            "{}",
            "<html>",
            r#"{"data": "s3cret"}"#,
            r#"{"data": {}}"#,
            r#"{"data": {"attributes": ["s3cret"]}}"#,
            r#"{"data": {"attributes": {"last_analysis_stats": {"malicious": -1}}}}"#,
        ] {
            let error = of(json).unwrap_err();
            assert!(error.contains("not a report") && !error.contains("s3cret"), "{json}: {error}");
        }
    }
}
