//! Requests the report of a file from VirusTotal's API, version 3.

use std::io::BufReader;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use ureq::http::Response;
use ureq::{Agent, Body, Proxy};

use super::api_key::ApiKey;
use crate::patience::{Cancelled, Patience};

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
        let (agent, url, key) = (self.agent.clone(), self.url.clone(), self.key.clone());
        let hash = hash.to_owned();
        let (sender, receiver) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().spawn(move || {
            // The receiver may be gone.
            let _ = sender.send(request(&agent, &url, &key, &hash));
        });
        thread.map_err(ureq::Error::Io)?;
        let ended = || Err(Trouble::Garbage("reading it failed".into()));
        patience.receive(&receiver, TIMEOUT)?.unwrap_or_else(ended)
    }
}

fn request(agent: &Agent, url: &str, key: &ApiKey, hash: &str) -> Result<Verdict, Trouble> {
    let request = agent
        .get(format!("{url}/files/{hash}"))
        .header("x-apikey", key.reveal())
        .header("accept", "application/json");
    let mut response = request.call()?;
    match response.status().as_u16() {
        200 => verdict(body(&mut response), hash),
        404 => unknown(body(&mut response)),
        429 => {
            let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
            Err(Trouble::Busy(after.and_then(pause)))
        }
        status @ (401 | 403) => Err(Trouble::Refused(status)),
        status => Err(Trouble::Garbage(format!("it has the HTTP status {status}"))),
    }
}

/// How long the server asks to wait. No time at all says nothing: the server has just refused, and
/// would refuse again.
fn pause(after: &str) -> Option<Duration> {
    after.trim().parse().ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

fn body<T: DeserializeOwned>(response: &mut Response<Body>) -> serde_json::Result<T> {
    let body = response.body_mut().with_config().limit(MAXIMUM_REPORT).reader();
    serde_json::from_reader(BufReader::new(body))
}

/// Examines the body of an answer with the HTTP status 404. Many servers have pages with this
/// status, but only VirusTotal says in its own words that it does not know the file.
fn unknown(answer: serde_json::Result<Refusal>) -> Result<Verdict, Trouble> {
    match answer {
        Ok(Refusal { error }) if error.code == "NotFoundError" => Ok(Verdict::NotPresent),
        _ => Err(Trouble::Garbage("it has the HTTP status 404 without VirusTotal's NotFoundError".into())),
    }
}

/// Examines the report that was sent when the report of the file with this hash was requested.
fn verdict(answer: serde_json::Result<Answer>, hash: &str) -> Result<Verdict, Trouble> {
    let Answer { data } = answer.map_err(|error| {
        let kind = match error.classify() {
            Category::Io => "it ends too early",
            Category::Eof | Category::Syntax => "it is not JSON",
            Category::Data => "a part of the report is missing",
        };
        Trouble::Garbage(format!("{kind} (line {}, column {})", error.line(), error.column()))
    })?;
    if data.kind != "file" {
        return Err(Trouble::Garbage("it is about another object".into()));
    }
    let Attributes { md5, sha1, sha256, last_analysis_stats } = data.attributes;
    // The hashes differ in length, so none is taken for one of another kind.
    let hashes = [data.id, md5, sha1, sha256];
    if !hashes.iter().flatten().any(|known| known.eq_ignore_ascii_case(hash)) {
        return Err(Trouble::Garbage("it is about another file".into()));
    }
    Ok(last_analysis_stats.unwrap_or_default().verdict())
}

/// An answer that refuses a request.
#[derive(Deserialize)]
struct Refusal {
    error: ErrorCode,
}

#[derive(Deserialize)]
struct ErrorCode {
    code: String,
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "type")]
    kind: String,
    /// For a file, its SHA-256.
    id: Option<String>,
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    md5: Option<String>,
    sha1: Option<String>,
    sha256: Option<String>,
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

    const MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
    const SHA1: &str = "3395856ce81f2b7382dee72602f798b642f14140";
    const SHA256: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

    fn of(json: &str, hash: &str) -> Result<Verdict, String> {
        verdict(serde_json::from_str(json), hash).map_err(|trouble| trouble.to_string())
    }

    #[test]
    fn reports() {
        let report = |rest: &str| {
            let attributes = format!(r#"{{"names": ["a"]{rest}}}"#);
            of(&format!(r#"{{"data": {{"type": "file", "id": "{MD5}", "attributes": {attributes}}}}}"#), MD5)
        };
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

    /// Something between here and VirusTotal may send an old answer, or the same one to everybody.
    #[test]
    fn a_report_is_of_the_file_that_was_asked_for() {
        let of = |data: &str, hash| of(&format!(r#"{{"data": {{{data}}}}}"#), hash);
        let upper = SHA256.to_ascii_uppercase();
        let by_id = format!(r#""type": "file", "id": "{upper}", "attributes": {{}}"#);
        let hashes = format!(r#"{{"md5": "{MD5}", "sha1": "{SHA1}", "sha256": "{SHA256}"}}"#);
        let by_hashes = format!(r#""type": "file", "attributes": {hashes}"#);
        assert_eq!(of(&by_id, SHA256), Ok(Verdict::Pending));
        for hash in [MD5, SHA1, SHA256] {
            assert_eq!(of(&by_hashes, hash), Ok(Verdict::Pending), "{hash}");
        }
        let others = [32, 40, 64].map(|digits| "0".repeat(digits));
        for hash in others.iter().map(String::as_str).chain([MD5, SHA1, ""]) {
            let error = of(&by_id, hash).unwrap_err();
            assert!(error.ends_with("not a report of a file: it is about another file"), "{hash}: {error}");
        }
        assert!(of(&by_hashes, &others[0]).is_err());
        assert!(of(r#""type": "file", "attributes": {}"#, MD5).is_err());
        for kind in ["domain", "url", "File", "private_file"] {
            let data = by_hashes.replace("file", kind);
            let error = of(&data, MD5).unwrap_err();
            assert!(error.ends_with("it is about another object"), "{kind}: {error}");
        }
    }

    #[test]
    fn times_that_a_server_asks_to_wait() {
        for (after, seconds) in
            [("1", Some(1)), (" 3600 ", Some(3_600)), ("0", None), ("-1", None), ("soon", None)]
        {
            assert_eq!(pause(after), seconds.map(Duration::from_secs), "{after}");
        }
    }

    #[test]
    fn only_virustotal_says_that_a_file_is_unknown() {
        let of = |body: &str| unknown(serde_json::from_str(body)).map_err(|trouble| trouble.to_string());
        let known = r#"{"error": {"code": "NotFoundError", "message": "File \"0\" not found"}}"#;
        assert_eq!(of(known), Ok(Verdict::NotPresent));
        for body in [
            "",
            "{}",
            "<html>s3cret</html>",
            r#"{"error": "NotFoundError"}"#,
            r#"{"error": {"code": 404}}"#,
            r#"{"error": {"code": "s3cret"}}"#,
            r#"{"code": "NotFoundError"}"#,
            r#"[{"error": {"code": "NotFoundError"}}]"#,
            r#"{"error": {"code": "NotFoundError"}} <html>"#,
        ] {
            let error = of(body).unwrap_err();
            assert!(error.contains("HTTP status 404") && !error.contains("s3cret"), "{body}: {error}");
        }
    }

    #[test]
    fn pauses_that_a_server_asks_for() {
        let seconds = |after| pause(after).map(|pause| pause.as_secs());
        assert_eq!(seconds(" 30 "), Some(30));
        for says_nothing in ["0", "", "-1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(seconds(says_nothing), None, "{says_nothing}");
        }
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
            r#"{"data": {"type": "file", "id": "s3cret"}}"#,
            r#"{"data": {"type": "file", "attributes": ["s3cret"]}}"#,
            r#"{"data": {"type": "file", "id": "0", "attributes": {"last_analysis_stats": {"malicious": -1}}}}"#,
        ] {
            let error = of(json, "0").unwrap_err();
            assert!(error.contains("not a report") && !error.contains("s3cret"), "{json}: {error}");
        }
    }
}
