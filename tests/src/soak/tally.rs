//! The counts of a soak.

use std::collections::BTreeMap;
use std::fmt;

/// The counts of a soak, and the faults that it found.
#[derive(Debug, Default)]
pub struct Tally {
    pub(super) runs: u64,
    pub(super) analyses: u64,
    pub(super) resumed: u64,
    pub(super) kills: BTreeMap<&'static str, u64>,
    /// The simulated power cuts, and those of them during a commit.
    pub(super) power_cuts: [u64; 2],
    /// The faults.
    pub faults: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, analyses, resumed, kills, power_cuts: [cuts, in_commit], faults } = self;
        writeln!(f, "{analyses} analyses in {runs} runs, of which {resumed} resumed an interrupted one")?;
        writeln!(f, "{} kills", kills.values().sum::<u64>())?;
        for (kind, number) in kills {
            writeln!(f, "  {number:>6} {kind}")?;
        }
        writeln!(f, "{cuts} power cuts simulated, {in_commit} of them in a commit")?;
        write!(f, "{} faults", faults.len())?;
        faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}
