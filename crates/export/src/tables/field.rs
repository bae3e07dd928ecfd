//! The columns of a table, as Parquet describes them.

use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

use super::kind::Kind;
use super::schema::Table;

/// The columns that every table has, before those for its attributes.
pub(crate) const FIRST: [(&str, Kind); 9] = [
    ("event", Kind::Integer),
    ("timestamp", Kind::Time),
    ("timestamp_desc", Kind::Text),
    ("data_type", Kind::Text),
    ("tag", Kind::Texts),
    ("host", Kind::Text),
    ("user", Kind::Text),
    ("message", Kind::Text),
    ("display_name", Kind::Text),
];
/// The columns that every table has, after those for its attributes: what is known of the file, and
/// attributes without a column of their own.
pub(crate) const LAST: [(&str, Kind); 7] = [
    ("file_entropy", Kind::Text),
    ("md5_hash", Kind::Text),
    ("pathspec", Kind::Json),
    ("sha1_hash", Kind::Text),
    ("sha256_hash", Kind::Text),
    ("yara_match", Kind::Json),
    (OTHERS, Kind::Json),
];
/// The column for attributes without a column of their own: an object.
pub(crate) const OTHERS: &str = "other_attributes";

/// Returns the names and types of all columns of a table.
pub(crate) fn columns(table: &Table) -> impl Iterator<Item = (&str, Kind)> {
    let of_attributes = table.columns.iter().map(|(name, kind)| (name.as_str(), *kind));
    FIRST.into_iter().chain(of_attributes).chain(LAST)
}

/// Returns Parquet's description of a table.
pub(crate) fn description(table: &Table) -> Result<TypePtr> {
    let fields = columns(table).map(|(name, kind)| field(name, kind)).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}

fn field(name: &str, kind: Kind) -> Result<TypePtr> {
    let (physical, logical) = match kind {
        Kind::Boolean => (Physical::BOOLEAN, None),
        Kind::Integer | Kind::LongInteger => (Physical::INT64, None),
        Kind::Float => (Physical::DOUBLE, None),
        Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        Kind::Texts => return list(name),
    };
    let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    Ok(Arc::new(field.with_logical_type(logical).build()?))
}

/// Returns a list of texts, in the three levels that Parquet's specification asks for.
fn list(name: &str) -> Result<TypePtr> {
    let element = Type::primitive_type_builder("element", Physical::BYTE_ARRAY)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::String))
        .build()?;
    let list = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    let outer = Type::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_converted_type(ConvertedType::LIST)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(list)])
        .build()?;
    Ok(Arc::new(outer))
}
