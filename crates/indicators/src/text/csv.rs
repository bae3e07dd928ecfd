//! CSV with the names of its columns: abuse.ch, MISP, OTX and many others.

use super::columns::{Column, Header, kind_named};
use super::further::Uncompared;
use super::lines::{LONGEST_LINE, LineReader};
use super::record::{split, stays_open};
use super::stopped::Stopped;
use crate::json::Tags;
use crate::misp;
use crate::model::{Full, Indicators, NewDetails};
use crate::time;
use crate::tree::{Origin, add_recognised, add_value};
use crate::values::by_shape;
use crate::words::{Switch, is_no_value, no_switch, switch};

/// Reads the records of a file.
pub(super) fn read(header: &Header, mut lines: LineReader<'_>, to: &mut Indicators) -> Result<(), Stopped> {
    let mut fields = Vec::new();
    let mut record = String::new();
    let (mut first_line, mut is_open) = (0, false);
    let mut is_header_due = header.is_record;
    let mut uncompared = Uncompared::new(header);
    while let Some(line) = lines.next_line()? {
        if record.is_empty() && (line.text.is_empty() || line.text.starts_with('#')) {
            continue;
        }
        if is_header_due && line.text == header.text {
            is_header_due = false;
            continue;
        }
        if line.is_cut || record.len() + line.text.len() > LONGEST_LINE {
            let start = if record.is_empty() { line.number } else { first_line };
            to.add_problem(
                start,
                &line.text,
                format!("the record is longer than {} KiB", LONGEST_LINE >> 10),
            );
            record.clear();
            is_open = false;
            continue;
        }
        if record.is_empty() {
            first_line = line.number;
        } else {
            record.push('\n');
        }
        record.push_str(&line.text);
        is_open = stays_open(&line.text, header.delimiter, is_open);
        // A record of many lines is divided once.
        if !is_open {
            split(&record, header.delimiter, &mut fields);
            uncompared.look_at(&fields, first_line);
            add(header, &fields, first_line, &record, to)?;
            record.clear();
        }
    }
    if !record.is_empty() {
        to.add_problem(first_line, &record, "a quotation mark is missing at its end".into());
    }
    uncompared.leave_out(header, to);
    Ok(())
}

fn add(header: &Header, fields: &[String], line: u32, record: &str, to: &mut Indicators) -> Result<(), Full> {
    if fields.len() < header.columns.len() {
        let reason = format!(
            "the record has fewer fields than there are columns: {} instead of {}",
            fields.len(),
            header.columns.len()
        );
        to.add_problem(line, record, reason);
        return Ok(());
    }
    let field = |wanted| {
        let of_column = header.columns.iter().zip(fields).find(|(column, _)| **column == wanted);
        of_column.map_or("", |(_, field)| field.as_str())
    };
    // Without a word of it, a record is used.
    let Some(to_ids) = switch(field(Column::ToIds)) else {
        to.add_problem(line, field(Column::ToIds), no_switch("to_ids"));
        return Ok(());
    };
    let is_used = to_ids != Switch::Off;
    let details = to.details(&details(header, fields))?;
    let origin = Origin { line, details };
    for (column, field_of_value) in header.columns.iter().zip(fields) {
        let value = field_of_value.trim();
        if is_no_value(value) {
            continue;
        }
        match column {
            Column::Of(_) | Column::Value if !is_used => to.leave_out(line, value, "to_ids is false"),
            Column::Of(kind) => add_value(*kind, value, origin, to)?,
            Column::Value => add_of_type(field(Column::Type), value, origin, to)?,
            _ => {}
        }
    }
    Ok(())
}

/// Adds a value of the type that its record says.
fn add_of_type(name: &str, value: &str, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    if let Some(kind) = kind_named(name) {
        return add_value(kind, value, origin, to);
    }
    if !name.is_empty() {
        return misp::add_typed(&name.to_lowercase(), value, origin, to);
    }
    match by_shape(value) {
        Ok(recognised) => {
            add_recognised(&recognised, value, origin, to)?;
        }
        Err(error) => to.add_problem(origin.line, value, error.0),
    }
    Ok(())
}

fn details(header: &Header, fields: &[String]) -> NewDetails {
    let mut details = NewDetails::default();
    let mut tags = Tags::default();
    for (column, field) in header.columns.iter().zip(fields) {
        let field = field.trim();
        if is_no_value(field) {
            continue;
        }
        match column {
            Column::Comment => {
                if !details.comment.is_empty() {
                    details.comment.push_str("; ");
                }
                details.comment.push_str(field);
            }
            Column::Tags => field.split([',', ' ']).for_each(|tag| tags.add(tag)),
            Column::FirstSeen => details.first_seen = time::parse(field),
            Column::LastSeen => details.last_seen = time::parse(field),
            Column::ValidUntil => details.valid_until = time::parse(field),
            Column::Score => details.score = field.parse().ok(),
            _ => {}
        }
    }
    details.tags = tags.0;
    details
}
