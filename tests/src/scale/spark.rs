//! Cases with Apache Spark.

use std::path::Path;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};

use super::case::{Case, LONGEST};
use super::machines::{Machine, ancestor, free_port, wait_for_port};
use crate::{FaultPlan, Finished, Program, foreman, wait_until};

/// The command line of an executor has this text.
const EXECUTOR: &str = "CoarseGrainedExecutorBackend";
/// The addresses of the two machines of a cluster.
const MACHINES: [&str; 2] = ["127.0.0.2", "127.0.0.3"];

/// All on this machine, with a second attempt at what fails.
pub(super) fn local(case: &Case<'_>) -> Finished {
    let driver = Machine::new("the driver");
    submit(case, &driver, "local[2,4]", &[]).run()
}

/// A server of Spark Connect, which has no RDDs.
pub(super) fn connect(case: &Case<'_>) -> Finished {
    let driver = Machine::new("the driver");
    let program = driver.program(&case.setup.python, ["-m", "foreman_spark"]);
    let program = program.env("PYTHONPATH", &case.setup.adapters).args(["--remote", "local[2,4]"]);
    spark(program.args(options(case)), case).run()
}

/// Each shard with its part of the storage file, instead of the whole.
pub(super) fn parts(case: &Case<'_>) -> Finished {
    let (driver, parts) = (Machine::new("the driver"), case.folder.path().join("parts"));
    let split = foreman(["split", "--plan"]).arg(&case.plan).arg("--out").arg(&parts);
    split.arg(case.store.path()).deadline(LONGEST).succeed();
    // The last arguments of the adapter go to `foreman work`.
    submit(case, &driver, "local[2,4]", &[]).arg("--parts").arg(parts).run()
}

/// Two machines, undisturbed.
pub(super) fn cluster(case: &Case<'_>) -> Finished {
    let cluster = Cluster::start(case, [None, None]);
    cluster.submit(case, &[]).run()
}

/// An executor is killed while it works on a shard. What it has started stops.
pub(super) fn executor_killed(case: &Case<'_>) -> Finished {
    let faults = FaultPlan::new(&format!("wait {} once", case.middle()));
    let cluster = Cluster::start(case, [Some(&faults), Some(&faults)]);
    let mut job = cluster.submit(case, &[]).start();
    let worker = job.until(|_| faults.waiting()).expect("a worker waits");
    let executor = ancestor(worker, EXECUTOR).expect("an executor has started it");
    kill(executor, Signal::SIGKILL).unwrap();
    faults.go_on();
    job.wait()
}

/// A machine is lost while it works on a shard.
pub(super) fn machine_lost(case: &Case<'_>) -> Finished {
    let faults = FaultPlan::new(&format!("wait {} once", case.middle()));
    let cluster = Cluster::start(case, [Some(&faults), Some(&faults)]);
    let mut job = cluster.submit(case, &[]).start();
    let worker = job.until(|_| faults.waiting()).expect("a worker waits");
    cluster.machines.iter().find(|machine| machine.has(worker)).expect("it has a machine").cut_power();
    job.wait()
}

/// A machine does not end the shard that it begins, so Spark begins this shard a second time.
pub(super) fn straggler(case: &Case<'_>) -> Finished {
    let faults = FaultPlan::new("wait any once");
    let cluster = Cluster::start(case, [None, Some(&faults)]);
    let speculation = [
        "spark.speculation=true",
        "spark.speculation.interval=100ms",
        "spark.speculation.minTaskRuntime=100ms",
        "spark.speculation.multiplier=1.5",
        "spark.speculation.quantile=0.5",
    ];
    let finished = cluster.submit(case, &speculation).run();
    assert!(faults.waiting().is_some(), "the straggler has begun nothing");
    // If its foreman still runs, it now ends, after the merge.
    faults.go_on();
    wait_until("its foreman has ended", || !cluster.machines[1].runs("foreman"));
    finished
}

/// A master and two machines with an executor each.
struct Cluster {
    url: String,
    machines: [Machine; 2],
    driver: Machine,
    _master: Machine,
}

impl Cluster {
    /// Starts a cluster, whose machines have these faults.
    fn start(case: &Case<'_>, faults: [Option<&FaultPlan>; 2]) -> Self {
        let begin = Instant::now();
        let class = |machine: &Machine, name: &str| {
            let program = machine.program(&case.setup.spark_program("spark-class"), [name]);
            spark(program, case).env("SPARK_DAEMON_MEMORY", "256m").deadline(LONGEST)
        };
        let port = free_port();
        let mut master = Machine::new("the master");
        let program = class(&master, "org.apache.spark.deploy.master.Master");
        let program = program.args(["--host", "127.0.0.1", "--webui-port", "0", "--port", &port.to_string()]);
        master.start(program);
        wait_for_port(port);
        let url = format!("spark://127.0.0.1:{port}");
        let mut machines = MACHINES.map(Machine::new);
        for ((machine, address), faults) in machines.iter_mut().zip(MACHINES).zip(faults) {
            let mut program = class(machine, "org.apache.spark.deploy.worker.Worker")
                .args(["--host", address, "--webui-port", "0", "--cores", "1", "--memory", "1g"])
                .arg("--work-dir")
                .arg(case.folder.path().join(address))
                .arg(&url);
            if let Some(faults) = faults {
                program = faults.of_all_foremen(program);
            }
            machine.start(program);
        }
        case.services.set(begin.elapsed());
        Self { url, machines, driver: Machine::new("the driver"), _master: master }
    }

    /// Returns the program that does all shards on both machines.
    fn submit(&self, case: &Case<'_>, settings: &[&str]) -> Program {
        // The first shard begins when both executors are there.
        let both = [
            "spark.cores.max=2",
            "spark.scheduler.minRegisteredResourcesRatio=1",
            "spark.scheduler.maxRegisteredResourcesWaitingTime=60s",
            "spark.driver.host=127.0.0.1",
        ];
        submit(case, &self.driver, &self.url, &[&both, settings].concat())
    }
}

/// Returns `spark-submit` of the adapter.
fn submit(case: &Case<'_>, driver: &Machine, master: &str, settings: &[&str]) -> Program {
    let memory = ["--driver-memory", "512m", "--executor-memory", "512m"];
    let program = driver.program(&case.setup.spark_program("spark-submit"), ["--master", master]);
    let program = settings.iter().fold(program, |program, setting| program.args(["--conf", setting]));
    let program = program.args(memory).args(["--conf", "spark.ui.enabled=false"]);
    spark(program.arg(case.setup.adapters.join("foreman_spark.py")).args(options(case)), case)
}

/// Sets what all programs of Spark need.
fn spark(program: Program, case: &Case<'_>) -> Program {
    program
        .env("PYSPARK_PYTHON", &case.setup.python)
        .env("SPARK_HOME", &case.setup.spark)
        .env("SPARK_LOCAL_DIRS", case.folder.path())
        .env("SPARK_LOCAL_HOSTNAME", "127.0.0.1")
        .deadline(LONGEST)
}

/// Returns the options of the adapter. One worker for each shard: Spark gives each one processor.
fn options(case: &Case<'_>) -> Vec<String> {
    let path = |path: &Path| path.to_str().expect("a path for tests is UTF-8").to_owned();
    let foreman = path(&testing::places::program("foreman"));
    let (plan, store) = (path(&case.plan), path(case.store.path()));
    ["--plan", &plan, "--merge", &store, "--foreman", &foreman, "--", "--workers", "1"]
        .map(str::to_owned)
        .to_vec()
}
