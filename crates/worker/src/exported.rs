//! The part of an export that a task writes, beside its task store.

use std::panic::{AssertUnwindSafe, catch_unwind};

use analysis::Pipeline;
use events::{EventView, ExportSpec, Reads, StreamAttribute};
use export::Exporter;
use messages::Formats;
use protocol::{TaskSpec, part_of};
use storage::ReadEvent;

use crate::error::TaskError;
use crate::task_output::digest;

/// Prepares the export of a run.
pub(crate) fn exporter(spec: &ExportSpec) -> Result<Exporter, TaskError> {
    let formats = match &spec.formatters {
        Some(folder) => {
            let texts = storage::event_log_texts(folder)?;
            Formats::read_plaso(folder)?.with_event_log_texts(texts)
        }
        None => Formats::built_in(),
    };
    Ok(Exporter::new(spec, formats)?)
}

/// Returns what must be read of each event. An export reads everything.
pub(crate) fn reads(pipeline: &Pipeline, is_export: bool) -> Reads {
    let mut reads = pipeline.reads().clone();
    if is_export {
        let stream = StreamAttribute::ALL.into_iter().collect();
        reads.merge(&Reads { event_data: true, stream, labels: true });
    }
    reads
}

/// Begins the part of a task.
pub(crate) fn begin(exporter: Option<&mut Exporter>, task: &TaskSpec) -> Result<(), TaskError> {
    exporter.map_or(Ok(()), |exporter| Ok(exporter.begin(&part_of(&task.output))?))
}

/// Examines an event with the pipeline, and with the exporter if the event matches the filter.
/// Returns whether it matches.
///
/// # Errors
///
/// If the event cannot be read, with the reason.
pub(crate) fn examine(
    pipeline: &mut Pipeline,
    exporter: Option<&mut Exporter>,
    event: &ReadEvent<'_>,
) -> Result<bool, String> {
    // An export without the event would lack evidence. But a filter must not decide without the
    // labels that it compares.
    let needs_labels = exporter.is_none() || pipeline.reads().labels;
    let examine = |event: &EventView<'_>| {
        let passes = pipeline.examine(event);
        match exporter {
            Some(exporter) if passes => put_into_words(exporter, event).map(|()| passes),
            _ => Ok(passes),
        }
    };
    let examined =
        if needs_labels { event.examine(examine) } else { event.examine_with_some_labels(examine) };
    let passes = examined.map_err(|unreadable| unreadable.to_string())??;
    if !needs_labels && event.has_unreadable_labels() {
        pipeline.unreadable_labels(event.id());
    }
    Ok(passes)
}

/// Shows the event to the exporter. As with plugins, a panic costs only the event.
fn put_into_words(exporter: &mut Exporter, event: &EventView<'_>) -> Result<(), String> {
    let examined = catch_unwind(AssertUnwindSafe(|| exporter.examine(event)));
    let Ok(examined) = examined else { return Err("the export of this event panicked".into()) };
    examined.map_err(|why| why.in_words(event.event.data))
}

/// Completes the part of a task. Returns the number of its events, and its digest.
pub(crate) fn finish(
    exporter: Option<&mut Exporter>,
    task: &TaskSpec,
) -> Result<(u64, Option<u64>), TaskError> {
    let Some(exporter) = exporter else { return Ok((0, None)) };
    let exported = exporter.finish()?;
    Ok((exported, Some(digest(&part_of(&task.output))?)))
}
