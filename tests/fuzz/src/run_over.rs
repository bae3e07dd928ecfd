//! Does in one process what a run does with a store.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use events::{PluginConfig, Timestamp, printable};
use protocol::{ReduceStep, RunSpec, Step, TaskSpec, task_store_name};
use report::{Cover, Describe, Evidence, Formats, Info, LabelReport, Meanings, Report, Selection, Time};
use storage::merge::{MapTask, MergePlan, Merged, merge};
use storage::task_store::Origin;
use storage::{EventRange, Store, StoreWriter};
use worker::{Progress, TaskRunner};

use crate::assert_harmless;

/// Identifier of the run.
pub(crate) const RUN: &str = "run";
const RULES: &str = "one\n  data_type is 'syslog:line' and body contains 'Failed'\ntwo\n  \
                     size > 4\n  md5_hash is '00'\n";
/// The maximum number of tasks of a run. A store with many tasks would take the fuzzer too long.
const MOST_TASKS: u32 = 3;
/// The rows of a task, as many as in the largest task of a run.
const TASK_ROWS: i64 = 16_384;

/// Fails if the error cannot be shown. The message itself is not checked.
pub(crate) fn check_error(error: &dyn Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    assert_harmless(&printable(&text));
    assert!(text.len() < 100_000, "a message of {} bytes", text.len());
}

/// The plugins that need nothing but the store, and the rules for one of them.
pub(crate) fn plugins(folder: &Path) -> Vec<PluginConfig> {
    vec![
        PluginConfig::new("tagging")
            .with("tagging_file", crate::workplace::file(folder, "rules.txt", RULES.as_bytes())),
        PluginConfig::new("sessionize"),
        PluginConfig::new("browser_search"),
        PluginConfig::new("unique_domains_visited"),
        PluginConfig::new("chrome_extension"),
    ]
}

/// Analyses the store, and writes the results into it.
pub(crate) fn analyse(path: &Path, folder: &Path) -> Result<Merged, Box<dyn Error>> {
    let writer = StoreWriter::lock(path)?;
    let store = writer.store();
    look_at(store)?;
    report_on(store);
    let run = run_spec(path, folder);
    let names = run.plugin_names();
    let map_tasks = map(&run, store, folder)?;
    let reduce_tasks = reduce(&run, map_tasks.len(), folder)?;
    let result_tables: Vec<_> = run
        .plugins
        .iter()
        .map(|plugin| analysis::spec_of(plugin).map(|spec| spec.results))
        .collect::<Result<_, _>>()?;
    let plan = MergePlan {
        origin: &origin(&run, store)?,
        plugins: &names,
        result_tables: &result_tables,
        map_tasks: &map_tasks,
        reduce_tasks: &reduce_tasks,
        event_filter: run.filter.as_deref(),
        time_compiled: Timestamp(0),
        keep_earlier: false,
        set_aside: &[],
        is_group: |_| false,
    };
    let merged = merge(&writer, &plan, |_| true)?.expect("it was let go on");
    writer.commit()?;
    let store = Store::open(path)?;
    look_at(&store)?;
    report_on(&store);
    Ok(merged)
}

fn run_spec(path: &Path, folder: &Path) -> RunSpec {
    RunSpec {
        export: None,
        id: RUN.into(),
        store: path.to_owned(),
        part: None,
        plugins: plugins(folder),
        filter: Some("size < 10 or tag contains 'old' or not body is 'x'".into()),
        times: None,
        strict_compat: false,
    }
}

/// Returns what the task stores of a run over a store are results of, and the events of the first
/// task.
pub(crate) fn first_task(path: &Path, folder: &Path) -> Result<(Origin, EventRange), Box<dyn Error>> {
    let store = Store::open(path)?;
    let EventRange { first, last } = store.event_range()?.ok_or("a store without events")?;
    let events = EventRange { first, last: first.saturating_add(TASK_ROWS - 1).min(last) };
    Ok((origin(&run_spec(path, folder), &store)?, events))
}

fn origin(run: &RunSpec, store: &Store) -> Result<Origin, Box<dyn Error>> {
    let settings =
        analysis::settings_digest(&run.plugins, run.filter.as_deref(), run.times, run.strict_compat)?;
    Ok(Origin { run: run.id.clone(), store: store.fingerprint()?, settings })
}

/// To read them takes longer than a store of the size that is tried.
static FORMATS: LazyLock<Formats> = LazyLock::new(Formats::built_in);

/// Reports on the store in every format. Fails if a report cannot be shown. A store that cannot be
/// read is not a finding.
fn report_on(store: &Store) {
    let read = || -> Result<(), Box<dyn Error>> {
        let report = Report::read(store, true, true, Meanings::new([]), &mut |_, _| {})?;
        let formats = &*FORMATS;
        let describe = Describe { maximum: 5, formats, whole: false, is_page: true };
        let label = report.labels.rows.first().map_or("old", |facts| &facts.label);
        let events = LabelReport::read(store, label, &[], describe, &mut |_, _| {})?;
        let selection = Selection { labels: 5, events: 5, tagging_files: &[], formats };
        let evidence = Evidence::read(store, &report, selection, &mut |_, _| {})?;
        let cover = Cover { title: None, case: None, analyst: None, made: Time(Timestamp(1)), sha256: None };
        let said = [
            report.info.text(5, 40),
            report.text(5, 40),
            report.markdown(5),
            report.html(&evidence, &cover, 5),
            report::json(&report)?,
            events.text(5, 40, &str::to_owned),
            events.markdown(5),
            events.html(5),
        ];
        said.iter().for_each(|said| assert_harmless(said));
        let again = Info::read(store, true, &mut |_, _| {})?;
        assert_eq!(report.info, again, "the report has another overview than the overview");
        Ok(())
    };
    if let Err(error) = read() {
        check_error(&*error);
    }
}

/// Reads what a store contains once.
pub(crate) fn look_at(store: &Store) -> Result<(), Box<dyn Error>> {
    store.fingerprint()?;
    store.number_of_events()?;
    store.counted_events()?;
    store.user_accounts()?;
    store.visit_sessions(|_| {})?;
    Ok(())
}

fn map(run: &RunSpec, store: &Store, folder: &Path) -> Result<Vec<MapTask>, Box<dyn Error>> {
    let Some(EventRange { first, last }) = store.event_range()? else { return Ok(Vec::new()) };
    let mut outputs = Vec::new();
    let mut runner = TaskRunner::default();
    let mut next = Some(first);
    for number in 0..MOST_TASKS {
        let Some(first) = next else { break };
        let end = first.saturating_add(TASK_ROWS - 1).min(last);
        let output = folder.join(task_store_name(number));
        let events = EventRange { first, last: end };
        let step = Step::Map(events);
        let task = TaskSpec {
            run: run.clone(),
            task: number,
            step,
            found: None,
            output: output.clone(),
            trace: None,
            profile: false,
        };
        runner.run(&task, &Progress::default())?;
        outputs.push(MapTask { events, store: output });
        next = if end < last { store.event_from(end + 1)? } else { None };
    }
    Ok(outputs)
}

fn reduce(run: &RunSpec, map_tasks: usize, folder: &Path) -> Result<Vec<Option<PathBuf>>, Box<dyn Error>> {
    let mut outputs = Vec::new();
    for (plugin, config) in run.plugins.iter().enumerate() {
        if map_tasks == 0 || !matches!(config.name(), "sessionize" | "browser_search") {
            outputs.push(None);
            continue;
        }
        let number = MOST_TASKS + u32::try_from(plugin)?;
        let output = folder.join(task_store_name(number));
        let map_tasks = vec![(0, u32::try_from(map_tasks)? - 1)];
        let step = Step::Reduce(ReduceStep { plugin, folder: folder.to_owned(), map_tasks });
        let task = TaskSpec {
            run: run.clone(),
            task: number,
            step,
            found: None,
            output: output.clone(),
            trace: None,
            profile: false,
        };
        TaskRunner::default().run(&task, &Progress::default())?;
        outputs.push(Some(output));
    }
    Ok(outputs)
}
