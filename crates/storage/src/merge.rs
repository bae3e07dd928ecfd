//! Uniting the task stores of a run into the storage file.
//!
//! Task stores are taken in task order and, within an event, labels in plugin order, so that the result does not
//! depend on which worker did what when. Everything happens in the transaction of the [`StoreWriter`].

use std::path::PathBuf;

use events::{AnalysisReport, AnalysisWarning, Counter, EventId, Key, KeyLabel, Label, Note, SetAside};

use crate::task_store::{TaskStore, key, labels};
use crate::{StorageError, StoreWriter};

/// The plugin name of warnings that are no plugin's but the engine's.
const OWN_WARNINGS: &str = "foreman";

/// What is merged, and how.
#[derive(Debug)]
pub struct MergePlan<'a> {
    /// Identifier of the run; task stores of another are refused.
    pub run: &'a str,
    /// The run's plugins, in their order.
    pub plugins: &'a [String],
    /// The task stores of the map tasks, in task order.
    pub map_tasks: &'a [PathBuf],
    /// For every plugin the task store of its reduce step, if it has one.
    pub reduce_tasks: &'a [Option<PathBuf>],
    /// The run's filter expression, for the reports.
    pub event_filter: Option<&'a str>,
    /// The time for the reports: microseconds since 1970-01-01 00:00:00 UTC.
    pub time_compiled: i64,
    /// Whether the plugins' earlier reports, warnings and results stay.
    pub keep_earlier: bool,
    /// What was set aside outside of all tasks.
    pub set_aside: &'a [SetAside],
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// Events read.
    pub events: u64,
    /// Of these, events that the filter kept from the plugins.
    pub filtered: u64,
    /// Events that this run gave a label, stored before or not.
    pub tagged: u64,
    /// Numbers of events by label that this run gave.
    pub labels: Counter,
    /// Labels that events did not have before the run.
    pub labels_added: u64,
    /// Stored tags that could not be read and were left alone.
    pub unreadable_tags: u64,
    /// The plugins' counts, in their order.
    pub reports: Vec<AnalysisReport>,
    /// Analysis warnings stored.
    pub warnings: u64,
    /// What was set aside: outside of tasks, then in the order of tasks.
    pub set_aside: Vec<SetAside>,
    /// What was met on the way, over all tasks.
    pub notes: Vec<Note>,
}

/// Merges the task stores of a run. `go_on` is told the number of tasks done so far after each, and says whether to go
/// on; if not, there is no result, and the writer must not commit.
///
/// # Errors
///
/// If a task store cannot be read or the store not be written. Nothing is permanent until the writer
/// commits.
pub fn merge(
    writer: &StoreWriter,
    plan: &MergePlan<'_>,
    mut go_on: impl FnMut(usize) -> bool,
) -> Result<Option<Merged>, StorageError> {
    let mut merge = Merge::new(plan)?;
    if !plan.keep_earlier {
        plan.plugins.iter().try_for_each(|plugin| writer.remove_earlier(plugin))?;
    }
    // Without a label to write there is no reason to make Plaso's table for them.
    let mut tags = None;
    for (done, path) in plan.map_tasks.iter().enumerate() {
        let task = TaskStore::open(path, plan.run)?;
        merge.tags(&task, |event, labels| {
            if tags.is_none() {
                tags = Some(writer.tags()?);
            }
            tags.as_mut().map_or(Ok(()), |tags| tags.add(event, labels))
        })?;
        merge.rest(&task, writer)?;
        if !go_on(done + 1) {
            return Ok(None);
        }
    }
    // Counts that are wrong from before are put right even if this run gives no label.
    if tags.is_none() && writer.store().has_table("event_tag")? {
        tags = Some(writer.tags()?);
    }
    if let Some(tags) = tags {
        let totals = tags.finish()?;
        merge.merged.labels_added = totals.labels_added;
        merge.merged.unreadable_tags = totals.unreadable;
    }
    merge.finish(writer).map(Some)
}

struct Merge<'a> {
    plan: &'a MergePlan<'a>,
    reduced: Vec<Option<Reduced>>,
    counters: Vec<Counter>,
    merged: Merged,
}

/// The labels of a plugin's reduce step. Events that follow each other often have one key, or neighbouring ones, so the
/// last range is kept.
struct Reduced {
    store: TaskStore,
    last: Option<KeyLabel>,
}

impl<'a> Merge<'a> {
    fn new(plan: &'a MergePlan<'a>) -> Result<Self, StorageError> {
        let open = |path: &Option<PathBuf>| {
            path.as_ref()
                .map(|path| Ok(Reduced { store: TaskStore::open(path, plan.run)?, last: None }))
                .transpose()
        };
        Ok(Self {
            plan,
            reduced: plan.reduce_tasks.iter().map(open).collect::<Result<_, StorageError>>()?,
            counters: vec![Counter::new(); plan.plugins.len()],
            merged: Merged { set_aside: plan.set_aside.to_vec(), ..Merged::default() },
        })
    }

    /// Shows `add` every event of the task that gets labels, with all it gets.
    fn tags(
        &mut self,
        task: &TaskStore,
        mut add: impl FnMut(EventId, &[Label]) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let sql = "SELECT event, plugin, labels, NULL FROM event_tag \
                   UNION ALL SELECT event, plugin, NULL, key FROM deferred ORDER BY 1, 2";
        let mut current = (EventId::new(0), Vec::new());
        let mut failed = None;
        task.each(sql, [], |row| {
            let event = EventId::new(row.get(0)?);
            if event != current.0 {
                let (event, labels) = std::mem::replace(&mut current, (event, Vec::new()));
                if let Err(error) = self.tag(event, &labels, &mut add) {
                    failed.get_or_insert(error);
                }
            }
            let plugin = row.get(1)?;
            let found = match row.get_ref(2)?.as_str_or_null()? {
                Some(json) => labels(json)?,
                None => match self.deferred_label(plugin, &key(row, 3)?) {
                    Ok(label) => label.into_iter().collect(),
                    Err(error) => {
                        failed.get_or_insert(error);
                        Vec::new()
                    }
                },
            };
            for label in found {
                if !current.1.contains(&label) {
                    current.1.push(label);
                }
            }
            Ok(())
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        self.tag(current.0, &current.1, &mut add)
    }

    fn tag(
        &mut self,
        event: EventId,
        labels: &[Label],
        add: &mut impl FnMut(EventId, &[Label]) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        if labels.is_empty() {
            return Ok(());
        }
        self.merged.tagged += 1;
        for label in labels {
            count(&mut self.merged.labels, label.as_str(), 1);
        }
        add(event, labels)
    }

    /// The label that a plugin's reduce step gave to a key, counted in the plugin's report.
    fn deferred_label(&mut self, plugin: usize, key: &Key) -> Result<Option<Label>, StorageError> {
        let Some(Some(reduced)) = self.reduced.get_mut(plugin) else {
            return Ok(None);
        };
        if reduced.last.as_ref().is_none_or(|range| *key < range.first || range.last < *key) {
            reduced.last = reduced.store.label_of(key)?;
        }
        let label = reduced.last.as_ref().map(|range| range.label.clone());
        if let Some(label) = &label {
            count(&mut self.counters[plugin], label.as_str(), 1);
        }
        Ok(label)
    }

    /// Everything of a map task but its tags.
    fn rest(&mut self, task: &TaskStore, writer: &StoreWriter) -> Result<(), StorageError> {
        self.merged.events += task.number("events")?;
        self.merged.filtered += task.number("filtered")?;
        for (position, counter) in self.counters.iter_mut().enumerate() {
            task.add_counts(position, counter)?;
        }
        self.warnings(task, writer)?;
        self.set_aside(task)?;
        let notes = &mut self.merged.notes;
        task.each("SELECT message, count FROM note ORDER BY message", [], |row| {
            let (message, count): (String, u64) = (row.get(0)?, row.get(1)?);
            match notes.iter_mut().find(|note| note.message == message) {
                Some(note) => note.count += count,
                None => notes.push(Note { message, count }),
            }
            Ok(())
        })
    }

    fn set_aside(&mut self, task: &TaskStore) -> Result<(), StorageError> {
        let set_aside = &mut self.merged.set_aside;
        task.each("SELECT event, plugin, reason FROM set_aside ORDER BY position", [], |row| {
            let event = row.get::<_, Option<i64>>(0)?.map(EventId::new);
            set_aside.push(SetAside { event, plugin: row.get(1)?, reason: row.get(2)? });
            Ok(())
        })
    }

    fn warnings(&mut self, task: &TaskStore, writer: &StoreWriter) -> Result<(), StorageError> {
        let mut warnings = Vec::new();
        task.each("SELECT plugin, message FROM analysis_warning ORDER BY position", [], |row| {
            warnings.push((row.get::<_, usize>(0)?, row.get(1)?));
            Ok(())
        })?;
        for (plugin, message) in warnings {
            let plugin_name = self.plan.plugins.get(plugin).cloned().unwrap_or_default();
            writer.add_warning(&AnalysisWarning { plugin_name, message })?;
            self.merged.warnings += 1;
        }
        Ok(())
    }

    /// The reduce steps' results, and the reports.
    fn finish(mut self, writer: &StoreWriter) -> Result<Merged, StorageError> {
        for (position, plugin) in self.plan.plugins.iter().enumerate() {
            if let Some(reduced) = self.reduced[position].take() {
                reduced.store.add_counts(position, &mut self.counters[position])?;
                self.warnings(&reduced.store, writer)?;
                self.set_aside(&reduced.store)?;
                for result in reduced.store.results()? {
                    writer.add_result(&result)?;
                }
            }
            let report = AnalysisReport {
                plugin_name: plugin.clone(),
                counter: std::mem::take(&mut self.counters[position]),
                event_filter: self.plan.event_filter.map(str::to_owned),
                time_compiled: self.plan.time_compiled,
            };
            writer.add_report(&report)?;
            self.merged.reports.push(report);
        }
        for aside in &self.merged.set_aside {
            let plugin_name = aside.plugin.clone().unwrap_or_else(|| OWN_WARNINGS.into());
            let warning = AnalysisWarning { plugin_name, message: aside.to_string() };
            if !self.plan.keep_earlier {
                writer.remove_warning(&warning)?;
            }
            writer.add_warning(&warning)?;
            self.merged.warnings += 1;
        }
        Ok(self.merged)
    }
}

fn count(counter: &mut Counter, name: &str, number: u64) {
    match counter.get_mut(name) {
        Some(count) => *count += number,
        None => drop(counter.insert(name.to_owned(), number)),
    }
}
