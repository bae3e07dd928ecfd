//! One JSON object for each event, in one line.

use std::io::Write as _;

use events::json::{self, Bounded, JsonError, write_strict, write_strict_member, write_text};
use events::{Event, EventDataStream, StreamAttribute, Value};

use crate::date_time::write_date_time;
use crate::error::Unexportable;
use crate::row::{PREFIX, Row};

/// Appends the line of an event, without the line end. `shared` is what [`write_shared`] wrote.
pub(crate) fn write_line(event: &Event, labels: &[String], shared: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"datetime\":");
    let start = out.len();
    out.push(b'"');
    if event.timestamp.is_some_and(|time| write_date_time(time, out)) {
        out.push(b'"');
    } else {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
    // Writing to a vector cannot fail.
    let _ = match event.timestamp {
        Some(time) => write!(out, ",\"timestamp\":{},\"timestamp_desc\":", time.0),
        None => write!(out, ",\"timestamp\":null,\"timestamp_desc\":"),
    };
    write_text(&event.timestamp_description, out);
    if !labels.is_empty() {
        out.extend_from_slice(b",\"tag\":");
        write_texts(labels, out);
    }
    let _ = write!(out, ",\"event\":{},", event.id.rowid());
    out.extend_from_slice(shared);
    out.push(b'}');
}

/// Appends the members that all events of an event data share, without braces.
///
/// # Errors
///
/// If a value cannot be read.
pub(crate) fn write_shared(row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unexportable> {
    out.extend_from_slice(b"\"data_type\":");
    write_text(&row.data_type, out);
    for (name, text) in [
        ("message", Some(&row.message)),
        ("host", row.parties.host.as_ref()),
        ("user", row.parties.user.as_ref()),
        ("display_name", row.display_name.as_ref()),
    ] {
        if let Some(text) = text {
            write_own_name(name, out);
            write_text(text, out);
        }
    }
    write_attributes(row, out)
}

/// Appends a comma and the name of a member, which needs no escapes.
fn write_own_name(name: &str, out: &mut Vec<u8>) {
    for part in [",\"", name, "\":"] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Appends all attributes, each after a comma.
///
/// # Errors
///
/// If a value cannot be read.
pub(crate) fn write_attributes(row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unexportable> {
    for (name, has_prefix, value) in row.attributes() {
        out.push(b',');
        write_name(name, has_prefix, out);
        out.push(b':');
        write_attribute(row, name, value, out)?;
    }
    row.stream.map_or(Ok(()), |stream| write_stream(stream, out))
}

/// Appends the name of an attribute with its quotes.
pub(crate) fn write_name(name: &[u8], has_prefix: bool, out: &mut Vec<u8>) {
    let start = out.len();
    if name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_') {
        out.push(b'"');
        out.extend_from_slice(name);
        out.push(b'"');
    } else {
        write_text(&String::from_utf8_lossy(name), out);
    }
    if has_prefix {
        out.splice(start + 1..start + 1, PREFIX.iter().copied());
    }
}

/// Appends the value of an attribute.
pub(crate) fn write_attribute(
    row: &Row<'_>,
    name: &[u8],
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), JsonError> {
    let is_of_key = matches!(&*row.data_type, "windows:registry:key_value" | "windows:registry:service");
    match name {
        b"values" if is_of_key && write_key_values(value, out)? => Ok(()),
        _ => write_strict_member(value, out),
    }
}

/// Appends the values of a registry key as psort does: an object with names for each value. Returns
/// `false` if they are not stored as triples, or are very many.
fn write_key_values(stored: &[u8], out: &mut Vec<u8>) -> Result<bool, JsonError> {
    let Bounded { value: Value::List { members, .. }, is_cut: false } = json::bounded_value(stored)? else {
        return Ok(false);
    };
    let start = out.len();
    out.push(b'[');
    for value in &members {
        let Value::List { members: triple, .. } = value else {
            out.truncate(start);
            return Ok(false);
        };
        let [name, data_type, data] = triple.as_slice() else {
            out.truncate(start);
            return Ok(false);
        };
        if out.last() != Some(&b'[') {
            out.push(b',');
        }
        for (before, part) in
            [(&b"{\"name\":"[..], name), (b",\"data_type\":", data_type), (b",\"data\":", data)]
        {
            out.extend_from_slice(before);
            match part {
                Value::String(text) => write_text(text, out),
                Value::Null => out.extend_from_slice(b"null"),
                _ => {
                    out.truncate(start);
                    return Ok(false);
                }
            }
        }
        out.push(b'}');
    }
    out.push(b']');
    Ok(true)
}

/// Appends what is known of the file, each member after a comma.
fn write_stream(stream: &EventDataStream, out: &mut Vec<u8>) -> Result<(), Unexportable> {
    for attribute in StreamAttribute::ALL {
        let Some(text) = stream.attribute(attribute) else { continue };
        write_own_name(stream_name(attribute), out);
        match attribute {
            StreamAttribute::PathSpec | StreamAttribute::YaraMatch => write_strict(text.as_bytes(), out)
                .map_err(|why| Unexportable::stream(stream, attribute, why))?,
            _ => write_text(text, out),
        }
    }
    Ok(())
}

/// Returns psort's name for an attribute of the stream.
pub(crate) fn stream_name(attribute: StreamAttribute) -> &'static str {
    match attribute {
        StreamAttribute::PathSpec => "pathspec",
        other => other.name(),
    }
}

/// Appends a list of texts.
pub(crate) fn write_texts(texts: &[String], out: &mut Vec<u8>) {
    out.push(b'[');
    for (position, text) in texts.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write_text(text, out);
    }
    out.push(b']');
}
