//! Tests of matching: the tables of docs/indicators.md, and random values.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use events::{AttributeNames, AttributeReader, Event, EventDataId, EventId, EventView};
use proptest::prelude::*;

use super::{Explained, Matcher, Options};
use crate::attributes::{Role, table};
use crate::model::{Comparison, DetailsId, Format, Indicators, Kind, NewIndicator, Value};
use crate::values::{as_kind, canonical};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/indicators.md");
    std::fs::read_to_string(path).unwrap()
}

/// The cells of the rows of all tables with this many columns.
fn cells(page: &str, columns: usize) -> Vec<Vec<&str>> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.map(|row| row.split(" | ").collect::<Vec<_>>());
    rows.filter(|row| row.len() == columns && !row[0].starts_with("---")).collect()
}

fn code(cell: &str) -> &str {
    cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).unwrap_or_else(|| panic!("{cell}"))
}

/// A list with one indicator, of a kind as the page writes it: `file path, regex`.
pub(super) fn matcher(kind: &str, written: &str) -> Matcher {
    let (name, mode) = kind.split_once(", ").unwrap_or((kind, ""));
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == name).unwrap_or_else(|| panic!("{name}"));
    let found = as_kind(kind, written).unwrap_or_else(|why| panic!("{written}: {}", why.0));
    let is_regex = mode == "regex";
    let comparison = if is_regex { Comparison::Regex } else { found.comparison };
    let kind = if is_regex { kind } else { found.kind };
    let value = if is_regex { Value::Text(written) } else { found.value() };
    let indicators = list(&[(kind, comparison, value)]);
    Matcher::new(indicators, Options { text: mode == "text", url_prefix: mode == "prefix" }).unwrap()
}

pub(super) fn list(values: &[(Kind, Comparison, Value<'_>)]) -> Indicators {
    let mut indicators = Indicators::default();
    indicators.begin_list("list.txt", None, Format::Text).unwrap();
    for (line, (kind, comparison, value)) in values.iter().enumerate() {
        let new = NewIndicator {
            kind: *kind,
            comparison: *comparison,
            value: *value,
            written: None,
            except: None,
            in_group: false,
            line: line as u32 + 1,
            details: DetailsId::default(),
        };
        indicators.add(new).unwrap();
    }
    indicators.finish(String::new());
    indicators
}

/// Event data with one value. `attribute` may have a data type before it.
pub(super) fn event_data(attribute: &str, value: &str) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    if attribute == "key_path and values" {
        let parts: Vec<_> = value.split(" > ").collect();
        let [key, name, data] = parts[..] else { panic!("{value}") };
        let values = format!("[[{}, \"REG_SZ\", {}]]", quoted(name), quoted(data));
        return format!(
            r#"{{"data_type": "windows:registry:key_value", "key_path": {}, "values": {values}}}"#,
            quoted(key)
        );
    }
    let (data_type, attribute) = attribute.split_once(' ').unwrap_or(("test:data", attribute));
    match attribute.split_once('.') {
        Some((attribute, field)) => {
            let xml = format!("<Event><EventData><Data Name=\"{field}\">{value}</Data></EventData></Event>");
            format!(r#"{{"data_type": "{data_type}", "{attribute}": {}}}"#, quoted(&xml))
        }
        None => format!(r#"{{"data_type": "{data_type}", "{attribute}": {}}}"#, quoted(value)),
    }
}

/// Returns what an event with this data meets.
pub(super) fn found(matcher: &mut Matcher, json: &str) -> Vec<u32> {
    with_event(json, |event| matcher.find(event).iter().map(|finding| finding.0).collect())
}

/// Returns which values of an event with this data meet indicators.
pub(super) fn explained(matcher: &mut Matcher, json: &str) -> Explained {
    with_event(json, |event| matcher.explain(event))
}

fn with_event<T>(json: &str, look: impl FnOnce(&EventView<'_>) -> T) -> T {
    let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
    let data = reader.open(json.as_bytes()).unwrap();
    let event = Event {
        id: EventId::new(1),
        data: EventDataId::new(1),
        timestamp: None,
        timestamp_description: "".into(),
    };
    let event = EventView { event: &event, data: Some(&data), stream: None, labels: &[] };
    let seen = look(&event);
    assert_eq!(data.error(), None);
    seen
}

/// The tables of the page are the test: each row is a list with one indicator, and an event with
/// one value.
#[test]
fn the_tables_of_the_page_are_true() {
    let page = page();
    let rows = cells(&page, 5);
    let mut wrong = String::new();
    let (mut positive, mut negative) = (0, 0);
    for row in rows.iter().filter(|row| row[0] != "kind") {
        let [kind, indicator, attribute, value, expected] = row[..] else { continue };
        let mut matcher = matcher(kind, code(indicator));
        let is_found = !found(&mut matcher, &event_data(code(attribute), code(value))).is_empty();
        match expected {
            "yes" => positive += 1,
            _ => negative += 1,
        }
        if is_found != (expected == "yes") {
            let _ = writeln!(wrong, "{}", row.join(" | "));
        }
    }
    assert_eq!(wrong, "", "these rows are not true");
    assert!(positive >= 60 && negative >= 60, "{positive} and {negative}");
}

/// As in STIX. The check of an expression, too, is made for this form.
#[test]
fn a_dot_of_an_expression_is_any_character() {
    let indicators = list(&[(Kind::CommandLine, Comparison::Regex, Value::Text("a.b"))]);
    let mut matcher = Matcher::new(indicators, Options::default()).unwrap();
    assert_eq!(found(&mut matcher, &event_data("command", "a\nb")), [0]);
    assert_eq!(found(&mut matcher, &event_data("command", "ab")), [0; 0]);
}

#[test]
fn the_page_shows_the_table_of_attributes() {
    let page = page();
    let rows: Vec<_> = cells(&page, 3).into_iter().map(|row| row.join(" | ")).collect();
    for row in table() {
        let attributes: Vec<_> = row.attributes.iter().map(|name| format!("`{name}`")).collect();
        let line = format!("{} | `{}` | {}", row.role.as_str(), row.data_type, attributes.join(" "));
        assert!(rows.contains(&line), "docs/indicators.md lacks: | {line} |");
    }
    let of_table = |row: &&String| Role::ALL.iter().any(|(_, name, _)| row.split(" | ").next() == Some(name));
    let of_page = rows.iter().filter(of_table).filter(|row| !row.ends_with("attributes"));
    assert_eq!(of_page.count(), table().len(), "the page has rows that are not true");
}

/// What a domain, an address and so on mean, said as simply as possible.
fn is_met(kind: Kind, indicator: &str, value: &str) -> bool {
    let lower = |text: &str| text.to_lowercase();
    match kind {
        Kind::Domain => {
            let host = value.split_once("://").map_or(value, |(_, rest)| rest.split('/').next().unwrap());
            let (host, domain) = (lower(host), lower(indicator));
            host == domain || host.ends_with(&format!(".{domain}"))
        }
        Kind::Network => {
            let (start, prefix) = indicator.split_once('/').unwrap();
            let bits = |text: &str| u32::from(text.parse::<std::net::Ipv4Addr>().unwrap());
            let prefix: u32 = prefix.parse().unwrap();
            let shift = 32 - prefix;
            prefix == 0 || bits(start) >> shift == bits(value) >> shift
        }
        Kind::FileName => lower(&value.replace('\\', "/")).rsplit('/').next() == Some(&lower(indicator)),
        Kind::FilePath => {
            let (value, path) = (lower(&value.replace('\\', "/")), lower(&indicator.replace('\\', "/")));
            format!("/{}", value.trim_start_matches('/')).ends_with(&format!("/{path}"))
        }
        Kind::RegistryKey => {
            let path = |key: &str| lower(key.rsplit("HKLM\\").next().unwrap());
            // A key without a hive is one of any hive.
            path(indicator) == path(value)
        }
        Kind::Url => url_parts(indicator) == url_parts(value),
        _ => lower(indicator) == lower(value),
    }
}

/// Returns the host, whose case does not count, and the path.
fn url_parts(url: &str) -> (String, &str) {
    let (host, path) = url.split_once("://").unwrap().1.split_once('/').unwrap();
    (host.to_lowercase(), path)
}

fn component() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["a", "b", "ab", "A", "aB", "x1"]).prop_map(str::to_owned)
}

fn joined(separators: &'static [&'static str]) -> impl Strategy<Value = String> {
    (proptest::collection::vec(component(), 1..5), proptest::sample::select(separators))
        .prop_map(|(components, separator)| components.join(separator))
}

fn address() -> impl Strategy<Value = IpAddr> {
    // Few different addresses, so that some are equal.
    (0_u8..3, 0_u8..3, 0_u8..255).prop_map(|(a, b, c)| IpAddr::from([10, a, b, c & 0x83]))
}

/// Few different hashes, of two lengths.
fn hash() -> impl Strategy<Value = String> {
    (0_usize..40, any::<bool>()).prop_map(|(different, is_long)| {
        let length = if is_long { 40 } else { 32 };
        (0..length).map(|position| if position == different { 'C' } else { 'a' }).collect()
    })
}

fn url() -> impl Strategy<Value = String> {
    (joined(&["."]), joined(&["/"]), any::<bool>())
        .prop_map(|(host, path, is_safe)| format!("http{}://{host}/{path}", if is_safe { "s" } else { "" }))
}

fn key() -> impl Strategy<Value = String> {
    (joined(&["\\"]), any::<bool>())
        .prop_map(|(path, has_hive)| format!("{}{path}", if has_hive { "HKLM\\" } else { "" }))
}

fn indicator() -> impl Strategy<Value = (Kind, String)> {
    prop_oneof![
        joined(&["."]).prop_map(|text| (Kind::Domain, text)),
        (address(), 8_u8..33).prop_map(|(address, prefix)| (Kind::Network, format!("{address}/{prefix}"))),
        component().prop_map(|text| (Kind::FileName, text)),
        joined(&["/", "\\"]).prop_map(|text| (Kind::FilePath, text)),
        joined(&[" "]).prop_map(|text| (Kind::UserAgent, text)),
        hash().prop_map(|text| (if text.len() == 32 { Kind::Md5 } else { Kind::Sha1 }, text)),
        url().prop_map(|text| (Kind::Url, text)),
        key().prop_map(|text| (Kind::RegistryKey, text)),
    ]
}

fn value() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        joined(&["."]).prop_map(|text| ("chrome:cookie:entry hostname", text)),
        address().prop_map(|address| ("source_ip", address.to_string())),
        joined(&["/", "\\"]).prop_map(|text| ("filename", text)),
        joined(&["/", "\\"]).prop_map(|text| ("filename", format!("/{text}"))),
        joined(&[" "]).prop_map(|text| ("user_agent", text)),
        hash().prop_map(|text| ("file_md5", text.to_lowercase())),
        url().prop_map(|text| ("url", text)),
        key().prop_map(|text| ("key_path", text)),
    ]
}

fn is_compared(kind: Kind, attribute: &str) -> bool {
    match attribute {
        "source_ip" => kind == Kind::Network,
        "filename" => matches!(kind, Kind::FileName | Kind::FilePath),
        "user_agent" => kind == Kind::UserAgent,
        "file_md5" => kind.is_hash(),
        "url" => matches!(kind, Kind::Url | Kind::Domain),
        "key_path" => kind == Kind::RegistryKey,
        _ => kind == Kind::Domain,
    }
}

proptest! {
    /// All indicators together find what each of them means.
    #[test]
    fn random_values_agree_with_a_naive_matcher(
        indicators in proptest::collection::vec(indicator(), 1..40),
        values in proptest::collection::vec(value(), 1..20),
    ) {
        let hashes: Vec<_> = indicators.iter().map(|(_, text)| canonical::hash(text)).collect();
        let of_list: Vec<_> = indicators.iter().zip(&hashes).map(|((kind, text), hash)| {
            let value = match (kind, hash, canonical::network(text)) {
                (Kind::Network, _, Some((address, prefix))) => Value::Network { address, prefix },
                (Kind::Md5 | Kind::Sha1, Some(hash), _) => Value::Hash(hash.as_bytes()),
                _ => Value::Text(text),
            };
            (*kind, Comparison::Exact, value)
        }).collect();
        let mut matcher = Matcher::new(list(&of_list), Options::default()).unwrap();
        for (attribute, value) in values {
            let form = |position: usize| {
                let (kind, text) = &indicators[position];
                match of_list[position].2 {
                    Value::Text(text) if *kind == Kind::Url => (*kind, format!("{:?}", url_parts(text))),
                    Value::Text(text) => (*kind, text.to_lowercase().replace('\\', "/")),
                    Value::Hash(_) => (*kind, text.to_lowercase()),
                    network => (*kind, format!("{network:?}")),
                }
            };
            let expected: Vec<_> = indicators.iter().enumerate().filter(|(position, (kind, text))| {
                let is_first = (0..*position).all(|other| form(other) != form(*position));
                is_first && is_compared(*kind, attribute) && is_met(*kind, text, &value)
            }).map(|(position, _)| position as u32).collect();
            prop_assert_eq!(found(&mut matcher, &event_data(attribute, &value)), expected, "{}", value);
        }
    }
}

#[test]
fn a_value_many_times_in_a_list_is_found_once() {
    let values = vec![(Kind::FileName, Comparison::Exact, Value::Text("evil.exe")); 100_000];
    let mut matcher = Matcher::new(list(&values), Options::default()).unwrap();
    assert_eq!(found(&mut matcher, &event_data("filename", "/evil.exe")), [0]);
}

/// Each name is compared behind the key, so a long key with many values would take long.
#[test]
fn a_long_key_is_compared_with_some_of_its_values_only() {
    for (length, first_met, last_met) in [(200, true, true), (900, true, true), (30_000, true, false)] {
        let key = format!(r"HKEY_LOCAL_MACHINE\Software\{}", "a".repeat(length));
        let values: Vec<_> = (0..1_000).map(|number| format!(r#"["n{number}", "REG_SZ", ""]"#)).collect();
        let data = format!(
            r#"{{"data_type": "windows:registry:key_value", "key_path": {}, "values": [{}]}}"#,
            serde_json::to_string(&key).unwrap(),
            values.join(", ")
        );
        let is_met = |name: &str| {
            let path = format!(r"HKLM\Software\*{name}");
            let wildcard = (Kind::RegistryKey, Comparison::Wildcard, Value::Text(&path));
            let mut matcher = Matcher::new(list(&[wildcard]), Options::default()).unwrap();
            !found(&mut matcher, &data).is_empty()
        };
        assert_eq!((is_met(r"a\n0"), is_met(r"a\n999")), (first_met, last_met), "{length}");
    }
}
