//! Analyses that are done in shards, by several attempts at once, and merged. Attempts and merges
//! are killed at random moments, as by a program that distributes them.

use std::path::Path;
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::random::Random;
use crate::{Finished, Program, Running, Store, foreman};

/// The number of rounds in which attempts are killed. After them, nothing is.
const ROUNDS_WITH_KILLS: usize = 5;
/// The maximum number of shards.
const MOST_SHARDS: u64 = 6;
/// The maximum time until something is killed, in microseconds.
const LONGEST: u64 = 200_000;

/// A plan of which foremen are killed.
pub(super) struct Sharded<'s> {
    store: &'s Store,
    plan: TempDir,
    random: &'s mut Random,
    temporary: &'s Path,
    /// All foremen that were started.
    pub(super) foremen: Vec<Pid>,
    /// The number of killed attempts at shards, and of killed merges.
    pub(super) kills: [u64; 2],
}

impl<'s> Sharded<'s> {
    /// Plans an analysis with this command for a store.
    pub(super) fn plan(store: &'s Store, plan: Program, random: &'s mut Random, temporary: &'s Path) -> Self {
        let folder = tempfile::Builder::new().prefix("soak-plan-").tempdir().unwrap();
        let events = store.number("SELECT count(*) FROM event").unsigned_abs();
        let a_shard = events / (1 + random.below(MOST_SHARDS)) + 1;
        let plan =
            plan.args(["--shard-events", &a_shard.to_string(), "--out"]).arg(folder.path().join("plan"));
        plan.arg(store.path()).succeed();
        Self { store, plan: folder, random, temporary, foremen: Vec::new(), kills: [0, 0] }
    }

    /// Does all shards and merges them. Returns what was not as it should be.
    pub(super) fn run(&mut self) -> Result<(), String> {
        let mut round = 0;
        loop {
            let missing = self.missing()?;
            if missing.is_empty() {
                break;
            }
            self.work(&missing, round < ROUNDS_WITH_KILLS)?;
            round += 1;
        }
        for merge in 0.. {
            let kills = merge < ROUNDS_WITH_KILLS && self.random.below(2) == 0;
            let merged = self.merge(kills);
            match merged.status {
                Some(0) => return Ok(()),
                // The killed merge was complete, except for the removal of its folder.
                Some(1) if merged.stderr.contains("has the results of the plan") => {
                    foreman(["clean"]).arg(self.store.path()).env("TMPDIR", self.temporary).succeed();
                    return Ok(());
                }
                None if kills => self.kills[1] += 1,
                _ => return Err(format!("a merge: {merged:?}")),
            }
        }
        Ok(())
    }

    fn missing(&self) -> Result<Vec<String>, String> {
        let asked = self.command("merge").arg("--missing").run();
        match asked.status {
            Some(0 | 3) => Ok(asked.stdout.lines().map(str::to_owned).collect()),
            _ => Err(format!("missing shards: {asked:?}")),
        }
    }

    /// Makes one or two attempts at each of these shards at once, and kills some of them.
    fn work(&mut self, shards: &[String], kills: bool) -> Result<(), String> {
        let mut attempts = Vec::new();
        for shard in shards {
            for _ in 0..=self.random.below(2) {
                attempts.push(self.start(self.command("work").args(["--workers", "1", "--shard", shard])));
            }
        }
        while kills && !attempts.is_empty() && self.random.below(3) > 0 {
            thread::sleep(Duration::from_micros(self.random.below(LONGEST)));
            let killed = kill(attempts.swap_remove(self.random.index(attempts.len())));
            match killed.status {
                None => self.kills[0] += 1,
                Some(0) => {}
                Some(_) => return Err(format!("an attempt: {killed:?}")),
            }
        }
        let wrong = attempts.into_iter().map(Running::wait).find(|done| done.status != Some(0));
        wrong.map_or(Ok(()), |wrong| Err(format!("an attempt: {wrong:?}")))
    }

    fn merge(&mut self, kills: bool) -> Finished {
        let merge =
            self.start(self.command("merge").args(["--quiet", "--workers", "2"]).arg(self.store.path()));
        if !kills {
            return merge.wait();
        }
        thread::sleep(Duration::from_micros(self.random.below(LONGEST)));
        kill(merge)
    }

    /// Returns a command for the plan.
    fn command(&self, name: &str) -> Program {
        let plan = self.plan.path().join("plan");
        foreman([name, "--plan"]).arg(plan).env("TMPDIR", self.temporary)
    }

    fn start(&mut self, program: Program) -> Running {
        let running = program.start();
        self.foremen.push(running.pid());
        running
    }
}

/// Kills a foreman, which may just have ended, and waits for its end.
fn kill(running: Running) -> Finished {
    running.signal(Signal::SIGKILL);
    running.wait()
}
