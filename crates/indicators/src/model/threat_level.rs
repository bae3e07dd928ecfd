//! How serious an indicator is.

use serde::Serialize;

/// How serious an indicator is, by the words of MISP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreatLevel {
    /// Mass malware.
    Low,
    /// Targeted attacks.
    Medium,
    /// Sophisticated attacks.
    High,
}

impl ThreatLevel {
    /// All levels, in their order.
    pub(crate) const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
