//! Tests of the dispatcher's decisions, without processes.

use std::time::{Duration, Instant};

use protocol::{Status, TaskDone, WorkState};
use storage::EventRange;

use super::{
    Action, Dispatcher, Ended, Event, Limits, Outcome, Signal, TaskId, TaskRecord, Tasks, Work, WorkerId,
};

const LIMITS: Limits = Limits {
    workers: 2,
    failures: 300,
    memory: Some(1_000),
    no_progress: Some(Duration::from_secs(60)),
    hello: Duration::from_secs(20),
    stopped: Duration::from_secs(10),
    grace: Duration::from_secs(5),
};

/// A run with a clock that the test sets.
struct Run {
    dispatcher: Dispatcher,
    now: Instant,
    recorded: bool,
}

impl Run {
    /// Makes a run over ranges of ten events, with a reduce step for each of `reduces`.
    fn new(tasks: i64, reduces: &[usize]) -> Self {
        let ranges: Vec<_> =
            (0..tasks).map(|n| EventRange { first: n * 10 + 1, last: n * 10 + 10 }).collect();
        let plugins = vec!["tagging".to_owned(), "sessionize".to_owned()];
        Self::of(LIMITS, &ranges, plugins, reduces)
    }

    fn of(limits: Limits, ranges: &[EventRange], plugins: Vec<String>, reduces: &[usize]) -> Self {
        let tasks = Tasks::new(ranges, plugins, reduces.to_vec());
        Self { dispatcher: Dispatcher::new(limits, tasks), now: Instant::now(), recorded: false }
    }

    fn handle(&mut self, event: Event) -> Vec<Action> {
        self.dispatcher.handle(event, self.now)
    }

    fn replaced(&self) -> Vec<String> {
        self.dispatcher.replaced().iter().map(ToString::to_string).collect()
    }

    fn after(&mut self, seconds: u64) -> Vec<Action> {
        self.now += Duration::from_secs(seconds);
        self.handle(Event::Tick)
    }

    /// Starts the workers, and says hello for them.
    fn start(&mut self) -> Vec<Action> {
        let spawned = self.handle(Event::Tick);
        spawned
            .into_iter()
            .flat_map(|action| match action {
                Action::Spawn(worker) => self.hello(worker.0),
                other => vec![other],
            })
            .collect()
    }

    /// Says hello for a worker, which then loads the rules and begins with its task, if it gets
    /// one.
    fn hello(&mut self, worker: u32) -> Vec<Action> {
        let actions = self.hello_only(worker);
        let begun = |action: &Action| matches!(action, Action::Assign { worker: to, .. } if to.0 == worker);
        if actions.iter().any(begun) {
            let status = Status { state: WorkState::Analyzing, ..Status::default() };
            assert_eq!(self.handle(Event::Status { worker: WorkerId(worker), status }), []);
        }
        actions
    }

    fn hello_only(&mut self, worker: u32) -> Vec<Action> {
        self.handle(Event::Hello { worker: WorkerId(worker), pid: 100 + worker })
    }

    /// Reports a task as done by a worker. Returns the actions, without the action that records the
    /// task.
    fn done(&mut self, worker: u32, task: TaskId) -> Vec<Action> {
        let done = TaskDone { task, events: 10, ..TaskDone::default() };
        let mut actions = self.handle(Event::Done { worker: WorkerId(worker), done });
        self.recorded = actions.first() == Some(&Action::Record(task));
        actions.retain(|action| !matches!(action, Action::Record(_)));
        actions
    }

    fn dies(&mut self, worker: u32, how: Ended, traced: Option<i64>) -> Vec<Action> {
        self.handle(Event::Exited { worker: WorkerId(worker), how, traced, said: None })
    }

    fn ends_as_asked(&mut self, worker: u32) -> Vec<Action> {
        self.dies(worker, Ended::ExitCode(0), None)
    }
}

fn assign(worker: u32, task: TaskId) -> Action {
    Action::Assign { worker: WorkerId(worker), task, trace: false }
}

fn assign_traced(worker: u32, task: TaskId) -> Action {
    Action::Assign { worker: WorkerId(worker), task, trace: true }
}

fn signal(worker: u32, signal: Signal) -> Action {
    Action::Signal(WorkerId(worker), signal)
}

fn finished_maps(run: &Run) -> Vec<TaskId> {
    run.dispatcher.tasks().finished_maps().into_iter().map(|(task, _)| task).collect()
}

fn crash() -> Ended {
    Ended::Crashed(11)
}

#[test]
fn an_undisturbed_run() {
    let mut run = Run::new(3, &[1]);
    assert_eq!(run.start(), [assign(0, 0), assign(1, 1)]);
    assert_eq!(run.done(0, 0), [assign(0, 2)]);
    assert!(run.recorded);
    assert_eq!(run.done(1, 1), [], "the reduce step waits for all map tasks");
    assert_eq!(run.done(0, 2), [assign(0, 3)], "the reduce step");
    assert_eq!(finished_maps(&run), [0, 1, 2]);
    assert_eq!(run.done(0, 3), [signal(0, Signal::Ask), signal(1, Signal::Ask)]);
    assert_eq!(run.dispatcher.outcome(), None);
    assert_eq!(run.ends_as_asked(0), []);
    assert_eq!(run.ends_as_asked(1), []);
    assert_eq!(run.dispatcher.outcome(), Some(Outcome::Finished));
    assert_eq!(run.dispatcher.tasks().finished_reduce(1), Some(3));
    assert_eq!(run.replaced(), [""; 0]);
}

#[test]
fn a_store_without_events_needs_no_worker() {
    let mut run = Run::new(0, &[1]);
    assert_eq!(run.handle(Event::Tick), []);
    assert_eq!(run.dispatcher.outcome(), Some(Outcome::Finished));
}

#[test]
fn no_more_workers_than_tasks() {
    let mut run = Run::new(1, &[]);
    assert_eq!(run.handle(Event::Tick), [Action::Spawn(WorkerId(0))]);
    assert_eq!(run.handle(Event::Tick), []);
}

#[test]
fn a_crash_is_repaired() {
    let mut run = Run::new(2, &[]);
    run.start();
    assert_eq!(run.dies(0, crash(), None), [Action::Spawn(WorkerId(2))]);
    assert_eq!(run.hello(2), [assign_traced(2, 0)], "the task runs again, and notes its events");
    run.done(2, 0);
    run.done(1, 1);
    run.ends_as_asked(1);
    run.ends_as_asked(2);
    assert_eq!(run.dispatcher.outcome(), Some(Outcome::Finished));
    assert!(run.dispatcher.tasks().set_aside().is_empty());
    assert_eq!(run.replaced(), ["worker 100 was killed by SIGSEGV at events 1 to 10"]);
}

/// All ways in which a worker can end while it works, with the texts about them.
#[test]
fn every_end_is_told_apart() {
    type Drive = fn(&mut Run) -> Vec<Action>;
    let table: [(Drive, &str); 7] = [
        (|run| run.dies(0, Ended::Crashed(9), None), "was killed by SIGKILL"),
        (|run| run.dies(0, Ended::ExitCode(1), None), "ended with exit status 1"),
        (
            |run| {
                let sampled = Event::Sampled { worker: WorkerId(0), memory: 1_001, stopped: false };
                assert_eq!(run.handle(sampled), [signal(0, Signal::Kill)]);
                run.dies(0, Ended::Crashed(9), None)
            },
            "exceeded the memory limit with 0 MiB",
        ),
        (
            |run| {
                assert_eq!(run.after(59), []);
                assert_eq!(run.after(1), [signal(0, Signal::Kill)]);
                run.dies(0, Ended::Crashed(9), None)
            },
            "made no progress for 60 s",
        ),
        (
            |run| {
                run.handle(Event::Sampled { worker: WorkerId(0), memory: 1, stopped: true });
                assert_eq!(run.after(10), [signal(0, Signal::Kill)]);
                run.dies(0, Ended::Crashed(9), None)
            },
            "was stopped by a signal for 10 s",
        ),
        (
            |run| {
                assert_eq!(run.handle(Event::Lost { worker: WorkerId(0) }), []);
                assert_eq!(run.after(5), [signal(0, Signal::Kill)]);
                run.dies(0, Ended::Crashed(9), None)
            },
            "broke the connection",
        ),
        (
            |run| {
                // When a worker crashes, its connection breaks first.
                run.handle(Event::Lost { worker: WorkerId(0) });
                run.dies(0, crash(), None)
            },
            "was killed by SIGSEGV",
        ),
    ];
    for (drive, reason) in table {
        let mut run =
            Run::of(Limits { workers: 1, ..LIMITS }, &[EventRange { first: 1, last: 10 }], vec![], &[]);
        run.start();
        assert_eq!(drive(&mut run), [Action::Spawn(WorkerId(1))], "{reason}");
        assert_eq!(run.replaced(), [format!("worker 100 {reason} at events 1 to 10")]);
        assert_eq!(run.hello(1), [assign_traced(1, 0)], "{reason}");
    }
}

#[test]
fn progress_and_going_on_keep_a_worker_alive() {
    let mut run = Run::new(1, &[]);
    run.start();
    for steps in 1..5 {
        assert_eq!(run.after(50), []);
        let status = Status { task: Some(0), steps, ..Status::default() };
        assert_eq!(run.handle(Event::Status { worker: WorkerId(0), status }), []);
    }
    run.handle(Event::Sampled { worker: WorkerId(0), memory: 1, stopped: true });
    run.handle(Event::Sampled { worker: WorkerId(0), memory: 1, stopped: false });
    assert_eq!(run.after(20), []);
}

/// All ways in which a worker can be late, with their time limits.
#[test]
fn no_worker_is_blamed_for_a_pause_of_the_foreman() {
    type Prepare = fn(&mut Run);
    let cases: [(&str, u64, Prepare); 5] = [
        ("no progress", 60, |run| drop(run.start())),
        ("no hello", 20, |run| drop(run.handle(Event::Tick))),
        ("lost", 5, |run| {
            run.start();
            run.handle(Event::Lost { worker: WorkerId(0) });
        }),
        ("stopped", 10, |run| {
            run.start();
            run.handle(Event::Sampled { worker: WorkerId(0), memory: 1, stopped: true });
        }),
        ("asked to end", 5, |run| {
            run.start();
            run.handle(Event::Interrupt);
        }),
    ];
    for (name, limit, prepare) in cases {
        let mut run = Run::new(1, &[]);
        prepare(&mut run);
        let pause = 100 * limit;
        run.now += Duration::from_secs(pause);
        assert_eq!(run.handle(Event::Paused(Duration::from_secs(pause))), [], "{name}");
        assert_eq!(run.after(limit - 1), [], "{name}");
        // The worker's own time limit still applies.
        assert_ne!(run.after(1), [], "{name}");
    }
}

#[test]
fn a_bad_event_that_is_known_costs_three_workers() {
    let mut run = Run::new(1, &[]);
    run.start();
    run.dies(0, crash(), None);
    assert_eq!(run.hello(1), [assign_traced(1, 0)]);
    run.dies(1, crash(), Some(7));
    assert_eq!(run.hello(2), [assign(2, 1)], "events 1 to 6");
    assert_eq!(run.hello(3), [assign_traced(3, 2)], "event 7 alone");
    run.dies(3, crash(), Some(7));
    run.done(2, 1);
    assert_eq!(run.dispatcher.tasks().set_aside().len(), 1);
    let aside = &run.dispatcher.tasks().set_aside()[0];
    assert_eq!(aside.to_string(), "event.7 was skipped: the worker that examined it was killed by SIGSEGV");
    run.done(2, 3);
    assert_eq!(finished_maps(&run), [1, 3], "events 1 to 6 and 8 to 10");
}

#[test]
fn two_bad_events_in_one_task() {
    // There is one worker, which ends whenever its task has event 1 or 10. It records events if it
    // is told to.
    let limits = Limits { workers: 1, ..LIMITS };
    let mut run = Run::of(limits, &[EventRange { first: 1, last: 10 }], vec![], &[]);
    let mut actions = run.start();
    let mut deaths = 0;
    while let Some(action) = actions.pop() {
        actions = match action {
            Action::Spawn(worker) => run.hello(worker.0),
            Action::Assign { worker, task, trace } => {
                let Work::Map(range) = run.dispatcher.tasks().get(task).unwrap().work else { panic!() };
                match [1, 10].into_iter().find(|event| (range.first..=range.last).contains(event)) {
                    Some(event) => {
                        deaths += 1;
                        run.dies(worker.0, crash(), trace.then_some(event))
                    }
                    None => run.done(worker.0, task),
                }
            }
            Action::Signal(worker, _) => run.ends_as_asked(worker.0),
            Action::Record(_) => Vec::new(),
        };
    }
    assert_eq!(run.dispatcher.outcome(), Some(Outcome::Finished));
    let events: Vec<_> =
        run.dispatcher.tasks().set_aside().iter().map(|aside| aside.event.unwrap().rowid()).collect();
    assert_eq!((events, deaths), (vec![1, 10], 6));
}

#[test]
fn without_a_noted_event_the_task_is_halved_until_it_stands_alone() {
    let limits = Limits { workers: 1, ..LIMITS };
    let mut run = Run::of(limits, &[EventRange { first: 1, last: 1_000 }], vec![], &[]);
    let mut actions = run.start();
    while let Some(action) = actions.pop() {
        actions = match action {
            Action::Spawn(worker) => run.hello(worker.0),
            Action::Assign { worker, task, .. } => {
                let Work::Map(range) = run.dispatcher.tasks().get(task).unwrap().work else { panic!() };
                if (range.first..=range.last).contains(&333) {
                    run.dies(worker.0, Ended::OverMemory(1), None)
                } else {
                    run.done(worker.0, task)
                }
            }
            Action::Signal(worker, _) => run.ends_as_asked(worker.0),
            Action::Record(_) => Vec::new(),
        };
    }
    assert_eq!(run.dispatcher.outcome(), Some(Outcome::Finished));
    assert_eq!(run.dispatcher.tasks().set_aside().len(), 1);
    assert_eq!(
        run.dispatcher.tasks().results().map(|done| done.events).sum::<u64>(),
        10 * 10,
        "ten pieces around it"
    );
}

#[test]
fn a_reduce_step_that_no_worker_survives_is_given_up() {
    let limits = Limits { workers: 1, ..LIMITS };
    let plugins = vec!["tagging".to_owned(), "sessionize".to_owned()];
    let mut run = Run::of(limits, &[EventRange { first: 1, last: 10 }], plugins, &[1]);
    run.start();
    assert_eq!(run.done(0, 0), [assign(0, 1)]);
    for worker in 0..4 {
        assert_eq!(run.dies(worker, crash(), None), [Action::Spawn(WorkerId(worker + 1))]);
        assert_eq!(run.hello(worker + 1), [assign_traced(worker + 1, 1)]);
    }
    assert_eq!(run.dies(4, crash(), None), []);
    assert_eq!(run.dispatcher.outcome(), Some(Outcome::Finished));
    let aside = run.dispatcher.tasks().set_aside()[0].to_string();
    assert_eq!(aside, "its reduce step was given up, because the worker that ran it was killed by SIGSEGV");
}

#[test]
fn an_error_is_tried_again_once() {
    let mut run = Run::new(1, &[]);
    run.start();
    let failed = || Event::Failed { worker: WorkerId(0), task: 0, error: "no such store".into() };
    assert_eq!(run.handle(failed()), [assign(0, 0)]);
    assert_eq!(run.handle(failed()), [signal(0, Signal::Ask)]);
    run.ends_as_asked(0);
    assert_eq!(run.dispatcher.outcome(), Some(Outcome::Failed("no such store".into())));
}

#[test]
fn workers_that_do_not_start() {
    let limits = Limits { workers: 1, ..LIMITS };
    let mut run = Run::of(limits, &[EventRange { first: 1, last: 10 }], vec![], &[]);
    for attempt in 0..5 {
        assert_eq!(run.after(60), [Action::Spawn(WorkerId(attempt))]);
        assert_eq!(run.dies(attempt, Ended::ExitCode(2), None), [], "not again at once");
    }
    let Some(Outcome::Failed(reason)) = run.dispatcher.outcome() else { panic!() };
    assert_eq!(
        reason,
        "a worker ended with exit status 2 before it said hello; after 5 such failures in a row, the run fails"
    );
}

/// Rules and lists that no worker can load are the fault of no event: no task is divided.
#[test]
fn workers_that_end_while_they_load_the_rules() {
    type Drive = fn(&mut Run, u32) -> Vec<Action>;
    let table: [(Drive, u32, &str, &str); 3] = [
        (|run, worker| run.dies(worker, crash(), None), 3, "was killed by SIGSEGV", "--workers"),
        (
            |run, worker| {
                let id = WorkerId(worker);
                run.handle(Event::Sampled { worker: id, memory: 1_001, stopped: false });
                run.dies(worker, Ended::Crashed(9), None)
            },
            2,
            "exceeded the memory limit with 0 MiB",
            "--worker-memory-limit",
        ),
        (
            |run, worker| {
                // Messages without progress change nothing.
                let status = Status { task: Some(0), ..Status::default() };
                run.handle(Event::Status { worker: WorkerId(worker), status });
                run.after(60);
                run.dies(worker, Ended::Crashed(9), None)
            },
            2,
            "made no progress for 60 s",
            "--worker-timeout",
        ),
    ];
    for (drive, ends, reason, option) in table {
        let limits = Limits { workers: 1, ..LIMITS };
        let mut run = Run::of(limits, &[EventRange { first: 1, last: 10 }], vec![], &[]);
        run.handle(Event::Tick);
        for worker in 0..ends {
            assert_eq!(run.dispatcher.outcome(), None, "{reason}");
            assert_eq!(run.hello_only(worker), [assign(worker, 0)], "its events are not suspected");
            assert_eq!(drive(&mut run, worker), [], "not again at once");
            if worker + 1 < ends {
                assert_eq!(run.after(1), [Action::Spawn(WorkerId(worker + 1))], "{reason}");
            }
        }
        let Some(Outcome::Failed(why)) = run.dispatcher.outcome() else { panic!("{reason}") };
        let begin =
            format!("a worker {reason} while it loaded the rules and lists, before its first event; ");
        assert!(why.starts_with(&begin) && why.contains(option), "{why}");
        assert!(run.dispatcher.tasks().set_aside().is_empty());
        assert_eq!(run.dispatcher.tasks().counts(), (0, 1));
    }
}

#[test]
fn one_worker_may_be_killed_while_it_loads_the_rules() {
    let limits = Limits { workers: 1, ..LIMITS };
    let mut run = Run::of(limits, &[EventRange { first: 1, last: 10 }], vec![], &[]);
    run.handle(Event::Tick);
    run.hello_only(0);
    run.dies(0, crash(), None);
    run.after(1);
    assert_eq!(run.hello(1), [assign(1, 0)]);
    run.dies(1, crash(), None);
    assert_eq!(run.hello_only(2), [assign_traced(2, 0)]);
    assert_eq!(run.dies(2, crash(), None), []);
    assert_eq!(run.after(1), [Action::Spawn(WorkerId(3))], "not in a row with the first");
}

/// A fault that is not in the events ends the run before it divides all tasks down to events.
#[test]
fn so_many_workers_end_that_the_events_are_hardly_at_fault() {
    let advice = [
        (false, "was killed by SIGSEGV", "use fewer workers (--workers)"),
        (true, "exceeded the memory limit with 0 MiB", "--worker-memory-limit"),
    ];
    for (over_memory, reason, option) in advice {
        let limits = Limits { workers: 1, failures: 5, ..LIMITS };
        let mut run = Run::of(limits, &[EventRange { first: 1, last: 1_000 }], vec![], &[]);
        run.handle(Event::Tick);
        for worker in 0..6 {
            assert_eq!(run.dispatcher.outcome(), None, "{reason} {worker}");
            run.hello(worker);
            if over_memory {
                run.handle(Event::Sampled { worker: WorkerId(worker), memory: 1_001, stopped: false });
            }
            run.dies(worker, crash(), None);
        }
        let Some(Outcome::Failed(failure)) = run.dispatcher.outcome() else { panic!("{reason}") };
        for words in ["more than 5 workers ended", reason, option, "worker 105", " at events "] {
            assert!(failure.contains(words), "{words} is not in {failure}");
        }
    }
}

#[test]
fn a_worker_that_says_no_hello_is_killed() {
    let limits = Limits { workers: 1, ..LIMITS };
    let mut run = Run::of(limits, &[EventRange { first: 1, last: 10 }], vec![], &[]);
    run.handle(Event::Tick);
    assert_eq!(run.after(19), []);
    assert_eq!(run.after(1), [signal(0, Signal::Kill)]);
    run.dies(0, Ended::Crashed(9), None);
    assert_eq!(run.after(1), [Action::Spawn(WorkerId(1))]);
    assert_eq!(run.replaced(), ["a worker did not say hello within 20 s"]);
}

#[test]
fn a_worker_of_another_version_ends_the_run() {
    let mut run = Run::new(2, &[]);
    run.handle(Event::Tick);
    let wrong = Event::WrongProtocol { worker: WorkerId(0), detail: "versions 1 and 2".into() };
    assert_eq!(run.handle(wrong), [signal(0, Signal::Kill)]);
    assert_eq!(run.dies(0, Ended::Crashed(9), None), [signal(1, Signal::Kill)]);
    run.dies(1, Ended::Crashed(9), None);
    assert_eq!(run.dispatcher.outcome(), Some(Outcome::Failed("versions 1 and 2".into())));
}

#[test]
fn an_interrupt_escalates_from_asking_to_killing() {
    let mut run = Run::new(9, &[]);
    run.start();
    assert_eq!(run.handle(Event::Interrupt), [signal(0, Signal::Ask), signal(1, Signal::Ask)]);
    assert_eq!(run.done(0, 0), [], "nothing more is given out");
    assert_eq!(run.ends_as_asked(0), [], "nor a worker replaced");
    assert_eq!(run.after(5), [signal(1, Signal::Terminate)]);
    assert_eq!(run.after(5), [signal(1, Signal::Kill)]);
    assert_eq!(run.dispatcher.outcome(), None);
    run.dies(1, Ended::Crashed(9), None);
    assert_eq!(run.dispatcher.outcome(), Some(Outcome::Aborted));
    assert_eq!(run.replaced(), [""; 0]);
}

#[test]
fn a_second_interrupt_kills_at_once() {
    let mut run = Run::new(9, &[]);
    run.start();
    run.handle(Event::Interrupt);
    assert_eq!(run.handle(Event::Interrupt), [signal(0, Signal::Kill), signal(1, Signal::Kill)]);
}

#[test]
fn words_about_tasks_that_a_worker_does_not_have_count_for_nothing() {
    let mut run = Run::new(2, &[]);
    run.start();
    assert_eq!(run.done(0, 1), []);
    assert!(!run.recorded);
    assert_eq!(run.done(7, 0), []);
    assert!(run.dispatcher.tasks().finished_maps().is_empty());
}

#[test]
fn what_an_interrupted_run_has_done_is_not_done_again() {
    let mut first = Run::new(3, &[1]);
    first.start();
    first.done(0, 0);
    first.done(1, 1);
    let ranges: Vec<_> = (0..3).map(|n| EventRange { first: n * 10 + 1, last: n * 10 + 10 }).collect();
    let mut tasks = Tasks::new(&ranges, vec!["tagging".into(), "sessionize".into()], vec![1]);
    let mut records = first.dispatcher.tasks().records();
    // A task that was made by dividing a task in the interrupted run.
    records.push(TaskRecord { work: Work::Map(EventRange { first: 25, last: 30 }), ..records[0] });
    tasks.restore(&records);
    assert_eq!(tasks.counts(), (2, 4));
    let mut second = Run { dispatcher: Dispatcher::new(LIMITS, tasks), now: Instant::now(), recorded: false };
    assert_eq!(second.start(), [assign(0, 2)]);
    assert_eq!(second.done(0, 2), [assign(0, 3)], "the reduce step");
}

#[test]
fn what_was_reduced_from_a_damaged_task_store_is_reduced_again() {
    let mut run = Run::new(1, &[1]);
    run.start();
    run.done(0, 0);
    run.done(0, 1);
    run.ends_as_asked(0);
    let mut tasks = run.dispatcher.into_tasks();
    tasks.redo(0);
    let mut again = Run { dispatcher: Dispatcher::new(LIMITS, tasks), now: Instant::now(), recorded: false };
    assert_eq!(again.start(), [assign(0, 0)], "the reduce step waits");
    assert_eq!(again.done(0, 0), [assign(0, 1)]);
}
