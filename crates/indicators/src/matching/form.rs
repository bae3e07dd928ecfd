//! The forms of values that are looked up as texts.

use std::borrow::Cow;

use crate::meaning::path;
use crate::meaning::text::{folded, pipe};
use crate::meaning::url::key;
use crate::model::Kind;
use crate::values::canonical;
use crate::values::url::Url;

/// Returns the form of a value of a kind that is looked up as a text.
pub(super) fn form(kind: Kind, text: &str) -> Option<Cow<'_, str>> {
    let form = match kind {
        Kind::FileName => path::name(text.trim_end_matches(['/', '\\'])),
        Kind::Url => key(&Url::new(text)?).into(),
        Kind::UrlPath => text.split('#').next().unwrap_or(text).into(),
        Kind::Email => canonical::email(text)?.into(),
        Kind::Pipe => pipe(text),
        Kind::Task => folded(text.trim_start_matches('\\')),
        _ => folded(text.trim()),
    };
    (!form.is_empty()).then_some(form)
}
