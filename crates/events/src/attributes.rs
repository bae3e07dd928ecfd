//! The attribute names that somebody asks for, numbered.

use rustc_hash::FxHashMap;

use crate::renamed_attributes;

/// The number of an attribute name within one [`AttributeNames`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(u16);

impl AttributeId {
    /// `data_type`, which every event data has.
    pub const DATA_TYPE: Self = Self(0);
    /// `_event_data_stream_identifier`, the reference to the event data stream.
    pub const STREAM: Self = Self(1);

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The attributes of event data that a run reads.
///
/// The filter and every plugin register the names they will ask for while they are prepared; reading an
/// event data then records where these stand and steps over all others.
#[derive(Debug, Clone)]
pub struct AttributeNames {
    names: Vec<Box<str>>,
    numbers: FxHashMap<Box<[u8]>, AttributeId>,
    other_names: FxHashMap<&'static str, OtherNames>,
}

/// Attributes that were asked for and have another name in some data type, each with the number of that name.
type OtherNames = Vec<(AttributeId, AttributeId)>;

impl Default for AttributeNames {
    fn default() -> Self {
        let mut names =
            Self { names: Vec::new(), numbers: FxHashMap::default(), other_names: FxHashMap::default() };
        assert_eq!(names.register("data_type"), AttributeId::DATA_TYPE);
        assert_eq!(names.register("_event_data_stream_identifier"), AttributeId::STREAM);
        names
    }
}

impl AttributeNames {
    /// The number of `name`, which is added if it is new.
    ///
    /// # Panics
    ///
    /// If more than 65,535 different names are registered; a rule file of that many attributes is refused
    /// when it is read.
    pub fn register(&mut self, name: &str) -> AttributeId {
        if let Some(&id) = self.numbers.get(name.as_bytes()) {
            return id;
        }
        let id = AttributeId(u16::try_from(self.names.len()).expect("at most 65,535 attribute names"));
        self.names.push(name.into());
        self.numbers.insert(name.as_bytes().into(), id);
        id
    }

    /// Has every attribute that is registered so far read under its other name, too, where a data type has it under
    /// that name ([`other_name`](crate::other_name)). So a rule works on the storage files of earlier and later
    /// versions of Plaso, whichever name it uses.
    pub fn accept_other_names(&mut self) {
        self.other_names.clear();
        for asked in (0..self.names.len()).filter_map(|index| u16::try_from(index).ok()).map(AttributeId) {
            let renamed: Vec<_> = renamed_attributes::other_names(self.name_of(asked)).collect();
            for (data_type, other) in renamed {
                let other = self.register(other);
                self.other_names.entry(data_type).or_default().push((asked, other));
            }
        }
    }

    /// The attributes that have another name in a data type, if other names are accepted: the data type, the name that
    /// was asked for, and the other one. They are sorted.
    #[must_use]
    pub fn other_names(&self) -> Vec<(&'static str, &str, &str)> {
        let mut found = Vec::new();
        for (&data_type, names) in &self.other_names {
            found.extend(
                names.iter().map(|(asked, other)| (data_type, self.name_of(*asked), self.name_of(*other))),
            );
        }
        found.sort_unstable();
        found
    }

    /// The attributes that have another name in this data type.
    pub(crate) fn other_names_of(&self, data_type: &[u8]) -> &[(AttributeId, AttributeId)] {
        let data_type = std::str::from_utf8(data_type).unwrap_or_default();
        self.other_names.get(data_type).map_or(&[], Vec::as_slice)
    }

    /// The number of the name written as `key`, if anybody asked for it.
    #[must_use]
    pub fn number_of(&self, key: &[u8]) -> Option<AttributeId> {
        self.numbers.get(key).copied()
    }

    /// The name of the attribute numbered `id`.
    #[must_use]
    pub fn name_of(&self, id: AttributeId) -> &str {
        &self.names[id.index()]
    }

    /// How many names there are; at least the two that every run reads.
    #[must_use]
    pub fn count(&self) -> usize {
        self.names.len()
    }
}
