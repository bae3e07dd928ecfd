//! The user at whom only a path hints.

use events::StreamAttribute;

use crate::Attributes;
use crate::place::{owner_of_location, owner_of_path};

/// The data type of an entry of the recycle bin.
pub(crate) const DELETED_ITEM: &str = "windows:metadata:deleted_item";

/// A path that only hints at the user of an event. It does not say who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The path of the file in which the event was found.
    File,
    /// The path that a file had before it was moved to the recycle bin.
    OriginalPath,
}

impl Hint {
    /// Returns which path it is, in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "the path of the file in which this event was found",
            Self::OriginalPath => "the original path of the deleted file",
        }
    }
}

/// Returns the user at whom a path hints.
pub(crate) fn hinted(attributes: &Attributes<'_>) -> Option<(String, Hint)> {
    let of_file = attributes.of_stream(StreamAttribute::PathSpec).and_then(owner_of_path);
    let of_original = || {
        let path = attributes.text("original_filename")?;
        owner_of_location(&path, true).filter(|_| attributes.data_type() == DELETED_ITEM)
    };
    let of_file = of_file.map(|owner| (owner, Hint::File));
    of_file.or_else(|| Some((of_original()?, Hint::OriginalPath)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;
    use crate::Parties;

    #[test]
    fn an_original_path_hints_at_the_user() {
        let of = |data_type: &str, path: &str| {
            let json = r#"{"data_type": "DATA_TYPE", "original_filename": "PATH"}"#;
            let json = json.replace("DATA_TYPE", data_type).replace("PATH", path);
            let mut reader = AttributeReader::new(Arc::new(AttributeNames::default()));
            let data = reader.open(json.as_bytes()).unwrap();
            let of = Parties::of(&Attributes::of_data(&data));
            (of.user, of.hint)
        };
        let path = r"C:\\Users\\anna\\Documents\\plan.zip";
        assert_eq!(of(DELETED_ITEM, path), (Some("anna".into()), Some(Hint::OriginalPath)));
        assert_eq!(of(DELETED_ITEM, r"C:\\Temp\\plan.zip"), (None, None));
        assert_eq!(of("windows:lnk:link", path), (None, None));
    }
}
