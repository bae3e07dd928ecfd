//! Writes the events of one task after the other.

use std::path::Path;

use events::json::JsonError;
use events::{Event, EventId, EventView, ExportFormat, ExportSpec, Timestamp};
use messages::Formats;

use crate::error::ExportError;
use crate::part::PartWriter;
use crate::row::Row;
use crate::{csv, json_lines};

/// Writes the events of tasks, each into the part of its task.
///
/// An event is first [examined](Self::examine) and then [kept](Self::keep), because event data may
/// turn out to be broken only when all of it has been read.
pub struct Exporter {
    spec: ExportSpec,
    formats: Formats,
    part: Option<PartWriter>,
    /// The event data that `shared` is of.
    shared_of: Option<u64>,
    /// What all events of an event data have in common.
    shared: Vec<u8>,
    line: Vec<u8>,
    /// The event whose line is in `line`.
    examined: Option<(EventId, Option<Timestamp>)>,
}

impl Exporter {
    /// Prepares an export.
    ///
    /// # Errors
    ///
    /// If the formatter files cannot be read.
    pub fn new(spec: &ExportSpec) -> Result<Self, ExportError> {
        Ok(Self {
            spec: spec.clone(),
            formats: Formats::built_in(),
            part: None,
            shared_of: None,
            shared: Vec::new(),
            line: Vec::new(),
            examined: None,
        })
    }

    /// Begins the part of a task.
    ///
    /// # Errors
    ///
    /// If the part cannot be made.
    pub fn begin(&mut self, path: &Path) -> Result<(), ExportError> {
        self.part = Some(PartWriter::create(path, self.spec.order)?);
        self.shared_of = None;
        self.examined = None;
        Ok(())
    }

    /// Puts an event into words, unless it does not have the labels that are exported.
    ///
    /// # Errors
    ///
    /// If a value cannot be read.
    pub fn examine(&mut self, event: &EventView<'_>) -> Result<(), JsonError> {
        self.examined = None;
        if !self.spec.labels.is_empty() && !event.labels.iter().any(|label| self.spec.labels.matches(label)) {
            return Ok(());
        }
        let number = event.data.map(events::EventData::number);
        if number.is_none() || self.shared_of != number {
            self.shared_of = None;
            self.shared.clear();
            let row = Row::of(event, &self.formats)?;
            match self.spec.format {
                ExportFormat::Csv => csv::write_shared(&row, &mut self.shared)?,
                _ => json_lines::write_shared(&row, &mut self.shared)?,
            }
            self.shared_of = number;
        }
        self.write_line(event.event, event.labels);
        self.examined = Some((event.event.id, event.event.timestamp));
        Ok(())
    }

    fn write_line(&mut self, event: &Event, labels: &[String]) {
        self.line.clear();
        match self.spec.format {
            ExportFormat::Csv => {
                csv::write_line(event, labels, &self.shared, &mut self.line);
                self.line.extend_from_slice(b"\r\n");
            }
            _ => {
                json_lines::write_line(event, labels, &self.shared, &mut self.line);
                self.line.push(b'\n');
            }
        }
    }

    /// Writes the event that was examined last.
    ///
    /// # Errors
    ///
    /// If the part cannot be written.
    pub fn keep(&mut self) -> Result<(), ExportError> {
        match (self.examined.take(), &mut self.part) {
            (Some((event, time)), Some(part)) => part.add(event, time, &self.line),
            _ => Ok(()),
        }
    }

    /// Completes the part, and returns the number of its events.
    ///
    /// # Errors
    ///
    /// If the part cannot be written.
    pub fn finish(&mut self) -> Result<u64, ExportError> {
        self.part.take().map_or(Ok(0), PartWriter::finish)
    }
}
