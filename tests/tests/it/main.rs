//! The programs as they are built, driven as a person would.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod alone;
mod bloom;
mod check;
mod docs;
mod errors;
mod evidence;
mod failed_commits;
mod faults;
mod filters;
mod goldens;
mod handshake;
mod hashed;
mod help;
mod info;
mod installed;
mod interruptions;
mod journals;
mod made_up;
mod nsrlsvr;
mod output;
mod page;
mod poison;
mod power_cut;
mod psort;
mod repetition;
mod report;
mod resources;
mod resume;
mod sharing;
mod slice;
mod status;
mod support;
mod terminal;
mod together;
mod virustotal;
