//! OpenIOC 1.0 and 1.1: trees of conditions in XML.

mod document;
mod terms;

pub(crate) use document::read_document;

#[cfg(test)]
mod tests;
