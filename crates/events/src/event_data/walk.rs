//! Walks over the attributes of event data, and reads of each value only what is asked for.

use crate::EventData;
use crate::json::{self, JsonError, Members};

/// The attributes of event data, one after the other. See [`EventData::walk`].
#[derive(Debug)]
pub struct AttributeWalk<'d, 'a> {
    data: &'d EventData<'a>,
    /// What was not read yet, or `None` after an error.
    members: Option<Members<'a>>,
    /// Where the value of the current attribute begins, if its end is not known yet.
    unread: Option<usize>,
}

impl<'a> EventData<'a> {
    /// Walks over all attributes in their order, registered or not, without what was read when the
    /// event data was opened: the members of the container, and the data type.
    #[must_use]
    pub fn walk(&self) -> AttributeWalk<'_, 'a> {
        AttributeWalk { data: self, members: Some(Members::resume(self.json, self.first)), unread: None }
    }
}

impl<'a> AttributeWalk<'_, 'a> {
    /// Returns the name of the next attribute as it is written. Names that begin with `_` belong to
    /// the container, not to the event. Returns `None` after the last attribute, and where the JSON
    /// is broken; [`EventData::error`] returns the error then.
    pub fn next_name(&mut self) -> Option<&'a [u8]> {
        if self.unread.is_some() {
            self.value()?;
        }
        match self.members.as_mut()?.next_key() {
            Ok(Some((name, start))) => {
                self.unread = Some(start);
                Some(name)
            }
            Ok(None) => None,
            Err(error) => self.end(error),
        }
    }

    /// Returns the value of the current attribute as it is written. Returns `None` if it was asked
    /// for already, or if the JSON is broken.
    pub fn value(&mut self) -> Option<&'a [u8]> {
        let start = self.unread.take()?;
        match json::value_end(self.data.json, start) {
            Ok(end) => self.pass(start, end),
            Err(error) => self.end(error),
        }
    }

    /// Does what [`value`](Self::value) does. If the value is a list, `visit` is called with each
    /// list in it, as it is written; so a long value is read only once. A tuple is a list, too.
    ///
    /// If the list is broken, [`EventData::error`] returns what it returns for whoever asks for the
    /// attribute. `visit` may have been called with what comes before that place.
    pub fn rows(&mut self, visit: impl FnMut(&[&'a [u8]])) -> Option<&'a [u8]> {
        let start = self.unread?;
        if let Ok(end) = json::rows(self.data.json, start, visit) {
            self.unread = None;
            return self.pass(start, end);
        }
        let value = self.value()?;
        self.data.decoded(json::member_value(value));
        Some(value)
    }

    fn pass(&mut self, start: usize, end: usize) -> Option<&'a [u8]> {
        self.members.as_mut()?.resume_at(end);
        Some(&self.data.json[start..end])
    }

    fn end<T>(&mut self, error: JsonError) -> Option<T> {
        self.members = None;
        self.data.error.replace(Some(error.into()));
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::json;
    use crate::{AttributeNames, AttributeReader};

    fn reader() -> AttributeReader {
        AttributeReader::new(Arc::new(AttributeNames::default()))
    }

    #[test]
    fn values_are_read_or_passed_over() {
        let json = br#"{"_a": 1, "data_type": "a", "b": [["x", 1], ["y", 2]], "c": {"d": [1]}, "e": [["z", [1]]], "f": 2}"#;
        let mut reader = reader();
        let data = reader.open(json).unwrap();
        let mut walk = data.walk();
        assert_eq!(walk.value(), None);
        assert_eq!(walk.next_name(), Some(&b"b"[..]));
        let mut first = Vec::new();
        let value = walk.rows(|row| first.push(row[0]));
        assert_eq!(
            (value, &first[..]),
            (Some(&br#"[["x", 1], ["y", 2]]"#[..]), &[&b"\"x\""[..], b"\"y\""][..])
        );
        assert_eq!(walk.value(), None);
        assert_eq!(walk.next_name(), Some(&b"c"[..]));
        assert_eq!(walk.rows(|_| panic!("no list")), Some(&br#"{"d": [1]}"#[..]));
        assert_eq!(walk.next_name(), Some(&b"e"[..]));
        assert_eq!(walk.rows(|row| assert_eq!(row[1], b"[1]")), Some(&br#"[["z", [1]]]"#[..]));
        assert_eq!(walk.rows(|_| {}), None);
        assert_eq!(walk.next_name(), Some(&b"f"[..]));
        assert_eq!(walk.value(), Some(&b"2"[..]));
        assert_eq!((walk.next_name(), walk.value(), data.error()), (None, None, None));
    }

    #[test]
    fn the_walk_ends_where_the_json_is_broken() {
        for (json, names) in
            [(&br#"{"data_type": "a", "b": 1, c}"#[..], 1), (br#"{"data_type": "a", "b": [1, "c": 1}"#, 1)]
        {
            let mut reader = reader();
            let data = reader.open(json).unwrap();
            let mut walk = data.walk();
            let mut count = 0;
            while walk.next_name().is_some() {
                count += 1;
                walk.rows(|_| {});
            }
            assert_eq!((count, walk.next_name(), data.error().is_some()), (names, None, true));
        }
    }

    #[test]
    fn a_broken_value_is_passed_over() {
        let json = br#"{"data_type": "a", "b": [["x", 1], ["y", @]], "c": 1}"#;
        let mut reader = reader();
        let data = reader.open(json).unwrap();
        let mut walk = data.walk();
        walk.next_name();
        let mut count = 0;
        assert_eq!(walk.rows(|_| count += 1), Some(&br#"[["x", 1], ["y", @]]"#[..]));
        assert_eq!((count, walk.next_name()), (1, Some(&b"c"[..])));
        let of_attribute = json::member_value(br#"[["x", 1], ["y", @]]"#).unwrap_err();
        assert_eq!(data.error(), Some(of_attribute.into()));
    }
}
