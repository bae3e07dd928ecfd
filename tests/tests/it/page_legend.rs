//! What a page says once: the words beside events, a record that was found several times, a long
//! value that the message has, and what a time lacks.

use serde_json::json;
use tests::{Compression, NewStore, foreman, tags};

use crate::page_answers::{assert_says, event, of_event, page, record};

/// Each word with an entry links to it, and the page has no entry that it does not use.
#[test]
fn words_link_to_a_legend_of_these_words() {
    let mut store = NewStore::new(Compression::Zlib);
    let data = json!({"data_type": "syslog:line", "reporter": "`x`", "message_body": "href=\"#w-f-owner\""});
    event(&mut store, "/case/syslog", data, &["line"]);
    let store = store.finish();
    for label in [&[][..], &["--label", "line"]] {
        let page = foreman(["report", "--format", "html"]).args(label).arg(store.path()).succeed().stdout;
        let tags = tags(&page);
        let of = |name: &'static str| tags.iter().filter_map(move |tag| tag.attributes.get(name));
        let entries: Vec<_> = of("id").filter(|id| id.starts_with("w-")).map(String::as_str).collect();
        let links: Vec<_> = of("href").filter_map(|link| link.strip_prefix('#')).collect();
        assert!(entries.contains(&"w-v-reporter") && entries.contains(&"w-f-host"), "{entries:?}");
        assert!(!entries.contains(&"w-f-owner") && !entries.contains(&"w-t-written"), "{entries:?}");
        assert!(entries.iter().all(|entry| links.contains(entry)), "{entries:?} {links:?}");
        let dangling = links.iter().find(|link| !of("id").any(|id| id == *link));
        assert_eq!(dangling, None);
        // Backticks are code in texts of ours, and characters in those of the store.
        assert!(page.contains("<dd>`x`</dd>") && page.contains("<code>foreman check"), "{page}");
        assert!(page.replace("`x`", "").matches('`').count() == 0, "{page}");
    }
}

/// A record in two logs, or twice in one, happened once.
#[test]
fn a_record_that_was_found_twice_stands_once() {
    let mut store = NewStore::new(Compression::Zlib);
    let fields = [("TargetUserName", "eve"), ("TargetDomainName", "CORP")];
    let mut add = |file: &str, labels: &[&str]| {
        let path_spec = json!({"type_indicator": "OS", "location": file}).to_string();
        let stream = store.stream(json!({"path_spec": path_spec}));
        let mut data = record(4625, &fields);
        data["_event_data_stream_identifier"] = json!(format!("event_data_stream.{stream}"));
        let data = store.event_data(data);
        let event = store.event(5_000_000, data);
        store.tag(event, labels);
        event
    };
    let events = [add("/a.evtx", &["failed"]), add("/a.evtx", &["failed"]), add("/b.evtx", &["failed"])];
    let other = add("/d.evtx", &["failed", "recovered"]);
    let page = page(&store.finish(), &[]);
    let finding = page.split_once("<h4>failed</h4>").unwrap().1.split_once("</article>").unwrap().0;
    assert_eq!(finding.matches("<li>").count(), 2, "{finding}");
    assert!(
        finding.contains("<summary>4 events. A record that was found several times is shown once</summary>"),
        "{finding}"
    );
    let said = of_event(&page, events[0]);
    const TIME: &str = "1970-01-01 00:00:05";
    let place = |event: i64, file: &str| {
        format!("as <span id=\"event-{event}\">event {event}</span> (written {TIME}) in {file}")
    };
    let words =
        format!("found again {}, and {}", place(events[1], "the same file"), place(events[2], "/b.evtx"));
    assert!(said.contains(&words), "{words}: {said}");
    // It has another label, so it stands for itself.
    assert!(
        said.contains(&format!("also shown as event {other} (recovered), because its labels are others")),
        "{said}"
    );
}

/// What a time lacks stands behind it, and what Plaso warned of its year is one sentence.
#[test]
fn a_time_says_what_its_source_does_not_have() {
    let mut store = NewStore::new(Compression::Zlib);
    let line = json!({
        "data_type": "syslog:line", "reporter": "x", "message_body": "y", "_parser_chain": "text/syslog",
        "last_written_time": {"__type__": "DateTimeValues", "__class_name__": "TimeElements",
            "time_elements_tuple": [0, 9, 1, 9, 19, 0], "is_local_time": true, "is_delta": true},
    });
    let line = event(&mut store, "/case/syslog", line, &["line"]);
    let sure = event(&mut store, "/case/x", json!({"data_type": "test:x"}), &["line"]);
    let rules = "# severity: high\nline\n  data_type is 'x'\n";
    let store = store.finish();
    let rules = store.beside("rules.txt", rules);
    let page = page(&store, &["--tagging-file", rules.to_str().unwrap()]);
    let mark =
        "<span class=\"assumed\">year not recorded</span><span class=\"assumed\">zone not recorded</span>";
    assert!(of_event(&page, line).contains(mark), "{page}");
    assert!(!of_event(&page, sure).contains("assumed"), "{page}");
    let story = page.split_once("<section id=\"story\">").unwrap().1.split_once("</section>").unwrap().0;
    assert_eq!(story.matches("</time> *</td>").count(), 1, "{story}");
    assert!(story.contains("* The source of this time") && !page.contains("All times are"), "{story}");
}

/// A long value that the message has is not written again.
#[test]
fn a_long_value_stands_once() {
    let mut store = NewStore::new(Compression::Zlib);
    let command = format!("powershell -enc {}", "QUJD ".repeat(200));
    let data = json!({"data_type": "bash:history:entry", "command": command});
    let typed = event(&mut store, "/x", data, &["encoded"]);
    let store = store.finish();
    let rules = store.beside("rules.txt", "encoded\n  command contains '-enc'\n");
    let page = page(&store, &["--tagging-file", rules.to_str().unwrap()]);
    let said = of_event(&page, typed);
    assert_eq!(said.matches(&"QUJD ".repeat(150)).count(), 1, "{said}");
    assert!(said.contains("in the message above: powershell <mark>-enc</mark>"), "{said}");
    assert_says(said, &[("event", "row 1 of the storage file")]);
}
