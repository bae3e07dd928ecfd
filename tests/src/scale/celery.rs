//! Cases with Celery and Redis.

use std::path::Path;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};

use super::case::{Case, LONGEST};
use super::machines::{Machine, free_port, parent, wait_for_port};
use crate::{FaultPlan, Finished, Program, path_with_foreman, wait_until};

/// Does the shards in two processes of a pool.
pub(super) fn pool(case: &Case<'_>) -> Finished {
    let celery = Celery::start(case, None);
    celery.client(case).run()
}

/// A process of the pool is killed while it waits for a shard. The foreman of the shard stops.
pub(super) fn child_killed(case: &Case<'_>) -> Finished {
    let faults = FaultPlan::new(&format!("wait {} once", case.middle()));
    let celery = Celery::start(case, Some(&faults));
    let mut client = celery.client(case).start();
    let worker = client.until(|_| faults.waiting()).expect("a worker waits");
    let child = parent(worker).and_then(parent).expect("the foreman has a parent");
    kill(child, Signal::SIGKILL).unwrap();
    faults.go_on();
    client.wait()
}

/// A Redis server and a worker of Celery.
struct Celery {
    url: String,
    machine: Machine,
}

impl Celery {
    fn start(case: &Case<'_>, faults: Option<&FaultPlan>) -> Self {
        let begin = Instant::now();
        let port = free_port();
        let mut machine = Machine::new("celery");
        let redis = machine.program(Path::new("redis-server"), ["--bind", "127.0.0.1", "--save", ""]);
        let redis = redis.args(["--port", &port.to_string(), "--dir"]).arg(case.folder.path());
        machine.start(redis.deadline(LONGEST));
        wait_for_port(port);
        let mut celery = Self { url: format!("redis://127.0.0.1:{port}/0"), machine };
        let arguments = ["-m", "celery", "--app", "foreman_celery", "worker", "--concurrency", "2"];
        let worker = celery.python(case).args(arguments).arg("--loglevel").arg("INFO");
        let worker = match faults {
            Some(faults) => faults.of_all_foremen(worker),
            None => worker,
        };
        celery.machine.start(worker);
        let ping = ["-m", "celery", "--app", "foreman_celery", "inspect", "--timeout", "1", "ping"];
        wait_until("Celery is ready", || celery.python(case).args(ping).run().status == Some(0));
        case.services.set(begin.elapsed());
        celery
    }

    /// Returns the program that starts the shards, and waits for the end of the merge.
    fn client(&self, case: &Case<'_>) -> Program {
        let wait = "import sys, foreman_celery\n\
                    print(foreman_celery.start(*sys.argv[1:]).get())";
        let program = self.python(case).args(["-c", wait]).arg(&case.plan).arg(case.store.path());
        program.args(["--workers", "1"])
    }

    fn python(&self, case: &Case<'_>) -> Program {
        self.machine
            .program::<&str>(&case.setup.python, [])
            .env("PATH", path_with_foreman())
            .env("PYTHONPATH", &case.setup.adapters)
            .env("CELERY_BROKER_URL", &self.url)
            .env("CELERY_RESULT_BACKEND", &self.url)
            .deadline(LONGEST)
    }
}
