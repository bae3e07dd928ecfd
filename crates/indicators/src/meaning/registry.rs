//! Registry keys.

use super::text::fold_into;

/// A part of the registry that has a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hive {
    /// `HKEY_LOCAL_MACHINE`.
    Machine,
    /// `HKEY_CURRENT_USER`, or a user below `HKEY_USERS`.
    User,
}

/// A registry key in the form in which keys are compared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Key {
    /// The hive, if the key names one that has just one meaning.
    pub(crate) hive: Option<Hive>,
    /// The path below the hive, in lower case, with `\` between its components.
    /// `ControlSet001` is `currentcontrolset`.
    pub(crate) path: String,
}

impl Key {
    /// Reads a key. Any of the usual names of a hive is understood: `HKLM`, `HKLM:`,
    /// `HKEY_LOCAL_MACHINE`, `Registry::HKEY_LOCAL_MACHINE`, `\REGISTRY\MACHINE`, also behind
    /// `Computer\` and in the brackets of a `.reg` file. `HKCR` is below `Software\Classes`.
    pub(crate) fn new(text: &str) -> Self {
        let plain = plain(text);
        let components = components(&plain);
        let (hive, below, rest) = root(&components);
        let mut path = String::with_capacity(text.len());
        let components = below.iter().chain(rest).enumerate();
        for (position, component) in components {
            if position > 0 {
                path.push('\\');
            }
            let is_control_set = position == 1 && path == "system\\" && is_control_set(component);
            path.push_str(if is_control_set { "currentcontrolset" } else { component });
        }
        Self { hive, path }
    }

    /// Returns whether a text begins with the name of a hive, and goes on. `/registry/machine/a` is
    /// rather the path of a file.
    pub(crate) fn names_hive(text: &str) -> bool {
        if text.starts_with('/') {
            return false;
        }
        let plain = plain(text);
        let components = components(&plain);
        let (_, _, rest) = root(&components);
        !rest.is_empty() && rest.len() < components.len()
    }

    /// Returns whether the two hives may be the same.
    pub(crate) fn may_share_hive(a: Option<Hive>, b: Option<Hive>) -> bool {
        a.is_none() || b.is_none() || a == b
    }
}

/// What may be before the name of a hive, in lower case.
const BEFORE_HIVE: [&str; 3] = [r"microsoft.powershell.core\", "registry::", r"computer\"];

/// Returns a key in lower case, with `\` between its components, and without what programs write
/// around it.
pub(crate) fn plain(text: &str) -> String {
    let text = text.trim();
    // `[-HKEY…]` of a `.reg` file deletes the key.
    let inner = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let inner = inner.map(|inner| inner.strip_prefix('-').unwrap_or(inner));
    let mut plain = String::with_capacity(text.len());
    fold_into(inner.unwrap_or(text), &mut plain);
    for before in BEFORE_HIVE {
        if plain.starts_with(before) {
            plain.drain(..before.len());
        }
    }
    // Names of keys may have slashes.
    if !plain.contains('\\') {
        plain = plain.replace('/', r"\");
    }
    // A drive of PowerShell: `HKLM:\Software`, `HKLM:Software`.
    if plain.starts_with("hk")
        && let Some(colon) = plain.find(':')
        && !plain[..colon].contains('\\')
    {
        let is_before_separator = plain[colon + 1..].starts_with('\\');
        plain.replace_range(colon..=colon, if is_before_separator { "" } else { r"\" });
    }
    plain
}

/// Returns a key in the ways in which lists write it: as it is, with the short name of its hive,
/// and with the name that control sets have in common. Regular expressions are compared with each.
pub(crate) fn notations(key: &str) -> Vec<String> {
    const SHORT: [(&str, &str); 4] = [
        ("HKEY_LOCAL_MACHINE", "HKLM"),
        ("HKEY_CURRENT_USER", "HKCU"),
        ("HKEY_USERS", "HKU"),
        ("HKEY_CLASSES_ROOT", "HKCR"),
    ];
    let mut notations = vec![key.to_owned()];
    let components: Vec<_> = key.split('\\').collect();
    if let Some(at) = components.iter().position(|found| is_control_set(&found.to_ascii_lowercase())) {
        notations
            .push([&components[..at], &["CurrentControlSet"], &components[at + 1..]].concat().join("\\"));
    }
    if let Some((_, short)) = SHORT.iter().find(|(long, _)| long.eq_ignore_ascii_case(components[0])) {
        let with_short = |written: &String| format!("{short}{}", &written[components[0].len()..]);
        notations.extend(notations.iter().map(with_short).collect::<Vec<_>>());
    }
    notations
}

fn components(plain: &str) -> Vec<&str> {
    plain.split('\\').filter(|component| !component.is_empty()).collect()
}

/// A hive, or a part of one, that has names of its own.
#[derive(Debug)]
pub(crate) struct Root {
    /// The names, in lower case.
    pub(crate) names: &'static [&'static str],
    pub(crate) hive: Option<Hive>,
    /// What the names stand for: components below the hive.
    pub(crate) below: &'static [&'static str],
    /// Whether the first component behind the name is a user.
    pub(crate) has_users: bool,
}

/// Where classes are, below a hive.
pub(crate) const CLASSES: &[&str] = &["software", "classes"];
const PROFILE: &[&str] = &["system", "currentcontrolset", "hardware profiles", "current"];

/// All of them.
pub(crate) const ROOTS: &[Root] = &[
    Root {
        names: &["hklm", "hkey_local_machine", r"registry\machine"],
        hive: Some(Hive::Machine),
        below: &[],
        has_users: false,
    },
    Root { names: &["hkcu", "hkey_current_user"], hive: Some(Hive::User), below: &[], has_users: false },
    Root {
        names: &["hku", "hkey_users", r"registry\user"],
        hive: Some(Hive::User),
        below: &[],
        has_users: true,
    },
    Root { names: &["hkcr", "hkey_classes_root"], hive: None, below: CLASSES, has_users: false },
    Root {
        names: &["hkcc", "hkey_current_config"],
        hive: Some(Hive::Machine),
        below: PROFILE,
        has_users: false,
    },
];

/// Divides the components into the hive, what the hive's name stands for, and the rest.
fn root<'k, 'c>(components: &'k [&'c str]) -> (Option<Hive>, &'static [&'static str], &'k [&'c str]) {
    for root in ROOTS {
        let Some(rest) = root.names.iter().find_map(|name| behind(components, name)) else { continue };
        return match rest.split_first() {
            Some((sid, rest)) if root.has_users && sid.ends_with("_classes") => (root.hive, CLASSES, rest),
            Some((_, rest)) if root.has_users => (root.hive, root.below, rest),
            _ => (root.hive, root.below, rest),
        };
    }
    match components.first() {
        // Only the hive of the system has control sets.
        Some(first) if is_control_set(first) || *first == "currentcontrolset" => {
            (None, &["system"], components)
        }
        _ => (None, &[], components),
    }
}

/// Returns the components behind a name.
fn behind<'k, 'c>(components: &'k [&'c str], name: &str) -> Option<&'k [&'c str]> {
    let mut rest = components;
    for wanted in name.split('\\') {
        rest = rest.split_first().filter(|(found, _)| **found == wanted)?.1;
    }
    Some(rest)
}

fn is_control_set(component: &str) -> bool {
    component
        .strip_prefix("controlset")
        .is_some_and(|number| number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_one_form() {
        use Hive::{Machine, User};
        for (text, hive, path) in [
            (r"HKLM\Software\Evil", Some(Machine), r"software\evil"),
            (r"HKEY_LOCAL_MACHINE\SOFTWARE\Evil\", Some(Machine), r"software\evil"),
            (r"HKLM:\Software\Evil", Some(Machine), r"software\evil"),
            (r"\REGISTRY\MACHINE\Software\Evil", Some(Machine), r"software\evil"),
            (r"Computer\HKEY_LOCAL_MACHINE\Software\Evil", Some(Machine), r"software\evil"),
            (r"Registry::HKEY_LOCAL_MACHINE\Software\Evil", Some(Machine), r"software\evil"),
            (r"[HKEY_LOCAL_MACHINE\Software\Evil]", Some(Machine), r"software\evil"),
            (r"HKLM/Software/Evil", Some(Machine), r"software\evil"),
            (r"HKLM\Software\a/b", Some(Machine), r"software\a/b"),
            (r"HKLM:Software\Evil", Some(Machine), r"software\evil"),
            (r"Registry::HKLM\Software\Evil", Some(Machine), r"software\evil"),
            (r"Microsoft.PowerShell.Core\Registry::HKLM\Software\Evil", Some(Machine), r"software\evil"),
            (r"[-HKEY_LOCAL_MACHINE\Software\Evil]", Some(Machine), r"software\evil"),
            (r"ControlSet002\Services\evil", None, r"system\currentcontrolset\services\evil"),
            (r"HKCC\Software", Some(Machine), r"system\currentcontrolset\hardware profiles\current\software"),
            (r"HKCU\Software\Evil", Some(User), r"software\evil"),
            (r"HKU\S-1-5-21-1-2-3-500\Software\Evil", Some(User), r"software\evil"),
            (r"HKU\S-1-5-21-1-2-3-500_Classes\Evil", Some(User), r"software\classes\evil"),
            (r"\REGISTRY\USER\S-1-5-18\Software\Evil", Some(User), r"software\evil"),
            (r"HKCR\.evil", None, r"software\classes\.evil"),
            (r"Software\Evil", None, r"software\evil"),
            (
                r"HKLM\SYSTEM\ControlSet001\Services\evil",
                Some(Machine),
                r"system\currentcontrolset\services\evil",
            ),
            (
                r"HKLM\System\CurrentControlSet\Services\evil",
                Some(Machine),
                r"system\currentcontrolset\services\evil",
            ),
            (r"HKLM\System\ControlSet01\Services", Some(Machine), r"system\controlset01\services"),
            (r"HKLM\Software\ControlSet001", Some(Machine), r"software\controlset001"),
            ("", None, ""),
            ("HKU", Some(User), ""),
        ] {
            assert_eq!(Key::new(text), Key { hive, path: path.into() }, "{text}");
        }
    }

    #[test]
    fn keys_are_written_in_several_ways() {
        for (key, expected) in [
            (r"HKEY_LOCAL_MACHINE\Software", &[r"HKEY_LOCAL_MACHINE\Software", r"HKLM\Software"][..]),
            (
                r"HKEY_LOCAL_MACHINE\System\ControlSet001\a",
                &[
                    r"HKEY_LOCAL_MACHINE\System\ControlSet001\a",
                    r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\a",
                    r"HKLM\System\ControlSet001\a",
                    r"HKLM\System\CurrentControlSet\a",
                ],
            ),
            (r"\Root\a", &[r"\Root\a"]),
            ("", &[""]),
        ] {
            assert_eq!(notations(key), expected);
        }
    }
}
