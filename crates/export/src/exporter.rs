//! Writes the events of one task after the other.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::{Event, EventData, EventId, EventView, ExportFormat, ExportSpec, Timestamp};
use messages::Formats;

use crate::error::{ExportError, Unexportable};
use crate::part::{PartWriter, begin};
use crate::row::Row;
use crate::tables::{Schema, Survey, TablesWriter};
use crate::{csv, json_lines};

/// Writes the events of tasks, each into the part of its task.
///
/// An event is first [examined](Self::examine) and then [kept](Self::keep), because event data may
/// turn out to be broken only when all of it has been read.
pub struct Exporter {
    spec: ExportSpec,
    formats: Formats,
    schema: Option<Arc<Schema>>,
    part: Part,
    /// The event data that `shared` is of.
    shared_of: Option<u64>,
    /// The text that all events of an event data share.
    shared: Vec<u8>,
    line: Vec<u8>,
    /// The event whose line is in `line`.
    examined: Option<(EventId, Option<Timestamp>)>,
}

/// The part of the current task.
enum Part {
    None,
    Lines(PartWriter),
    Survey(Survey, PathBuf, u64),
    Tables(TablesWriter),
}

impl Exporter {
    /// Prepares an export whose messages have these formats.
    ///
    /// # Errors
    ///
    /// If the schema cannot be read.
    pub fn new(spec: &ExportSpec, formats: Formats) -> Result<Self, ExportError> {
        Ok(Self {
            spec: spec.clone(),
            formats,
            schema: spec.schema.as_deref().map(Schema::read).transpose()?.map(Arc::new),
            part: Part::None,
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
        self.shared_of = None;
        self.examined = None;
        self.part = match (self.spec.format, &self.schema) {
            (ExportFormat::Parquet, None) => Part::Survey(Survey::default(), path.to_owned(), 0),
            (ExportFormat::Parquet, Some(schema)) => {
                Part::Tables(TablesWriter::create(path, Arc::clone(schema))?)
            }
            _ => Part::Lines(PartWriter::create(path, self.spec.order)?),
        };
        Ok(())
    }

    /// Puts an event into words, unless it does not have the labels that are exported.
    ///
    /// # Errors
    ///
    /// If a value cannot be read.
    pub fn examine(&mut self, event: &EventView<'_>) -> Result<(), Unexportable> {
        self.examined = None;
        let labels = &self.spec.labels;
        if !labels.is_empty() && !event.labels.iter().any(|label| labels.matches(label)) {
            return Ok(());
        }
        if let Part::Lines(_) = self.part {
            self.share(event)?;
            self.write_line(event.event, event.labels);
            self.examined = Some((event.event.id, event.event.timestamp));
            return Ok(());
        }
        let row = Row::of(event, &self.formats)?;
        // All of the event data has been read by now. The caller reports its error.
        if event.data.is_some_and(|data| data.error().is_some()) {
            return Ok(());
        }
        match &mut self.part {
            Part::Survey(survey, _, events) => {
                *events += 1;
                Ok(survey.add(&row)?)
            }
            Part::Tables(tables) => tables.add(event.event, event.labels, &row),
            Part::Lines(_) | Part::None => Ok(()),
        }
    }

    /// Prepares the text that all events of the event data share.
    fn share(&mut self, event: &EventView<'_>) -> Result<(), Unexportable> {
        let number = event.data.map(EventData::number);
        if number.is_some() && self.shared_of == number {
            return Ok(());
        }
        self.shared_of = None;
        self.shared.clear();
        let row = Row::of(event, &self.formats)?;
        match self.spec.format {
            ExportFormat::Csv => csv::write_shared(&row, &mut self.shared)?,
            _ => json_lines::write_shared(&row, &mut self.shared)?,
        }
        self.shared_of = number;
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
            (Some((event, time)), Part::Lines(part)) => part.add(event, time, &self.line),
            (_, Part::Tables(tables)) => tables.relieve(),
            _ => Ok(()),
        }
    }

    /// Completes the part, and returns the number of its events.
    ///
    /// # Errors
    ///
    /// If the part cannot be written.
    pub fn finish(&mut self) -> Result<u64, ExportError> {
        match std::mem::replace(&mut self.part, Part::None) {
            Part::None => Ok(0),
            Part::Lines(part) => part.finish(),
            Part::Tables(tables) => tables.finish(),
            Part::Survey(survey, path, events) => {
                let error = |error| ExportError::part(&path, error);
                let json = serde_json::to_vec(&survey).map_err(|e| error(e.into()))?;
                let mut file = begin(&path)?;
                file.file().write_all(&json).map_err(error)?;
                file.publish().map_err(|error| ExportError::part(&path, error))?;
                Ok(events)
            }
        }
    }
}
