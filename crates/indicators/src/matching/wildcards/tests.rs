use crate::matching::tests::{event_data, found, list, matcher};
use crate::matching::{Matcher, Options};
use crate::model::{Comparison, Kind, Value};

/// As regular expressions, 4,097 of the first and 1,025 of the second could not be used together.
#[test]
fn wildcards_of_any_number_are_used_together() {
    let many = |wildcard: fn(usize) -> String, matching: &str, other: &str| {
        let written: Vec<_> = (0..50_000).map(wildcard).collect();
        let values: Vec<_> =
            written.iter().map(|text| (Kind::FilePath, Comparison::Wildcard, Value::Text(text))).collect();
        let mut matcher = Matcher::new(list(&values), Options::default()).unwrap();
        assert_eq!(found(&mut matcher, &event_data("filename", matching)), [4_242]);
        assert_eq!(found(&mut matcher, &event_data("filename", other)).len(), 0);
    };
    many(
        |number| format!(r"C:\Users\*\evil{number}.exe"),
        r"C:\Users\a\b\Evil4242.exe",
        r"D:\Users\a\evil4242.exe",
    );
    many(
        |number| format!(r"C:\{}\{number}.exe", "a?".repeat(100)),
        &format!(r"\{}\4242.exe", "ab".repeat(100)),
        &format!(r"\{}\4242.exe", "ba".repeat(100)),
    );
}

/// What the tables of the page do not have.
#[test]
fn a_wildcard_stands_for_no_other_drive() {
    for (indicator, value, expected) in [
        (r"C:\*\evil.exe", r"C:\a\b\evil.exe", true),
        (r"C:\*\evil.exe", r"\a\evil.exe", true),
        (r"C:\*\evil.exe", r"D:\a\evil.exe", false),
        (r"C:\*evil.exe", "d:evil.exe", false),
        (r"C:\*\evil.exe", r"<My Computer> D:\a\evil.exe", false),
        (r"C:\*\evil.exe", r"<My Computer> C:\a\evil.exe", true),
        (r"C:\*\evil.exe", r"\Device\HarddiskVolume2\a\evil.exe", true),
        (r"C:\*:evil", r"\a.txt:evil", true),
        (r"C:\*", "D:", false),
        (r"%SystemDrive%\*\evil.exe", r"D:\a\evil.exe", true),
        (r"%SystemDrive%\*.exe", r"\a\evil.exe", true),
        (r"%TEMP%\*.exe", r"C:\Users\bob\AppData\Local\Temp\a\evil.exe", true),
        (r"%TEMP%\*.exe", r"C:\Users\bob\evil.exe", false),
        (r"%TEMP%\*.exe", r"X:\%TEMP%\evil.exe", true),
        (r"C:\Users\*\Evil\", r"C:\Users\bob\Evil\a\b.txt", true),
        (r"C:\Users\*\Evil\", r"C:\Users\bob\Evil", true),
        (r"C:\Users\*\Evil\", r"C:\Users\bob\Evil2\a", false),
        (r"Users\*\evil.exe", r"C:\Users\bob\evil.exe", true),
        (r"Users\*\evil.exe", r"C:\MyUsers\bob\evil.exe", false),
        (r"C:\Users\?\evil.exe", "C:\\Users\\b\\evil.exe\n", false),
    ] {
        let mut matcher = matcher("file path", indicator);
        let is_found = !found(&mut matcher, &event_data("filename", value)).is_empty();
        assert_eq!(is_found, expected, "{indicator} in {value}");
    }
}

/// Paths of a disk image have no drive.
#[test]
fn a_wildcard_at_the_start_of_a_path_may_stand_for_nothing() {
    use Comparison::{Contains, Prefix, Suffix, Wildcard};
    for (indicator, comparison, value, expected) in [
        (r"*\Windows\Temp\evil.exe", Wildcard, r"\Windows\Temp\evil.exe", true),
        (r"*\Windows\Temp\evil.exe", Wildcard, "/Windows/Temp/evil.exe", true),
        (r"*\Windows\Temp\evil.exe", Wildcard, r"Windows\Temp\evil.exe", true),
        (r"*\Windows\Temp\evil.exe", Wildcard, r"C:\Windows\Temp\evil.exe", true),
        (r"*\Windows\Temp\evil.exe", Wildcard, r"D:\a\Windows\Temp\evil.exe", true),
        (r"*\Windows\Temp\evil.exe", Wildcard, r"\MyWindows\Temp\evil.exe", false),
        (r"**\Windows\Temp\evil.exe", Wildcard, r"\Windows\Temp\evil.exe", true),
        (r"*\Windows\Temp\*", Wildcard, r"\Windows\Temp\evil.exe", true),
        (r"*\Windows\Temp\", Wildcard, r"\Windows\Temp\evil.exe", true),
        (r"*\Windows\Temp\", Wildcard, r"\Windows\Temp2\evil.exe", false),
        (r"*\*\evil.exe", Wildcard, r"\a\evil.exe", true),
        (r"*\*\evil.exe", Wildcard, r"\evil.exe", false),
        (r"\*\Temp\evil.exe", Wildcard, r"\Temp\evil.exe", false),
        (r"*\%TEMP%\e*.exe", Wildcard, r"\Users\bob\AppData\Local\Temp\evil.exe", true),
        ("*/tmp/evil", Wildcard, "/tmp/evil", true),
        ("*/home/*/.ssh/evil", Wildcard, "/home/bob/.ssh/evil", true),
        (r"*\Windows", Prefix, r"\Windows\evil.exe", true),
        (r"*\Windows", Prefix, r"C:\a\Windows\evil.exe", true),
        (r"*\Windows\evil.exe", Suffix, r"\Windows\evil.exe", true),
        (r"*\Windows", Contains, r"\Windows\evil.exe", true),
        (r"?:\Windows\evil.exe", Wildcard, r"\Windows\evil.exe", true),
        (r"*:\Windows\evil.exe", Wildcard, r"\Windows\evil.exe", true),
        (r"?:\Windows\evil.exe", Wildcard, r"D:\Windows\evil.exe", true),
        (r"?:\Windows\evil.exe", Wildcard, r"\Device\HarddiskVolume2\Windows\evil.exe", true),
        (r"?:\Windows\evil.exe", Wildcard, r"C:\Backup\Windows\evil.exe", false),
        (r"?:\*\evil.exe", Wildcard, r"\evil.exe", false),
        (r"?:\Windows", Prefix, r"\Windows\evil.exe", true),
    ] {
        let values = [(Kind::FilePath, comparison, Value::Text(indicator))];
        let mut matcher = Matcher::new(list(&values), Options::default()).unwrap();
        let is_found = !found(&mut matcher, &event_data("filename", value)).is_empty();
        assert_eq!(is_found, expected, "{comparison:?} {indicator} in {value}");
    }
}

/// `LIKE 'gate%'` of a request means its path, which begins with a slash.
#[test]
fn the_start_of_a_url_path_may_lack_its_slash() {
    use Comparison::{Contains, Prefix, Suffix, Wildcard};
    for (indicator, comparison, value, expected) in [
        ("gate", Prefix, "GET /gate.php HTTP/1.1", true),
        ("gate", Prefix, "GET /a/gate.php HTTP/1.1", false),
        ("gate*", Wildcard, "GET /gate.php HTTP/1.1", true),
        ("/gate*", Wildcard, "GET /gate.php HTTP/1.1", true),
        ("?gate*", Wildcard, "GET /gate.php HTTP/1.1", true),
        ("*gate*", Wildcard, "GET /a/gate.php HTTP/1.1", true),
        ("gate", Contains, "GET /a/gate.php HTTP/1.1", true),
        ("gate.php", Suffix, "GET /a/gate.php HTTP/1.1", true),
    ] {
        let values = [(Kind::UrlPath, comparison, Value::Text(indicator))];
        let mut matcher = Matcher::new(list(&values), Options::default()).unwrap();
        let is_found = !found(&mut matcher, &event_data("http_request", value)).is_empty();
        assert_eq!(is_found, expected, "{comparison:?} {indicator} in {value}");
    }
}

#[test]
fn parts_of_accounts_and_tasks() {
    use Comparison::{Contains, Prefix, Suffix, Wildcard};
    for (kind, indicator, comparison, value, expected) in [
        (Kind::Account, r"CORP\B*", Wildcard, r"CORP\Bob", true),
        (Kind::Account, r"CORP\B*", Wildcard, r"OTHER\Bob", false),
        (Kind::Account, r"CORP\B*", Wildcard, "Bob", true),
        (Kind::Account, r"CORP\B*", Wildcard, "Alice", false),
        (Kind::Account, r"CORP\", Prefix, r"CORP\Bob", true),
        (Kind::Account, r"CORP\", Prefix, "Bob", false),
        (Kind::Account, "Bo", Prefix, r"CORP\Bob", true),
        (Kind::Account, "CORP", Prefix, r"CORP\Bob", true),
        (Kind::Account, r"\Bob", Suffix, r"CORP\Bob", true),
        (Kind::Account, r"\Bob", Suffix, "Bob", true),
        (Kind::Account, r"\Bob", Suffix, r"CORP\Alice", false),
        (Kind::Task, r"\Evil", Prefix, r"\EvilTask", true),
        (Kind::Task, r"\EvilTask", Suffix, r"\EvilTask", true),
        (Kind::Task, r"\EvilTask", Suffix, r"\NotEvilTask", false),
        (Kind::Task, r"\EvilTask", Suffix, r"\Microsoft\EvilTask", true),
        (Kind::Task, r"\Evil", Contains, r"\EvilTask", true),
        (Kind::Task, r"\Evil", Contains, r"\NotEvilTask", false),
        (Kind::Task, r"\Microsoft\*Evil*", Wildcard, r"\Microsoft\a\EvilTask", true),
        (Kind::Task, r"*\Evil\EvilTask", Wildcard, r"\Evil\EvilTask", true),
        (Kind::Task, r"*\Evil\EvilTask", Wildcard, r"\a\Evil\EvilTask", true),
        (Kind::Task, r"*\Evil\EvilTask", Wildcard, r"\NotEvil\EvilTask", false),
        (Kind::Account, r"CORP\B*", Wildcard, r"corp.example\Bob", true),
        (Kind::Account, r"corp.example\B*", Wildcard, r"CORP\Bob", true),
        (Kind::Account, r"corp.example\B*", Wildcard, r"other.example\Bob", false),
        (Kind::Account, r".\B*", Wildcard, r"CORP\Bob", true),
        (Kind::Account, r".\B*", Wildcard, r"CORP\Alice", false),
        (Kind::Account, r"C*.example\Bob", Wildcard, r"corp.example\Bob", true),
    ] {
        let mut matcher =
            Matcher::new(list(&[(kind, comparison, Value::Text(indicator))]), Options::default()).unwrap();
        let attribute = match kind {
            Kind::Account => "username",
            _ => "windows:registry:task_scheduler:task_cache:entry task_name",
        };
        let is_found = !found(&mut matcher, &event_data(attribute, value)).is_empty();
        assert_eq!(is_found, expected, "{comparison:?} {indicator} in {value}");
    }
}
