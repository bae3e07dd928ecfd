//! Formats measurements as text.

use std::fmt;

use super::results::{Ratio, Results};

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>8.2}  {}", self.ratio, self.name)
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, events, processors, measures, ratios, psort_ratios } = self;
        writeln!(f, "{store}: {events} events, {processors} processors\n")?;
        writeln!(
            f,
            "{:<30} {:>9} {:>19} {:>12} {:>9} {:>11} {:>10} {:>11}",
            "", "median", "min – max", "events/s", "µs/event", "foreman MiB", "worker MiB", "folder MiB"
        )?;
        for measure in measures {
            let (first, last) = (measure.seconds.first(), measure.seconds.last());
            let mib = |bytes: Option<u64>| bytes.map_or(String::new(), |bytes| (bytes >> 20).to_string());
            writeln!(
                f,
                "{:<30} {:>7.3} s {:>19} {:>12.0} {:>9.2} {:>11} {:>10} {:>11}",
                measure.name,
                measure.median(),
                format!("{:.3} – {:.3} s", first.unwrap_or(&f64::NAN), last.unwrap_or(&f64::NAN)),
                *events as f64 / measure.median(),
                measure.median() * 1e6 / *events as f64,
                mib(measure.memory.map(|(foreman, _)| foreman)),
                mib(measure.memory.map(|(_, worker)| worker)),
                mib(measure.folder),
            )?;
        }
        writeln!(f)?;
        for ratio in ratios.iter().chain(psort_ratios) {
            writeln!(f, "{ratio}")?;
        }
        for measure in measures.iter().filter(|measure| !measure.phases.is_empty()) {
            let phases: Vec<_> =
                measure.phases.iter().map(|(name, seconds)| format!("{name} {seconds:.3} s")).collect();
            writeln!(f, "\n{}: {}", measure.name, phases.join(", "))?;
        }
        Ok(())
    }
}
