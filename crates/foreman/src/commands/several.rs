//! Puts what a command says of several storage files into one output, in the order in which the
//! user named the files.

use report::FORMAT_VERSION;

/// Joins texts. Each begins with the path of its store.
pub(super) fn text(parts: &[String]) -> String {
    parts.join("\n")
}

/// Returns the JSON of one store as it is, or an object with the JSON of several ones.
pub(super) fn json(mut parts: Vec<String>) -> String {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    // A line end is only between tokens: inside a text, JSON has it as an escape.
    let indented = parts.iter().map(|part| part.trim_end().replace('\n', "\n    "));
    let stores = indented.collect::<Vec<_>>().join(",\n    ");
    format!("{{\n  \"format_version\": {FORMAT_VERSION},\n  \"stores\": [\n    {stores}\n  ]\n}}\n")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn json_of_several_stores() {
        let part = |text: &str| report::json(&json!({"a": text})).unwrap();
        assert_eq!(json(vec![part("x")]), part("x"));
        let joined: Value = serde_json::from_str(&json(vec![part("x\ny"), part("z")])).unwrap();
        assert_eq!(joined, json!({"format_version": FORMAT_VERSION, "stores": [{"a": "x\ny"}, {"a": "z"}]}));
    }
}
