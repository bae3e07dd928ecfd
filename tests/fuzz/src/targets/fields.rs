//! Texts that are taken apart into fields: records of event logs, lines of pairs, request lines.

use filter::count_fields;

use crate::Target;

pub(super) const TARGET: Target = Target { name: "fields", run, seeds };

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // Each field takes up at least one byte of the text; a value in single quotes is looked into
    // again.
    assert!(count_fields(&text) <= 3 * text.len() + 8);
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "<Event xmlns=\"x\">\n<System><Provider Name=\"a\" Guid=\"{b}\"/><EventID Qualifiers=\"1\">7</EventID></System>\n\
         <EventData><Data Name=\"Threat Name\">&lt;&#65;&amp;</Data><Data>\u{1}<x</Data><Data/></EventData></Event>",
        "<UserData><a:Change xmlns:a=\"x\"><a:User>0x000001f0</a:User></a:Change></UserData>",
        "type=USER_LOGIN msg=audit(1.2:3): pid=1 msg='op=login acct=\"root\" res=failed'",
        "GET /a?b=c&d=e HTTP/1.1",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
