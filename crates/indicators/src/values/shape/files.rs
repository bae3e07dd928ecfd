//! Names and paths of files.

use std::borrow::Cow;

use crate::model::Kind;
use crate::values::stand_ins;

/// How lists write a dot so that nobody opens the file by mistake. Other signs of this sort are
/// usual in names.
const DOTS: [&str; 5] = ["[.]", "[dot]", "[DOT]", "(dot)", "(DOT)"];

/// What programs and the kernel of Windows write before a whole path. Their `?` is no wildcard.
const PREFIXES: [&str; 2] = [r"\\?\", r"\??\"];

/// Returns the kind and the usual form of a file name, which is a path if it has separators.
pub(super) fn file(kind: Kind, text: &str) -> (Kind, Cow<'_, str>) {
    let text = without_scheme(text).unwrap_or(text);
    let behind_prefix = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix));
    let text = without_relative_start(behind_prefix.unwrap_or(text));
    let kind = if text.contains(['/', '\\']) { Kind::FilePath } else { kind };
    let resolved = match with_dots(text) {
        Cow::Borrowed(text) => stand_ins::resolved(text),
        Cow::Owned(text) => stand_ins::resolved(&text).into_owned().into(),
    };
    (kind, resolved)
}

/// Returns the path of a URL of a file: `/C:/a.exe` for `file:///C:/a.exe`.
fn without_scheme(text: &str) -> Option<&str> {
    let (scheme, path) = text.split_once("://")?;
    scheme.eq_ignore_ascii_case("file").then_some(path)
}

/// Returns a path without `.\` and `..\` at its start. A path is found at the end of a value, so it
/// does not matter where it starts.
fn without_relative_start(mut path: &str) -> &str {
    while let Some((".." | ".", rest)) = path.split_once(['/', '\\']) {
        path = rest.trim_start_matches(['/', '\\']);
    }
    path
}

fn with_dots(text: &str) -> Cow<'_, str> {
    let mut found = Cow::Borrowed(text);
    for written in DOTS {
        if found.contains(written) {
            found = found.replace(written, ".").into();
        }
    }
    found
}

/// Returns whether the text is like a path.
pub(super) fn is_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_drive = bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    let is_placeholder = text.starts_with(['%', '$'])
        && text.find(['\\', '/']).is_some_and(|end| !text[..end].contains(char::is_whitespace));
    is_drive && matches!(bytes[2], b'\\' | b'/')
        || is_placeholder
        || text.starts_with("~/")
        || without_scheme(text).is_some()
        || text.len() > 1 && text.starts_with('/') && !text.starts_with("//")
        || text.len() > 1 && text.contains('\\') && !text.contains('\t')
}

/// Returns whether the text is a name with an ending that only files have. Names such as `a.com`
/// and `a.py` are domains, since these endings are names of top-level domains, too.
pub(super) fn is_file_name(text: &str) -> bool {
    let Some((name, ending)) = text.rsplit_once('.') else { return false };
    !name.is_empty()
        && !text.contains(['/', '\\', '<', '>', '|', '"', ':', '\t'])
        && ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending))
}

/// Endings of files. `zip` and `cab` are top-level domains, too, but rarely.
const ENDINGS: &[&str] = &[
    "7z", "apk", "ashx", "asmx", "asp", "aspx", "bat", "bin", "bmp", "cab", "cer", "cfg", "chm", "class",
    "cmd", "conf", "cpl", "crt", "csv", "dat", "db", "deb", "dex", "dll", "dmg", "dmp", "doc", "docm",
    "docx", "drv", "efi", "elf", "eml", "evtx", "exe", "gif", "gz", "hlp", "hta", "htm", "html", "ico",
    "img", "inf", "ini", "ipa", "iso", "jar", "job", "jpeg", "jpg", "js", "jse", "json", "jsp", "jspx",
    "key", "ko", "lnk", "log", "msg", "msi", "msp", "mui", "ocx", "ost", "out", "pdf", "pem", "pf", "pfx",
    "php", "pif", "pkg", "png", "ppt", "pptm", "pptx", "ps1", "psd1", "psm1", "pst", "rar", "reg", "rpm",
    "rtf", "scr", "sqlite", "swf", "sys", "tar", "tgz", "tmp", "txt", "vbe", "vbs", "vhd", "vhdx", "vmem",
    "war", "wsf", "wsh", "xls", "xlsb", "xlsm", "xlsx", "xml", "zip",
];
