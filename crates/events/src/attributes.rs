//! The attribute names that a run reads, each with a number.

use rustc_hash::FxHashMap;

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
}

impl Default for AttributeNames {
    fn default() -> Self {
        let mut names = Self { names: Vec::new(), numbers: FxHashMap::default() };
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
