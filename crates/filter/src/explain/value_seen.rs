//! The value that a comparison has compared, as text.

use events::Value;

use crate::fields::Field;
use crate::matcher::check::Check;
use crate::matcher::context::MatchContext;
use crate::matcher::node::Node;
use crate::show::{show_time, show_value};
use crate::subject::Subject;

/// A field may have thousands of values. When those shown take more bytes than this, the others are
/// left out.
const MAXIMUM_SHOWN: usize = 400;

/// Returns the value that a comparison compares, as text. Returns `None` if the event has no such
/// attribute, or no event can have it.
pub(crate) fn value_seen(comparison: &Node, context: &MatchContext<'_, '_>) -> Option<String> {
    match comparison {
        Node::Time(_) => context.event.event.timestamp.map(show_time),
        Node::Condition(condition) => shown(condition.subject, context),
        Node::Check(check) if check.subject == Subject::AnyValue => any_value_seen(check, context),
        Node::Check(check) => shown(check.subject, context),
        Node::Member(field, operand) => {
            member_seen(*field, operand, context).or_else(|| shown(Subject::Field(*field), context))
        }
        _ => None,
    }
}

/// Returns the value of the event that passes the test.
fn any_value_seen(check: &Check, context: &MatchContext<'_, '_>) -> Option<String> {
    let mut seen = None;
    check.finds(context, &mut |value| {
        seen = value.with_text(|text| show_value(&Value::String(text.into())));
    });
    seen
}

/// Returns the path of the registry key or the value that meets the condition.
fn member_seen(path: Field, condition: &Node, context: &MatchContext<'_, '_>) -> Option<String> {
    let mut seen = None;
    context.has_member(path, || {
        condition.matches(context)
            && context.has_value(Subject::Field(path), &mut |value| {
                seen = value.with_text(|text| show_value(&Value::String(text.into())));
                true
            })
    });
    seen
}

fn shown(subject: Subject, context: &MatchContext<'_, '_>) -> Option<String> {
    let Subject::Field(field) = subject else {
        return context.with_value(subject, |value| value.map(show_value));
    };
    context.with_split(field, |split| {
        let mut shown: Option<String> = None;
        for text in split.all_values(field) {
            let Some(before) = &mut shown else {
                shown = Some(show_value(&Value::String(text.into())));
                continue;
            };
            before.push_str(", ");
            if before.len() > MAXIMUM_SHOWN {
                before.push('…');
                break;
            }
            before.push_str(&show_value(&Value::String(text.into())));
        }
        shown
    })
}
