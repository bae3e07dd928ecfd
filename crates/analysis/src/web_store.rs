//! Looks up the names of extensions in the Chrome Web Store.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::mpsc;
use std::time::Duration;

use ureq::http::header::LOCATION;
use ureq::{Agent, Proxy};

use crate::patience::{Cancelled, Patience};
use crate::plugin::PluginError;

/// The address of the Chrome Web Store.
pub(crate) const ADDRESS: &str = "https://chromewebstore.google.com";

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const PAGE_LIMIT: Duration = Duration::from_secs(30);
/// The number of bytes of a page that are read. The title is near the top.
const SIZE_LIMIT: u64 = 2 << 20;
const REDIRECTIONS: u32 = 5;
/// After so many failures in a row, no more names are looked up.
const FAILURES_IN_A_ROW: u32 = 5;
/// The longest name that is accepted, in characters. The store's names have at most 75.
const LONGEST_NAME: usize = 200;

/// The Chrome Web Store, with the names that were looked up so far.
pub(crate) struct WebStore {
    agent: Agent,
    address: String,
    names: BTreeMap<String, Option<String>>,
    failures_in_a_row: u32,
    not_looked_up: u64,
    warnings: Vec<String>,
}

impl WebStore {
    pub(crate) fn new(address: &str, proxy: Option<Proxy>) -> Self {
        let agent = Agent::config_builder()
            .proxy(proxy)
            .timeout_connect(Some(CONNECT_LIMIT))
            .timeout_global(Some(PAGE_LIMIT))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .build()
            .new_agent();
        Self {
            agent,
            address: address.trim_end_matches('/').to_owned(),
            names: BTreeMap::new(),
            failures_in_a_row: 0,
            not_looked_up: 0,
            warnings: Vec::new(),
        }
    }

    /// Returns the extension's name, if the store knows it. Each extension is looked up only once,
    /// and never if the text is not an identifier.
    ///
    /// # Errors
    ///
    /// If the run was cancelled.
    pub(crate) fn name_of(
        &mut self,
        identifier: &str,
        patience: &Patience<'_>,
    ) -> Result<Option<String>, PluginError> {
        if let Some(known) = self.names.get(identifier) {
            return Ok(known.clone());
        }
        if !is_identifier(identifier) {
            return Ok(None);
        }
        let name = if self.failures_in_a_row < FAILURES_IN_A_ROW {
            self.look_up(identifier, patience)?
        } else {
            self.not_looked_up += 1;
            None
        };
        self.names.insert(identifier.to_owned(), name.clone());
        Ok(name)
    }

    /// Returns warnings about failures.
    pub(crate) fn into_warnings(mut self) -> Vec<String> {
        if self.not_looked_up > 0 {
            self.warnings.push(format!(
                "the names of {} more extensions were not looked up after {FAILURES_IN_A_ROW} failures in a row",
                self.not_looked_up
            ));
        }
        self.warnings
    }

    fn look_up(&mut self, identifier: &str, patience: &Patience<'_>) -> Result<Option<String>, PluginError> {
        let url = format!("{}/detail/{identifier}?hl=en-US", self.address);
        let (sender, receiver) = mpsc::sync_channel(1);
        let (agent, first) = (self.agent.clone(), url.clone());
        // The request has its own thread, because a request cannot be interrupted. After a
        // cancellation, the thread ends by its time limit.
        let thread = std::thread::Builder::new().spawn(move || sender.send(page(&agent, first)));
        let page = match patience.receive(&receiver, PAGE_LIMIT * (REDIRECTIONS + 1)) {
            Ok(Some(page)) => page,
            Ok(None) => {
                let refused = thread.err().map(|error| format!("cannot start a thread: {error}"));
                Err(refused.unwrap_or_else(|| "the request ended without an answer".into()))
            }
            Err(Cancelled) => return Err(PluginError::Failed("cancelled".into())),
        };
        match page {
            Ok(page) => {
                self.failures_in_a_row = 0;
                Ok(page.as_deref().and_then(name_in))
            }
            Err(error) => {
                self.failures_in_a_row += 1;
                self.warnings.push(format!("unable to retrieve URL: {url} with error: {error}"));
                Ok(None)
            }
        }
    }
}

/// Returns whether the text is an identifier: 32 letters from a to p. Other folder names must not
/// be sent to the store.
fn is_identifier(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| (b'a'..=b'p').contains(&b))
}

/// Returns the page at `url`, or `None` if there is no such page.
fn page(agent: &Agent, mut url: String) -> Result<Option<String>, String> {
    for _ in 0..=REDIRECTIONS {
        let response = agent.get(&url).call().map_err(|error| error.to_string())?;
        match response.status().as_u16() {
            200 => {
                let mut page = Vec::new();
                let mut body = response.into_body().into_reader().take(SIZE_LIMIT);
                body.read_to_end(&mut page).map_err(|error| error.to_string())?;
                return Ok(Some(String::from_utf8_lossy(&page).into_owned()));
            }
            404 | 410 => return Ok(None),
            301 | 302 | 303 | 307 | 308 => {
                let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
                url = on_same_host(&url, location.unwrap_or_default())?;
            }
            status => return Err(format!("HTTP status {status}")),
        }
    }
    Err(format!("more than {REDIRECTIONS} redirections"))
}

/// Returns the address to which a redirection leads, if it stays on the host of `url`.
fn on_same_host(url: &str, location: &str) -> Result<String, String> {
    let host = url.find("://").map_or(0, |scheme| scheme + "://".len());
    let end = url[host..].find('/').map_or(url.len(), |length| host + length);
    let origin = &url[..end];
    let path = location.strip_prefix(origin).unwrap_or(location);
    if path.starts_with('/') && !path.starts_with("//") {
        Ok(format!("{origin}{path}"))
    } else {
        Err(format!("redirected elsewhere: {location:?}"))
    }
}

/// Returns the extension's name in the title of its page.
fn name_in(page: &str) -> Option<String> {
    let (_, behind) = page.split_once("<title>")?;
    let (title, _) = behind.split_once("</title>")?;
    let name = match title.strip_prefix("Chrome Web Store - ") {
        Some(name) => name,
        None => title.strip_suffix("- Chrome Web Store")?,
    };
    let name: String =
        unescaped(name.trim()).chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    Some(name).filter(|name| !name.is_empty())
}

fn unescaped(html: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&amp;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use testing::ReduceMemory;

    use super::*;
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const ID: &str = "ghbmnnjooekpmoecnnnilnnbdlolhkhi";

    /// Starts a web store on this machine that gives the same answer to all requests. Also returns
    /// the count of requests.
    fn server(answer: impl Fn(&str) -> String + Send + 'static) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut reader = BufReader::new(connection.unwrap());
                let mut request = String::new();
                reader.read_line(&mut request).unwrap();
                let mut line = request.clone();
                while !line.trim().is_empty() {
                    line.clear();
                    reader.read_line(&mut line).unwrap();
                }
                count.fetch_add(1, Ordering::SeqCst);
                let _ = reader.get_mut().write_all(answer(&request).as_bytes());
            }
        });
        (address, asked)
    }

    fn ok(page: &str) -> String {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}", page.len())
    }

    fn moved(location: &str) -> String {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    }

    fn name(store: &mut WebStore, identifier: &str) -> Option<String> {
        store.name_of(identifier, &Patience::endless()).unwrap()
    }

    #[test]
    fn an_extension_is_looked_up_once_and_other_folders_never() {
        let (address, asked) = server(|request| {
            assert_eq!(request.trim(), format!("GET /detail/{ID}?hl=en-US HTTP/1.1"));
            ok("<html>\n<title>Fish &amp; &lt;Chips&gt; - Chrome Web Store</title>")
        });
        let mut store = WebStore::new(&format!("{address}/"), None);
        for _ in 0..3 {
            assert_eq!(name(&mut store, ID).as_deref(), Some("Fish & <Chips>"));
        }
        for identifier in ["temp", "", "../x", &ID.to_uppercase(), "ghbmnnjooekpmoecnnnilnnbdlolhkhi.crx"] {
            assert_eq!(name(&mut store, identifier), None);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert!(store.into_warnings().is_empty());
    }

    #[test]
    fn an_extension_unknown_to_the_store_is_no_failure() {
        let gone = || "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
        for answer in [gone(), ok(""), ok("<title>Chrome Web Store</title>"), ok("<title>x")] {
            let (address, _) = server(move |_| answer.clone());
            let mut store = WebStore::new(&address, None);
            assert_eq!(name(&mut store, ID), None);
            assert!(store.into_warnings().is_empty());
        }
    }

    #[test]
    fn redirections_stay_on_the_host() {
        let (address, asked) = server(|request| match request.contains("/detail/fish/") {
            true => ok("<title>Chrome Web Store - Fish</title>"),
            false => moved(&format!("/detail/fish/{ID}")),
        });
        assert_eq!(name(&mut WebStore::new(&address, None), ID).as_deref(), Some("Fish"));
        assert_eq!(asked.load(Ordering::SeqCst), 2);

        let (elsewhere, reached) = server(|_| ok("<title>Fish - Chrome Web Store</title>"));
        let (address, _) = server(move |_| moved(&elsewhere));
        let mut store = WebStore::new(&address, None);
        assert_eq!(name(&mut store, ID), None);
        assert_eq!(reached.load(Ordering::SeqCst), 0);
        assert!(store.into_warnings()[0].contains("with error: redirected elsewhere: \"http://127.0.0.1:"));

        let (address, asked) = server(|_| moved("/again"));
        let mut store = WebStore::new(&address, None);
        assert_eq!(name(&mut store, ID), None);
        assert_eq!(asked.load(Ordering::SeqCst), 6);
        assert!(store.into_warnings()[0].ends_with("more than 5 redirections"));
    }

    #[test]
    fn hosts_of_redirections() {
        for (location, expected) in [
            ("/a", Some("https://h:1/a")),
            ("https://h:1/a", Some("https://h:1/a")),
            ("https://h:1.evil/a", None),
            ("https://h:1@evil/a", None),
            ("http://h:1/a", None),
            ("//evil/a", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(on_same_host("https://h:1/x/y", location).ok().as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn failures_are_told_and_end_the_looking_up() {
        let (address, asked) =
            server(|_| "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".into());
        let mut store = WebStore::new(&address, None);
        for letter in 'a'..='h' {
            assert_eq!(name(&mut store, &letter.to_string().repeat(32)), None);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 5);
        let warnings = store.into_warnings();
        assert_eq!(warnings.len(), 6);
        let first = format!(
            "unable to retrieve URL: {address}/detail/{}?hl=en-US with error: HTTP status 503",
            "a".repeat(32)
        );
        assert_eq!(warnings[0], first);
        assert_eq!(
            warnings[5],
            "the names of 3 more extensions were not looked up after 5 failures in a row"
        );
    }

    #[test]
    fn garbage_and_silence_are_failures() {
        for answer in ["", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<title>"] {
            let (address, _) = server(move |_| answer.to_owned());
            let mut store = WebStore::new(&address, None);
            assert_eq!(name(&mut store, ID), None, "{answer}");
            assert_eq!(store.into_warnings().len(), 1, "{answer}");
        }
    }

    #[test]
    fn an_endless_page_is_read_up_to_a_limit() {
        let (address, _) = server(|_| {
            let page = format!("<title>Fish - Chrome Web Store</title>{}", "x".repeat(8 << 20));
            format!("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{page}")
        });
        assert_eq!(name(&mut WebStore::new(&address, None), ID).as_deref(), Some("Fish"));
    }

    #[test]
    fn a_cancelled_run_does_not_wait() {
        let (address, _) = server(|_| {
            std::thread::sleep(Duration::from_secs(5));
            String::new()
        });
        let started = std::time::Instant::now();
        let cancelled = ReduceMemory { cancelled: true, ..ReduceMemory::default() };
        let patience = Patience::of(&cancelled);
        assert!(WebStore::new(&address, None).name_of(ID, &patience).is_err());
        assert!(started.elapsed() < Duration::from_secs(2));
    }
}
