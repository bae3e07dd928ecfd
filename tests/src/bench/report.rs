//! Formats measurements as text.

use std::fmt;

use super::{Measure, Results};

impl Results {
    fn measure(&self, name: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.name == name)
    }

    fn median(&self, name: &str) -> Option<f64> {
        self.measure(name).map(Measure::median)
    }

    /// Returns the important ratios, with their meaning.
    fn ratios(&self) -> Vec<(String, f64)> {
        let mut ratios = Vec::new();
        let mut add = |name: &str, above: Option<f64>, below: Option<f64>| {
            if let Some((above, below)) = above.zip(below) {
                ratios.push((name.to_owned(), above / below));
            }
        };
        let (read, insert) = (self.median("floor: read, inflate"), self.median("floor: insert tags"));
        let (tagging, all) = (self.median("tagging"), self.median("all offline plugins"));
        add("tagging / reading floor", tagging, read);
        add("sessionize / insert floor", self.median("sessionize"), insert);
        add("all / (tagging + insert floor)", all, tagging.zip(insert).map(|(a, b)| a + b));
        add("psort / foreman, tagging", self.median("psort: tagging"), tagging);
        add("psort / foreman, all offline plugins", self.median("psort: all offline plugins"), all);
        ratios
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, events, processors, measures } = self;
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
        for (name, ratio) in self.ratios() {
            writeln!(f, "{name:<40} {ratio:>8.2}")?;
        }
        for measure in measures.iter().filter(|measure| !measure.phases.is_empty()) {
            let phases: Vec<_> =
                measure.phases.iter().map(|(name, seconds)| format!("{name} {seconds:.3} s")).collect();
            writeln!(f, "\n{}: {}", measure.name, phases.join(", "))?;
        }
        Ok(())
    }
}
