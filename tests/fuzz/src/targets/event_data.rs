//! Event data: bytes as JSON, or as a store holds it.

use std::sync::Arc;

use events::{AttributeNames, AttributeReader, Reads, StreamAttribute, Value, json};
use libdeflater::{CompressionLvl, Compressor};
use rusqlite::Connection;
use storage::{EventRange, ReadPlan, Store};

use crate::Target;
use crate::run_over::check_error;
use crate::samples::STORE;
use crate::workplace::{file, in_empty_folder};

pub(super) const TARGET: Target = Target { name: "event_data", run, seeds };

/// A first byte of `z` says that the rest is a blob, and `s` that it is a text a line.
fn run(data: &[u8]) {
    match data.split_first() {
        Some((b's', texts)) => sequence(texts),
        Some((b'z', blob)) => stored(blob),
        Some((_, text)) => json_text(text),
        None => {}
    }
}

/// Reads it as the event data of a store.
fn stored(blob: &[u8]) {
    in_empty_folder(|folder| {
        let path = file(folder, "case.plaso", &STORE);
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = off; PRAGMA synchronous = off").unwrap();
        connection.execute("UPDATE event_data SET _data = ?1", [blob]).unwrap();
        connection.close().unwrap();
        let store = Store::open(&path).unwrap();
        let plan = ReadPlan::new(names(), &Reads { stream: StreamAttribute::ALL.into(), ..Reads::default() });
        let mut seen = 0;
        let visited = store.event_reader(plan).unwrap().visit(EventRange { first: 1, last: 6 }, |event| {
            seen += 1;
            if let Err(unreadable) = event.examine(|event| event.data.map(|data| data.members().count())) {
                check_error(&unreadable);
            }
            Ok::<(), storage::StorageError>(())
        });
        visited.unwrap();
        assert_eq!(seen, 6);
    });
}

fn names() -> AttributeNames {
    let mut names = AttributeNames::default();
    for name in ["v", "filename", "size", "é"] {
        names.register(name);
    }
    names
}

fn json_text(text: &[u8]) {
    let ours = json::value(text);
    let theirs = serde_json::from_slice::<serde_json::Value>(text);
    if let Ok(theirs) = &theirs {
        assert!(ours.as_ref().is_ok_and(|ours| like(ours, theirs)), "{ours:?} is not {theirs:?}");
    }
    if let Ok(texts) = serde_json::from_slice::<Vec<String>>(text) {
        assert_eq!(json::strings(text), Ok(texts));
    }
    if let Ok(text) = std::str::from_utf8(text) {
        let quoted = json::quoted(text);
        assert!(quoted.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
        assert_eq!(json::value(quoted.as_bytes()), Ok(Value::String(text.into())));
    }
    attributes(text, theirs.ok().as_ref());
}

/// The attributes are the members of the object, in whatever order they are read.
fn attributes(text: &[u8], theirs: Option<&serde_json::Value>) {
    let mut names = names();
    let ids = ["size", "v", "é", "filename", "data_type"].map(|name| (name, names.register(name)));
    let mut reader = AttributeReader::new(Arc::new(names));
    let Ok(data) = reader.open(text) else { return };
    for (name, id) in ids {
        let value = data.get(id);
        // If several members have the same name, serde_json takes the last one. It also decodes
        // escapes in names.
        let written = format!("\"{name}\"");
        let is_plain = text.windows(written.len()).filter(|window| *window == written.as_bytes()).count()
            == 1
            && !text.contains(&b'\\');
        if let Some(theirs) = theirs.and_then(|theirs| theirs.get(name)).filter(|_| is_plain) {
            assert!(value.as_ref().is_some_and(|value| like(value, theirs)), "{value:?} is not {theirs:?}");
        }
    }
    if theirs.is_some() {
        assert_eq!(data.error(), None);
    }
    if let Err(error) = data.stream() {
        check_error(&error);
    }
}

/// What is read of a text does not depend on the texts that were read before.
fn sequence(texts: &[u8]) {
    let names = Arc::new(names());
    let mut reader = AttributeReader::new(Arc::clone(&names));
    let ids = ["v", "data_type", "size", "filename"].map(|name| names.number_of(name.as_bytes()).unwrap());
    let all = |reader: &mut AttributeReader, text: &[u8]| {
        let data = reader.open(text).map_err(|error| error.to_string())?;
        let values = ids.map(|id| data.raw(id).map(<[u8]>::to_vec));
        Ok::<_, String>((values, data.data_type().to_vec(), data.error()))
    };
    for text in texts.split(|byte| *byte == b'\n') {
        let alone = all(&mut AttributeReader::new(Arc::clone(&names)), text);
        assert_eq!(all(&mut reader, text), alone);
    }
}

fn like(ours: &Value<'_>, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Value::Null, serde_json::Value::Null) | (Value::Object, serde_json::Value::Object(_)) => true,
        (Value::List { members, tuple: true }, serde_json::Value::Object(object)) => {
            object.get("values").and_then(|values| values.as_array()).is_some_and(|values| values.len() == members.len())
                // A member that occurs twice.
                || object.contains_key("values")
        }
        (Value::Boolean(a), serde_json::Value::Bool(b)) => a == b,
        (Value::Integer(a), serde_json::Value::Number(b)) => match (b.as_i64(), b.as_u64(), b.as_f64()) {
            (Some(b), _, _) => *a == i128::from(b),
            (_, Some(b), _) => *a == i128::from(b),
            // serde_json reads "-0" and large integers as floating-point numbers.
            (_, _, Some(b)) => is_near(*a as f64, b),
            _ => false,
        },
        (Value::Float(a), serde_json::Value::Number(b)) => b.as_f64().is_some_and(|b| is_near(*a, b)),
        (Value::String(a), serde_json::Value::String(b)) => a == b,
        (Value::List { members, tuple: false }, serde_json::Value::Array(b)) => {
            members.len() == b.len() && members.iter().zip(b).all(|(a, b)| like(a, b))
        }
        _ => false,
    }
}

/// serde_json does not always round the last digit correctly.
fn is_near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= a.abs().max(b.abs()) * 1e-14 || (a - b).abs() < 1e-300
}

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"__type__": "AttributeContainer", "__container_type__": "event_data", "data_type": "fs:stat", "v": 5}"#,
        r#"{"data_type": "a", "filename": "C:\\a\u00e9\ud83d\ude00", "size": -1.5e3, "é": [1, null, true, "\""]}"#,
        r#"{"data_type": "a", "v": {"__type__": "tuple", "values": ["a", ["b"]]}, "size": 170141183460469231731687303715884105727}"#,
        r#"{"data_type": "a", "date": {"__class_name__": "Filetime", "__type__": "DateTimeValues", "timestamp": 1}, "v": NaN, "size": -Infinity}"#,
        r#"["label_1", "label_2"]"#,
    ];
    let mut seeds = vec![[b"s", texts.join("\n").as_bytes()].concat()];
    for text in texts {
        seeds.push([b"j", text.as_bytes()].concat());
        let mut compressor = Compressor::new(CompressionLvl::default());
        let mut deflated = vec![0; compressor.zlib_compress_bound(text.len())];
        let length = compressor.zlib_compress(text.as_bytes(), &mut deflated).unwrap();
        seeds.push([b"z", &deflated[..length]].concat());
    }
    seeds
}
