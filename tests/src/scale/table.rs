//! What ran, and how long it took.

use std::fmt;
use std::time::Duration;

use super::case::Taken;

/// The outcomes of all cases, beside a local run.
#[derive(Debug)]
pub struct Table {
    pub(super) events: u64,
    pub(super) local: Duration,
    pub(super) rows: Vec<(&'static str, Option<Taken>)>,
}

impl Table {
    /// Returns whether all cases gave the rows of the local run.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.rows.iter().all(|(_, taken)| taken.is_some())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local.as_secs_f64();
        writeln!(f, "{} events; a local run with two workers takes {local:.2} s\n", self.events)?;
        writeln!(f, "| case | seconds | start | the rest, against local | rows of all tables |")?;
        write!(f, "| --- | --- | --- | --- | --- |")?;
        for (name, taken) in &self.rows {
            match taken {
                None => write!(f, "\n| {name} | | | | FAILED, see above |")?,
                Some(Taken { all, start }) => {
                    let (all, start) = (all.as_secs_f64(), start.as_secs_f64());
                    let ratio = (all - start) / local;
                    write!(f, "\n| {name} | {all:.1} | {start:.1} | {ratio:.2} | the same |")?;
                }
            }
        }
        Ok(())
    }
}
