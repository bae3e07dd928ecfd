//! Words for no value, true and false, as lists of many origins write them.

/// What stands for no value.
const NO_VALUES: [&str; 7] = ["", "-", "n/a", "none", "null", "nan", "unknown"];

/// Returns whether a field is empty, or says that it is.
pub(crate) fn is_no_value(field: &str) -> bool {
    NO_VALUES.iter().any(|none| field.eq_ignore_ascii_case(none))
}

/// What a field says that is true or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    On,
    Off,
    /// It has no value.
    Unset,
}

/// Returns what a field says that must be true or false, or `None` if it is not understood. Letter
/// case does not count.
pub(crate) fn switch(field: &str) -> Option<Switch> {
    let field = field.trim();
    match field.to_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "1.0" => Some(Switch::On),
        "false" | "no" | "n" | "0" | "0.0" => Some(Switch::Off),
        _ => is_no_value(field).then_some(Switch::Unset),
    }
}

/// Says that a field of this name is not understood.
pub(crate) fn no_switch(name: &str) -> String {
    format!("{name} is neither true nor false; write true or false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_true_and_false() {
        for (switches, expected) in [
            (&["true", "True", "TRUE", "yes", "y", "1", "1.0", " true "][..], Some(Switch::On)),
            (&["false", "FALSE", "no", "N", "0", "0.0"], Some(Switch::Off)),
            (&["", " ", "null", "N/A"], Some(Switch::Unset)),
            (&["maybe", "2", "on", "truely"], None),
        ] {
            for field in switches {
                assert_eq!(switch(field), expected, "{field}");
            }
        }
    }
}
