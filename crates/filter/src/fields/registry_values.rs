//! Values of registry keys, which Plaso stores as lists of a name, a type and the data.

use events::Value;

/// Calls `found` with the name, without blanks, and the data of each value that has a text or a
/// number.
pub(super) fn scan(values: &Value<'_>, mut found: impl FnMut(&str, &str)) {
    let Value::List { members, .. } = values else {
        return;
    };
    for member in members {
        let Value::List { members, .. } = member else {
            continue;
        };
        if let [Value::String(name), _, data] = &members[..] {
            let name: String = name.chars().filter(|c| *c != ' ').collect();
            match data {
                Value::String(text) => found(&name, text),
                Value::Integer(number) => found(&name, &number.to_string()),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_key() {
        let json = br#"[["Host Name", "REG_SZ", "WKS"], ["Start", "REG_DWORD", 4], ["x"], "y", ["z", "REG_NONE", null]]"#;
        let mut found = Vec::new();
        scan(&events::json::value(json).unwrap(), |name, data| {
            found.push((name.to_owned(), data.to_owned()))
        });
        let found: Vec<_> = found.iter().map(|(name, data)| (&**name, &**data)).collect();
        assert_eq!(found, [("HostName", "WKS"), ("Start", "4")]);
    }
}
