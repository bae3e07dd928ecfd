//! Attacks analyses for some time. `cargo xtask soak` builds and runs this program.
#![expect(clippy::print_stdout, reason = "its report is for people")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tests::places;
use tests::soak::{Soak, Subject};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let number = |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok()).expect("a number");
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (mut minutes, mut seed, mut stores) = (1, since_1970.as_secs(), vec![places::data("sample.plaso")]);
    while let Some(option) = arguments.next() {
        match option.as_str() {
            "--minutes" => minutes = number(arguments.next()),
            "--seed" => seed = number(arguments.next()),
            "--store" => stores.push(PathBuf::from(arguments.next().expect("the path of a storage file"))),
            _ => panic!("usage: soak [--minutes MINUTES] [--seed NUMBER] [--store PATH]…"),
        }
    }
    println!("seed {seed}, {minutes} min");
    let subjects: Vec<Subject> = stores.iter().map(|store| Subject::new(store)).collect();
    let tally = Soak::new(seed).run(&subjects, Duration::from_secs(60 * minutes));
    println!("{tally}");
    if tally.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
