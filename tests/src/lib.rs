//! The harness for tests of the built programs.
//!
//! Tests run `foreman` and `worker` as a person does ([`foreman()`], [`worker()`]). They use copies
//! of storage files ([`Store`]) or small files made for the test ([`NewStore`]), and examine the
//! results in them ([`Dump`]), often by comparing them with Plaso's ([`golden`]). Each wait has a
//! time limit, and no test asserts anything about time.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

pub mod arguments;
pub mod bench;
mod browser;
mod fault_disk;
mod fault_plan;
pub mod golden;
mod nsrl_server;
mod page;
pub mod power_cut;
mod program;
pub mod random;
mod results;
pub mod scale;
pub mod soak;
mod terminal;
mod virustotal_server;
mod wait;

pub use browser::{Browser, Seen};
pub use fault_plan::FaultPlan;
pub use nsrl_server::{Answer, NsrlServer, Reading};
pub use page::{Tag, tags, without_word_links};
pub use program::{Finished, Program, Running, foreman, path_with_foreman, worker};
pub use results::differences_of_results;
pub use terminal::Terminal;
pub use testing::{
    Compression, Dump, NewStore, Report, Store, deflate, digest_of_evidence, digest_of_numbers,
    digest_of_rows, digest_of_table, places,
};
pub use virustotal_server::{EICAR, Reply, Request, VirusTotalServer};
pub use wait::{is_gone, wait_until};
