//! Every number that is printed for people is the number in the JSON, which `numbers` counts again
//! from the store by queries of its own.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Store, foreman};

use crate::numbers::{Counted, analyze, counted, json_of, microseconds};

/// A row of a table in words that do not depend on the format: its cells, with times in
/// microseconds and numbers without commas.
type Rows = BTreeSet<String>;

fn run(command: &str, format: &str, store: &Store) -> String {
    foreman([command, "--rows", "all", "--format", format]).arg(store.path()).succeed().stdout
}

/// Returns a cell without commas in numbers, and a time in microseconds.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    if cell.ends_with('Z') && cell.contains('T') && cell.contains(':') {
        return microseconds(&json!(cell)).to_string();
    }
    let is_number = !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit() || b == b',');
    if is_number { cell.replace(',', "") } else { cell.to_owned() }
}

fn row<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let cells = cells.into_iter().map(plain).filter(|cell| !cell.is_empty());
    cells.collect::<Vec<_>>().join(" | ")
}

/// Returns the rows of a table of a text. The lines with what a row means are further indented.
fn of_text(text: &str, heading: &str) -> Rows {
    let table =
        text.split_once(&format!("\n{heading}")).unwrap_or_else(|| panic!("{heading}: {text:.2000}")).1;
    let table = table.split_once('\n').unwrap().1.split("\n\n").next().unwrap();
    let rows = table.lines().filter(|line| {
        !line.starts_with("      ") || line.trim_start().starts_with(|c: char| c.is_ascii_digit())
    });
    rows.map(|line| row(line.split("  "))).collect()
}

fn of_markdown(text: &str, heading: &str) -> Rows {
    let table = text.split_once(&format!("\n## {heading}")).unwrap_or_else(|| panic!("{heading}")).1;
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(2);
    rows.map(|line| row(line.replace('\\', "").split(" | ").map(|cell| cell.trim_matches(['|', ' ']))))
        .collect()
}

/// Returns the rows of a table of a page, of the columns that have numbers, names and times.
fn of_page(page: &str, caption: &str) -> Rows {
    let table =
        page.split_once(&format!("<caption>{caption}</caption>")).unwrap_or_else(|| panic!("{caption}")).1;
    let body = table.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
    let cell = |cell: &str| {
        if let Some((_, time)) = cell.split_once("datetime=\"") {
            return time.split_once('"').unwrap().0.to_owned();
        }
        let cell = cell.split_once('>').unwrap().1;
        let mut text = String::new();
        for part in cell.split('<') {
            text += part.split_once('>').map_or(part, |(_, text)| text);
        }
        if text == "no usable time" { String::new() } else { text }
    };
    body.split("<tr>")
        .skip(1)
        .map(|line| {
            let cells = line.split("<td ").skip(1).filter(|cell| !cell.starts_with("class=\"drawing\""));
            let cells: Vec<_> = cells.map(cell).collect();
            row(cells.iter().map(String::as_str))
        })
        .collect()
}

/// Returns the rows that the JSON has, with these members.
fn of_json(rows: &Value, members: &[&str]) -> Rows {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let rows = rows.as_array().unwrap().iter();
    rows.map(|facts| {
        let cells: Vec<_> = members.iter().map(|member| text(&facts[*member])).collect();
        row(cells.iter().map(String::as_str))
    })
    .collect()
}

/// Cuts each row to some of its cells.
fn cells(rows: Rows, chosen: impl Fn(Vec<&str>) -> Vec<&str>) -> Rows {
    rows.iter().map(|row| chosen(row.split(" | ").collect()).join(" | ")).collect()
}

fn assert_printed(store: &Store) {
    let report = json_of("report", store);
    let [text, markdown, page] = ["text", "markdown", "html"].map(|format| run("report", format, store));
    assert_labels(&report, &text, &markdown, &page);
    assert_sessions(&report, &text, &markdown);
    assert_tactics(&report, &text, &markdown, &page);
    assert_severities(&report, &page);
    let info = &report["info"];
    let overview = foreman(["info", "--rows", "all"]).arg(store.path()).succeed().stdout;
    for (member, heading) in [("parsers", "Events by parser"), ("data_types", "Events by data type")] {
        let expected = of_json(&info[member]["rows"], &["number", "name"]);
        assert_eq!(of_text(&overview, heading), expected, "{heading}");
        let of_page = cells(of_page(&page, heading), |cells| vec![cells[1], cells[0]]);
        assert_eq!(of_page, expected, "{heading}");
    }
    let counts = of_json(&info["tags"]["labels"]["rows"], &["number", "name"]);
    if !counts.is_empty() {
        let severities = ["critical", "high", "medium", "low", "info"];
        let found = cells(of_text(&overview, "Events by label"), |cells| {
            let start = usize::from(severities.contains(&cells[0]));
            cells[start..start + 2].to_vec()
        });
        let found: Rows = found.into_iter().filter(|row| row != "severity | events").collect();
        assert_eq!(found, counts);
    }
    for said in [&text, &overview] {
        for member in ["first", "last"] {
            let time = info["events"][member].as_str().unwrap_or("none");
            assert!(said.contains(&format!("\n  {member:<17}{time}\n")), "{member} {time}: {said:.2000}");
        }
        let events = counted(&info["events"]["number"], "");
        assert!(
            said.contains(&format!("\n  events           {}\n", events.trim_end_matches([' ', 's']))),
            "{said:.2000}"
        );
    }
}

fn assert_labels(report: &Value, text: &str, markdown: &str, page: &str) {
    let rows = &report["labels"]["rows"];
    let labels = rows.as_array().unwrap();
    if labels.is_empty() {
        return;
    }
    let has_records = labels.iter().any(|label| label["records"].as_u64() < label["events"].as_u64());
    let all = ["label", "events", "records", "first", "last"];
    let members: Vec<_> = all.into_iter().filter(|member| has_records || *member != "records").collect();
    let expected = of_json(rows, &members);
    let names: BTreeSet<_> = labels.iter().map(|label| label["label"].as_str().unwrap()).collect();
    let lengths: Vec<_> = labels
        .iter()
        .map(|label| {
            (
                label["label"].as_str().unwrap(),
                members.iter().filter(|member| !label[**member].is_null()).count(),
            )
        })
        .collect();
    // The label is the first or the second cell, and after the times comes what it means.
    let of_label = |cells: Vec<&str>| -> String {
        let Some(start) = cells.iter().take(2).position(|cell| names.contains(cell)) else {
            return String::new();
        };
        let (_, length) = lengths.iter().find(|(name, _)| *name == cells[start]).unwrap();
        cells[start..cells.len().min(start + length)].join(" | ")
    };
    for found in [of_text(text, "Labels\n"), of_markdown(markdown, "Labels\n")] {
        let found: Rows = found
            .iter()
            .map(|row| of_label(row.split(" | ").collect()))
            .filter(|row| !row.is_empty())
            .collect();
        assert_eq!(found, expected);
    }
    let found = cells(of_page(page, "Labels and their events"), |mut cells| {
        cells.remove(1);
        cells
    });
    assert_eq!(found, expected);
    // The same with each finding.
    for label in labels {
        let name = label["label"].as_str().unwrap();
        let finding =
            page.split_once(&format!("<h4>{name}</h4>")).unwrap().1.split_once("</article>").unwrap().0;
        let mut events = counted(&label["events"], "event");
        if label["records"].as_u64() < label["events"].as_u64() {
            events += &format!(", {}", counted(&label["records"], "record"));
        }
        assert!(finding.contains(&format!("<dt>Events</dt><dd>{events}")), "{events}: {finding:.1000}");
        for (heading, member) in [("First", "first"), ("Last", "last")] {
            let time = label[member].as_str().unwrap_or("no usable time");
            let time = time.trim_end_matches('Z').replacen('T', " ", usize::from(label[member].is_string()));
            assert!(finding.contains(&format!("<dt>{heading}</dt><dd>{time}")), "{time}: {finding:.1000}");
        }
    }
}

fn assert_sessions(report: &Value, text: &str, markdown: &str) {
    let expected = of_json(&report["sessions"]["rows"], &["label", "events", "first"]);
    if expected.is_empty() {
        return;
    }
    let known: BTreeSet<_> = expected.iter().map(|row| row.split(" | ").next().unwrap().to_owned()).collect();
    for found in [of_text(text, "Sessions of activity"), of_markdown(markdown, "Sessions of activity")] {
        let found = cells(found, |mut cells| {
            // The length is the last cell.
            cells.pop();
            cells
        });
        let found: Rows =
            found.into_iter().filter(|row| known.contains(row.split(" | ").next().unwrap())).collect();
        assert_eq!(found, expected);
    }
}

fn assert_tactics(report: &Value, text: &str, markdown: &str, page: &str) {
    let tactics = report["tactics"].as_array().unwrap();
    if tactics.is_empty() {
        return;
    }
    let mut techniques = Rows::new();
    for tactic in tactics {
        let name = format!("{} {}", tactic["id"].as_str().unwrap(), tactic["name"].as_str().unwrap());
        let events = counted(&tactic["events"], "").trim_end_matches([' ', 's']).to_owned();
        let is_row = |line: &&str| {
            line.contains(&format!(" {} ", name.trim())) || line.contains(&format!("| {} |", name.trim()))
        };
        for said in [text, markdown] {
            let line = said.lines().find(is_row).unwrap_or_else(|| panic!("{name}"));
            let rest = line.split_once(name.trim()).unwrap().1;
            assert_eq!(
                rest.trim_start_matches([' ', '|']).split(' ').next(),
                Some(events.as_str()),
                "{line}"
            );
        }
        for technique in tactic["techniques"].as_array().unwrap() {
            let of = |member: &str| technique[member].as_str().unwrap();
            let named = format!("{} {}", of("id"), of("name"));
            techniques.insert(row([
                named.trim(),
                tactic["name"].as_str().unwrap(),
                &technique["events"].to_string(),
            ]));
        }
    }
    let found = cells(
        of_page(
            page,
            "Techniques that fit the labels, by tactic. An event counts for all techniques of its labels, even if its own rule names only one",
        ),
        |cells| cells[..cells.len() - 1].to_vec(),
    );
    assert_eq!(found, techniques);
}

fn assert_severities(report: &Value, page: &str) {
    if report["timeline"].is_null() {
        return;
    }
    let timeline =
        page.split_once("<section id=\"timeline\">").unwrap().1.split_once("</section>").unwrap().0;
    for facts in report["severities"].as_array().unwrap().iter().filter(|facts| facts["events"] != 0) {
        let words =
            format!(">{}, {}", counted(&facts["events"], "event"), counted(&facts["labels"], "label"));
        assert!(timeline.contains(&words), "{words}: {timeline:.500}");
    }
    // The numbers of the chart.
    let of_chart = |name: &str| report["timeline"][name].as_array().unwrap().iter();
    let bars = of_chart("starts").zip(report["timeline"]["events"]["counts"].as_array().unwrap());
    let bars = bars.filter(|(_, count)| **count != 0);
    let bars: Rows = bars.map(|(start, count)| row([start.as_str().unwrap(), &count.to_string()])).collect();
    assert_eq!(of_page(page, "Events over time"), bars);
}

/// The events of a label in words and as JSON.
fn assert_events_of_labels(store: &Store, pattern: &str) {
    let counts = Counted::new(store);
    let run = |format: &str| {
        let run = foreman(["report", "--label", pattern, "--rows", "all", "--format", format]);
        run.arg(store.path()).succeed().stdout
    };
    let report: Value = serde_json::from_str(&run("json")).unwrap();
    let label = &report["label"];
    let found = json!([
        label["events"],
        label["records"],
        label["without_time"],
        microseconds(&label["first"]),
        microseconds(&label["last"]),
    ]);
    let expected = counts.one(&format!(
        "SELECT count(*), count(DISTINCT record), count(*) - count(time), min(time), max(time) FROM
            (SELECT DISTINCT event FROM given WHERE label GLOB '{pattern}')
            LEFT JOIN facts USING (event)"
    ));
    assert_eq!(found, expected, "{pattern}");
    let records = report["events"]["rows"].as_array().unwrap();
    let times = records.iter().map(|record| 1 + record["other_times"].as_array().unwrap().len() as u64);
    assert_eq!(json!(times.sum::<u64>()), label["events"]);
    let words = counted(&label["events"], "event");
    for format in ["text", "markdown", "html"] {
        let said = run(format);
        assert!(said.contains(&words), "{words}: {said:.2000}");
    }
    let text = run("text");
    for member in ["first", "last"] {
        let time = label[member].as_str().unwrap();
        assert!(text.contains(&format!("\n  {member:<17}{time}\n")), "{text:.2000}");
    }
}

#[test]
fn of_the_samples() {
    for (name, pattern) in [("sample", "ssh_*"), ("sample-20230327", "*")] {
        let store = Store::of(name);
        assert_printed(&store);
        analyze(&store, "linux");
        assert_printed(&store);
        assert_events_of_labels(&store, pattern);
    }
}

#[test]
fn of_windows_event_logs() {
    let Some(store) = Store::shared("evtx-mitre") else { return };
    analyze(&store, "windows");
    assert_printed(&store);
    assert_events_of_labels(&store, "log_cleared");
}

#[test]
fn of_many_formats() {
    let Some(store) = Store::shared("testdata") else { return };
    analyze(&store, "windows");
    assert_printed(&store);
    assert_events_of_labels(&store, "program_*");
}
