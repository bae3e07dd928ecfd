use super::*;

#[test]
fn hashes_are_bytes() {
    assert_eq!(hash("00fF").unwrap().as_bytes(), [0, 255]);
    assert_eq!(hash(&"a".repeat(128)).unwrap().as_bytes().len(), 64);
    for text in ["", "0", "0g", "äa", "+1", &"a".repeat(130)] {
        assert_eq!(hash(text), None, "{text}");
    }
}

#[test]
fn addresses_have_many_forms() {
    for (text, expected) in [
        ("192.0.2.1", Some("192.0.2.1")),
        (" 192.0.2.1 ", Some("192.0.2.1")),
        ("2001:0DB8::1", Some("2001:db8::1")),
        ("2001:db8:0:0:0:0:0:1", Some("2001:db8::1")),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("fe80::1%eth0", Some("fe80::1")),
        ("::ffff:192.0.2.1", Some("192.0.2.1")),
        ("::ffff:c000:201", Some("192.0.2.1")),
        ("::", Some("::")),
        ("192.0.2", None),
        ("192.0.2.256", None),
        ("192.0.2.1.1", None),
        ("192.000.002.001", None),
        ("192.0.2.1:80", None),
        ("2001:db8::1::", None),
        ("", None),
    ] {
        assert_eq!(address(text).map(|address| address.to_string()).as_deref(), expected, "{text}");
    }
}

#[test]
fn networks_have_no_bits_behind_their_prefix() {
    for (text, expected) in [
        ("192.0.2.77/24", Some(("192.0.2.0", 24))),
        ("223.166.0.0/15", Some(("223.166.0.0", 15))),
        ("0.0.0.0/0", Some(("0.0.0.0", 0))),
        ("192.0.2.1/32", Some(("192.0.2.1", 32))),
        ("2001:db8:dead:beef::1/64", Some(("2001:db8:dead:beef::", 64))),
        ("::/0", Some(("::", 0))),
        ("::ffff:192.0.2.1/120", Some(("192.0.2.0", 24))),
        ("192.0.2.0/33", None),
        ("2001:db8::/129", None),
        ("192.0.2.0/", None),
        ("192.0.2.0/+8", None),
        ("192.0.2.0", None),
    ] {
        let found = network(text).map(|(address, prefix)| (address.to_string(), prefix));
        assert_eq!(found.as_ref().map(|(address, prefix)| (address.as_str(), *prefix)), expected, "{text}");
    }
}

#[test]
fn names_of_hosts_are_lower_case_and_ascii() {
    for (text, expected) in [
        ("Evil.COM.", Some("evil.com")),
        ("bücher.de", Some("xn--bcher-kva.de")),
        ("BÜCHER.de", Some("xn--bcher-kva.de")),
        ("xn--bcher-kva.de", Some("xn--bcher-kva.de")),
        ("пример。рф", Some("xn--e1afmkfd.xn--p1ai")),
        ("_dmarc.evil.com", Some("_dmarc.evil.com")),
        ("localhost", Some("localhost")),
        ("1.2.3.4", None),
        ("evil..com", None),
        (".evil.com", None),
        ("evil com", None),
        ("evil.com/", None),
        ("a\u{0}.com", None),
        ("", None),
        (".", None),
        (&format!("{}.com", "a".repeat(64)), None),
        (&format!("{}com", "a.".repeat(130)), None),
        (&format!("{}.com", "ü".repeat(2000)), None),
    ] {
        assert_eq!(domain(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn mail_addresses() {
    assert_eq!(email("Foo.Bar@Evil.COM").as_deref(), Some("foo.bar@evil.com"));
    for text in ["foo", "@evil.com", "foo@", "foo@evil", "a b@evil.com", "a@b@evil.com", "http://a@evil.com"]
    {
        assert_eq!(email(text), None, "{text}");
    }
}
