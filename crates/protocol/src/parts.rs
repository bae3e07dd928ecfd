//! The parts of a plan's storage file, one for each shard, for machines that do not have all of it.
//!
//! The document lies beside the plan. So it says with which parts a shard may be done.

use serde::{Deserialize, Serialize};

use crate::document::{DocumentError, from_json, to_json};
use crate::plan::Plan;

const KIND: &str = "parts";

/// The parts of a plan's storage file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The SHA-256 of the plan's bytes.
    pub plan: String,
    /// The parts, in the order of the shards.
    pub parts: Vec<Part>,
}

/// A part of a storage file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its SHA-256.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// What tells it from other storage files.
    pub store: String,
}

impl Parts {
    /// Returns the document as JSON in one line.
    ///
    /// # Errors
    ///
    /// Never, because JSON can express every document.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        to_json(KIND, self)
    }

    /// Reads the parts of a plan.
    ///
    /// # Errors
    ///
    /// If it is not a document of this program, or of another plan.
    pub fn from_json(json: &[u8], plan: &Plan) -> Result<Self, DocumentError> {
        let parts: Self = from_json(KIND, json)?;
        if parts.plan != plan.digest || parts.parts.len() != plan.shards.len() {
            return Err(DocumentError::Content("it has the parts of another plan".into()));
        }
        Ok(parts)
    }

    /// Returns the part of a shard.
    #[must_use]
    pub fn of_shard(&self, number: u32) -> Option<&Part> {
        self.parts.get(number as usize)
    }
}

/// Returns the name of the part of a shard.
#[must_use]
pub fn part_store_name(shard: u32) -> String {
    format!("part-{shard:06}.plaso")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::plan;

    #[test]
    fn parts_of_a_plan() {
        let part = |sha256: &str| Part { sha256: sha256.into(), size: 5, store: "5 bytes".into() };
        let parts = Parts { plan: plan().digest, parts: vec![part("1"), part("2"), part("3")] };
        let read =
            |parts: &Parts| Parts::from_json(&parts.to_json().unwrap(), &plan()).map_err(|e| e.to_string());
        assert_eq!(read(&parts).as_ref(), Ok(&parts));
        assert_eq!((parts.of_shard(2), parts.of_shard(3)), (Some(&part("3")), None));
        let other = Parts { plan: "other".into(), ..parts.clone() };
        let fewer = Parts { parts: vec![part("1")], ..parts };
        for parts in [other, fewer] {
            assert_eq!(read(&parts), Err("it has the parts of another plan".into()));
        }
    }
}
