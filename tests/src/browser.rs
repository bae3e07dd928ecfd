//! Loads a page in a real browser, if there is one.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::{Program, places};

/// The names of browsers that take these options.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Chromium or Chrome.
#[derive(Debug)]
pub struct Browser {
    program: PathBuf,
    /// The address to which pages that try to send something would send it.
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

/// What a browser did with a page.
#[derive(Debug)]
pub struct Seen {
    /// The page after it was loaded, written as HTML.
    pub dom: String,
    /// The messages on the console: from scripts, errors, and what the page's policy has prevented.
    pub console: Vec<String>,
    /// The number of connections to [`Browser::address`].
    pub connections: usize,
}

impl Browser {
    /// Returns the browser of this machine. If there is none, reports that the test is skipped.
    ///
    /// # Panics
    ///
    /// If no port can be opened.
    #[must_use]
    pub fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path)
            .flat_map(|folder| NAMES.map(|name| folder.join(name)))
            .find(|p| p.is_file());
        if found.is_none() {
            places::skipped("there is no Chromium or Chrome");
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        // The thread lives as long as the test. It closes each connection at once, so that no page
        // waits for an answer.
        std::thread::spawn(move || {
            while listener.accept().is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        found.map(|program| Self { program, address, connections })
    }

    /// Returns an address that a page may try to reach.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Loads a page from a file.
    ///
    /// # Panics
    ///
    /// If the browser does not exit.
    #[must_use]
    pub fn load(&self, page: &Path) -> Seen {
        let profile = tempfile::tempdir().unwrap();
        let mut folder = OsString::from("--user-data-dir=");
        folder.push(profile.path());
        let mut url = OsString::from("file://");
        url.push(page);
        // The sandbox does not work for root and in many containers. The page is from the project
        // itself.
        let options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-proxy-server",
            "--enable-logging=stderr",
            "--dump-dom",
        ];
        let program = Program::new(&self.program, options).arg(folder).arg(url);
        let finished = program.deadline(Duration::from_secs(120)).succeed();
        let console =
            finished.stderr.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
        let connections = self.connections.swap(0, Ordering::SeqCst);
        Seen { dom: finished.stdout, console, connections }
    }
}
