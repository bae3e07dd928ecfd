//! `night`: labels events that happened at night.

use events::{AttributeNames, EventView, Label};

use crate::description::{OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::plugin::{AnalysisPlugin, EventFindings, Needs, PluginError, RunContext};
use crate::settings::Settings;
use crate::spec::Spec;

const HOURS: OptionDescription = OptionDescription::new(
    "--night-hours",
    OptionKind::Number { name: "HOURS", minimum: 1, maximum: 24 },
    "The length of the night: hours after midnight, in UTC.",
)
.with_default("6");

pub(crate) const SPEC: Spec = Spec::new(
    PluginDescription {
        name: "night",
        summary: "Labels events that happened at night.",
        reads: "The time of every event.",
        writes: "The label night.",
        options: &[HOURS],
    },
    prepare,
);

fn prepare(
    settings: &Settings<'_>,
    _names: &mut AttributeNames,
    _context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    let hours = settings.number(&HOURS)?;
    Ok(Box::new(Night { hours, label: Label::new("night")?, needs: Needs::default() }))
}

struct Night {
    hours: u64,
    label: Label,
    needs: Needs,
}

impl AnalysisPlugin for Night {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        const MICROSECONDS_PER_HOUR: i64 = 3_600_000_000;
        let Some(time) = event.event.timestamp else { return Ok(()) };
        let hour = time.0.div_euclid(MICROSECONDS_PER_HOUR).rem_euclid(24);
        if hour.unsigned_abs() < self.hours {
            found.tag(&self.label);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeReader, Event, EventDataId, EventId, PluginConfig, Timestamp};

    use super::*;

    fn is_night(config: &PluginConfig, timestamp: i64) -> bool {
        let mut names = AttributeNames::default();
        let settings = Settings::new(SPEC.description.name, config);
        let mut plugin = (SPEC.prepare)(&settings, &mut names, &RunContext::default()).unwrap();
        let mut reader = AttributeReader::new(Arc::new(names));
        let data = reader.open(br#"{"data_type": "fs:stat"}"#).unwrap();
        let event = Event {
            id: EventId::new(1),
            data: EventDataId::new(1),
            timestamp: Some(Timestamp(timestamp)),
            timestamp_description: "Last Visited Time".into(),
        };
        let mut found = EventFindings::default();
        let view = EventView { event: &event, data: Some(&data), stream: None, labels: &[] };
        plugin.examine(&view, &mut found).unwrap();
        !found.labels.is_empty()
    }

    #[test]
    fn the_night_is_as_long_as_it_is_said_to_be() {
        let (short, long) =
            (PluginConfig::new("night").with("night_hours", 1_u64), PluginConfig::new("night"));
        for (hour, of_short, of_long) in
            [(0, true, true), (1, false, true), (6, false, false), (-1, false, false)]
        {
            let time = hour * 3_600_000_000;
            assert_eq!((is_night(&short, time), is_night(&long, time)), (of_short, of_long), "{hour}");
        }
    }

    /// The page on adding a plugin shows this file, so this test makes sure that the code on the
    /// page compiles and works.
    #[test]
    fn the_page_on_adding_a_plugin_shows_this_file() {
        let (shown, _) = include_str!("example.rs").split_once("\n#[cfg(test)]\nmod tests").unwrap();
        let page = include_str!("../../../docs/adding-a-plugin.md");
        assert!(page.contains(shown.trim_end()), "docs/adding-a-plugin.md shows another example.rs");
    }
}
