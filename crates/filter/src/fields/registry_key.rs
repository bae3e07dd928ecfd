//! The values of a registry key, each as a record of the change that left it would name them.
//!
//! What a rule asks of a value, it asks of one and the same: the path of the value and its data. So
//! a key has *members*: itself, and each of its values. Plaso stores the values of some keys in
//! attributes of their own.

use events::Value;

/// The name that stands for a registry key or a value of it, as an attribute: its fields are
/// `path`, `data` and `change`.
pub const REGISTRY_VALUE: &str = "registry_value";

/// The attributes that a key is read from, its path first.
pub(crate) const ATTRIBUTES: [&str; 12] = [
    "key_path",
    "values",
    "entries",
    "settings",
    "start_type",
    "service_type",
    "error_control",
    "image_path",
    "object_name",
    "value",
    "application",
    "command",
];

/// How many bytes of text are made of one key. It has one path, which each of its values repeats.
const MOST_TEXT: usize = 16 << 20;

/// What rules are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'t> {
    /// The number of the member: 0 for the key, and 1 and more for its values.
    pub(super) member: u32,
    pub(super) field: &'static str,
    pub(super) text: &'t str,
}

/// Calls `found` with the fields of a key and of each of its values: `path`, in each form in which
/// rules may write it; `change`, which is `CreateKey` or `SetValue`; and the `data` of a value.
/// `values` are those of [`ATTRIBUTES`].
pub(super) fn scan(values: &[Option<Value<'_>>], found: &mut impl FnMut(Found<'_>)) {
    let Some(Some(Value::String(key))) = values.first() else { return };
    let mut writer = Writer { paths: paths(key), member: 0, left: MOST_TEXT, found };
    writer.add(None, None);
    let mut application = None;
    for (attribute, value) in ATTRIBUTES.iter().zip(values).skip(1) {
        match (*attribute, value) {
            (_, None) => {}
            ("values" | "settings", Some(Value::List { members, .. })) => {
                members.iter().for_each(|value| writer.add_member(value));
            }
            ("entries", Some(Value::List { members, .. })) => {
                members.iter().for_each(|entry| writer.add_entry(entry));
            }
            ("application", Some(Value::String(name))) => application = Some(name),
            // The keys below `Winlogon` have programs of other events.
            ("command", Some(data)) => {
                if let Some(name) = application.filter(|_| key.to_ascii_lowercase().ends_with("\\winlogon")) {
                    writer.add(Some(name), Some(&data_of("", data)));
                }
            }
            (attribute, Some(data)) => {
                if let Some(name) = name_of(attribute) {
                    writer.add(Some(name), Some(&data_of("", data)));
                }
            }
        }
    }
}

/// Returns the name of the value that an attribute has the data of.
fn name_of(attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "start_type" => "Start",
        "service_type" => "Type",
        "error_control" => "ErrorControl",
        "image_path" => "ImagePath",
        "object_name" => "ObjectName",
        "value" => "BootExecute",
        _ => return None,
    })
}

/// The fields of the record of a Windows event log that says how a value was changed (event 4657 of
/// the security log), in the same form as those of [`scan`].
pub(super) const OF_RECORD: [&str; 3] = ["RegistryPath", "RegistryChange", "RegistryData"];

/// The field of such a record that has the name of the value, and that hardly any other record has.
pub(super) const VALUE_OF_RECORD: &str = "ObjectValueName";

/// Calls `found` with the fields [`OF_RECORD`]. `of_record` returns the first value of a field of
/// the record.
pub(super) fn scan_record(
    of_record: impl Fn(&str) -> Option<String>,
    found: &mut impl FnMut(&str, &str),
) -> Option<()> {
    let (key, name) = (of_record("ObjectName")?, of_record(VALUE_OF_RECORD)?);
    let [path, change, data] = OF_RECORD;
    let name = if name.is_empty() { "(Default)" } else { &name };
    paths(&of_object(&key)).iter().for_each(|key| found(path, &format!("{key}\\{name}")));
    let is_deleted = of_record("OperationType").as_deref() == Some("%%1906");
    found(change, if is_deleted { "DeleteValue" } else { "SetValue" });
    // Windows names types by the numbers of their texts.
    let kind = match of_record("NewValueType").as_deref() {
        Some("%%1875") => "REG_BINARY",
        Some("%%1876") => "REG_DWORD",
        Some("%%1883") => "REG_QWORD",
        _ => "",
    };
    found(data, &data_of(kind, &Value::String(of_record("NewValue")?.into())));
    Some(())
}

/// Returns the path of a key of which the kernel has this object.
fn of_object(object: &str) -> String {
    let roots = [("\\registry\\machine", "HKEY_LOCAL_MACHINE"), ("\\registry\\user", "HKEY_USERS")];
    let path =
        roots.iter().find_map(|(start, root)| Some(format!("{root}{}", without_prefix(object, start)?)));
    path.unwrap_or_else(|| object.to_owned())
}

struct Writer<'f, F> {
    paths: Vec<String>,
    member: u32,
    left: usize,
    found: &'f mut F,
}

impl<F: FnMut(Found<'_>)> Writer<'_, F> {
    /// Adds a value that is a list: its name, perhaps its type, and its data.
    fn add_member(&mut self, value: &Value<'_>) {
        let Value::List { members, .. } = value else { return };
        match &members[..] {
            [Value::String(name), Value::String(kind), data] => {
                self.add(Some(name), Some(&data_of(kind, data)));
            }
            [Value::String(name), data] => self.add(Some(name), Some(&data_of("", data))),
            _ => {}
        }
    }

    /// Adds a value that is a text: `name: data`.
    fn add_entry(&mut self, entry: &Value<'_>) {
        if let Value::String(entry) = entry
            && let Some((name, data)) = entry.split_once(": ")
        {
            self.add(Some(name), Some(data));
        }
    }

    /// Adds the key, or a value with this name.
    fn add(&mut self, name: Option<&str>, data: Option<&str>) {
        let name = name.map(|name| if name.is_empty() { "(Default)" } else { name });
        let of_paths = |path: &String| path.len() + 1 + name.map_or(0, str::len);
        let size = self.paths.iter().map(of_paths).sum::<usize>() + data.map_or(0, str::len);
        let Some(left) = self.left.checked_sub(size) else { return };
        self.left = left;
        let member = self.member;
        let mut found = |field, text: &str| (self.found)(Found { member, field, text });
        for path in &self.paths {
            match name {
                Some(name) => found("path", &format!("{path}\\{name}")),
                None => found("path", path),
            }
        }
        found("change", if name.is_some() { "SetValue" } else { "CreateKey" });
        if let Some(data) = data {
            found("data", data);
        }
        self.member += 1;
    }
}

/// Returns the path of a key in each form in which Sysmon, and so a rule, may write it. A key of
/// the current user is in the hive of a user, whose name the path does not have.
fn paths(key: &str) -> Vec<String> {
    let (root, rest) = key.split_once('\\').map_or((key, ""), |(root, _)| (root, &key[root.len()..]));
    let roots: &[&str] = match root {
        "HKEY_LOCAL_MACHINE" => &["HKLM"],
        "HKEY_CURRENT_USER" => &["HKCU", "HKU"],
        "HKEY_USERS" => &["HKU"],
        "HKEY_CLASSES_ROOT" => &["HKCR"],
        _ => return vec![key.to_owned()],
    };
    let mut paths: Vec<String> = roots.iter().map(|root| format!("{root}{rest}")).collect();
    if let Some(classes) = without_prefix(rest, "\\software\\classes") {
        paths.push(format!("HKCR{classes}"));
    }
    if let Some(set) = without_prefix(rest, "\\system")
        && let Some(in_set) = without_number(set)
    {
        paths.push(format!("{}{}\\CurrentControlSet{in_set}", roots[0], &rest[.."\\system".len()]));
    }
    paths
}

/// Returns what follows the names of keys at the start of a path, which are given in lower case.
fn without_prefix<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let (start, rest) = path.split_at_checked(prefix.len())?;
    (start.eq_ignore_ascii_case(prefix) && (rest.is_empty() || rest.starts_with('\\'))).then_some(rest)
}

/// Returns what follows `\ControlSet001` at the start of a path.
fn without_number(path: &str) -> Option<&str> {
    let (start, rest) = path.split_at_checked("\\controlset".len())?;
    let (number, rest) = rest.split_at(rest.find('\\').unwrap_or(rest.len()));
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (start.eq_ignore_ascii_case("\\controlset") && is_number).then_some(rest)
}

/// Returns the data of a value as Sysmon writes it. A number without a type is a `REG_DWORD`, which
/// is what Plaso keeps as a number.
fn data_of(kind: &str, data: &Value<'_>) -> String {
    match data {
        Value::Integer(number) => dword(*number),
        Value::String(text) => match kind {
            "REG_DWORD" | "REG_DWORD_LE" | "REG_DWORD_BE" | "REG_DWORD_BIG_ENDIAN" => {
                text.parse().map_or_else(|_| text.clone().into_owned(), dword)
            }
            "REG_QWORD" => text.parse().map_or_else(|_| text.clone().into_owned(), qword),
            "" | "REG_SZ" | "REG_EXPAND_SZ" | "REG_MULTI_SZ" if text.is_empty() => "(Empty)".into(),
            "" | "REG_SZ" | "REG_EXPAND_SZ" | "REG_MULTI_SZ" | "REG_LINK" => text.clone().into_owned(),
            // Plaso keeps the length only.
            _ => "Binary Data".into(),
        },
        _ => "(Empty)".into(),
    }
}

fn dword(number: i128) -> String {
    format!("DWORD (0x{:08x})", number & 0xffff_ffff)
}

fn qword(number: i128) -> String {
    format!("QWORD (0x{:08x}-0x{:08x})", (number >> 32) & 0xffff_ffff, number & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use events::{AttributeNames, AttributeReader};

    use super::*;

    /// Returns the fields of event data, one line for each member.
    fn shown(data: &str) -> String {
        let mut names = AttributeNames::default();
        let attributes = ATTRIBUTES.map(|name| names.register(name));
        let mut reader = AttributeReader::new(Arc::new(names));
        let data = format!(r#"{{"data_type": "a", {data}}}"#);
        let data = reader.open(data.as_bytes()).unwrap();
        let (mut lines, mut last) = (String::new(), 0);
        scan(&attributes.map(|attribute| data.get(attribute)), &mut |found| {
            let between = if found.member == last { "; " } else { "\n" };
            last = found.member;
            write!(lines, "{between}{}", found.text).unwrap();
        });
        lines.trim_start_matches("; ").to_owned()
    }

    #[test]
    fn values_of_any_key() {
        let key = r#""key_path": "HKEY_LOCAL_MACHINE\\System\\ControlSet001\\Control\\Lsa""#;
        let values = r#"["", "REG_SZ", "x"], ["a", "REG_DWORD_LE", "1"], ["b", "REG_QWORD", "4294967298"],
            ["c", "REG_BINARY", "(3 bytes)"], ["d", "REG_SZ", null], ["e", "REG_MULTI_SZ", "[p, q]"],
            ["f", "REG_DWORD_LE", "(2 bytes)"], ["g"], "h""#;
        let expected = [
            r"HKLM\System\ControlSet001\Control\Lsa; HKLM\System\CurrentControlSet\Control\Lsa; CreateKey",
            r"HKLM\System\ControlSet001\Control\Lsa\(Default); HKLM\System\CurrentControlSet\Control\Lsa\(Default); SetValue; x",
            r"HKLM\System\ControlSet001\Control\Lsa\a; HKLM\System\CurrentControlSet\Control\Lsa\a; SetValue; DWORD (0x00000001)",
            r"HKLM\System\ControlSet001\Control\Lsa\b; HKLM\System\CurrentControlSet\Control\Lsa\b; SetValue; QWORD (0x00000001-0x00000002)",
            r"HKLM\System\ControlSet001\Control\Lsa\c; HKLM\System\CurrentControlSet\Control\Lsa\c; SetValue; Binary Data",
            r"HKLM\System\ControlSet001\Control\Lsa\d; HKLM\System\CurrentControlSet\Control\Lsa\d; SetValue; (Empty)",
            r"HKLM\System\ControlSet001\Control\Lsa\e; HKLM\System\CurrentControlSet\Control\Lsa\e; SetValue; [p, q]",
            r"HKLM\System\ControlSet001\Control\Lsa\f; HKLM\System\CurrentControlSet\Control\Lsa\f; SetValue; (2 bytes)",
        ];
        let found = shown(&format!("{key}, \"values\": [{values}]"));
        assert_eq!(found.lines().collect::<Vec<_>>(), expected);
        assert_eq!(shown(r#""values": [["a", "REG_SZ", "b"]]"#), "");
    }

    /// Plaso keeps the values of some keys in attributes of their own.
    #[test]
    fn values_of_known_keys() {
        for (data, expected) in [
            (
                r#""key_path": "HKEY_USERS\\Run", "entries": ["a: c:\\a.exe: b", "c"]"#,
                &[r"HKU\Run; CreateKey", r"HKU\Run\a; SetValue; c:\a.exe: b"][..],
            ),
            (
                r#""key_path": "\\a", "start_type": 2, "image_path": "a.exe", "values": [["b", "REG_SZ", "c"]]"#,
                &[
                    r"\a; CreateKey",
                    r"\a\b; SetValue; c",
                    r"\a\Start; SetValue; DWORD (0x00000002)",
                    r"\a\ImagePath; SetValue; a.exe",
                ],
            ),
            (
                r#""key_path": "\\Winlogon", "application": "Shell", "command": "explorer.exe""#,
                &[r"\Winlogon; CreateKey", r"\Winlogon\Shell; SetValue; explorer.exe"],
            ),
            (
                r#""key_path": "\\Winlogon\\Notify\\a", "application": "a", "command": "a.dll""#,
                &[r"\Winlogon\Notify\a; CreateKey"],
            ),
            (
                r#""key_path": "\\3", "settings": [["1200", 3]]"#,
                &[r"\3; CreateKey", r"\3\1200; SetValue; DWORD (0x00000003)"],
            ),
        ] {
            assert_eq!(shown(data).lines().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn paths_of_keys() {
        for (key, expected) in [
            (
                "HKEY_CURRENT_USER\\Software\\Classes\\a",
                &["HKCU\\Software\\Classes\\a", "HKU\\Software\\Classes\\a", "HKCR\\a"][..],
            ),
            ("HKEY_LOCAL_MACHINE\\Software\\Classes", &["HKLM\\Software\\Classes", "HKCR"]),
            ("HKEY_LOCAL_MACHINE\\Software\\ClassesX", &["HKLM\\Software\\ClassesX"]),
            (
                "HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002",
                &["HKLM\\SYSTEM\\ControlSet002", "HKLM\\SYSTEM\\CurrentControlSet"],
            ),
            ("HKEY_LOCAL_MACHINE\\System\\ControlSetA\\b", &["HKLM\\System\\ControlSetA\\b"]),
            ("HKEY_USERS\\a", &["HKU\\a"]),
            ("HKEY_CURRENT_USER", &["HKCU", "HKU"]),
            ("\\Root\\é", &["\\Root\\é"]),
            ("", &[""]),
        ] {
            assert_eq!(paths(key), expected);
        }
    }

    #[test]
    fn records_of_changes() {
        for (fields, expected) in [
            (
                [
                    ("ObjectName", "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\a"),
                    ("ObjectValueName", "b"),
                    ("OperationType", "%%1905"),
                    ("NewValueType", "%%1876"),
                    ("NewValue", "1"),
                ],
                &[
                    "HKLM\\SYSTEM\\ControlSet001\\a\\b",
                    "HKLM\\SYSTEM\\CurrentControlSet\\a\\b",
                    "SetValue",
                    "DWORD (0x00000001)",
                ][..],
            ),
            (
                [
                    ("ObjectName", "\\REGISTRY\\USER\\S-1\\a"),
                    ("ObjectValueName", ""),
                    ("OperationType", "%%1906"),
                    ("NewValueType", "-"),
                    ("NewValue", "-"),
                ],
                &["HKU\\S-1\\a\\(Default)", "DeleteValue", "-"],
            ),
        ] {
            let of_record = |name: &str| {
                fields.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            let mut found = Vec::new();
            scan_record(of_record, &mut |_, value| found.push(value.to_owned()));
            assert_eq!(found, expected);
        }
    }

    /// A long path is not repeated for thousands of values.
    #[test]
    fn what_is_made_of_a_key_has_a_limit() {
        let values = vec![r#"["a", "REG_SZ", "b"]"#; 1 << 10].join(", ");
        let key = "k".repeat(1 << 20);
        let mut names = AttributeNames::default();
        let attributes = ATTRIBUTES.map(|name| names.register(name));
        let mut reader = AttributeReader::new(Arc::new(names));
        let data = format!(r#"{{"data_type": "a", "key_path": "{key}", "values": [{values}]}}"#);
        let data = reader.open(data.as_bytes()).unwrap();
        let mut bytes = 0;
        scan(&attributes.map(|attribute| data.get(attribute)), &mut |found| bytes += found.text.len());
        assert!(bytes <= 2 * MOST_TEXT, "{bytes}");
    }
}
