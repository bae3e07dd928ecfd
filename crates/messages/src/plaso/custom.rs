//! Helpers that are code in Plaso. The words of two of them are ours: see docs/report.md.

use std::cmp::Ordering;

use events::{EventLogTexts, Value};

use super::python::{Template, text};
use super::values::Values;
use crate::show::MAXIMUM_MESSAGE;

/// A helper that is code.
pub(super) type Custom = fn(&mut Values<'_, '_>, &EventLogTexts);

/// Returns the helper of this name, or `None` if it is not known here.
pub(super) fn custom(identifier: &str) -> Option<Custom> {
    Some(match identifier.to_ascii_lowercase().as_str() {
        "chrome_history_typed_count" => typed_count,
        "chrome_preferences_primary_url" => primary_url,
        "chrome_preferences_secondary_url" => secondary_url,
        "firefox_history_typed_count" => typed,
        "firefox_history_url_hidden" => hidden,
        "msiecf_cached_path" => cached_path,
        "msiecf_http_headers" => http_headers,
        "ntfs_file_reference" => |values, _| file_reference("file_reference", values),
        "ntfs_parent_file_reference" => |values, _| file_reference("parent_file_reference", values),
        "ntfs_path_hints" => |values, _| path_hints(";", values),
        "windows_prefetch_path_hints" => |values, _| path_hints("; ", values),
        "shell_item_file_entry_name" => file_entry_name,
        "windows_eventlog_message" => event_log_message,
        "windows_prefetch_volumes_string" => volumes,
        "windows_registry_values" => registry_values,
        "windows_shortcut_linked_path" => linked_path,
        _ => return None,
    })
}

fn typed_count(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    match values.integer("typed_count") {
        Some(0) => values.set_text("url_typed_string", "(not typed)"),
        Some(count) => values.set_text("url_typed_string", format!("(typed: {count})")),
        None => {}
    }
}

fn typed(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    let is_typed = values.text("typed").as_deref() == Some("1");
    values.set_text("url_typed_string", if is_typed { "(typed)" } else { "(not typed)" });
}

fn hidden(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    if values.text("hidden").as_deref() == Some("1") {
        values.set_text("url_hidden_string", "(hidden)");
    }
}

/// What an empty address in the preferences of Chrome stands for.
const LOCAL_FILE: &str = "local file";

fn primary_url(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    if values.text("primary_url").as_deref() == Some("") {
        values.set_text("primary_url", LOCAL_FILE);
    }
}

fn secondary_url(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    let primary = values.text("primary_url");
    let secondary = values.text("secondary_url");
    let secondary = secondary.map(|url| if url.is_empty() { LOCAL_FILE.to_owned() } else { url });
    let other = secondary.filter(|url| Some(url) != primary.as_ref() && url != "*");
    values.set("secondary_url", other.map(|url| Value::String(url.into())));
}

fn cached_path(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    let present = |name| values.text(name).filter(|text| !text.is_empty());
    if let Some(file) = present("cached_filename") {
        let path = match present("cache_directory_name") {
            Some(folder) => format!("{folder}\\{file}"),
            None => file,
        };
        values.set_text("cached_file_path", path);
    }
}

fn http_headers(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    if let Some(headers) = values.text("http_headers") {
        values.set_text("http_headers", headers.replace("\r\n", " - "));
    }
}

/// A reference to a file of NTFS: 48 bits of the entry's number and 16 bits of its sequence.
fn file_reference(name: &str, values: &mut Values<'_, '_>) {
    if let Some(reference) = values.integer(name).filter(|reference| *reference != 0) {
        values.set_text(name, format!("{}-{}", reference & 0xffff_ffff_ffff, reference >> 48));
    }
}

fn path_hints(separator: &str, values: &mut Values<'_, '_>) {
    let hints = values.list("path_hints");
    if !hints.is_empty() {
        let hints: Vec<_> = hints.iter().map(text).collect();
        values.set_text("path_hints", hints.join(separator));
    }
}

fn file_entry_name(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    let name = values.get("long_name").filter(Value::is_truthy).or_else(|| values.get("name"));
    values.set("file_entry_name", name);
}

fn linked_path(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    let present = |name| values.text(name).filter(|text| !text.is_empty());
    let relative = || {
        let path = present("relative_path")?;
        Some(match present("working_directory") {
            Some(folder) => format!("{folder}\\{path}"),
            None => path,
        })
    };
    let path = present("local_path").or_else(|| present("network_path")).or_else(relative);
    values.set_text("linked_path", path.unwrap_or_else(|| "Unknown".into()));
}

/// The maximum number of volumes of a prefetch file that are written.
const MAXIMUM_VOLUMES: i128 = 1_000;

fn volumes(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    let count = values.integer("number_of_volumes").unwrap_or(0).clamp(0, MAXIMUM_VOLUMES);
    let (serials, paths) = (values.list("volume_serial_numbers"), values.list("volume_device_paths"));
    let mut volumes = Vec::new();
    for (number, index) in (1..=count).zip(0..) {
        let serial = match serials.get(index) {
            Some(Value::Integer(serial)) => format!("0x{serial:08X}"),
            _ => "UNKNOWN".into(),
        };
        let path = paths.get(index).map_or_else(|| "UNKNOWN".into(), text);
        volumes.push(format!("volume: {number} [serial number: {serial}, device path: {path}]"));
    }
    if !volumes.is_empty() {
        values.set_text("volumes_string", volumes.join(", "));
    }
}

fn registry_values(values: &mut Values<'_, '_>, _: &EventLogTexts) {
    if values.text("values").is_some() {
        return;
    }
    let mut stored = values.list("values");
    stored.sort_by(in_order);
    let shown: Vec<_> = stored.iter().filter_map(registry_value).collect();
    values.set_text("values", if shown.is_empty() { "(empty)".into() } else { shown.join(", ") });
}

/// Returns `name: [type] data`.
fn registry_value(value: &Value<'_>) -> Option<String> {
    let Value::List { members, .. } = value else { return None };
    let [name, kind, data] = members.as_slice() else { return None };
    let name = name.as_str().filter(|name| !name.is_empty()).unwrap_or("(default)");
    let data = if data.is_truthy() { text(data) } else { "(empty)".into() };
    Some(format!("{name}: [{}] {data}", text(kind)))
}

/// Orders lists by their members, as Python does. Texts are ordered by their characters. Python
/// cannot order values of different types; here each type has its place, so that this is an order.
fn in_order(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    match (a, b) {
        (Value::List { members: a, .. }, Value::List { members: b, .. }) => {
            let different = a.iter().zip(b).map(|(a, b)| in_order(a, b)).find(|order| order.is_ne());
            different.unwrap_or(a.len().cmp(&b.len()))
        }
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        _ => place_of_type(a).cmp(&place_of_type(b)),
    }
}

fn place_of_type(value: &Value<'_>) -> u8 {
    match value {
        Value::Null => 0,
        Value::Boolean(_) => 1,
        Value::Integer(_) => 2,
        Value::Float(_) => 3,
        Value::String(_) => 4,
        Value::List { .. } => 5,
        Value::Object => 6,
    }
}

/// Makes the message of a Windows event from the texts of its provider.
fn event_log_message(values: &mut Values<'_, '_>, texts: &EventLogTexts) {
    let message = message_string(values, texts);
    values.set("message_string", message.map(|message| Value::String(message.into())));
}

fn message_string(values: &Values<'_, '_>, texts: &EventLogTexts) -> Option<String> {
    let (provider, source) = (values.text("provider_identifier"), values.text("source_name"));
    let (provider, source) = (provider.as_deref(), source.as_deref());
    let identifier = values.integer("message_identifier").filter(|identifier| *identifier != 0)?;
    let identifier = u32::try_from(identifier).ok()?;
    let template = Template::parse(texts.message(provider, source, identifier)?).ok()?;
    let parameter = |number| texts.parameter(provider, source, number);
    let strings: Vec<_> = values.list("strings").iter().map(|value| inserted(value, parameter)).collect();
    let mut message = String::new();
    let string = |name: &str| strings.get(name.parse::<usize>().ok()?).map(|s| Value::String(s.into()));
    template.write(&mut message, string).then_some(message)
}

/// Returns an inserted string, in which `%%1833` stands for a text of the provider.
fn inserted<'t>(value: &Value<'_>, parameter: impl Fn(u32) -> Option<&'t str>) -> String {
    let Some(text) = value.as_str() else { return String::new() };
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("%%").filter(|_| out.len() <= MAXIMUM_MESSAGE) {
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let number = after[..end].parse().ok().filter(|_| !after.starts_with('0'));
        match number.and_then(&parameter) {
            Some(text) => {
                out.push_str(text);
                rest = &after[end..];
            }
            None => {
                out.push_str("%%");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sort by what is no order panics.
    #[test]
    fn values_of_all_types_have_an_order() {
        let written =
            b"[null, true, false, 1, -2, 0.5, \"a\", \"b\", [], [1], [\"a\", 1], [null], {}, [[2], \"x\"]]";
        let Ok(Value::List { members, .. }) = events::json::value(written) else { panic!() };
        for (a, b) in members.iter().flat_map(|a| members.iter().map(move |b| (a, b))) {
            assert_eq!(in_order(a, b), in_order(b, a).reverse(), "{a:?} {b:?}");
            for c in &members {
                let follows = in_order(a, b).is_le() && in_order(b, c).is_le();
                assert!(!follows || in_order(a, c).is_le(), "{a:?} {b:?} {c:?}");
            }
        }
    }
}
