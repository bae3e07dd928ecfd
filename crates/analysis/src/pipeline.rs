//! Runs the filter and all plugins of a run over the same events.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use events::{
    AttributeNames, Counter, EventId, EventView, Key, Notes, PluginConfig, PluginFindings, SetAside, Stage,
    StageMark, TaskFindings,
};
use filter::{Expression, Filter, FilterError, Limited, Reads};
use rustc_hash::FxHashMap;

use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, PluginError, RunContext};
use crate::registry::prepare;
use crate::rules_read::RulesRead;
use crate::time_slots::TimeSlots;

/// The analysis of a run: its filter and its plugins.
pub struct Pipeline {
    names: Arc<AttributeNames>,
    filter: Option<Filter>,
    plugins: Vec<Box<dyn AnalysisPlugin>>,
    plugin_names: Vec<&'static str>,
    reads: Reads,
    interest: Interest,
    scratch: Vec<EventFindings>,
    findings: TaskFindings,
    stage: StageMark,
    rules_read: RulesRead,
}

/// Why the analysis cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The filter expression is not valid.
    #[error("the filter cannot be used")]
    Filter(#[from] FilterError),
    /// There are more plugins than a pipeline has bits for. Foreman has fewer, so this is a task
    /// made by hand.
    #[error("there are {0} plugins, and at most {MAXIMUM_PLUGINS} can run together")]
    TooManyPlugins(usize),
    /// A plugin cannot be set up.
    #[error(transparent)]
    Plugin(#[from] PrepareError),
}

impl Pipeline {
    /// Sets up the filter and the plugins.
    ///
    /// # Errors
    ///
    /// If the filter expression or a plugin's settings are not valid, or if there are too many
    /// plugins.
    pub fn new(
        configs: &[PluginConfig],
        filter: Option<&str>,
        context: &RunContext,
    ) -> Result<Self, PipelineError> {
        if configs.len() > MAXIMUM_PLUGINS {
            return Err(PipelineError::TooManyPlugins(configs.len()));
        }
        let mut names = AttributeNames::default();
        let mut expression = filter.map(Expression::parse).transpose()?.flatten();
        if let Some(expression) = &mut expression {
            if context.strict_compat {
                expression.refuse_fields()?;
            } else {
                expression.accept_other_data_types();
            }
        }
        let filter = expression.map(|expression| Filter::compile(&expression, &mut names)).transpose()?;
        let prepared = configs
            .iter()
            .map(|config| prepare(config, &mut names, context))
            .collect::<Result<Vec<_>, PrepareError>>()?;
        if !context.strict_compat {
            names.accept_other_names();
        }
        let (plugin_names, plugins): (Vec<_>, Vec<_>) = prepared.into_iter().unzip();
        let mut reads = filter.as_ref().map(|filter| filter.reads().clone()).unwrap_or_default();
        for plugin in &plugins {
            reads.merge(&plugin.needs().reads);
        }
        let interest = Interest::new(&plugins);
        reads.event_data |= !interest.by_data_type.is_empty();
        let scratch = plugins.iter().map(|_| EventFindings::default()).collect();
        let findings = no_findings(plugins.len());
        Ok(Self {
            names: Arc::new(names),
            filter,
            plugin_names,
            plugins,
            reads,
            interest,
            scratch,
            findings,
            stage: StageMark::default(),
            rules_read: context.rules_read.clone(),
        })
    }

    /// Returns the attributes that the filter and the plugins read.
    #[must_use]
    pub fn names(&self) -> &Arc<AttributeNames> {
        &self.names
    }

    /// Returns where the pipeline records its stage. The caller may record stages there, too.
    #[must_use]
    pub fn stage(&self) -> &StageMark {
        &self.stage
    }

    /// Returns the digests of the rules that the plugins have read.
    #[must_use]
    pub fn rules_read(&self) -> &RulesRead {
        &self.rules_read
    }

    /// Returns what must be read of each event.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Returns the plugins, in the order of the run.
    pub fn plugins(&mut self) -> &mut [Box<dyn AnalysisPlugin>] {
        &mut self.plugins
    }

    /// Returns warnings about the filter to show before the run.
    #[must_use]
    pub fn filter_warnings(&self) -> Vec<String> {
        self.filter.as_ref().map(Filter::warnings).unwrap_or_default()
    }

    /// Examines an event with the filter and, if the event matches, with all plugins that want it.
    /// Returns whether it matches, for [`keep`](Self::keep).
    ///
    /// Values that cannot be read count as missing here. So the caller must call either `keep` or
    /// [`unreadable`](Self::unreadable) afterwards.
    #[must_use]
    pub fn examine(&mut self, event: &EventView<'_>) -> bool {
        self.stage.enter(Stage::Filter);
        let passes = self.filter.as_ref().is_none_or(|filter| filter.matches(event));
        if passes {
            self.ask_plugins(event);
        }
        self.stage.enter(Stage::Other);
        passes
    }

    /// Keeps the findings for the event that was examined last. The event can be read.
    pub fn keep(&mut self, event: EventId, passes: bool) {
        self.findings.events += 1;
        if passes {
            self.take_over(event);
        } else {
            self.findings.filtered += 1;
        }
    }

    /// Skips an event that cannot be read, whether or not it was examined.
    pub fn unreadable(&mut self, event: EventId, reason: String) {
        self.findings.events += 1;
        self.scratch.iter_mut().for_each(EventFindings::clear);
        self.set_aside(event, None, reason);
    }

    /// Notes that an event is exported without labels that cannot be read. This makes the export
    /// incomplete.
    pub fn unreadable_labels(&mut self, event: EventId) {
        let reason = format!("the tag of {event} cannot be read, so its labels are not exported");
        self.findings.set_aside.push(SetAside { event: None, plugin: None, reason });
    }

    /// Counts events that were not examined because their times are outside the range.
    pub fn passed_over(&mut self, events: u64) {
        self.findings.events += events;
        self.findings.filtered += events;
    }

    /// Returns the findings since the last call.
    pub fn finish_task(&mut self) -> TaskFindings {
        let mut findings = std::mem::replace(&mut self.findings, no_findings(self.plugins.len()));
        let mut notes = Notes::default();
        for (plugin, found) in self.plugins.iter_mut().zip(&mut findings.plugins) {
            found.tags.sort_by_key(|(event, _)| *event);
            found.deferred.sort_by_key(|(event, _)| *event);
            if plugin.reduces() {
                let keys = found.deferred.iter().map(|(_, key)| key);
                found.reduce_keys = keys_to_reduce(plugin.time_slot(), keys);
            }
            plugin.take_notes().into_iter().for_each(|note| notes.add(note));
        }
        if let Some(filter) = &self.filter {
            filter.take_notes().into_iter().for_each(|note| notes.add(note));
        }
        findings.notes = notes.into_vec();
        findings.set_aside.extend(untried(filter::begin_task()));
        findings.set_aside.sort_by_key(|aside| aside.event);
        findings
    }

    fn ask_plugins(&mut self, event: &EventView<'_>) {
        let data_type = event.data.map(events::EventData::data_type);
        let interested = self.interest.of(data_type);
        let mut failed = Vec::new();
        for (position, (plugin, found)) in self.plugins.iter_mut().zip(&mut self.scratch).enumerate() {
            if interested & (1 << position) == 0 {
                continue;
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "there are at most 64 plugins: each has a bit"
            )]
            self.stage.enter(Stage::Plugin(position as u8));
            // A plugin that panics got an event that it was not made for. The panic must not end
            // the worker.
            let examined = catch_unwind(AssertUnwindSafe(|| plugin.examine(event, found)))
                .unwrap_or_else(|panic| Err(PluginError::Panicked(panic_message(panic.as_ref()))));
            if let Err(error) = examined {
                found.clear();
                failed.push((position, error));
            }
        }
        for (position, error) in failed {
            self.set_aside(event.event.id, Some(self.plugin_names[position]), error.to_string());
        }
    }

    fn set_aside(&mut self, event: EventId, plugin: Option<&str>, reason: String) {
        self.findings.set_aside.push(SetAside {
            event: Some(event),
            plugin: plugin.map(str::to_owned),
            reason,
        });
    }

    fn take_over(&mut self, event: EventId) {
        for (scratch, found) in self.scratch.iter_mut().zip(&mut self.findings.plugins) {
            // Most plugins find nothing in most events.
            if scratch.is_empty() {
                continue;
            }
            if std::mem::take(&mut scratch.count_labels) {
                scratch.labels.iter().for_each(|label| count(&mut found.counter, label.as_str()));
            }
            if !scratch.labels.is_empty() {
                found.tags.push((event, scratch.labels.drain(..).collect()));
            }
            if let Some(key) = scratch.key.take() {
                found.deferred.push((event, key));
            }
            for name in scratch.counts.drain(..) {
                count(&mut found.counter, &shortened(name));
            }
            let warnings = scratch.warnings.drain(..).map(|message| (event, shortened(message).into_owned()));
            found.warnings.extend(warnings);
        }
    }
}

/// How many plugins can run together: [`Interest`] has a bit for each.
const MAXIMUM_PLUGINS: usize = 64;

/// Which plugins want events of which data type, as a bit for each plugin.
struct Interest {
    of_any: u64,
    by_data_type: FxHashMap<&'static [u8], u64>,
}

impl Interest {
    fn new(plugins: &[Box<dyn AnalysisPlugin>]) -> Self {
        let mut interest = Self { of_any: 0, by_data_type: FxHashMap::default() };
        for (position, plugin) in plugins.iter().enumerate() {
            match &plugin.needs().data_types {
                DataTypes::Any => interest.of_any |= 1 << position,
                DataTypes::Only(data_types) => {
                    for data_type in data_types {
                        *interest.by_data_type.entry(data_type.as_bytes()).or_default() |= 1 << position;
                    }
                }
            }
        }
        interest
    }

    fn of(&self, data_type: Option<&[u8]>) -> u64 {
        self.of_any
            | data_type.and_then(|data_type| self.by_data_type.get(data_type)).copied().unwrap_or_default()
    }
}

/// The keys of a task that a reduce step needs to see, in their order and each once.
fn keys_to_reduce<'k>(time_slot: Option<i64>, keys: impl Iterator<Item = &'k Key>) -> Vec<Key> {
    let Some(length) = time_slot else {
        let mut keys: Vec<_> = keys.cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        return keys;
    };
    let mut slots = TimeSlots::new(length);
    for key in keys {
        if let Key::Time(time) = key {
            slots.add(*time);
        }
    }
    slots.take().into_iter().map(Key::Time).collect()
}

/// The maximum length of a name that is counted, and of a warning, in bytes. Each is kept by the
/// foreman, in the counts and in the store, so a small store must not have long ones. The longest
/// URLs that browsers store are rarely longer.
const LONGEST_FINDING: usize = 1 << 13;

/// Cuts a text that is too long, and says how long it was.
fn shortened<'t>(text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
    let text = text.into();
    if text.len() <= LONGEST_FINDING {
        return text;
    }
    let start = &text[..text.floor_char_boundary(LONGEST_FINDING)];
    format!("{start}… (cut here; the whole has {} bytes)", text.len()).into()
}

fn count(counter: &mut Counter, name: &str) {
    match counter.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counter.insert(name.to_owned(), 1)),
    }
}

/// Says that regular expressions and the like were given up in a task, why, and on how many texts.
fn untried(limited: Limited) -> impl Iterator<Item = SetAside> {
    let hard = (limited.hard > 0).then(|| {
        format!(
            "regular expressions that need backtracking took too many steps on many texts of a task, or read \
             too much of long ones, so they were not tried on further ones ({} comparisons); change these expressions, \
             which the notes name by their attribute",
            limited.hard
        )
    });
    let long = (limited.long > 0).then(|| {
        format!(
            "too many regular expressions, wildcards with `?`, or values of `inset`, were tried on too many long texts of a \
             task, so the last ones were not tried on further texts of 16 KiB and more ({} comparisons); run these rules in \
             several runs, or give them words that must be in the text, by which they are left out",
            limited.long
        )
    });
    hard.into_iter().chain(long).map(|reason| SetAside { event: None, plugin: None, reason })
}

fn no_findings(plugins: usize) -> TaskFindings {
    TaskFindings { plugins: vec![PluginFindings::default(); plugins], ..TaskFindings::default() }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_findings_are_cut_and_say_so() {
        let fits = "é".repeat(LONGEST_FINDING / 2);
        assert_eq!(shortened(fits.as_str()), fits);
        let cut = shortened(format!("a{fits}"));
        assert!(cut.len() < LONGEST_FINDING + 64, "{}", cut.len());
        assert!(cut.ends_with("é… (cut here; the whole has 8193 bytes)"), "{}", &cut[cut.len() - 64..]);
    }

    #[test]
    fn no_more_plugins_than_it_has_bits_for() {
        let made = |count| {
            let plugins = vec![PluginConfig::new("sessionize"); count];
            Pipeline::new(&plugins, None, &RunContext::default()).map(|_| ())
        };
        made(MAXIMUM_PLUGINS).unwrap();
        assert!(matches!(made(MAXIMUM_PLUGINS + 1), Err(PipelineError::TooManyPlugins(65))));
    }

    #[test]
    fn each_limit_of_expressions_is_named_with_what_it_left_out() {
        let reasons = |hard, long| -> Vec<_> {
            untried(Limited { hard, long }).map(|SetAside { reason, .. }| reason).collect()
        };
        assert!(reasons(0, 0).is_empty());
        let both = reasons(7, 8);
        assert!(both[0].contains("took too many steps") && both[0].contains("(7 comparisons)"), "{both:?}");
        assert!(both[1].contains("too many long texts") && both[1].contains("(8 comparisons)"), "{both:?}");
        assert_eq!(both, [reasons(7, 0), reasons(0, 8)].concat());
    }
}
