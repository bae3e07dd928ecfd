//! What is said of values that are not compared.

use super::{MD5, SHA1, SHA256, account, read};
use crate::reading::{ReadOptions, read_bytes};

const FURTHER: &str = "left out: only the first value of a line is compared; write one value on each line, \
                       or name the columns in the first line and choose one with --ioc-column";

/// Whoever wrote them may expect that they are compared.
#[test]
fn further_values_of_a_line_are_left_out_by_name() {
    for (line, number) in [
        ("evil.com,bad.org,worse.org".to_owned(), 2),
        (format!("{MD5},{SHA1}"), 1),
        (format!("{MD5};{SHA1};{SHA256}"), 2),
        (format!("{MD5} {SHA1}"), 1),
        ("\"evil.com\",\"192.0.2.1\"".to_owned(), 1),
        ("2021-01-01,evil.com,192.0.2.1".to_owned(), 1),
        ("192.0.2.1 192.0.2.2".to_owned(), 1),
        ("192.0.2.1 evil.com".to_owned(), 1),
        (format!("run.exe,{MD5}"), 1),
        // What common lists have is no further value.
        ("evil.com,evil.com".to_owned(), 0),
        ("evil.com;http://bad.org/a;a@bad.org".to_owned(), 0),
        ("evil.com;as bad.org, and worse.org;x".to_owned(), 0),
        ("http://evil.com/a,b.com".to_owned(), 0),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64, 192.0.2.1) EvilBot/1.0".to_owned(), 0),
        (format!("{MD5}  {SHA256}"), 0),
        (format!("{MD5} *{SHA256}"), 0),
        (format!("{MD5};60;Trojan.Agent"), 0),
        (format!("{MD5},run.py"), 0),
        ("0.0.0.0\tevil.com".to_owned(), 0),
        ("203.0.113.5 - bad.exe".to_owned(), 0),
        ("evil.com # bad.org".to_owned(), 0),
    ] {
        let account = account(&read(&line));
        assert_eq!(account.len(), 1 + number, "{line}: {account:?}");
        assert!(account[1..].iter().all(|left_out| left_out == FURTHER), "{line}: {account:?}");
    }
    let indicators = read("# x\nevil.com,bad.org\n");
    let left_out = &indicators.left_out()[0];
    assert_eq!((left_out.written.as_str(), left_out.place.line), ("bad.org", 2));
}

/// The name of a column is not one that is known.
#[test]
fn columns_with_values_that_are_not_compared_are_named() {
    let text = "domain_name,Mal IP,note\na.com,192.0.2.1,x\nb.com,-,y\nc.com,192.0.2.3,z\n";
    let reason = "no value of this column is compared, since its name does not say what it has; choose it with \
                  --ioc-column mal_ip, or name it `value` in the file to compare it together with the others";
    let indicators = read(text);
    assert_eq!(
        account(&indicators),
        ["2: domain a.com (x)", "3: domain b.com (y)", "4: domain c.com (z)", &format!("left out: {reason}")]
    );
    let left_out = &indicators.left_out()[0];
    assert_eq!((left_out.written.as_str(), left_out.place.line), ("Mal IP", 2));
    let number_of_left_out = |text: &str, column: Option<&str>| {
        let options = ReadOptions { column: column.map(str::to_owned) };
        read_bytes("a", text.as_bytes(), &options).unwrap().left_out().len()
    };
    // What it says helps.
    assert_eq!(number_of_left_out(text, Some("mal_ip")), 0);
    assert_eq!(number_of_left_out(&text.replace("Mal IP", "value"), None), 0);
    for (other, number) in [
        ("domain,x\na.com,1\n", 0),
        ("domain,x\na.com,192.0.2.1\nb.com,word\n", 0),
        ("domain,x\na.com,\n", 0),
        ("domain,Source\na.com,feed.org\n", 0),
        ("md5,av\nd41d8cd98f00b204e9800998ecf8427e,Trojan.Agent\n", 0),
        ("md5,orig\nd41d8cd98f00b204e9800998ecf8427e,run.py\n", 0),
        ("url,x,y\nhttp://a.com/,b.com,192.0.2.1\n", 2),
    ] {
        assert_eq!(number_of_left_out(other, None), number, "{other}");
    }
}

#[test]
fn columns_that_are_named_as_a_kind_and_not_compared_are_named() {
    let text = "md5,registry_key,Command Line,service_name,pipe,username,size\n\
                d41d8cd98f00b204e9800998ecf8427e,HKLM\\Software\\Evil,a.exe /x,Evil,,bob,1\n";
    let indicators = read(text);
    let left_out: Vec<_> = indicators.left_out().iter().map(|left_out| &*left_out.written).collect();
    assert_eq!(left_out, ["registry_key", "Command Line", "service_name", "username"]);
    assert!(indicators.left_out()[0].reason.contains("`ioc_type`"), "{:?}", indicators.left_out());
    // What it says helps.
    let indicators = read("ioc_type,ioc_value\nregistry_key,HKLM\\Software\\Evil\nservice_name,Evil\n");
    assert_eq!((indicators.len(), indicators.left_out().len()), (2, 0));
}
