//! The attribute names that a run reads, each with a number.

use rustc_hash::FxHashMap;

use crate::renamed_attributes;

/// The number of an attribute name within one [`AttributeNames`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(u16);

impl AttributeId {
    /// `data_type`, which all event data has.
    pub const DATA_TYPE: Self = Self(0);
    /// `_event_data_stream_identifier`, the reference to the event data stream.
    pub const STREAM: Self = Self(1);

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The attributes of event data that a run reads.
///
/// While the filter and the plugins are prepared, they register the names that they will read. A
/// reader of event data then records where these attributes are, and skips all others.
#[derive(Debug, Clone)]
pub struct AttributeNames {
    names: Vec<Box<str>>,
    numbers: FxHashMap<Box<[u8]>, AttributeId>,
    other_names: FxHashMap<&'static str, OtherNames>,
}

/// The registered attributes that have another name in some data type, each with the number of that
/// name.
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
    /// Returns the number of `name`, and adds the name if it is new.
    ///
    /// # Panics
    ///
    /// If more than 65,535 different names are registered. A rule file with so many attributes is
    /// refused when it is read.
    pub fn register(&mut self, name: &str) -> AttributeId {
        if let Some(&id) = self.numbers.get(name.as_bytes()) {
            return id;
        }
        let id = AttributeId(u16::try_from(self.names.len()).expect("at most 65,535 attribute names"));
        self.names.push(name.into());
        self.numbers.insert(name.as_bytes().into(), id);
        id
    }

    /// Makes each attribute that is registered so far readable under its other name, too, in the
    /// data types that have it under that name. So a rule works
    /// on storage files of earlier and later versions of Plaso, whichever name it uses.
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

    /// Returns the attributes that have another name in a data type, if other names are accepted:
    /// the data type, the registered name, and the other name, sorted.
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

    /// Returns the attributes that have another name in this data type, each with that name.
    pub(crate) fn other_names_of(&self, data_type: &[u8]) -> &[(AttributeId, AttributeId)] {
        let data_type = std::str::from_utf8(data_type).unwrap_or_default();
        self.other_names.get(data_type).map_or(&[], Vec::as_slice)
    }

    /// Returns the number of the name written as `key`, or `None` if it is not registered.
    #[must_use]
    pub fn number_of(&self, key: &[u8]) -> Option<AttributeId> {
        self.numbers.get(key).copied()
    }

    /// Returns the name of the attribute with the number `id`.
    #[must_use]
    pub fn name_of(&self, id: AttributeId) -> &str {
        &self.names[id.index()]
    }

    /// Returns the number of names, which is at least two: every run reads two attributes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.names.len()
    }
}
