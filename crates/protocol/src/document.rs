//! The beginning that a plan and the record of a shard share: what the document is, and which
//! program made it.

use events::Shown as _;
use serde::{Deserialize, Serialize};

use crate::message::PROTOCOL;

/// The version of plans and of records of shards.
const VERSION: u32 = 2;
/// The program that makes a plan, which must be the program that works on it and merges it.
const PROGRAM: &str = concat!("foreman ", env!("CARGO_PKG_VERSION"));
/// The longest name of a program that an error repeats, in characters.
const LONGEST_NAME: usize = 40;

/// Why a plan or the record of a shard cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is not JSON, or has other members.
    #[error("it is not valid: {0}")]
    Json(String),
    /// It is something else.
    #[error("it is not a {0} of foreman")]
    Kind(&'static str),
    /// Another program made it.
    #[error("{found} made it, but this is {expected}; use the same version on all machines")]
    Program {
        /// The program that made it.
        found: String,
        /// This program.
        expected: String,
    },
    /// It contradicts itself, the plan or the storage file.
    #[error("{0}")]
    Content(String),
}

impl From<serde_json::Error> for DocumentError {
    /// The error repeats names of the document, which can have line ends.
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error.to_string().shown().into_owned())
    }
}

/// A document with its beginning.
#[derive(Serialize)]
struct Document<'a, T> {
    kind: &'static str,
    version: u32,
    program: &'static str,
    protocol: u32,
    #[serde(flatten)]
    content: &'a T,
}

/// The beginning, which never changes its form.
#[derive(Deserialize)]
struct Beginning {
    kind: String,
    version: u32,
    program: String,
    protocol: u32,
}

/// Returns the document as JSON in one line, with its line end.
pub(crate) fn to_json(kind: &'static str, content: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let document = Document { kind, version: VERSION, program: PROGRAM, protocol: PROTOCOL, content };
    let mut json = serde_json::to_vec(&document)?;
    json.push(b'\n');
    Ok(json)
}

/// Reads a document of this kind, if this program made it.
pub(crate) fn from_json<'de, T: Deserialize<'de>>(
    kind: &'static str,
    json: &'de [u8],
) -> Result<T, DocumentError> {
    let beginning: Beginning = serde_json::from_slice(json)?;
    if beginning.kind != kind {
        return Err(DocumentError::Kind(kind));
    }
    if (beginning.version, &*beginning.program, beginning.protocol) != (VERSION, PROGRAM, PROTOCOL) {
        let name: String = beginning.program.chars().take(LONGEST_NAME).collect();
        let said = |name: &str, version, protocol| {
            format!("{} (format {version}, protocol {protocol})", name.shown())
        };
        return Err(DocumentError::Program {
            found: said(&name, beginning.version, beginning.protocol),
            expected: said(PROGRAM, VERSION, PROTOCOL),
        });
    }
    Ok(serde_json::from_slice(json)?)
}
