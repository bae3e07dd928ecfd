//! What a page has before its findings: what to look at first, and the order of time.

use serde_json::json;
use tests::{Compression, NewStore, Store};

use crate::page_answers::page;

/// Returns a store with sixty events of seven labels, and rules that say how serious these are.
fn store_of_seven_labels() -> (Store, std::path::PathBuf) {
    let mut store = NewStore::new(Compression::None);
    for number in 0..60_i64 {
        let data = store.event_data(json!({"data_type": "test:x", "text": format!("number {number}")}));
        let event = store.event(number * 1_000_000 + 1, data);
        store.tag(
            event,
            &[if number == 59 { "late" } else { ["a", "b", "c", "d", "e", "f"][number as usize / 10] }],
        );
    }
    let store = store.finish();
    let labels = ["a", "b", "c", "d", "e", "f"]
        .map(|label| format!("# severity: medium\n{label}\n  text contains 'x'\n\n"));
    let rules = store
        .beside("rules.txt", &format!("{}# severity: high\nlate\n  text contains '59'\n", labels.concat()));
    (store, rules)
}

fn section<'p>(page: &'p str, id: &str) -> &'p str {
    let start = format!("<section id=\"{id}\">");
    page.split_once(&start).unwrap().1.split_once("</section>").unwrap().0
}

/// If the table has not room for all, it has the most serious events, and says so before them.
#[test]
fn what_is_serious_is_in_the_order_of_time() {
    let (store, rules) = store_of_seven_labels();
    let page = page(&store, &["--tagging-file", rules.to_str().unwrap()]);
    let story = section(&page, "story");
    let (before, table) = story.split_once("<table").unwrap();
    assert!(before.contains("The table has room for some events only"), "{before}");
    let last = table.rsplit_once("<tr>").unwrap().1;
    assert!(last.contains("number 59") && table.contains("… and 10 more events"), "{table}");
    assert!(table.contains("number 48") && !table.contains("number 49"), "{table}");
}

/// Whoever reads only the summary must see which other labels are serious.
#[test]
fn serious_labels_behind_the_first_ones_are_named() {
    let mut store = NewStore::new(Compression::None);
    let data = store.event_data(json!({"data_type": "test:x"}));
    let names: Vec<_> = (0..10).map(|number| format!("label_{number}")).collect();
    let event = store.event(1_000_000, data);
    store.tag(event, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let store = store.finish();
    let rules: String =
        names.iter().map(|name| format!("# severity: high\n{name}\n  data_type is 'x'\n\n")).collect();
    let rules = store.beside("rules.txt", &rules);
    let page = page(&store, &["--tagging-file", rules.to_str().unwrap()]);
    let said = section(&page, "summary");
    let links = |position: usize| format!("<a href=\"#label-{}\">label_{position}</a>", position + 1);
    let more = format!("… and 2 more serious labels: {}, {}</p>", links(8), links(9));
    assert!(said.contains(&more), "{more}: {said}");
}

/// The time of a file in a folder can be that of the copy. A row says so beside the event, and a
/// mark in the order of time.
#[test]
fn the_time_of_a_file_that_may_be_copied_has_a_mark() {
    let mut store = NewStore::new(Compression::Zlib);
    let mut add = |kind: &str| {
        let data = store.event_data(json!({"data_type": "fs:stat", "filename": format!("/{kind}/x"),
            "file_system_type": kind, "is_allocated": kind == "OS"}));
        let event = store.event(9_000_000, data);
        store.tag(event, &["web_shell"]);
    };
    add("OS");
    add("NTFS");
    let page = page(&store.finish(), &[]);
    let story = section(&page, "story");
    assert!(story.contains("† Plaso read a folder and no disk image"), "{story}");
    let row = |kind: &str| story.split("<tr>").find(|row| row.contains(&format!("/{kind}/x"))).unwrap();
    assert!(row("OS").contains(" †") && row("OS").contains(", not deleted"), "{story}");
    assert!(!row("NTFS").contains('†') && row("NTFS").contains(", deleted"), "{story}");
}

/// Words and codes in events and rules are explained on pages that have them.
#[test]
fn words_of_events_and_rules_are_explained() {
    let of = |message: &str| {
        let mut store = NewStore::new(Compression::None);
        let data =
            store.event_data(json!({"data_type": "av:defender:detection_history", "threat_name": message}));
        let event = store.event(1_000_000, data);
        store.tag(event, &["malware_detected"]);
        page(&store.finish(), &[])
    };
    const MEANS: &str = "PUA means potentially unwanted application";
    assert!(of("PUA:Win32/Test").contains(MEANS) && !of("Virus:Win32/Test").contains(MEANS));
}
