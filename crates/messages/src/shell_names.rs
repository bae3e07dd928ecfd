//! Names of folders and of objects of the shell of Windows, which lists of programs name by
//! numbers: `%csidl2%`, `{D65231B0-B2F1-4857-A4CE-A8E7C6EA7D27}` and `::{20D04FE0-…}`. The numbers
//! are Windows' own; the words are ours.

/// Folders by the numbers of Windows XP.
const CSIDLS: [(&str, &str); 8] = [
    ("%csidl0%", "(desktop)"),
    ("%csidl2%", "(folder Programs of the start menu)"),
    ("%csidl6%", "(favorites)"),
    ("%csidl11%", "(start menu)"),
    ("%csidl16%", "(desktop)"),
    ("%csidl22%", "(start menu of all users)"),
    ("%csidl23%", "(folder Programs of the start menu of all users)"),
    ("%csidl25%", "(desktop of all users)"),
];
/// Known folders of Windows Vista and later.
const FOLDERS: [(&str, &str); 17] = [
    ("{0139D44E-6AFE-49F2-8690-3DAFCAE6FFB8}", "(folder Programs of the start menu of all users)"),
    ("{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}", "(system folder System32)"),
    ("{374DE290-123F-4565-9164-39C4925E467B}", "(Downloads of the user)"),
    ("{3EB685DB-65F9-4CF6-A03A-E3EF65729F3D}", "(AppData\\Roaming of the user)"),
    ("{5E6C858F-0E22-4760-9AFE-EA3317B67173}", "(profile of the user)"),
    ("{62AB5D82-FDC1-4DC3-A9DD-070D1D495D97}", "(ProgramData)"),
    ("{6D809377-6AF0-444B-8957-A3773F02200E}", "(Program Files, 64 bit)"),
    ("{7C5A40EF-A0FB-4BFC-874A-C0F2E0B9FA8E}", "(Program Files, 32 bit)"),
    ("{905E63B6-C1BF-494E-B29C-65B732D3D21A}", "(Program Files)"),
    ("{9E3995AB-1F9C-4F13-B827-48B24B6C7174}", "(pinned items of the user)"),
    ("{A77F5D77-2E2B-44C3-A6A2-ABA601054A51}", "(folder Programs of the start menu)"),
    ("{B4BFCC3A-DB2C-424C-B029-7FE99A87C641}", "(desktop)"),
    ("{C4AA340D-F20F-4863-AFEF-F87EF2E6BA25}", "(desktop of all users)"),
    ("{D65231B0-B2F1-4857-A4CE-A8E7C6EA7D27}", "(system folder for 32 bit, SysWOW64)"),
    ("{F1B32785-6FBA-4FCF-9D55-7B8E7F157091}", "(AppData\\Local of the user)"),
    ("{F38BF404-1D43-42F2-9305-67DE0B28FC23}", "(folder of Windows)"),
    ("{FDD39AD0-238F-46AF-ADB4-6C85480369C7}", "(documents of the user)"),
];
/// Objects of the shell that are no files.
const OBJECTS: [(&str, &str); 18] = [
    ("{031E4825-7B94-4DC3-B131-E946B44C8DD5}", "the libraries"),
    ("{20D04FE0-3AEA-1069-A2D8-08002B30309D}", "My Computer"),
    ("{208D2C60-3AEA-1069-A2D7-08002B30309D}", "the network places"),
    ("{21EC2020-3AEA-1069-A2DD-08002B30309D}", "the control panel"),
    ("{2227A280-3AEA-1069-A2DE-08002B30309D}", "the printers"),
    ("{2559A1F0-21D7-11D4-BDAF-00C04F60B9F0}", "the entry Search of the start menu"),
    ("{2559A1F1-21D7-11D4-BDAF-00C04F60B9F0}", "the entry Help and Support of the start menu"),
    ("{2559A1F2-21D7-11D4-BDAF-00C04F60B9F0}", "the entry Windows Security of the start menu"),
    ("{2559A1F3-21D7-11D4-BDAF-00C04F60B9F0}", "the entry Run of the start menu"),
    (
        "{2559A1F4-21D7-11D4-BDAF-00C04F60B9F0}",
        "the entry Internet of the start menu, which opens the browser",
    ),
    (
        "{2559A1F5-21D7-11D4-BDAF-00C04F60B9F0}",
        "the entry E-mail of the start menu, which opens the mail program",
    ),
    ("{3080F90D-D7AD-11D9-BD98-0000947B0257}", "the button Show Desktop"),
    ("{450D8FBA-AD25-11D0-98A8-0800361B1103}", "My Documents"),
    ("{645FF040-5081-101B-9F08-00AA002F954E}", "the recycle bin"),
    ("{7007ACC7-3202-11D1-AAD2-00805FC1270E}", "the network connections"),
    ("{871C5380-42A0-1069-A2EA-08002B30309D}", "the icon of Internet Explorer"),
    ("{D20EA4E1-3957-11D2-A40B-0C5020524153}", "the administrative tools"),
    ("{ED228FDF-9EA8-4870-83B1-96B02CFE0D52}", "the folder of games"),
];
/// The number of characters of a GUID in braces.
const GUID: usize = 38;

/// Returns a path with words for the folder at its beginning.
pub(crate) fn path_in_words(path: &str) -> String {
    for (number, words) in CSIDLS.iter().chain(&FOLDERS) {
        let start = path.get(..number.len()).filter(|start| start.eq_ignore_ascii_case(number));
        if start.is_some() {
            return format!("{words}{}", &path[number.len()..]);
        }
    }
    path.to_owned()
}

/// Returns the name of an object of the shell, such as `::{GUID}\…`, or `None` if it is none.
pub(crate) fn object_in_words(text: &str) -> Option<String> {
    let text = text.strip_prefix("::")?;
    let guid = text.get(..GUID).filter(|guid| guid.starts_with('{') && guid.ends_with('}'))?;
    let known = OBJECTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(guid));
    let inside = text[GUID..].trim_start_matches('\\');
    let object = match known {
        Some((_, words)) => format!("{words} ({guid})"),
        None => format!("the shell object {guid}, not a program file"),
    };
    Some(if inside.is_empty() { object } else { format!("{inside} in {object}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_words() {
        for (path, words) in [
            ("%csidl2%\\MSN.lnk", "(folder Programs of the start menu)\\MSN.lnk"),
            ("{1ac14e77-02e7-4e5d-b744-2eb1ae5198b7}\\notepad.exe", "(system folder System32)\\notepad.exe"),
            ("{00000000-02e7-4e5d-b744-2eb1ae5198b7}\\x", "{00000000-02e7-4e5d-b744-2eb1ae5198b7}\\x"),
            ("é", "é"),
        ] {
            assert_eq!(path_in_words(path), words);
        }
        let entry = object_in_words("::{2559A1F4-21D7-11D4-BDAF-00C04F60B9F0}").unwrap();
        assert!(entry.starts_with("the entry Internet of the start menu"), "{entry}");
        let other = "{00D8862B-6453-4957-A821-3D98D74C76BE}";
        let expected = format!("the shell object {other}, not a program file");
        assert_eq!(object_in_words(&format!("::{other}")), Some(expected));
        let inside = object_in_words(&format!("::{}\\{other}", OBJECTS[OBJECTS.len() - 1].0)).unwrap();
        assert!(inside.starts_with(&format!("{other} in the folder of games")), "{inside}");
        assert_eq!((object_in_words("::x"), object_in_words("C:\\x")), (None, None));
    }

    #[test]
    fn each_number_is_there_once() {
        let mut seen: Vec<_> = FOLDERS.iter().chain(&OBJECTS).map(|(guid, _)| *guid).collect();
        assert!(seen.iter().all(|guid| guid.len() == GUID && guid.to_uppercase() == **guid));
        seen.sort_unstable();
        assert!(seen.is_sorted_by(|one, other| one < other));
    }
}
