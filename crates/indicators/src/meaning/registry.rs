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
        let mut folded = String::with_capacity(text.len());
        let components = components(text, &mut folded);
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

    /// Returns whether a text begins with the name of a hive, and goes on.
    pub(crate) fn names_hive(text: &str) -> bool {
        let mut folded = String::new();
        let components = components(text, &mut folded);
        let (_, _, rest) = root(&components);
        !rest.is_empty() && rest.len() < components.len()
    }

    /// Returns whether the two hives may be the same.
    pub(crate) fn may_share_hive(a: Option<Hive>, b: Option<Hive>) -> bool {
        a.is_none() || b.is_none() || a == b
    }
}

/// Divides a key into its components, without what is before the name of the hive.
fn components<'f>(text: &str, folded: &'f mut String) -> Vec<&'f str> {
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    fold_into(text, folded);
    let folded = folded.as_str();
    let folded = folded.strip_prefix("registry::").unwrap_or(folded);
    // Names of keys may have slashes.
    let separator = if folded.contains('\\') { '\\' } else { '/' };
    let mut components: Vec<_> = folded.split(separator).filter(|component| !component.is_empty()).collect();
    if components.first() == Some(&"computer") {
        components.remove(0);
    }
    components
}

/// Divides the components into the hive, what the hive's name stands for, and the rest.
fn root<'k, 'c>(components: &'k [&'c str]) -> (Option<Hive>, &'static [&'static str], &'k [&'c str]) {
    const CLASSES: &[&str] = &["software", "classes"];
    const PROFILES: &[&str] = &["system", "currentcontrolset", "hardware profiles", "current"];
    let Some((first, rest)) = components.split_first() else { return (None, &[], components) };
    let of_user = |rest: &'k [&'c str]| match rest.split_first() {
        Some((sid, rest)) if sid.ends_with("_classes") => (Some(Hive::User), CLASSES, rest),
        Some((_, rest)) => (Some(Hive::User), &[][..], rest),
        None => (Some(Hive::User), &[][..], rest),
    };
    match (first.trim_end_matches(':'), rest) {
        ("hklm" | "hkey_local_machine", _) => (Some(Hive::Machine), &[], rest),
        ("hkcu" | "hkey_current_user", _) => (Some(Hive::User), &[], rest),
        ("hkcr" | "hkey_classes_root", _) => (None, CLASSES, rest),
        ("hkcc" | "hkey_current_config", _) => (Some(Hive::Machine), PROFILES, rest),
        ("hku" | "hkey_users", _) => of_user(rest),
        ("registry", ["machine", rest @ ..]) => (Some(Hive::Machine), &[], rest),
        ("registry", ["user", rest @ ..]) => of_user(rest),
        _ => (None, &[], components),
    }
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
}
