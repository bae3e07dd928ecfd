//! The values of a column that wait to be written.

use events::json::{Bounded, JsonError, write_strict_member};
use events::{Value, json};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::writer::SerializedColumnWriter;

use super::kind::Kind;

/// The values of a column, with Parquet's levels: whether there is a value in a row, and where a
/// list begins.
#[derive(Debug)]
pub(crate) struct Column {
    kind: Kind,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    values: Values,
    rows: usize,
}

#[derive(Debug)]
enum Values {
    Booleans(Vec<bool>),
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<ByteArray>),
}

/// The definition levels of a list of texts. The one of a list that is missing is 0.
const EMPTY_LIST: i16 = 1;
const MISSING_MEMBER: i16 = 2;
const MEMBER: i16 = 3;
/// The definition level of any other value.
const PRESENT: i16 = 1;

impl Column {
    pub(crate) fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Boolean => Values::Booleans(Vec::new()),
            Kind::Integer | Kind::LongInteger | Kind::Time => Values::Integers(Vec::new()),
            Kind::Float => Values::Floats(Vec::new()),
            Kind::Text | Kind::Texts | Kind::Json => Values::Texts(Vec::new()),
        };
        Self { kind, definitions: Vec::new(), repetitions: Vec::new(), values, rows: 0 }
    }

    /// Adds an integer or a time, if there is one.
    pub(crate) fn add_integer(&mut self, value: Option<i64>) {
        if let (Some(value), Values::Integers(values)) = (value, &mut self.values) {
            values.push(value);
            self.present();
        } else {
            self.missing();
        }
    }

    /// Adds a text, if there is one. Returns the number of bytes.
    pub(crate) fn add_text(&mut self, text: Option<&str>) -> usize {
        match (text, &mut self.values) {
            (Some(text), Values::Texts(values)) => {
                values.push(text.as_bytes().to_vec().into());
                self.present();
                text.len()
            }
            _ => {
                self.missing();
                0
            }
        }
    }

    /// Adds a list of texts, some of which may be missing. Returns the number of bytes.
    pub(crate) fn add_texts<'t>(&mut self, texts: impl Iterator<Item = Option<&'t str>>) -> usize {
        let Values::Texts(values) = &mut self.values else {
            self.missing();
            return 0;
        };
        let (mut size, mut first) = (0, true);
        for text in texts {
            if let Some(text) = text {
                values.push(text.as_bytes().to_vec().into());
                size += text.len();
            }
            self.definitions.push(if text.is_some() { MEMBER } else { MISSING_MEMBER });
            self.repetitions.push(i16::from(!first));
            first = false;
        }
        if first {
            self.definitions.push(EMPTY_LIST);
            self.repetitions.push(0);
        }
        self.rows += 1;
        size
    }

    /// Adds a value as it is stored, if there is one. `strict` is the same as strict JSON, which is
    /// written if the value is not of the column's type.
    pub(crate) fn add_stored(
        &mut self,
        stored: &[u8],
        strict: &str,
    ) -> std::result::Result<usize, JsonError> {
        let Bounded { value, is_cut } = json::bounded_value(stored)?;
        Ok(match (self.kind, &mut self.values, &value) {
            (_, _, Value::Null) => {
                self.missing();
                0
            }
            (_, Values::Booleans(values), Value::Boolean(value)) => {
                values.push(*value);
                self.present()
            }
            (_, Values::Integers(_), Value::Integer(value)) => {
                self.add_integer(i64::try_from(*value).ok());
                0
            }
            (_, Values::Floats(values), Value::Float(value)) => {
                values.push(*value);
                self.present()
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "a column of floats has no longer integers (kind.rs)"
            )]
            (_, Values::Floats(values), Value::Integer(value)) => {
                values.push(*value as f64);
                self.present()
            }
            (Kind::Text, _, Value::String(text)) => self.add_text(Some(text)),
            (Kind::Texts, _, Value::List { members, .. }) if !is_cut => {
                self.add_texts(members.iter().map(Value::as_str))
            }
            // Strict JSON has quotes around the largest.
            (Kind::Text, _, value) if json::is_large_whole_number(stored, value) => {
                self.add_text(Some(strict.trim_matches('"')))
            }
            (Kind::Text | Kind::Json, ..) => self.add_text(Some(strict)),
            // The first pass has seen no such value, because it has skipped the event.
            _ => {
                self.missing();
                0
            }
        })
    }

    /// Adds rows without a value until there are as many.
    pub(crate) fn pad(&mut self, rows: usize) {
        while self.rows < rows {
            self.missing();
        }
    }

    fn present(&mut self) -> usize {
        self.definitions.push(PRESENT);
        self.rows += 1;
        0
    }

    fn missing(&mut self) {
        self.definitions.push(0);
        if self.kind == Kind::Texts {
            self.repetitions.push(0);
        }
        self.rows += 1;
    }

    /// Writes all values.
    pub(crate) fn write(&self, mut to: SerializedColumnWriter<'_>) -> Result<()> {
        let definitions = Some(&*self.definitions);
        match &self.values {
            Values::Booleans(values) => to.typed::<BoolType>().write_batch(values, definitions, None)?,
            Values::Integers(values) => to.typed::<Int64Type>().write_batch(values, definitions, None)?,
            Values::Floats(values) => to.typed::<DoubleType>().write_batch(values, definitions, None)?,
            Values::Texts(values) => {
                let repetitions = (self.kind == Kind::Texts).then_some(&*self.repetitions);
                to.typed::<ByteArrayType>().write_batch(values, definitions, repetitions)?
            }
        };
        to.close()
    }
}

/// Returns a stored value as strict JSON.
pub(crate) fn strict(stored: &[u8]) -> std::result::Result<String, JsonError> {
    let mut out = Vec::new();
    write_strict_member(stored, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}
