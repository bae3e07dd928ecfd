//! Where the value of an attribute meets a condition, for explanations.

use events::Value;

use crate::matched_text::{MatchedText, find_in_any_case};
use crate::matcher::condition::{Condition, Test};
use crate::matcher::context::MatchContext;
use crate::subject::Subject;

impl Condition {
    /// Returns the part of a text that satisfies the operator. Returns `None` if none does, or the
    /// operator looks at the whole value.
    pub(crate) fn find(&self, context: &MatchContext<'_, '_>) -> Option<MatchedText> {
        if let Subject::Field(field) = self.subject {
            return context
                .with_split(field, |split| split.values(field).find_map(|text| self.find_in(text)));
        }
        context.with_value(self.subject, |value| match value {
            Some(Value::String(text)) => self.find_in(text),
            _ => None,
        })
    }

    fn find_in(&self, text: &str) -> Option<MatchedText> {
        let place = match &self.test {
            Test::Contains(needle) => find_in_any_case(text, &needle.lower)?,
            Test::Regexp(pattern) => pattern.find_in(text)?,
            _ => return None,
        };
        MatchedText::cut(text, place)
    }
}
