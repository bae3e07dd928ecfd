//! Tasks as data: all that a worker needs to know.

use std::path::{Path, PathBuf};

use events::{EventRange, ExportSpec, PluginConfig, TimeRange};
use serde::{Deserialize, Serialize};

/// What all tasks of a run share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// Identifier of the run, and of the session that it stores.
    pub id: String,
    /// The storage file.
    pub store: PathBuf,
    /// What the storage file is a part of, or `None` if it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<StorePart>,
    /// The plugins of the run, in order.
    pub plugins: Vec<PluginConfig>,
    /// The filter expression, or `None` for all events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The time range to analyse, or `None` for all events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<TimeRange>,
    /// Whether plugins and rules do without what foreman adds to Plaso's.
    #[serde(default)]
    pub strict_compat: bool,
    /// What is exported of the events that match the filter, or `None` if the run is an analysis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<ExportSpec>,
}

/// What a part of a storage file must be, and what it is a part of. Both are fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorePart {
    /// The part.
    pub part: String,
    /// The whole storage file, of which the results are.
    pub whole: String,
}

impl RunSpec {
    /// Returns the names of the plugins, in order.
    #[must_use]
    pub fn plugin_names(&self) -> Vec<String> {
        self.plugins.iter().map(|plugin| plugin.name().to_owned()).collect()
    }
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSpec {
    /// The run of the task.
    pub run: RunSpec,
    /// The task's number in the run.
    pub task: u32,
    /// The work to do.
    pub step: Step,
    /// The storage file as the foreman of this machine has found it. `None` takes the file that is
    /// there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<FoundStore>,
    /// The path of the task store to write.
    pub output: PathBuf,
    /// A file for the number of the current event. It is written before the event is examined, so
    /// that an event that kills the worker is known afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<PathBuf>,
    /// Whether to measure how the task spends its time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub profile: bool,
}

/// A storage file as a foreman has found it, for workers on the same machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundStore {
    /// Which file it is, and its last write: `StoreState::version` of the crate `storage`.
    pub version: String,
    /// Its fingerprint, if the version surely tells of each write to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// The work of a task. The foreman plans with the position of a reduce step's plugin alone
/// (`Step<usize>`). The worker gets all that the step needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step<R = ReduceStep> {
    /// Examine the events of a range with all plugins.
    Map(EventRange),
    /// Run the reduce step of one plugin over the task stores of the map tasks.
    Reduce(R),
}

/// The reduce step of one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReduceStep {
    /// The plugin's position in the run.
    pub plugin: usize,
    /// The folder of the map tasks' stores.
    pub folder: PathBuf,
    /// The numbers of the map tasks in the order of their events, as ranges of numbers: first
    /// and last.
    pub map_tasks: Vec<(u32, u32)>,
}

/// Returns the name of a task's store in the run folder.
#[must_use]
pub fn task_store_name(task: u32) -> String {
    format!("task-{task:06}.sqlite")
}

/// Returns whether a file of this name is a task store.
#[must_use]
pub fn is_task_store_name(name: &str) -> bool {
    let number = name.strip_prefix("task-").and_then(|rest| rest.strip_suffix(".sqlite"));
    number.and_then(|number| number.parse().ok()).is_some_and(|number| task_store_name(number) == name)
}

/// Returns the path of the part of an export that a task writes, beside its task store.
#[must_use]
pub fn part_of(task_store: &Path) -> PathBuf {
    task_store.with_extension(PART)
}

/// Returns whether a file of this name is a part of an export.
#[must_use]
pub fn is_part_name(name: &str) -> bool {
    let store = name.strip_suffix(PART).map(|name| format!("{name}sqlite"));
    store.is_some_and(|name| is_task_store_name(&name))
}

/// The end of the name of a part.
const PART: &str = "part";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_task_stores() {
        for number in [0, 17, u32::MAX] {
            let name = task_store_name(number);
            assert!(is_task_store_name(&name) && !is_part_name(&name));
            let part = part_of(Path::new(&name));
            assert!(is_part_name(part.to_str().unwrap()));
        }
        for name in ["task-1.sqlite", "task-000001.sqlite-journal", "task-+00001.sqlite", "task-.sqlite"] {
            assert!(!is_task_store_name(name), "{name}");
        }
    }

    #[test]
    fn tasks_round_trip_as_json() {
        let task = TaskSpec {
            run: RunSpec {
                id: "0123".into(),
                store: "case.plaso".into(),
                part: None,
                plugins: vec![
                    PluginConfig::new("tagging").with("tagging_file", "rules.txt"),
                    PluginConfig::new("sessionize").with("maximum_pause", 10_u64),
                ],
                filter: Some("data_type is 'fs:stat'".into()),
                times: None,
                strict_compat: false,
                export: None,
            },
            task: 3,
            step: Step::Map(EventRange { first: 1, last: 5000 }),
            found: None,
            output: "task.sqlite".into(),
            trace: None,
            profile: false,
        };
        let json = serde_json::to_string(&task).unwrap();
        assert_eq!(
            json,
            r#"{"run":{"id":"0123","store":"case.plaso","plugins":[{"plugin":"tagging","tagging_file":"rules.txt"},{"plugin":"sessionize","maximum_pause":10}],"filter":"data_type is 'fs:stat'","strict_compat":false},"task":3,"step":{"map":{"first":1,"last":5000}},"output":"task.sqlite"}"#
        );
        assert_eq!(serde_json::from_str::<TaskSpec>(&json).unwrap(), task);
        let reduce = TaskSpec {
            step: Step::Reduce(ReduceStep { plugin: 1, folder: "run".into(), map_tasks: vec![(0, 9)] }),
            found: Some(FoundStore { version: "file 1:2".into(), fingerprint: None }),
            trace: Some("trace".into()),
            profile: true,
            ..task
        };
        let json = serde_json::to_string(&reduce).unwrap();
        assert!(
            json.contains(r#""step":{"reduce":{"plugin":1,"folder":"run","map_tasks":[[0,9]]}}"#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<TaskSpec>(&json).unwrap(), reduce);
    }
}
