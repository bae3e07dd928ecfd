//! What filter and rules met, as increments.

use events::Note;

/// Turns counts that only grow into what came since the last time.
#[derive(Debug, Default)]
pub(crate) struct Increments {
    seen: Vec<Note>,
}

impl Increments {
    /// What `totals` say beyond the last totals.
    pub(crate) fn of(&mut self, totals: Vec<filter::Note>) -> Vec<Note> {
        let mut increments = Vec::new();
        for filter::Note { message, count } in totals {
            let before = match self.seen.iter_mut().find(|note| note.message == message) {
                Some(note) => std::mem::replace(&mut note.count, count),
                None => {
                    self.seen.push(Note { message: message.clone(), count });
                    0
                }
            };
            if count > before {
                increments.push(Note { message, count: count - before });
            }
        }
        increments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new() {
        let mut increments = Increments::default();
        let mut of = |count| increments.of(vec![filter::Note { message: "a".into(), count }]);
        assert_eq!(of(0), []);
        assert_eq!(of(2)[0].count, 2);
        assert_eq!(of(5)[0].count, 3);
        assert_eq!(of(5), []);
    }
}
