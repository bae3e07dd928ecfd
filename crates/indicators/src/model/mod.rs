//! What the readers make of all formats.

mod group;
mod indicator;
mod indicators;
mod kind;
mod list;
mod strings;
mod threat_level;

pub use group::{Group, Node};
pub use indicator::{Comparison, Details, Indicator, IndicatorId, Value};
pub use indicators::Indicators;
pub(crate) use indicators::{DetailsId, Full, MAXIMUM_INDICATORS, NewIndicator};
pub use kind::Kind;
pub(crate) use list::NewDetails;
pub use list::{Format, LeftOut, List, ListId, OtherFile, Place, Problem, SigmaRule};
pub use threat_level::ThreatLevel;
