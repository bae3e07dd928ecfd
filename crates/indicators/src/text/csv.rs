//! CSV with the names of its columns: abuse.ch, MISP, OTX and many others.

use super::columns::{Column, Header};
use super::further::Uncompared;
use super::lines::{LONGEST_LINE, LineReader};
use super::record::{Marks, split, stays_open};
use super::stopped::Stopped;
use super::types::{Type, type_named};
use crate::json::Tags;
use crate::misp;
use crate::model::{Full, Indicators, Kind, NewDetails};
use crate::time;
use crate::tree::{Origin, add_recognised, add_value};
use crate::values::{Recognised, by_shape};
use crate::words::{Switch, is_no_value, no_switch, switch};

/// The longest record that is read to its end, in bytes, to see whether it is one.
const LONGEST_READ: usize = 1 << 20;

/// Reads the records of a file.
pub(super) fn read(header: &Header, mut lines: LineReader<'_>, to: &mut Indicators) -> Result<(), Stopped> {
    let mut record = String::new();
    let (mut first_line, mut is_open) = (0, false);
    let mut records = Records { header, fields: Vec::new(), uncompared: Uncompared::new(header) };
    while let Some(line) = lines.next_line()? {
        if record.is_empty() && records.is_no_record(&line.text, line.number, to) {
            continue;
        }
        let start = if record.is_empty() { line.number } else { first_line };
        if line.is_cut || record.len() + line.text.len() > LONGEST_READ {
            // What was taken for a record may be lines with a quotation mark too few.
            records.add_lines(&record, start, to)?;
            match line.is_cut {
                true => to.add_problem(line.number, &line.text, too_long()),
                false => records.add_lines(&line.text, line.number, to)?,
            }
            record.clear();
            is_open = false;
            continue;
        }
        if !record.is_empty() {
            record.push('\n');
        }
        first_line = start;
        record.push_str(&line.text);
        is_open = stays_open(&line.text, header.delimiter, is_open);
        // A record of many lines is divided once.
        if !is_open {
            records.add(&record, first_line, to)?;
            record.clear();
        }
    }
    records.add_lines(&record, first_line, to)?;
    records.uncompared.leave_out(header, to);
    Ok(())
}

fn too_long() -> String {
    format!("the record is longer than {} KiB, so nothing of it is used", LONGEST_LINE >> 10)
}

/// What the records of a file share.
struct Records<'h> {
    header: &'h Header,
    fields: Vec<String>,
    uncompared: Uncompared,
}

impl Records<'_> {
    /// Returns whether a line is empty, a comment, or the names of the columns once more. A comment
    /// that looks like a record is named as left out.
    fn is_no_record(&mut self, line: &str, number: u32, to: &mut Indicators) -> bool {
        if line.starts_with('#') {
            split(line, self.header.delimiter, &mut self.fields);
            if self.fields.len() > 1 && self.fields.len() == self.header.columns.len() && self.has_value() {
                to.leave_out(number, line, "the line begins with #, so it is a comment");
            }
            return true;
        }
        line.is_empty() || self.header.is_record && line.eq_ignore_ascii_case(&self.header.text)
    }

    fn has_value(&self) -> bool {
        let mut of_columns = self.header.columns.iter().zip(&self.fields);
        of_columns.any(|(column, field)| {
            matches!(column, Column::Of(_) | Column::Value) && by_shape(field.trim()).is_ok()
        })
    }

    /// Adds what a record of one or more lines has.
    fn add(&mut self, record: &str, first_line: u32, to: &mut Indicators) -> Result<(), Full> {
        let marks = split(record, self.header.delimiter, &mut self.fields);
        if marks == Marks::TextBehind && record.contains('\n') {
            return self.add_lines(record, first_line, to);
        }
        if record.len() > LONGEST_LINE {
            to.add_problem(first_line, record, too_long());
            return Ok(());
        }
        self.add_fields(record, first_line, to)
    }

    fn add_fields(&mut self, record: &str, line: u32, to: &mut Indicators) -> Result<(), Full> {
        self.uncompared.look_at(&self.fields, line, to);
        add(self.header, &self.fields, line, record, to)
    }

    /// Adds lines that are no record together, because a quotation mark is missing in one of them.
    fn add_lines(&mut self, lines: &str, first_line: u32, to: &mut Indicators) -> Result<(), Full> {
        for (number, line) in (first_line..).zip(lines.split('\n')) {
            if self.is_no_record(line, number, to) {
                continue;
            }
            match split(line, self.header.delimiter, &mut self.fields) {
                Marks::Open => to.add_problem(number, line, "a quotation mark is missing at its end".into()),
                Marks::Right | Marks::TextBehind => self.add_fields(line, number, to)?,
            }
        }
        Ok(())
    }
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
    let unused = match why_unused(field) {
        Ok(unused) => unused,
        Err((name, written)) => {
            to.add_problem(line, written, no_switch(name));
            return Ok(());
        }
    };
    let details = to.details(&details(header, fields))?;
    let origin = Origin { line, details };
    for (column, field_of_value) in header.columns.iter().zip(fields) {
        let value = field_of_value.trim();
        if is_no_value(value) {
            continue;
        }
        match column {
            Column::Of(_) | Column::Value if unused.is_some() => {
                to.leave_out(line, value, unused.unwrap_or_default());
            }
            Column::Of(kind) => add_value(*kind, value, origin, to)?,
            Column::Value => add_of_type(field(Column::Type), value, origin, to)?,
            _ => {}
        }
    }
    Ok(())
}

/// Returns why the values of a record are left out, if they are, or the name and the value of a
/// field that says neither yes nor no. Without a word of it, a record is used.
fn why_unused<'f>(
    field: impl Fn(Column) -> &'f str,
) -> Result<Option<&'static str>, (&'static str, &'f str)> {
    let mut reasons = [None; 3];
    let columns = [
        (Column::ToIds, "to_ids", Switch::Off, "to_ids is false"),
        (Column::Revoked, "revoked", Switch::On, "it is revoked"),
        (Column::Deleted, "deleted", Switch::On, "it is deleted"),
    ];
    for (reason, (column, name, unused, why)) in reasons.iter_mut().zip(columns) {
        let written = field(column);
        let found = switch(written).ok_or((name, written))?;
        *reason = (found == unused).then_some(why);
    }
    Ok(reasons.into_iter().flatten().next())
}

/// Adds a value of the type that its record says. If the type has no one meaning, the shape of the
/// value decides.
fn add_of_type(name: &str, value: &str, origin: Origin, to: &mut Indicators) -> Result<(), Full> {
    let otherwise = match type_named(name) {
        Type::Of(kind) => return add_value(kind, value, origin, to),
        Type::Misp(name) => return misp::add_typed(&name, value, origin, to),
        Type::Loose(otherwise) => otherwise,
    };
    let has_type = !is_no_value(name);
    // `Backdoor.Agent` is no domain.
    let is_clear = |found: &Recognised<'_>| {
        !has_type || found.kind != Kind::Domain || !value.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    match (by_shape(value), otherwise) {
        (Ok(recognised), _) if is_clear(&recognised) => add_recognised(&recognised, value, origin, to),
        (_, Some(kind)) => add_value(kind, value, origin, to),
        (Err(error), None) if !has_type => {
            to.add_problem(origin.line, value, error.0);
            Ok(())
        }
        _ => {
            let name: String = name.chars().take(60).collect();
            let reason = format!("the type `{name}` is not known, and the value does not say its kind");
            to.add_problem(origin.line, value, reason);
            Ok(())
        }
    }
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
