//! The kinds of records of the audit trail of macOS and OpenBSM. The numbers are those of
//! `audit_kevents.h` and `audit_uevents.h`; the words are ours.

/// Kinds of records, each with its words.
pub(crate) const KINDS: [(&str, &str); 39] = [
    ("0", "a record without a kind"),
    ("6152", "logon"),
    ("6153", "logoff"),
    ("6156", "mounting of a volume"),
    ("6157", "unmounting of a volume"),
    ("6159", "su"),
    ("6160", "halt of the system"),
    ("6161", "restart of the system"),
    ("6163", "change of a password"),
    ("6168", "shutdown of the system"),
    ("6207", "creation of a user"),
    ("6208", "change of a user"),
    ("6209", "deletion of a user"),
    ("6210", "disabling of a user"),
    ("6211", "enabling of a user"),
    ("6172", "SSH logon"),
    ("32800", "SSH logon"),
    ("44901", "start of a session"),
    ("44902", "change of a session"),
    ("44903", "end of a session"),
    ("44904", "closing of a session"),
    ("45000", "start of the audit"),
    ("45001", "stop of the audit"),
    ("45014", "change of a password"),
    ("45015", "creation of a group"),
    ("45016", "deletion of a group"),
    ("45017", "change of a group"),
    ("45018", "addition to a group"),
    ("45019", "removal from a group"),
    ("45021", "logon at the login window"),
    ("45022", "logoff at the login window"),
    ("45023", "check of a password"),
    ("45024", "connection to the security server"),
    ("45025", "evaluation of a right by the security server"),
    ("45026", "step of an authorization inside the security server"),
    ("45028", "sudo"),
    ("45029", "recovery of the audit after a crash"),
    ("45030", "step of an authorization"),
    ("45031", "check of a program before its first start"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_kind_stands_once() {
        let numbers: BTreeSet<_> = KINDS.iter().map(|(number, _)| number.parse::<u32>().unwrap()).collect();
        assert_eq!(numbers.len(), KINDS.len());
    }
}
