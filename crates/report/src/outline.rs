//! Makes documents from the models. They are then written as text or Markdown.

mod events;
mod indicators;
mod info;
mod labels;
mod parts;
mod report;
mod sigma;

pub(crate) use events::{by_rules, label};
pub(crate) use indicators::remarks;
pub(crate) use info::info;
pub(crate) use parts::{largest_sessions, length, took, without_time};
pub(crate) use report::{DOMAINS, SEVERAL_RUNS, report};
pub(crate) use sigma::unread_in_words;
