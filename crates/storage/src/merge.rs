//! Uniting the task stores of a run into the storage file.
//!
//! Task stores are taken in task order and, within an event, labels in plugin order, so that the
//! result does not depend on which worker did what when. Everything happens in the transaction of
//! the [`StoreWriter`].

use std::path::PathBuf;

use events::{
    AnalysisReport, AnalysisWarning, Counter, EventId, EventRange, Note, Notes, ResultTable, SetAside,
    Timestamp,
};
use rusqlite::types::ValueRef;

use crate::key_labels::KeyLabels;
use crate::label_set::LabelNumber;
use crate::label_set::LabelSet;
use crate::label_table::count;
use crate::report_counter;
use crate::tag_writer::TagWriter;
use crate::task_store::{Origin, TaskStep, TaskStore};
use crate::{StorageError, StoreWriter};

/// The plugin name of warnings that are no plugin's but the engine's.
pub const OWN_WARNINGS: &str = "foreman";

/// What is merged, and how.
#[derive(Debug)]
pub struct MergePlan<'a> {
    /// What the task stores are results of; others are refused.
    pub origin: &'a Origin,
    /// The run's plugins, in their order.
    pub plugins: &'a [String],
    /// For every plugin its own table of results, if it has one.
    pub result_tables: &'a [Option<&'static ResultTable>],
    /// The map tasks, in the order of their events.
    pub map_tasks: &'a [MapTask],
    /// For every plugin the task store of its reduce step, if it has one.
    pub reduce_tasks: &'a [Option<PathBuf>],
    /// The run's filter expression, for the reports.
    pub event_filter: Option<&'a str>,
    /// The time for the reports.
    pub time_compiled: Timestamp,
    /// Whether the plugins' earlier reports, warnings and results stay.
    pub keep_earlier: bool,
    /// What was set aside outside of all tasks.
    pub set_aside: &'a [SetAside],
    /// Says whether a label is that of a group of events, such as a session. The events with such
    /// labels are counted apart.
    pub is_group: fn(&str) -> bool,
}

/// A map task whose findings are merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapTask {
    /// The rows of its events.
    pub events: EventRange,
    /// The path of its task store.
    pub store: PathBuf,
}

impl MergePlan<'_> {
    fn result_table(&self, plugin: usize) -> Option<&'static ResultTable> {
        self.result_tables.get(plugin).copied().flatten()
    }
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
    /// Of these, events that got a label of their own.
    pub labelled: u64,
    /// Events that got the label of a group.
    pub grouped: u64,
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
    /// Whether the store has more or fewer events than were read, or was changed meanwhile. Who
    /// plans the tasks knows, and adds a note.
    pub is_short: bool,
    /// Whether a report has not all names.
    pub has_cut_report: bool,
    /// Microseconds that workers spent at each stage, if that was measured.
    pub profile: Counter,
    /// The [fingerprint](crate::Store::fingerprint) of the store when the change was completed. Who
    /// completes the change knows it.
    pub content: Option<String>,
}

impl Merged {
    /// Whether all events and stored tags were read, nothing was set aside, and the reports have
    /// all names.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.set_aside.is_empty() && !self.is_short && !self.has_cut_report && self.unreadable_tags == 0
    }
}

/// Merges the task stores of a run. `go_on` is told the number of tasks done so far after each, and
/// says whether to go on; if not, there is no result, and the writer must not commit.
///
/// # Errors
///
/// If a task store cannot be read or the store not be written. Nothing is permanent until the
/// writer commits.
pub fn merge(
    writer: &StoreWriter,
    plan: &MergePlan<'_>,
    mut go_on: impl FnMut(usize) -> bool,
) -> Result<Option<Merged>, StorageError> {
    let mut merge = Merge::new(writer, plan)?;
    if !plan.keep_earlier {
        for (position, plugin) in plan.plugins.iter().enumerate() {
            writer.remove_earlier(plugin, plan.result_table(position))?;
        }
    }
    for (done, MapTask { events, store }) in plan.map_tasks.iter().enumerate() {
        let task = TaskStore::open(store, plan.origin)?;
        task.check_step(&TaskStep::Map(*events))?;
        merge.tags(&task)?;
        merge.rest(&task)?;
        if !go_on(done + 1) {
            return Ok(None);
        }
    }
    merge.finish().map(Some)
}

struct Merge<'a> {
    writer: &'a StoreWriter,
    plan: &'a MergePlan<'a>,
    tags: TagWriter<'a>,
    /// Events of this run by label number.
    labels: Vec<u64>,
    /// Whether the label of each number is that of a group.
    is_group: Vec<bool>,
    reduced: Vec<Option<KeyLabels>>,
    counters: Vec<Counter>,
    notes: Notes,
    merged: Merged,
}

impl<'a> Merge<'a> {
    fn new(writer: &'a StoreWriter, plan: &'a MergePlan<'a>) -> Result<Self, StorageError> {
        let mut tags = writer.tags();
        let reduced = plan.reduce_tasks.iter().zip(plan.plugins).map(|(path, plugin)| {
            let Some(path) = path else { return Ok(None) };
            let task = TaskStore::open(path, plan.origin)?;
            task.check_step(&TaskStep::Reduce(plugin.clone()))?;
            KeyLabels::new(task, tags.labels()).map(Some)
        });
        let reduced = reduced.collect::<Result<_, StorageError>>()?;
        Ok(Self {
            writer,
            plan,
            tags,
            reduced,
            labels: Vec::new(),
            is_group: Vec::new(),
            counters: vec![Counter::new(); plan.plugins.len()],
            notes: Notes::default(),
            merged: Merged { set_aside: plan.set_aside.to_vec(), ..Merged::default() },
        })
    }

    /// Gives every event of the task that gets labels all it gets.
    fn tags(&mut self, task: &TaskStore) -> Result<(), StorageError> {
        let given = "SELECT event, plugin, labels, NULL FROM event_tag";
        let deferred = "SELECT event, plugin, NULL, key FROM deferred";
        let sql = match (task.has("event_tag"), task.has("deferred")) {
            (true, true) => format!("{given} UNION ALL {deferred} ORDER BY 1, 2, 4"),
            (true, false) => format!("{given} ORDER BY 1, 2"),
            (false, true) => format!("{deferred} ORDER BY 1, 2"),
            (false, false) => return Ok(()),
        };
        let mut current = (EventId::new(0), LabelSet::default());
        task.try_each(&sql, [], |row| {
            let error = |source| task.error(source);
            let event = EventId::new(row.get(0).map_err(error)?);
            if event != current.0 {
                self.tag(current.0, current.1.as_slice())?;
                current.0 = event;
                current.1.clear();
            }
            match row.get_ref(2).map_err(error)? {
                ValueRef::Null => {
                    let (plugin, key) = (row.get(1).map_err(error)?, row.get_ref(3).map_err(error)?);
                    self.add_deferred_labels(plugin, key, &mut current.1)
                }
                list => {
                    let list = list.as_str().map_err(|from| error(from.into()))?;
                    let added = self.tags.labels().add_list(list, &mut current.1);
                    added.map_err(|source| task.content(source.to_string()))
                }
            }
        })?;
        self.tag(current.0, current.1.as_slice())
    }

    fn tag(&mut self, event: EventId, labels: &[LabelNumber]) -> Result<(), StorageError> {
        if labels.is_empty() {
            return Ok(());
        }
        let known = self.is_group.len();
        self.is_group.extend(self.tags.labels().iter_from(known).map(self.plan.is_group));
        let groups = labels.iter().filter(|label| self.is_group[**label as usize]).count();
        self.merged.tagged += 1;
        self.merged.grouped += u64::from(groups > 0);
        self.merged.labelled += u64::from(groups < labels.len());
        for label in labels {
            count(&mut self.labels, *label);
        }
        self.tags.add(event, labels)
    }

    /// Adds the labels that a plugin's reduce step gave to a key. They count in the plugin's
    /// report.
    fn add_deferred_labels(
        &mut self,
        plugin: usize,
        key: ValueRef<'_>,
        labels: &mut LabelSet,
    ) -> Result<(), StorageError> {
        if let Some(Some(reduced)) = self.reduced.get_mut(plugin) {
            let given = reduced.labels_of(key, self.tags.labels())?;
            given.iter().for_each(|label| labels.add(*label));
        }
        Ok(())
    }

    /// Everything of a map task but its tags.
    fn rest(&mut self, task: &TaskStore) -> Result<(), StorageError> {
        self.merged.events += task.number("events")?;
        self.merged.filtered += task.number("filtered")?;
        for (position, counter) in self.counters.iter_mut().enumerate() {
            task.add_counts(position, counter)?;
        }
        self.warnings(task)?;
        self.set_aside(task)?;
        let profile = &mut self.merged.profile;
        task.each("profile", "SELECT stage, microseconds FROM profile", [], |row| {
            *profile.entry(row.get(0)?).or_default() += row.get::<_, u64>(1)?;
            Ok(())
        })?;
        task.add_notes(&mut self.notes)
    }

    fn set_aside(&mut self, task: &TaskStore) -> Result<(), StorageError> {
        self.merged.set_aside.extend(task.set_aside()?);
        Ok(())
    }

    fn warnings(&mut self, task: &TaskStore) -> Result<(), StorageError> {
        let mut warnings = Vec::new();
        task.each(
            "analysis_warning",
            "SELECT plugin, message FROM analysis_warning ORDER BY position",
            [],
            |row| {
                warnings.push((row.get::<_, usize>(0)?, row.get(1)?));
                Ok(())
            },
        )?;
        for (plugin, message) in warnings {
            let plugin_name = self.plan.plugins.get(plugin).cloned().unwrap_or_default();
            self.writer.add_warning(&AnalysisWarning { plugin_name, message })?;
            self.merged.warnings += 1;
        }
        Ok(())
    }

    /// The label counts, the reduce steps' results, and the reports.
    fn finish(mut self) -> Result<Merged, StorageError> {
        let writer = self.writer;
        for (label, &count) in self.tags.labels().iter().zip(&self.labels) {
            if count > 0 {
                self.merged.labels.insert(label.to_owned(), count);
            }
        }
        for (position, plugin) in self.plan.plugins.iter().enumerate() {
            if let Some(reduced) = self.reduced[position].take() {
                reduced.add_counts(self.tags.labels(), &mut self.counters[position]);
                let store = reduced.into_store();
                store.add_counts(position, &mut self.counters[position])?;
                self.warnings(&store)?;
                self.set_aside(&store)?;
                store.add_notes(&mut self.notes)?;
                for row in store.results()? {
                    match self.plan.result_table(position).filter(|table| table.takes(&row)) {
                        Some(table) => writer.add_result(table, &row)?,
                        None => return Err(store.content(format!("a result that {plugin} does not have"))),
                    }
                }
            }
            let mut counter = std::mem::take(&mut self.counters[position]);
            let left_out = report_counter::cut(&mut counter);
            if left_out > 0 {
                self.warn_of_cut_report(plugin, left_out)?;
            }
            let report = AnalysisReport {
                plugin_name: plugin.clone(),
                counter,
                event_filter: self.plan.event_filter.map(str::to_owned),
                time_compiled: self.plan.time_compiled,
            };
            writer.add_report(&report)?;
            self.merged.reports.push(report);
        }
        self.warn_of_set_aside()?;
        let totals = self.tags.finish()?;
        self.merged.notes = self.notes.into_vec();
        self.merged.labels_added = totals.labels_added;
        self.merged.unreadable_tags = totals.unreadable;
        Ok(self.merged)
    }

    fn warn_of_cut_report(&mut self, plugin: &str, left_out: u64) -> Result<(), StorageError> {
        let message = "its report has no room for all names: those that count least are left out";
        let warning = AnalysisWarning { plugin_name: plugin.to_owned(), message: message.to_owned() };
        self.writer.add_warning(&warning)?;
        self.merged.warnings += 1;
        self.notes.add(Note { message: format!("{plugin}: {message}"), count: left_out });
        self.merged.has_cut_report = true;
        Ok(())
    }

    /// A warning for all that was set aside, in place of one of the same words that an earlier run
    /// has left.
    fn warn_of_set_aside(&mut self) -> Result<(), StorageError> {
        let warnings = self.merged.set_aside.iter().map(|aside| AnalysisWarning {
            plugin_name: aside.plugin.clone().unwrap_or_else(|| OWN_WARNINGS.into()),
            message: aside.to_string(),
        });
        let warnings: Vec<_> = warnings.collect();
        self.writer.warn(&warnings, self.plan.keep_earlier)?;
        self.merged.warnings += warnings.len() as u64;
        Ok(())
    }
}
