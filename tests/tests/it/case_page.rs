//! A report on several storage files: one page for all, with links to the page of each.

use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;
use tests::{Compression, Finished, NewStore, Program, Running, Store, foreman, tags};

/// A folder with storage files of this kind, and a broken one.
fn case(name: &str) -> (TempDir, PathBuf) {
    let place = TempDir::new().unwrap();
    let folder = place.path().join(name);
    std::fs::create_dir(&folder).unwrap();
    for (name, sample, rules) in [("web01", "sample", "linux"), ("pc <1>#?", "evtx-sample", "windows")] {
        let path = folder.join(format!("{name}.plaso"));
        std::fs::copy(Store::of(sample).path(), &path).unwrap();
        foreman(["analyze", "--analysis", "tagging", "--tagging-file", rules]).arg(&path).succeed();
    }
    std::fs::write(folder.join("torn.plaso"), "no database").unwrap();
    (place, folder)
}

fn report(folder: &Path, page: &Path) -> Program {
    foreman(["report", "--format", "html", "--output"]).arg(page).arg(folder)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Decodes the escapes of a link.
fn decoded(link: &str) -> String {
    link.replace("%20", " ").replace("%23", "#").replace("%25", "%")
}

/// Each link leads to a place on this page, or on the page of a storage file beside it.
fn assert_links(page: &Path) -> usize {
    let html = read(page);
    let mut elsewhere = 0;
    for link in tags(&html).iter().filter_map(|tag| tag.attributes.get("href")) {
        let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
        let of = if path.is_empty() { html.clone() } else { read(&page.with_file_name(decoded(path))) };
        assert!(anchor.is_empty() || of.contains(&format!(" id=\"{anchor}\"")), "{link} leads nowhere");
        elsewhere += usize::from(!path.is_empty());
    }
    elsewhere
}

/// The folder of the other pages would take the name of the first page.
#[test]
fn a_page_with_the_name_of_the_folder_of_pages() {
    let (place, store) = (TempDir::new().unwrap(), Store::of("sample"));
    let other = Store::of("evtx-sample");
    for name in ["case.pages", "case.PAGES"] {
        let page = place.path().join(name);
        let refused = report(store.path(), &page).arg(other.path()).expect(2).stderr;
        assert!(refused.contains("is also the name of the folder for the pages"), "{refused}");
        assert!(refused.contains("case.html"), "{refused}");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }
    // One storage file has one page.
    report(store.path(), &place.path().join("case.pages")).succeed();
}

/// Many cases have one `timeline.plaso` for each host.
#[test]
fn storage_files_of_the_same_name() {
    let place = TempDir::new().unwrap();
    for host in ["web01", "web02"] {
        let folder = place.path().join("case").join(host);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(Store::of("sample").path(), folder.join("timeline.plaso")).unwrap();
    }
    let at = |host: &str| place.path().join("case").join(host).join("timeline.plaso");
    let page = place.path().join("case.html");
    report(&at("web01"), &page).arg(at("web02")).succeed();
    let html = read(&page);
    for name in [">web01/timeline.plaso<", ">web02/timeline.plaso<"] {
        assert!(html.contains(name), "{name} is not on the page");
    }
}

/// A storage file whose report takes long enough for a signal.
fn large() -> Store {
    let mut store = NewStore::new(Compression::None);
    let data = store.event_data(serde_json::json!({"data_type": "test:event", "text": "a"}));
    for time in 0..400_000 {
        store.event(time, data);
    }
    store.finish()
}

/// Nothing is left of a report that is asked to stop.
#[test]
fn a_report_that_is_asked_to_stop() {
    let store = large();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        assert_is_stopped(store.path(), None, |running| running.signal(signal));
    }
}

/// The report is ready before its folder is removed, and must wait for that.
#[test]
fn a_report_that_is_asked_to_stop_on_a_slow_share() {
    let store = large();
    assert_is_stopped(store.path(), Some("unlink-slow 700"), |running| running.signal(Signal::SIGTERM));
}

/// Stops a report over several files, also if the first attempts come too late: on a busy machine,
/// a report may be written before it gets a signal.
fn assert_is_stopped(large: &Path, plan: Option<&str>, stop: impl Fn(&Running)) {
    let is_stopped = (0..60).any(|_| {
        let Some((place, finished)) = stopped(large, plan, &stop) else { return true };
        if finished.status == Some(3) {
            assert!(!finished.stderr.contains("aborted"), "{}", finished.stderr);
            return false;
        }
        let stopped = finished.expect(130);
        assert!(stopped.stderr.contains("aborted; nothing was written"), "{}", stopped.stderr);
        let names = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), ["case"]);
        true
    });
    assert!(is_stopped, "the request never came in time");
}

/// A third request ends a report at once whose folder cannot be removed, such as on a share that
/// does not answer.
#[test]
fn a_report_that_is_asked_to_stop_three_times() {
    let store = large();
    let is_ended = (0..60).any(|_| {
        let Some((_place, finished)) = stopped(store.path(), Some("unlink-slow 600000"), &|running| {
            // Signals of a kind are counted as one until a thread takes them.
            for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
                running.signal(signal);
            }
        }) else {
            return true;
        };
        if finished.status == Some(3) {
            return false;
        }
        let said = finished.expect(130).stderr;
        assert!(
            said.contains("as asked for the third time") && said.contains("may not be complete"),
            "{said}"
        );
        true
    });
    assert!(is_ended, "the requests never came in time");
}

/// Begins a report over several files, on a faulty disk if there is a plan, and calls `stop` when
/// its folder has two pages. Returns the place of the report, or nothing if there can be no such
/// disk.
fn stopped(large: &Path, plan: Option<&str>, stop: &impl Fn(&Running)) -> Option<(TempDir, Finished)> {
    let (place, folder) = case("case");
    std::fs::copy(large, folder.join("zz.plaso")).unwrap();
    let begun = || {
        let mut names = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path());
        names.find(|path| path.to_str().unwrap().contains(".unfinished"))
    };
    // Two pages, and what says that the folder is unfinished.
    let has_pages = |path: &PathBuf| path.read_dir().is_ok_and(|pages| pages.count() == 3);
    let mut report = report(&folder, &place.path().join("case.html"));
    if let Some(plan) = plan {
        report = report.on_faulty_disk(&folder.join("zz.plaso"), plan)?;
    }
    let mut running = report.start();
    if running.until(|_| begun().filter(has_pages)).is_some() {
        stop(&running);
    }
    Some((place, running.wait()))
}

/// The last command was killed when the folder of pages had its name. The first page may have had
/// its own, and may have been renamed since: then it links to these pages.
#[test]
fn pages_without_their_first_page_stay() {
    let (place, folder) = case("case");
    let pages = place.path().join("case.pages");
    std::fs::create_dir(&pages).unwrap();
    let marker = "foreman fills this folder\n001-old.html\n../case.html\n";
    std::fs::write(pages.join(".unfinished"), marker).unwrap();
    std::fs::write(pages.join("001-old.html"), "old").unwrap();
    let page = place.path().join("case.html");
    let refused = report(&folder, &page).expect(1);
    assert!(refused.stderr.contains("case.pages: it exists already"), "{refused:?}");
    assert_eq!(std::fs::read_dir(&pages).unwrap().count(), 2);
    assert!(!page.exists());
    std::fs::remove_dir_all(&pages).unwrap();
    report(&folder, &page).expect(3);
}

#[test]
fn a_page_for_a_folder() {
    let (place, folder) = case("a case");
    let page = place.path().join("the case #1.html");
    let made = report(&folder, &page).args(["--analyst", "A. Analyst", "--rows", "2000"]).expect(3);
    assert_eq!(made.stderr.matches("torn.plaso").count(), 1, "{}", made.stderr);
    let html = read(&page);
    assert!(assert_links(&page) > 50);
    let pages = place.path().join("the case #1.pages");
    let mut names: Vec<_> = std::fs::read_dir(&pages)
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["001-pc__1___.html", "002-web01.html"]);
    for said in [
        "<h1>Report on a case</h1>",
        "<dd>A. Analyst</dd>",
        "torn.plaso is not a Plaso storage file",
        ">pc &lt;1&gt;#?.plaso</a>",
        "shell_anti_forensics",
        "log_cleared",
    ] {
        assert!(html.contains(said), "{said}: {html}");
    }
    // The numbers are those of the pages, and events of both are in the order of time.
    let json = foreman(["report", "--format", "json"]).arg(folder.join("web01.plaso")).succeed().stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let row = html
        .split("<tr>")
        .find(|row| row.contains("web01.plaso</a></td>") && row.contains("drawing"))
        .unwrap();
    for facts in json["severities"].as_array().unwrap() {
        let severity = facts["severity"].as_str().unwrap();
        let cell = format!("data-name=\"{severity}\">{}</td>", facts["events"]);
        assert!(severity == "informational" || row.contains(&cell), "{cell}: {row}");
    }
    let story = html.split_once("<section id=\"story\">").unwrap().1.split_once("</section>").unwrap().0;
    let times: Vec<_> = story.split("<time datetime=\"").skip(1).map(|time| &time[..19]).collect();
    assert!(times.is_sorted() && times.len() > 20, "{times:?}");
    assert!(story.contains("001-pc__1___.html#event-") && story.contains("002-web01.html#event-"));
    let hosts = html.split_once("<section id=\"parties\">").unwrap().1;
    assert!(hosts.contains("data-name=\"host\">web01</td>"), "{hosts}");

    // Nothing is replaced, and the same is written again.
    let again = report(&folder, &page).expect(1);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    assert_eq!(read(&page), html);
    let other = place.path().join("other.html");
    report(&folder, &other).args(["--title", "A & B"]).expect(3);
    assert!(read(&other).contains("<h1>A &amp; B</h1>"));
    assert!(read(&place.path().join("other.pages/002-web01.html")).contains("<h1>web01.plaso</h1>"));
}

/// A folder in the other formats, several files, and what is refused.
#[test]
fn other_formats_and_slips() {
    let (place, folder) = case("case");
    let run = |arguments: &[&str]| foreman(["report"]).args(arguments).arg(&folder);
    for format in ["text", "markdown"] {
        let said = run(&["--format", format]).expect(3);
        assert_eq!(said.stdout.matches("Sessions of tools").count(), 2, "{}", said.stdout);
        assert!(said.stderr.contains("torn.plaso is not a Plaso storage file"), "{}", said.stderr);
    }
    let json: Value = serde_json::from_str(&run(&["--format", "json"]).expect(3).stdout).unwrap();
    assert_eq!(json["stores"].as_array().unwrap().len(), 2);
    assert!(json["unread"][0]["error"].as_str().unwrap().contains("torn.plaso"), "{json}");
    let refused = |run: Program, status: i32, message: &str| {
        let refused = run.expect(status);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    };
    refused(run(&["--format", "html"]), 2, "name the first one with --output");
    refused(run(&["--format", "html", "--label", "files"]), 2, "the page of a label shows one storage file");
    refused(run(&["--label", "no_such_label"]), 2, "no_such_label");
    let page = place.path().join("page.html");
    std::fs::remove_file(folder.join("web01.plaso")).unwrap();
    std::fs::write(folder.join("pc <1>#?.plaso"), "").unwrap();
    refused(report(&folder, &page), 1, "none of the 2 storage files can be read");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    refused(report(&folder, &page), 1, "has no storage file");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "something is left behind");
}

/// Text of a store is only shown.
#[test]
fn hostile_text_is_only_shown() {
    let text = "<script>a</script>\"><img src=x onerror='y'>\u{202e}";
    let place = TempDir::new().unwrap();
    for name in ["a", "b"] {
        let mut store = NewStore::new(Compression::Zlib);
        let data =
            store.event_data(serde_json::json!({"data_type": text, "hostname": text, "username": text}));
        for number in 1..20 {
            let event = store.event(number * 1_000_000, data);
            store.tag(event, &[text, "log_cleared"]);
        }
        std::fs::copy(store.finish().path(), place.path().join(format!("{name}.plaso"))).unwrap();
    }
    let page = place.path().join("page.html");
    report(place.path(), &page).args(["--title", text, "--case", text]).succeed();
    let html = read(&page);
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains('\u{202e}'), "{html}");
    assert_links(&page);
    let found = tags(&html);
    crate::page::assert_known(&found);
}
