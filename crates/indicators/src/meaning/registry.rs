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
    /// `HKEY_LOCAL_MACHINE`, `\REGISTRY\MACHINE`. `HKCR` is below `Software\Classes`.
    pub(crate) fn new(text: &str) -> Self {
        let mut components = Vec::new();
        let mut folded = String::with_capacity(text.len());
        fold_into(text.trim(), &mut folded);
        components.extend(folded.split('\\').filter(|component| !component.is_empty()));
        let mut rest: &[&str] = &components;
        if let ["computer", after @ ..] = rest {
            rest = after;
        }
        let (hive, below, rest) = root(rest);
        let mut path = String::with_capacity(folded.len());
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

    /// Returns whether the two hives may be the same.
    pub(crate) fn may_share_hive(a: Option<Hive>, b: Option<Hive>) -> bool {
        a.is_none() || b.is_none() || a == b
    }
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
