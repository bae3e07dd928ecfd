use super::*;

/// Returns the kind, the way of comparison if it is not exact, and the usual form.
fn shown(found: Result<Recognised<'_>, NoShape>) -> String {
    let Ok(found) = found else { return "none".into() };
    let value = match &found.value {
        Usual::Hash(hash) => hash.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
        Usual::Address(address) => address.to_string(),
        Usual::Network(address, prefix) => format!("{address}/{prefix}"),
        Usual::Text(text) => text.to_string(),
    };
    match found.comparison {
        Comparison::Exact => format!("{}: {value}", found.kind),
        comparison => format!("{} ({comparison:?}): {value}", found.kind),
    }
}

#[test]
fn mistyped_networks_are_no_urls() {
    let refused = ["8.8.8.0/33", "8.8.8.0/0.0.0.255", "203.0.113.0/240", "10.0.0.0/24/", "8[.]8[.]8[.]0/33"];
    for written in refused {
        let said = |found: Result<Recognised<'_>, NoShape>| found.unwrap_err().0;
        assert!(said(by_shape(written)).starts_with("it is no network"), "{written}");
        for kind in [Kind::Address, Kind::Network, Kind::Domain] {
            assert!(said(as_kind(kind, written)).starts_with("it is no network"), "{written} {kind}");
        }
    }
    for (written, expected) in [
        ("8.8.8.8/path", "URL: 8.8.8.8/path"),
        ("8.8.8.8/", "URL: 8.8.8.8/"),
        ("8.8.8.8:81/1", "URL: 8.8.8.8:81/1"),
        ("http://8.8.8.8/33", "URL: http://8.8.8.8/33"),
        ("8.8.8.0/255.255.255.0", "network: 8.8.8.0/24"),
    ] {
        assert_eq!(shown(by_shape(written)), expected);
    }
    assert_eq!(shown(as_kind(Kind::Url, "8.8.8.0/33")), "URL: 8.8.8.0/33");
}

#[test]
fn shapes() {
    let md5 = "D41D8CD98F00B204E9800998ECF8427E";
    let expected = format!("MD5: {}", md5.to_lowercase());
    assert_eq!(shown(by_shape(md5)), expected);
    assert_eq!(shown(by_shape(&format!("\t{md5} "))), expected);
    for (digits, kind) in [(40, "SHA-1"), (56, "SHA-224"), (64, "SHA-256"), (96, "SHA-384"), (128, "SHA-512")]
    {
        let hash = "a".repeat(digits);
        assert_eq!(shown(by_shape(&hash)), format!("{kind}: {hash}"));
    }
    for (written, expected) in [
        ("192.0.2.1", "address: 192.0.2.1"),
        ("192[.]0[.]2[.]1", "address: 192.0.2.1"),
        ("192.0.2.1:8080", "address: 192.0.2.1"),
        (r"192\.0\.2\.1", "address: 192.0.2.1"),
        (r"c2\.evil\.com", "domain: c2.evil.com"),
        (r"user\.ssh", r"file path: user\.ssh"),
        (r"a\.ssh\id_rsa.pub", r"file path: a\.ssh\id_rsa.pub"),
        ("[2001:DB8::1]:443", "address: 2001:db8::1"),
        ("2001:db8:0::1", "address: 2001:db8::1"),
        ("192.0.2.1/32", "address: 192.0.2.1"),
        ("192.0.2.9/24", "network: 192.0.2.0/24"),
        ("192.0.2.9/255.255.255.0", "network: 192.0.2.0/24"),
        ("2001:db8::/32", "network: 2001:db8::/32"),
        ("Evil[.]COM", "domain: evil.com"),
        ("evil.com.", "domain: evil.com"),
        ("*.evil.com", "domain: evil.com"),
        (".evil.com", "domain: evil.com"),
        ("evil.com:8080", "domain: evil.com"),
        ("bücher.de", "domain: xn--bcher-kva.de"),
        ("run.py", "domain: run.py"),
        ("hxxps://Evil[.]com/A", "URL: https://evil.com/A"),
        ("evil.com/a?b", "URL: evil.com/a?b"),
        ("192.0.2.1:81/x.php", "URL: 192.0.2.1:81/x.php"),
        ("http://evil.com", "URL: http://evil.com/"),
        ("hxxp://evil[.]com/A*?b", "URL (Wildcard): http://evil.com/A*?b"),
        ("http://*.evil.com/a", "URL (Wildcard): http://*.evil.com/a"),
        ("evil.com/a/*", "URL (Wildcard): evil.com/a/*"),
        ("http://evil.com/*#a", "none"),
        ("*/a", "none"),
        ("*@evil.com", "e-mail address (Wildcard): *@evil.com"),
        ("Mozilla/5.0 */*", "user agent (Wildcard): Mozilla/5.0 */*"),
        ("file:///C:/evil.exe", "file path: /C:/evil.exe"),
        ("Foo[at]evil[.]com", "e-mail address: foo@evil.com"),
        ("evil.exe", "file name: evil.exe"),
        ("evil[.]exe", "file name: evil.exe"),
        ("final report.docx", "file name: final report.docx"),
        ("\"evil.exe\"", "file name: evil.exe"),
        ("mal*.dll", "file name (Wildcard): mal*.dll"),
        ("C:\\Windows\\evil", "file path: C:\\Windows\\evil"),
        ("c:/a/b", "file path: c:/a/b"),
        ("\\\\server\\share\\x", "file path: \\\\server\\share\\x"),
        ("\\\\?\\C:\\x", "file path: C:\\x"),
        (r"\??\C:\x\evil.sys", r"file path: C:\x\evil.sys"),
        (r"\??\C:\x\*.sys", r"file path (Wildcard): C:\x\*.sys"),
        ("%APPDATA%\\x\\y.exe", "file path: %APPDATA%\\x\\y.exe"),
        ("%TEMP%\\*.exe", "file path (Wildcard): %TEMP%\\*.exe"),
        ("/tmp/.x", "file path: /tmp/.x"),
        ("~/.ssh/id", "file path: ~/.ssh/id"),
        ("Temp\\x.exe", "file path: Temp\\x.exe"),
        ("HKLM\\Software\\X\\", "registry key: HKLM\\Software\\X"),
        ("HKLM:\\Software\\X", "registry key: HKLM:\\Software\\X"),
        ("Computer\\HKEY_USERS\\S-1-5-18\\X", "registry key: Computer\\HKEY_USERS\\S-1-5-18\\X"),
        ("\\REGISTRY\\MACHINE\\Software\\X", "registry key: \\REGISTRY\\MACHINE\\Software\\X"),
        ("[-HKEY_LOCAL_MACHINE\\Software\\X]", "registry key: [-HKEY_LOCAL_MACHINE\\Software\\X]"),
        (
            "Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE\\X",
            "registry key: Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE\\X",
        ),
        ("Registry::HKLM\\Software\\X", "registry key: Registry::HKLM\\Software\\X"),
        ("HKLM:Software\\X", "registry key: HKLM:Software\\X"),
        ("HKLM/Software/X", "registry key: HKLM/Software/X"),
        ("/registry/machine/lib/x.so", "file path: /registry/machine/lib/x.so"),
        ("HKEY_PERFORMANCE_DATA\\x", "registry key: HKEY_PERFORMANCE_DATA\\x"),
        ("hklm.exe", "file name: hklm.exe"),
        ("registry\\x.exe", "file path: registry\\x.exe"),
        ("HKEY_LOCAL_MACHINE\\\\Software\\\\X", "registry key: HKEY_LOCAL_MACHINE\\Software\\X"),
        ("Mozilla/5.0 (Windows)", "user agent: Mozilla/5.0 (Windows)"),
        ("", "none"),
        ("evil", "none"),
        ("evil.c", "none"),
        ("some words", "none"),
        ("see evil.com", "none"),
        ("deadbeef", "none"),
        ("192.0.2.1-192.0.2.9", "none"),
        ("192.0.2.300", "none"),
        ("1.2.3", "none"),
        ("http://a b/", "none"),
        ("//", "none"),
        ("\\", "none"),
        (".exe", "none"),
        ("a@b", "none"),
    ] {
        assert_eq!(shown(by_shape(written)), expected, "{written}");
    }
}

#[test]
fn kinds_that_a_list_says() {
    for (kind, written, expected) in [
        (Kind::Imphash, "d41d8cd98f00b204e9800998ecf8427e", "imphash: d41d8cd98f00b204e9800998ecf8427e"),
        (Kind::Md5, "d41d8cd98f00b204e9800998ecf8427", "none"),
        (Kind::Sha1, "d41d8cd98f00b204e9800998ecf8427e", "none"),
        (Kind::Address, "192.0.2.0/24", "network: 192.0.2.0/24"),
        (Kind::Address, "evil.com", "domain: evil.com"),
        (Kind::Domain, "192.0.2.1", "address: 192.0.2.1"),
        (Kind::Domain, "localhost", "domain: localhost"),
        (Kind::Domain, "http://evil.com/a", "URL: http://evil.com/a"),
        (Kind::Domain, "domain autuo.xicp.net", "none"),
        (Kind::Domain, "run.exe", "domain: run.exe"),
        (Kind::Url, "evil.com", "URL: evil.com/"),
        (Kind::UrlPath, "/gate.php", "URL path: /gate.php"),
        (Kind::Email, "evil", "none"),
        (Kind::FileName, "evil", "file name: evil"),
        (Kind::FileName, "C:\\evil", "file path: C:\\evil"),
        (Kind::UrlPath, "gate.php?a=1", "URL path: /gate.php?a=1"),
        (Kind::UrlPath, "?a=1", "URL path: /?a=1"),
        (Kind::UrlPath, "a/b.php", "URL path: /a/b.php"),
        (Kind::UrlPath, "index.php/a", "URL path: /index.php/a"),
        (Kind::UrlPath, "gate.pl", "URL path: /gate.pl"),
        (Kind::UrlPath, "Gate*", "URL path (Wildcard): /Gate*"),
        (Kind::UrlPath, "*Gate*", "URL path (Wildcard): *Gate*"),
        (Kind::UrlPath, "evil[.]com/a", "URL: evil.com/a"),
        (Kind::UrlPath, "evil.com:8080/a", "URL: evil.com:8080/a"),
        (Kind::UrlPath, "www.evil.com", "URL: www.evil.com/"),
        (Kind::UrlPath, "192.0.2.1/a", "URL: 192.0.2.1/a"),
        (Kind::UrlPath, "#a", "none"),
        (Kind::UrlPath, "GET /a", "none"),
        (Kind::Url, "http?://evil.com/a", "URL: http://evil.com/a"),
        (Kind::Url, "hxxp(s)://evil.com/a", "URL: http://evil.com/a"),
        (Kind::Url, "http://ev?l.com/a", "none"),
        (Kind::Url, "http://localhost?a.b=1", "URL: http://localhost/?a.b=1"),
        (Kind::Email, "*@Evil.com", "e-mail address (Wildcard): *@evil.com"),
        (Kind::Email, "Bob@*.Evil.com", "e-mail address (Wildcard): bob@*.evil.com"),
        (Kind::Email, "bob@*", "e-mail address (Wildcard): bob@*"),
        (Kind::Email, "*@bücher.de", "e-mail address (Wildcard): *@xn--bcher-kva.de"),
        (Kind::Email, "b*b", "none"),
        (Kind::FileName, "ev*l", "file name (Wildcard): ev*l"),
        (Kind::FileName, "evil[.]exe", "file name: evil.exe"),
        (Kind::FileName, "../evil.exe", "file name: evil.exe"),
        (Kind::FileName, r"..\..\a\evil.exe", r"file path: a\evil.exe"),
        (Kind::FileName, "./.ssh/evil", "file path: .ssh/evil"),
        (Kind::FileName, "../", "none"),
        (Kind::FileName, "file:///C:/evil.exe", "file path: /C:/evil.exe"),
        (Kind::FileName, "{random}.exe", "none"),
        (Kind::Service, "Evil*", "service (Wildcard): Evil*"),
        (Kind::Task, r"\Evil\*", r"task (Wildcard): \Evil\*"),
        (Kind::Account, "mall?ry", "account (Wildcard): mall?ry"),
        (Kind::UserAgent, "EvilBot/*", "user agent (Wildcard): EvilBot/*"),
        (Kind::UserAgent, "EvilBot?", "user agent: EvilBot?"),
        (Kind::CommandLine, "net /?", "command line: net /?"),
        (Kind::CommandLine, "*-enc*", "command line (Wildcard): *-enc*"),
        (Kind::RegistryValue, "R*", "registry value (Wildcard): R*"),
        (Kind::Mutex, "***x***", "mutex: ***x***"),
        (Kind::Mutex, "Global\\x", "mutex: Global\\x"),
        (Kind::Pipe, "\\\\.\\pipe\\evil", "pipe: evil"),
        (Kind::Pipe, "\\evil", "pipe: evil"),
        (Kind::Mutex, " ", "none"),
    ] {
        assert_eq!(shown(as_kind(kind, written)), expected, "{written} as {kind}");
    }
    assert!(
        as_kind(Kind::Mutex, &"a".repeat(LONGEST_VALUE + 1)).unwrap_err().0.contains("longer than 16 KiB")
    );
    let wrong = as_kind(Kind::Email, "x").unwrap_err();
    assert_eq!(wrong.0, "the list calls it an e-mail address, but it does not look like one");
}

#[test]
fn the_written_form_is_kept_only_if_it_says_more() {
    for (written, differs) in [
        ("192.0.2.1", false),
        ("192.0.2[.]1", true),
        ("evil.com", false),
        ("EVIL.com", true),
        ("C:\\x", false),
    ] {
        assert_eq!(by_shape(written).unwrap().differs_from(written), differs, "{written}");
    }
    let hash = "D41D8CD98F00B204E9800998ECF8427E";
    assert!(!by_shape(hash).unwrap().differs_from(hash));
}

#[test]
fn wildcards_that_would_take_too_long_are_refused() {
    fn named(text: &str) -> Result<(), String> {
        let read = by_shape(text).and_then(|_| as_kind(Kind::FilePath, text));
        read.map(|_| ()).map_err(|why| why.0)
    }
    named(&format!(r"C:\{}\*.exe", "a?".repeat(256))).unwrap();
    named(&format!(r"C:\{}\*.exe", "a".repeat(9_000))).unwrap();
    let reason = named(&format!(r"C:\{}\*.exe", "a?".repeat(257))).unwrap_err();
    assert_eq!(reason, "it has more than 256 `?`");
    let reason = named(&format!(r"C:\{}\?.exe", "a".repeat(9_000))).unwrap_err();
    assert_eq!(reason, "a value with `?` may have at most 4 KiB");
    let key = |stars| as_kind(Kind::RegistryKey, &format!(r"HKLM\{}", "*a".repeat(stars))).map(|_| ());
    key(16).unwrap();
    assert_eq!(key(17).unwrap_err().0, "a registry key may have at most 16 `*`");
    // A script may well be longer, and is compared as it is.
    let script = format!("a* {} ?", "a".repeat(9_000));
    assert_eq!(as_kind(Kind::CommandLine, &script).unwrap().comparison, Comparison::Exact);
    // In a URL, it is no wildcard.
    as_kind(Kind::Url, &format!("http://evil.com/{}", "a?".repeat(257))).unwrap();
}
