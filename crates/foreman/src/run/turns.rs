//! The runs of a queue, two at a time: while the workers of one run analyse, the results of the
//! run before it are stored.
//!
//! Workers use all processors, and results are stored by one thread. So two runs never have workers
//! at a time, nor do they store results at a time.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::exit::{Failure, Status};
use crate::run::milestone::Milestone;
use crate::run::options::Options;
use crate::run::queue::{Queue, QueueLog};
use crate::run::summary::Summary;
use crate::supervise::dispatcher::Snapshot;
use crate::supervise::stop::StopRequests;

/// A run that has ended.
pub(crate) struct Ended {
    pub(crate) store: PathBuf,
    pub(crate) summary: Summary,
    pub(crate) result: Result<Status, Failure>,
}

/// Who looks on at the runs. It is told of them as if one came after the other.
pub(crate) trait Onlooker {
    /// Gets the state of a run at intervals.
    fn show(&mut self, snapshot: &Snapshot);

    /// Is told that a run has ended. Returns whether to go on with the next one.
    fn ended(&mut self, queue: &Queue, ended: Ended) -> bool;
}

/// What a run says to the queue.
enum Message {
    Shown(usize, Snapshot),
    Ended(usize, Box<Ended>),
    /// The user asked to stop before it was its turn.
    NotBegun(PathBuf),
    Panicked,
}

/// Does the runs of a queue. `options` returns those for a storage file.
///
/// The second run begins only when the first one has found its rules, options and filter to be
/// good.
pub(crate) fn run_in_turns(
    queue: &mut Queue,
    options: impl Fn(&Path) -> Options,
    stop: &StopRequests,
    onlooker: &mut impl Onlooker,
) -> io::Result<()> {
    let turns = &Turns::default();
    thread::scope(|scope| {
        let (sender, messages) = sync_channel(1);
        let (mut begun, mut running, mut shown) = (0, 0, 0);
        let (mut at_a_time, mut goes_on) = (1, true);
        let mut waiting = BTreeMap::new();
        loop {
            while goes_on && running < at_a_time && !stop.has_come() {
                let Some(store) = queue.next() else { break };
                let (options, sender) = (options(&store), sender.clone());
                let run = Run { number: begun, options, sender, turns, log: queue.log(), stop };
                thread::Builder::new().spawn_scoped(scope, move || run.perform())?;
                (begun, running) = (begun + 1, running + 1);
            }
            if running == 0 {
                return Ok(());
            }
            match messages.recv() {
                Ok(Message::Shown(number, snapshot)) if number == shown => onlooker.show(&snapshot),
                Ok(Message::Shown(..)) => {}
                Ok(Message::Ended(number, run)) => {
                    running -= 1;
                    waiting.insert(number, run);
                }
                Ok(Message::NotBegun(store)) => {
                    running -= 1;
                    queue.put_back(store);
                }
                // The scope passes the panic on.
                Ok(Message::Panicked) | Err(_) => return Ok(()),
            }
            while let Some(run) = waiting.remove(&shown) {
                shown += 1;
                goes_on &= onlooker.ended(queue, *run);
            }
            at_a_time = queue.at_a_time();
        }
    })
}

/// Who has workers, and who stores results.
#[derive(Default)]
struct Turns {
    workers: Mutex<()>,
    store: Mutex<()>,
}

/// Waits for a turn. If a run has panicked, its turn is over all the same.
fn turn(of: &Mutex<()>) -> MutexGuard<'_, ()> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Run<'q> {
    number: usize,
    options: Options,
    sender: SyncSender<Message>,
    turns: &'q Turns,
    log: QueueLog,
    stop: &'q StopRequests,
}

impl Run<'_> {
    fn perform(self) {
        let Self { number, options, sender, turns, log, stop } = &self;
        let mut turn_of_workers = Some(turn(&turns.workers));
        let mut turn_to_store = None;
        if stop.has_come() {
            let _ = sender.send(Message::NotBegun(options.store.clone()));
            return;
        }
        let mut show = |snapshot: &Snapshot| {
            // A snapshot that nobody has time to look at is of no use.
            let _ = sender.try_send(Message::Shown(*number, snapshot.clone()));
        };
        let (summary, result) = crate::run::run(options, stop, &mut show, &mut |milestone| {
            log.add(&milestone);
            if let Milestone::Worked = milestone {
                turn_of_workers = None;
                turn_to_store = Some(turn(&turns.store));
            }
        });
        drop((turn_of_workers, turn_to_store));
        let ended = Ended { store: options.store.clone(), summary, result };
        // After a panic of another run, nobody listens.
        let _ = sender.send(Message::Ended(*number, Box::new(ended)));
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.sender.send(Message::Panicked);
        }
    }
}
