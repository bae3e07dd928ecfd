//! What rules mean, on events in memory.

use events::json;
use sigma::{Selection, StateEvents};

use crate::in_memory::{matches, matches_with, record};

const SECURITY: &str = "{product: windows, service: security}";

/// Returns whether an item matches a record of the security log with a field.
fn matches_field(item: &str, value: &str) -> bool {
    let fields = format!("<Data Name=\"F\">{value}</Data>");
    matches(SECURITY, &format!("  s:\n    {item}\n  condition: s"), &record("Security", 1, &fields))
}

#[test]
fn texts_and_wildcards() {
    for (item, value, expected) in [
        ("F: ABC", "abc", true),
        ("F|cased: ABC", "abc", false),
        ("F: a*c", "a\nb\nc", true),
        ("F: a?c", "a\nc", true),
        ("F: a?c", "ac", false),
        (r"F: a\*c", "a*c", true),
        (r"F: a\*c", "abc", false),
        ("F|startswith: a*c", "abcd", true),
        ("F|startswith: a*c", "xabcd", false),
        // The end stays the end, even if there is a wildcard inside.
        ("F|endswith: '1?'", "0x10", true),
        ("F|endswith: '1?'", "0x100", false),
        ("F|contains|all: [a, b]", "b-a", true),
        ("F|contains|all: [a, b]", "a", false),
        ("F|windash|contains: ' /x'", "p -X", true),
        ("F|windash|contains: ' -x'", "p /x", true),
        ("F|windash|contains: ' -x'", "p \u{2014}x", true),
        ("F|base64offset|contains: http", "Xaaaah0dHAg", true),
        ("F|re: '^a.c$'", "abc", true),
        ("F|re: '^a.c$'", "ABC", false),
        ("F|re|i: '^a.c$'", "ABC", true),
        ("F|re|s: '^a.c$'", "a\nc", true),
        // As in PCRE.
        ("F|re: '^[[:alpha:]]+$'", "abc", true),
        ("F|re: '^[[:alpha:]]+$'", "a]", false),
        ("F|neq: a", "b", true),
        ("F|neq: a", "A", false),
    ] {
        assert_eq!(matches_field(item, value), expected, "{item} {value:?}");
    }
}

#[test]
fn numbers_networks_and_identifiers() {
    for (item, value, expected) in [
        ("F: 5", "5", true),
        ("F: 5", "05", false),
        ("F: '0x1410'", "0x00001410", true),
        ("F: 0x1410", "0x1410", true),
        ("F|gte: 16", "0x10", true),
        ("F|lt: 16", "0x10", false),
        ("F|cidr: 10.0.0.0/8", "10.1.2.3", true),
        ("F|cidr: 10.0.0.0/8", "11.1.2.3", false),
        ("F|cidr: fe80::/10", "fe80::1", true),
        // Windows writes identifiers with braces.
        ("F: '{0CCE9210-0000}'", "{0cce9210-0000}", true),
        ("F: '0CCE9210-0000'", "{0cce9210-0000}", false),
    ] {
        assert_eq!(matches_field(item, value), expected, "{item} {value:?}");
    }
}

/// Absent, empty and 0 are three things.
#[test]
fn nothing_is_not_empty() {
    let with = |item: &str, fields: &str| {
        matches(SECURITY, &format!("  s:\n    {item}\n  condition: s"), &record("Security", 1, fields))
    };
    let (absent, empty, zero) = ("", "<Data Name=\"F\"></Data>", "<Data Name=\"F\">0</Data>");
    for (item, expected) in [
        ("F: null", [true, false, false]),
        ("F: ''", [false, true, false]),
        ("F: 0", [false, false, true]),
        ("F|exists: true", [false, true, true]),
        ("F|exists: false", [true, false, false]),
        ("F: '*'", [false, true, true]),
        ("F: [null, '']", [true, true, false]),
    ] {
        assert_eq!([absent, empty, zero].map(|fields| with(item, fields)), expected, "{item}");
    }
}

#[test]
fn names_of_fields_and_unnamed_values() {
    let fields = "<Data Name=\"Threat Name\">x</Data><Data>one</Data><Data>two</Data><Data Name=\"A\">b c</Data>\
                  <Data Name=\"B\">B</Data>";
    let data = record("Security", 1, fields);
    for (detection, expected) in [
        ("  s: {ThreatName: x}\n  condition: s", true),
        ("  s: {Data: two}\n  condition: s", true),
        // Each of them may be in another value.
        ("  s: {Data|contains|all: [one, two]}\n  condition: s", true),
        ("  s: {A|startswith|fieldref: B}\n  condition: s", true),
        ("  s: {A|fieldref: B}\n  condition: s", false),
        // Keywords are in any value, but not in names.
        ("  keywords: [TWO, nothing]\n  condition: keywords", true),
        ("  keywords:\n    '|all': [two, one]\n  condition: keywords", true),
        ("  keywords: [Threat]\n  condition: keywords", false),
    ] {
        assert_eq!(matches(SECURITY, detection, &data), expected, "{detection}");
    }
}

/// Event 4688 of the security log has other names than Sysmon, and numbers in the place of words.
#[test]
fn fields_of_process_creations() {
    let source = "{product: windows, category: process_creation}";
    let field = |name: &str, value: &str| format!("<Data Name=\"{name}\">{value}</Data>");
    let security = record(
        "Security",
        4688,
        &[("NewProcessId", "0x12"), ("ProcessId", "0x4"), ("MandatoryLabel", "S-1-16-12288")]
            .map(|(name, value)| field(name, value))
            .concat(),
    );
    let sysmon = record(
        "Microsoft-Windows-Sysmon/Operational",
        1,
        &[("ProcessId", "0x12"), ("ParentProcessId", "0x4"), ("IntegrityLevel", "High")]
            .map(|(name, value)| field(name, value))
            .concat(),
    );
    for (item, [of_security, of_sysmon]) in [
        ("IntegrityLevel: [System, S-1-16-12288]", [true, false]),
        ("IntegrityLevel: high", [true, true]),
        ("IntegrityLevel: [Low, Medium, System]", [false, false]),
        ("IntegrityLevel|contains: High", [false, true]),
        ("IntegrityLevel|endswith: '-12288'", [true, false]),
        ("IntegrityLevel: null", [false, false]),
        ("ProcessId: '0x12'", [true, true]),
        ("ProcessId: '0x4'", [false, false]),
        ("ParentProcessId: '0x4'", [true, true]),
    ] {
        let detection = format!("  s: {{{item}}}\n  condition: s");
        let found = [&security, &sysmon].map(|data| matches(source, &detection, data));
        assert_eq!(found, [of_security, of_sysmon], "{item}");
    }
}

/// A process creation is an event of Sysmon or of the security log, which has other names.
#[test]
fn log_sources() {
    let source = "{product: windows, category: process_creation}";
    let detection = "  s: {Image|endswith: '\\cmd.exe'}\n  condition: s";
    let image = |name: &str| format!("<Data Name=\"{name}\">C:\\Windows\\cmd.exe</Data>");
    for (channel, event_id, field, expected) in [
        ("Microsoft-Windows-Sysmon/Operational", 1, "Image", true),
        ("Microsoft-Windows-Sysmon/Operational", 5, "Image", false),
        ("Security", 4688, "NewProcessName", true),
        ("Security", 4688, "Image", false),
        ("Security", 1, "Image", false),
    ] {
        let data = record(channel, event_id, &image(field));
        assert_eq!(matches(source, detection, &data), expected, "{channel} {event_id} {field}");
    }

    let web = r#"{"data_type": "apache:access_log:entry", "http_request": "GET /a.php?cmd=ls HTTP/1.1", "http_response_code": 200}"#;
    let detection = "  s: {cs-method: GET, cs-uri-query|contains: 'cmd=', sc-status: 200}\n  condition: s";
    assert!(matches("{category: webserver}", detection, web));
    let audit = r#"{"data_type": "selinux:line", "audit_type": "EXECVE", "message_body": "argc=2 a0=\"nc\" a1=\"-l\""}"#;
    let detection = "  s: {type: EXECVE, a0: nc, a1: '-l'}\n  condition: s";
    assert!(matches("{product: linux, service: auditd}", detection, audit));
    let log =
        r#"{"data_type": "syslog:line", "reporter": "sshd", "message_body": "Failed password for root"}"#;
    let detection = "  keywords: ['failed password']\n  condition: keywords";
    assert!(matches("{product: linux, service: sshd}", detection, log));
    assert!(!matches("{product: linux, service: cron}", detection, log));
}

/// Plaso gives some lines of a syslog a data type of their own.
#[test]
fn lines_with_a_data_type_of_their_own_are_of_their_log() {
    let detection = "  keywords: ['accepted']\n  condition: keywords";
    for kind in ["ssh:login", "ssh:failed_connection", "ssh:opened_connection", "cron:task_run"] {
        let log =
            format!(r#"{{"data_type": "syslog:{kind}", "message_body": "Accepted publickey for bob"}}"#);
        for (service, expected) in [
            ("{product: linux}", true),
            ("{product: linux, service: syslog}", true),
            ("{product: linux, service: auth}", true),
            ("{product: linux, service: sshd}", kind.starts_with("ssh:")),
            ("{product: linux, service: cron}", kind.starts_with("cron:")),
            ("{product: linux, service: sudo}", false),
        ] {
            assert_eq!(matches(service, detection, &log), expected, "{service} {kind}");
        }
    }
}

/// The lines are those that log2timeline stores.
#[test]
fn programs_that_linux_started() {
    let source = "{product: linux, category: process_creation}";
    let audit = |kind: &str, body: &str| {
        format!(
            r#"{{"data_type": "selinux:line", "audit_type": "{kind}", "message_body": {}}}"#,
            json::quoted(body)
        )
    };
    let syslog = |reporter: &str, body: &str| {
        format!(
            r#"{{"data_type": "syslog:line", "reporter": "{reporter}", "message_body": {}}}"#,
            json::quoted(body)
        )
    };
    let arguments = r#"argc=4 a0="grep" a1="-r" a2=70617373776F7264203D a3="/etc""#;
    let call =
        r#"arch=c000003e syscall=59 success=yes exit=0 a0=55d1a comm="grep" exe="/usr/bin/grep" key="cmd""#;
    let sysmon = |id: u32| {
        format!(
            "<Event><System><EventID>{id}</EventID></System><EventData><Data Name=\"Image\">/usr/bin/grep</Data><Data \
             Name=\"CommandLine\">grep -r 'password =' &amp;&amp; id</Data></EventData></Event>"
        )
    };
    let image = "  s: {Image|endswith: /grep}\n  condition: s";
    let command = "  s: {Image|endswith: /grep, CommandLine|contains: 'password ='}\n  condition: s";
    for (data, of_image, of_command) in [
        (audit("EXECVE", arguments), true, true),
        (audit("EXECVE", "argc=1 a0=\"ls\""), false, false),
        (audit("SYSCALL", call), true, false),
        (audit("SYSCALL", &call.replace("syscall=59", "syscall=2")), false, false),
        (audit("PROCTITLE", "proctitle=67726570002D720070617373776F7264203D002F657463"), false, false),
        (
            syslog("kernel", &format!("[  12.5] audit: type=1309 audit(1605000003.123:104): {arguments}")),
            true,
            true,
        ),
        (syslog("audispd", &format!("node=h type=EXECVE msg=audit(1.2:3): {arguments}")), true, true),
        (syslog("sysmon", &sysmon(1)), true, true),
        (syslog("sysmon", &sysmon(11)), false, false),
        (syslog("other", &sysmon(1)), false, false),
    ] {
        assert_eq!(matches(source, image, &data), of_image, "{data}");
        assert_eq!(matches(source, command, &data), of_command, "{data}");
    }
    let sysmon_command = "  s: {CommandLine|endswith: \"'password =' && id\"}\n  condition: s";
    assert!(matches(source, sysmon_command, &syslog("sysmon", &sysmon(1))));
    let decoded = "  s: {type: EXECVE, a2|endswith: '='}\n  condition: s";
    assert!(matches("{product: linux, service: auditd}", decoded, &audit("EXECVE", arguments)));
}

#[test]
fn how_things_are() {
    let selection = Selection { state: StateEvents::Used, ..Selection::default() };
    let visit = |data_type: &str, url: &str| format!(r#"{{"data_type": "{data_type}", "url": "{url}"}}"#);
    let proxy = "  s: {cs-host|endswith: .example, c-uri-extension: exe, c-uri-query: 'a=1'}\n  condition: s";
    for (data_type, url, expected) in [
        ("chrome:history:page_visited", "http://b.example:80/c.exe?a=1", true),
        ("chrome:history:page_visited", "http://b.example.org/c.exe?a=1", false),
        ("firefox:places:page_visited", "http://b.example/c.exe", false),
        ("msiecf:url", "Visited: d@http://b.example/c.EXE?a=1", true),
        ("chrome:autofill:entry", "http://b.example/c.exe?a=1", false),
    ] {
        let found = matches_with(&selection, "{category: proxy}", proxy, &visit(data_type, url));
        assert_eq!(found, expected, "{data_type} {url}");
    }
    let file = r#"{"data_type": "fs:stat", "filename": "/Users/e/f.EXE"}"#;
    let written = "  s: {TargetFilename|endswith: '\\e\\f.exe'}\n  condition: s";
    // The event in memory is a creation time.
    assert!(matches_with(&selection, "{product: windows, category: file_event}", written, file));
    assert!(!matches("{product: windows, category: file_event}", written, file));
    let command = r#"{"data_type": "bash:history:entry", "command": "nc -l"}"#;
    let listens = "  s: {CommandLine|endswith: ' -l'}\n  condition: s";
    assert!(matches_with(&selection, "{product: linux, category: process_creation}", listens, command));
}

/// What a hive has: rules see one value of a key at a time.
#[test]
fn registry_as_state() {
    let selection = Selection { state: StateEvents::Used, ..Selection::default() };
    let set = |detection: &str, data: &str| {
        matches_with(&selection, "{product: windows, category: registry_set}", detection, data)
    };
    let key = |data_type: &str, key: &str, more: &str| {
        format!(
            r#"{{"data_type": "windows:registry:{data_type}", "key_path": {}, {more}}}"#,
            json::quoted(key)
        )
    };
    let lsa = key(
        "key_value",
        "HKEY_LOCAL_MACHINE\\System\\ControlSet001\\Control\\Lsa",
        r#""values": [["a", "REG_DWORD_LE", "1"], ["b", "REG_SZ", "c"], ["", "REG_BINARY", "(3 bytes)"]]"#,
    );
    for (detection, expected) in [
        ("  s: {TargetObject|endswith: '\\Lsa\\a', Details: 'DWORD (0x00000001)'}\n  condition: s", true),
        // The data is that of the other value.
        ("  s: {TargetObject|endswith: '\\Lsa\\a', Details: c}\n  condition: s", false),
        ("  s: {TargetObject|contains: '\\Lsa\\'}\n  f: {Details: c}\n  condition: s and not f", true),
        ("  s: {TargetObject|endswith: '\\Lsa\\b'}\n  f: {Details: c}\n  condition: s and not f", false),
        (
            "  s: {TargetObject|startswith: 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\'}\n  condition: s",
            true,
        ),
        ("  s: {TargetObject: 'HKLM\\System\\ControlSet001\\Control\\Lsa\\b'}\n  condition: s", true),
        ("  s: {TargetObject|endswith: '\\(Default)', Details: Binary Data}\n  condition: s", true),
        ("  s: {EventType: SetValue, Details: c}\n  condition: s", true),
        // The key itself was not set.
        ("  s: {TargetObject|endswith: '\\Lsa'}\n  condition: s", false),
        ("  s: {EventType: CreateKey}\n  condition: s", false),
        ("  s: {TargetObject|endswith|fieldref: Details}\n  condition: s", false),
    ] {
        assert_eq!(set(detection, &lsa), expected, "{detection}");
    }
    let create = "  s: {TargetObject|endswith: '\\Control\\Lsa'}\n  condition: s";
    assert!(matches_with(&selection, "{product: windows, category: registry_add}", create, &lsa));
    assert!(matches_with(&selection, "{product: windows, category: registry_event}", create, &lsa));
    let run = key("run", "HKEY_CURRENT_USER\\Software\\Run", r#""entries": ["a: b.exe"]"#);
    assert!(set(
        "  s: {TargetObject: 'HKU\\Software\\Run\\a', Details|endswith: .exe}\n  condition: s",
        &run
    ));
    let service =
        key("service", "HKEY_LOCAL_MACHINE\\System\\ControlSet002\\Services\\a", r#""start_type": 4"#);
    let disabled =
        "  s: {TargetObject|endswith: '\\Services\\a\\Start', Details: 'DWORD (0x00000004)'}\n  condition: s";
    assert!(set(disabled, &service));
    // Without the option, only events of changes count.
    assert!(!matches("{product: windows, category: registry_set}", disabled, &service));
    // Which program set the value is not in a hive.
    assert!(!set("  s: {Image|endswith: a, Details: c}\n  condition: s", &lsa));
}

/// What Plaso keeps of the records of cloud services.
#[test]
fn cloud_services() {
    let trail = json::quoted(
        r#"{"eventName": "PutBucketPolicy", "userIdentity": {"type": "Root", "arn": "arn:aws:iam::1:root"},
        "requestParameters": {"layers": ["arn:aws:a"], "containerDefinitions": [{"command": "sh -c curl $AWS_CONTAINER"}]},
        "responseElements": null}"#,
    );
    let aws = format!(
        r#"{{"data_type": "aws:cloudtrail:entry", "cloud_trail_event": {trail}, "event_name": "PutBucketPolicy", "event_source": "s3.amazonaws.com"}}"#
    );
    let azure = r#"{"data_type": "azure:activitylog:entry", "operation_name": "Microsoft.Network/dnsZones/delete", "resource_provider": "Microsoft.Network"}"#;
    let gcp = r#"{"data_type": "gcp:log:entry", "method_name": "google.iam.v1.SetIamPolicy", "permissions": ["a.get", "a.set"]}"#;
    let m365 = r#"{"data_type": "microsoft365:audit_log:entry", "operation_name": "UserLoggedIn", "workload": "AzureActiveDirectory", "user_identifier": "a@b"}"#;
    for (source, detection, data, expected) in [
        (
            "aws, service: cloudtrail",
            "  s: {eventSource: s3.amazonaws.com, userIdentity.type: root}",
            &*aws,
            true,
        ),
        ("aws, service: cloudtrail", "  s: {userIdentity.arn|contains: ':user'}", &*aws, false),
        (
            "aws, service: cloudtrail",
            "  s: {requestParameters.containerDefinitions.command|contains: curl}",
            &*aws,
            true,
        ),
        ("aws, service: cloudtrail", "  s: {requestParameters|contains: 'arn:aws'}", &*aws, true),
        ("aws, service: cloudtrail", "  s: {requestParameters.layers|startswith: 'arn:'}", &*aws, true),
        ("aws, service: cloudtrail", "  s: {responseElements: null}", &*aws, true),
        (
            "azure, service: activitylogs",
            "  s: {operationName: MICROSOFT.NETWORK/DNSZONES/DELETE}",
            azure,
            true,
        ),
        ("azure, service: activitylogs", "  s: {ResourceProviderValue: Microsoft.Compute}", azure, false),
        ("gcp, service: gcp.audit", "  s: {gcp.audit.method_name|endswith: SetIamPolicy}", gcp, true),
        (
            "gcp, service: gcp.audit",
            "  s: {data.protoPayload.authorizationInfo.permission: a.set}",
            gcp,
            true,
        ),
        ("m365, service: audit", "  s: {Operation: UserLoggedIn, UserId: a@b}", m365, true),
    ] {
        let (source, detection) = (format!("{{product: {source}}}"), format!("{detection}\n  condition: s"));
        assert_eq!(matches(&source, &detection, data), expected, "{detection}");
    }
}
