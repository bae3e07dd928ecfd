mod further;

use std::fmt::Write as _;
use std::io::Read as _;

use crate::model::{Format, Indicators, Value};
use crate::reading::{ReadOptions, read_bytes};

fn read(text: &str) -> Indicators {
    read_bytes("a", text.as_bytes(), &ReadOptions::default()).unwrap()
}

/// Returns the indicators, with their lines and comments, and the problems.
fn account(indicators: &Indicators) -> Vec<String> {
    let mut made = Vec::new();
    for indicator in indicators.iter() {
        let mut text = format!("{}: {} ", indicator.line, indicator.kind);
        let _ = match indicator.value {
            Value::Hash(bytes) => write!(text, "{:02x}…", bytes[0]),
            Value::Address(address) => write!(text, "{address}"),
            Value::Network { address, prefix } => write!(text, "{address}/{prefix}"),
            Value::Text(value) => write!(text, "{value}"),
        };
        let details = indicator.details;
        if !details.comment.is_empty() {
            let _ = write!(text, " ({})", details.comment);
        }
        if !details.tags.is_empty() {
            let _ = write!(text, " [{}]", details.tags);
        }
        made.push(text);
    }
    made.extend(indicators.left_out().iter().map(|left_out| format!("left out: {}", left_out.reason)));
    made.extend(indicators.problems().iter().map(ToString::to_string));
    made
}

fn format(indicators: &Indicators) -> Option<Format> {
    indicators.lists().first().map(|list| list.format)
}

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// What `md5sum` and its like write, and what people do.
#[test]
fn hashes_beside_names() {
    let sums = format!(
        "{MD5}  run.exe\n{MD5} *drop.dll\nMD5 (a.exe) = {MD5}\nC:\\a\\b.exe {MD5}\n192.0.2.1 - bad.exe\n"
    );
    let expected = [
        "1: MD5 d4… (run.exe)",
        "2: MD5 d4… (drop.dll)",
        "3: MD5 d4… (MD5 (a.exe))",
        "4: MD5 d4… (C:\\a\\b.exe)",
        "5: address 192.0.2.1 (- bad.exe)",
    ];
    assert_eq!(account(&read(&sums)), expected);
}

/// Values with a score are no expressions for paths, also among such.
#[test]
fn values_with_a_score() {
    let values = format!("{MD5};60;x\n192.0.2.1;70;C2\n");
    assert_eq!(account(&read(&values)), ["1: MD5 d4… (60;x)", "2: address 192.0.2.1 (70;C2)"]);
    let mixed = format!("\\\\a\\.exe;60\n\\\\b\\.exe;60\n{MD5};60;x\n");
    let account = account(&read(&mixed));
    assert!(account.len() == 3 && account[2] == "3: MD5 d4… (60;x)", "{account:?}");
}

/// Excel writes this mark, and old programs these ends of lines.
#[test]
fn a_mark_and_other_ends_of_lines() {
    let csv = format!("\u{feff}md5,name\r\n{MD5},run\r\n");
    assert_eq!(account(&read(&csv)), ["2: MD5 d4…"]);
    let old = format!("md5,name\r{MD5},run\r{MD5},b\r");
    assert_eq!(account(&read(&old)), ["2: MD5 d4…", "3: MD5 d4…"]);
}

#[test]
fn files_of_abuse_ch() {
    let urlhaus = "################\r\n# abuse.ch URLhaus Database Dump\r\n#\r\n\
                   # id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\r\n\
                   \"1\",\"2021-01-01 00:00:00\",\"http://Evil.com/a,b\",\"online\",\"2021-01-02 00:00:00\",\
                   \"malware_download\",\"elf,mirai\",\"https://urlhaus.abuse.ch/url/1/\",\"x\"\r\n# Number of entries: 1\r\n";
    let indicators = read(urlhaus);
    assert_eq!(account(&indicators), ["5: URL http://evil.com/a,b (malware_download) [elf, mirai]"]);
    assert_eq!(format(&indicators), Some(Format::Csv));
    let details = indicators.iter().next().unwrap().details;
    assert_eq!(details.first_seen.unwrap().0, 1_609_459_200_000_000);
    assert_eq!(details.last_seen.unwrap().0, 1_609_545_600_000_000);

    let threatfox = "# \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\",\"threat_type\",\"fk_malware\",\
                     \"malware_alias\",\"malware_printable\",\"last_seen_utc\",\"confidence_level\",\"reference\",\"tags\"\n\
                     \"2021-01-01 00:00:00\", \"1\", \"192.0.2.1:443\", \"ip:port\", \"botnet_cc\", \"x\", \"None\", \
                     \"Name\", \"\", \"75\", \"None\", \"a\"\n\
                     \"2021-01-01 00:00:00\", \"2\", \"evil.com\", \"domain\", \"botnet_cc\", \"x\", \"None\", \
                     \"Name\", \"\", \"100\", \"None\", \"\"\n\
                     \"2021-01-01 00:00:00\", \"3\", \"x\", \"sha3_384_hash\", \"b\", \"x\", \"\", \"\", \"\", \"1\", \"\", \"\"\n";
    let indicators = read(threatfox);
    assert_eq!(
        account(&indicators),
        [
            "2: address 192.0.2.1 (botnet_cc; Name) [a]",
            "3: domain evil.com (botnet_cc; Name)",
            "left out: values of type sha3_384_hash are not supported",
        ]
    );
    assert_eq!(indicators.iter().next().unwrap().details.score, Some(75));

    let bazaar = format!(
        "#\n# \"first_seen_utc\",\"sha256_hash\",\"md5_hash\",\"sha1_hash\",\"reporter\",\"file_name\",\"signature\",\"imphash\"\n\
         \"2021-01-01 00:00:00\", \"{SHA256}\", \"{MD5}\", \"{SHA1}\", \"r\", \"a b.exe\", \"S\", \"n/a\"\n"
    );
    assert_eq!(
        account(&read(&bazaar)),
        ["3: SHA-256 e3… (S)", "3: MD5 d4… (S)", "3: SHA-1 da… (S)", "3: file name a b.exe (S)"]
    );

    let feodo = "# Feodo\n\"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"last_online\",\"malware\"\n\
                 \"2021-01-01 00:00:00\",\"192.0.2.1\",\"443\",\"offline\",\"2021-01-02\",\"Emotet\"\n";
    assert_eq!(account(&read(feodo)), ["3: address 192.0.2.1 (Emotet)"]);
}

#[test]
fn to_ids_of_csv_is_read_in_any_letter_case() {
    let read_with = |to_ids: &str| account(&read(&format!("domain,to_ids\nevil.com,{to_ids}\n")));
    for to_ids in ["", " ", "n/a", "true", "TRUE", "Yes", "y", "1", "1.0"] {
        assert_eq!(read_with(to_ids), ["2: domain evil.com"], "{to_ids}");
    }
    for to_ids in ["false", "FALSE", "False", " no", "N", "0", "0.0"] {
        assert_eq!(read_with(to_ids), ["left out: to_ids is false"], "{to_ids}");
    }
    let reason = "a, line 2: `maybe`: to_ids is neither true nor false; write true or false";
    assert_eq!(read_with("maybe"), [reason]);
}

/// Only what goes on as JSON behind its first bracket is JSON, whatever line comes first.
#[test]
fn brackets_at_the_begin_of_a_plain_list() {
    let key = "[HKEY_CURRENT_USER\\Evil]";
    for first in [key, "[.]evil.com", "[::1]"] {
        for text in [format!("{first}\nevil.org\n"), format!("evil.org\n{first}\n")] {
            let indicators = read(&text);
            assert_eq!(format(&indicators), Some(Format::Text), "{text}");
            assert!(account(&indicators).iter().any(|found| found.ends_with("domain evil.org")), "{text}");
        }
    }
    assert_eq!(account(&read(key)), ["1: registry key [HKEY_CURRENT_USER\\Evil]"]);
}

#[test]
fn other_csv() {
    for (text, expected) in [
        (
            "Indicator type,Indicator,Description\nIPv4,192.0.2.1,d\nFileHash-MD5,d41d8cd98f00b204e9800998ecf8427e,\nCVE,CVE-1,\n",
            &["2: address 192.0.2.1 (d)", "3: MD5 d4…", "left out: values of type cve are not supported"][..],
        ),
        (
            "uuid,event_id,category,type,value,comment,to_ids,date\nu,1,c,domain|ip,\"evil.com|192.0.2.1\",x,1,1\n\
             u,1,c,mutex,y,,0,1\n",
            &["2: domain evil.com (x)", "2: address 192.0.2.1 (x)", "left out: to_ids is false"],
        ),
        (
            "type,value\nC2,192.0.2.1\nFile,evil.exe\nFile Hash,d41d8cd98f00b204e9800998ecf8427e\nIP Address,evil.com\n\
             yara,evil.com\nmalware,evil.com\nThing,Backdoor.Agent\nThing,x\nunknown,evil.org\nFile,x\n",
            &[
                "2: address 192.0.2.1",
                "3: file name evil.exe",
                "4: MD5 d4…",
                "5: domain evil.com",
                "10: domain evil.org",
                "11: file name x",
                "left out: values of type yara are not supported",
                "left out: values of type malware are not supported",
                "a, line 8: `Backdoor.Agent`: the type `Thing` is not known, and the value does not say its kind",
                "a, line 9: `x`: the type `Thing` is not known, and the value does not say its kind",
            ],
        ),
        (
            "domain,revoked,deleted\na.com,true,\nb.com,false,0\nc.com,,Yes\nd.com,maybe,\n",
            &[
                "3: domain b.com",
                "left out: it is revoked",
                "left out: it is deleted",
                "a, line 5: `maybe`: revoked is neither true nor false; write true or false",
            ],
        ),
        ("url\nhttp://evil.com/\n", &["2: URL http://evil.com/"]),
        (
            "value;comment\nevil.com;\"a;b\"\nx;y\n\nz\n",
            &[
                "2: domain evil.com (a;b)",
                "a, line 3: `x`: it is no hash, address, network, domain, URL, e-mail address, file name, path or registry \
             key; add a column with its kind, or write one value on each line",
                "a, line 5: `z`: the record has fewer fields than there are columns: 1 instead of 2",
            ],
        ),
        ("domain,comment\nevil.com,\"two\nlines\"\n", &["2: domain evil.com (two\nlines)"]),
        (
            "domain,comment\nevil.com,\"x\n",
            &["a, line 2: `evil.com,\"x`: a quotation mark is missing at its end"],
        ),
        // Without the mark that is missing, the lines would be one record.
        (
            "domain,comment\na.com,\"one\nb.com,x\nc.com,a \"quoted\" word\nd.com,z\n",
            &[
                "3: domain b.com (x)",
                "4: domain c.com (a \"quoted\" word)",
                "5: domain d.com (z)",
                "a, line 2: `a.com,\"one`: a quotation mark is missing at its end",
            ],
        ),
        (
            "note,domain\n5\" x,a.com\n\"6\"\" x\",b.com\n\"7\" x,c.com\n\"8 x,d.com\n9,e.com\n10\" x,f.com\n",
            &[
                "2: domain a.com (5\" x)",
                "3: domain b.com (6\" x)",
                "4: domain c.com (7 x)",
                "6: domain e.com (9)",
                "7: domain f.com (10\" x)",
                "a, line 5: `\"8 x,d.com`: a quotation mark is missing at its end",
            ],
        ),
        (
            "domain,comment\na.com,\"x\nb.com,y\n",
            &["3: domain b.com (y)", "a, line 2: `a.com,\"x`: a quotation mark is missing at its end"],
        ),
        // More fields than columns.
        (
            "domain,comment\na.com,one, two\nb.com,three,c.com,192.0.2.1\n",
            &[
                "2: domain a.com (one)",
                "3: domain b.com (three)",
                "left out: the record has more fields than there are columns, so this one is not compared",
                "left out: the record has more fields than there are columns, so this one is not compared",
            ],
        ),
        // A comment that looks like a record, and two files in one.
        (
            "tags,domain\n#a,a.com\n# a note, and more\nTags,Domain\nb,b.com\n",
            &["5: domain b.com [b]", "left out: the line begins with #, so it is a comment"],
        ),
        ("host\tnote\nevil.com\tn\n", &["2: domain evil.com (n)"]),
    ] {
        assert_eq!(account(&read(text)), expected, "{text}");
    }
    let text = b"name,where,domain\na.exe,evil.com,good.com\n";
    let options = ReadOptions { column: Some("Where".into()) };
    assert_eq!(account(&read_bytes("a", text, &options).unwrap()), ["2: domain evil.com"]);
}

#[test]
fn lists_of_loki() {
    let hashes = format!(
        "#\n# LOKI CUSTOM EVIL HASHES\n# MD5;COMMENT\n# 563d1512178cec1f6a73c98d565c98fa;x\n\n{MD5};C one\n{SHA1};C two\n"
    );
    let indicators = read(&hashes);
    assert_eq!(account(&indicators), ["6: MD5 d4… (C one)", "7: SHA-1 da… (C two)"]);
    assert_eq!(format(&indicators), Some(Format::Loki));

    let names = "# LOKI File Name Characteristics\n\n# Ncat\n\\\\nc\\.exe$;80\n(?i)\\\\p\\.exe;50;(?i)(Sys\\\\)\n[;60\nx\n";
    let indicators = read(names);
    assert_eq!(
        account(&indicators),
        [
            "4: file path \\\\nc\\.exe$ (Ncat)",
            "5: file path (?i)\\\\p\\.exe (Ncat)",
            "a, line 6: `[;60`: the regular expression cannot be used: a `[` is not closed",
            "a, line 7: `x`: it is not of the form EXPRESSION;SCORE, or EXPRESSION;SCORE;FALSE POSITIVES",
        ]
    );
    let second = indicators.iter().nth(1).unwrap();
    assert_eq!((second.except, second.details.score), (Some("(?i)(Sys\\\\)"), Some(50)));

    let c2 = "# LOKI C2 IOCs\n\n# Operation https://x.org\nevil.com\n192.0.2.1\n";
    assert_eq!(
        account(&read(c2)),
        ["4: domain evil.com (Operation https://x.org)", "5: address 192.0.2.1 (Operation https://x.org)"]
    );
    let keywords = "# LOKI Keywords\nsekurlsa::logonpasswords\nab\n";
    assert_eq!(
        account(&read(keywords)),
        [
            "2: keyword sekurlsa::logonpasswords (LOKI Keywords)",
            "a, line 3: `ab`: a keyword has at least 3 characters, and less than 64 KiB",
        ]
    );
}

#[test]
fn plain_lists_in_all_encodings() {
    let expected = ["1: domain xn--bcher-kva.de", "2: domain evil.com (a comment)"];
    let text = "bücher.de\r\nevil.com;a comment\r\n";
    assert_eq!(account(&read(text)), expected);
    assert_eq!(account(&read(&format!("\u{feff}{text}"))), expected);
    let little: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> =
        [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    for bytes in [little, big] {
        assert_eq!(account(&read_bytes("a", &bytes, &ReadOptions::default()).unwrap()), expected);
    }
    let latin = read_bytes("a", b"evil.com;caf\xe9\nb\xfccher.de\nx.org\n", &ReadOptions::default()).unwrap();
    assert_eq!(latin.len(), 2);
}

#[test]
fn files_that_are_no_lists_say_why() {
    for (text, expected) in [
        (&b"some words\nmore words\nevil.com\n"[..], "1 of its first 3 lines have a value of known shape"),
        (b"PK\x03\x04\0\0", "it is no text; unpack it if it is an archive"),
        (b"\xef\xbb\xbfdatetime,timestamp,timestamp_desc,event,host\n,,,,evil.com\n", "it is a timeline"),
        (b"date,time,timezone,MACB,source,host\n,,,,,evil.com\n", "it is a timeline"),
        (b"rule x {\n condition: true\n}\n", "it has rules in YARA"),
        (
            b"title: x\nlogsource:\n a: b\ndetection:\n c: d\n",
            "it has rules in Sigma; name it with --sigma-rules",
        ),
    ] {
        let indicators = read_bytes("a", text, &ReadOptions::default()).unwrap();
        assert!(indicators.problems()[0].reason.contains(expected), "{:?}", indicators.problems());
    }
    let empty = read("# nothing\n");
    assert_eq!((empty.len(), empty.problems().len(), empty.lists().len()), (0, 0, 1));
}

/// A line of 1 GiB, which takes no memory.
#[test]
fn a_line_of_any_length_takes_little_memory() {
    let mut long = std::io::BufReader::new(
        (&b"evil.com\n"[..]).chain(std::io::repeat(b'a').take(1 << 30)).chain(&b"\nx.org\n"[..]),
    );
    let mut lines = super::LineReader::new(&mut long);
    let mut lengths = Vec::new();
    while let Some(line) = lines.next_line().unwrap() {
        lengths.push((line.text.len(), line.is_cut));
    }
    assert_eq!(lengths, [(8, false), (super::lines::LONGEST_LINE, true), (5, false)]);
}

/// Ten million lines reach the limit, and end with an error.
#[test]
fn too_many_indicators_are_an_error() {
    let text = "1.1.1.1\n".repeat(10_000_000);
    let error = read_bytes("a", text.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a has too many indicators: at most 4194304, of together 1 GiB, are used in a run; leave some lists out"
    );
    // Problems are counted, and only some are kept.
    let text = format!("{}{}", "1.1.1.1\n".repeat(200), "x\n".repeat(1_000_000));
    let indicators = read(&text);
    assert_eq!((indicators.problems().len(), indicators.lists()[0].problems), (10_000, 1_000_000));
}

/// They take memory in each worker.
#[test]
fn wildcards_beyond_the_limit_are_named() {
    let mut text = String::new();
    for number in 0..(1 << 18) + 2 {
        let _ = writeln!(text, "C:\\*\\{number}.exe");
    }
    text.push_str("evil.com\n");
    let indicators = read(&text);
    assert_eq!((indicators.len(), indicators.number_of_problems()), ((1 << 18) + 1, 2));
    let problem = indicators.problems()[0].to_string();
    assert!(problem.contains("there are 262,144 values with wildcards before it"), "{problem}");
    assert!(problem.contains("262145"), "{problem}");
}

/// The lines of a comment are no records. Without the mark that is missing, they would be a
/// comment.
#[test]
fn a_record_that_is_too_long_is_no_list_of_lines() {
    let filler = "x".repeat(40 << 10);
    let record = |end: &str| {
        account(&read(&format!("domain,comment\na.com,\"{filler}\nb.com,no C2\n{filler}{end}c.com,z\n")))
    };
    let (whole, open) = (record("\"\n"), record("\n"));
    assert_eq!(whole[0], "5: domain c.com (z)");
    assert_eq!(whole.len(), 2);
    assert!(whole[1].ends_with("the record is longer than 64 KiB, so nothing of it is used"), "{}", whole[1]);
    assert_eq!(open[..2], ["3: domain b.com (no C2)", "5: domain c.com (z)"]);
    assert!(open[2].ends_with("a quotation mark is missing at its end"), "{}", open[2]);
}
