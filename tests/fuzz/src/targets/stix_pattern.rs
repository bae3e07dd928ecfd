//! Patterns of STIX indicators.

use indicators::ReadOptions;
use serde_json::json;

use super::indicators::check;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "stix_pattern", run, seeds };

fn run(data: &[u8]) {
    let pattern = String::from_utf8_lossy(data);
    let bundle =
        json!({"objects": [{"type": "indicator", "id": "indicator--1", "pattern": pattern}]}).to_string();
    let Ok(read) = indicators::read_bytes("list", bundle.as_bytes(), &ReadOptions::default()) else { return };
    check(&read);
    // Nothing is dropped in silence.
    assert!(!read.is_empty() || !read.left_out().is_empty() || !read.problems().is_empty());
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "[file:hashes.'SHA-256' = 'aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f' AND file:name LIKE 'a_%']",
        "[ipv4-addr:value IN ('192.0.2.1', '192.0.2.0/24') OR ipv6-addr:value ISSUBSET '2001:db8::/32']",
        "([a:b = 5] FOLLOWEDBY [c:d[*].e NOT MATCHES '^x\\'$']) WITHIN 300 SECONDS REPEATS 5 TIMES",
        "[file:name = 'a' AND file:parent_directory_ref.path = 'C:\\\\b'] AND [EXISTS x:y] START t'2020-01-01T00:00:00Z' STOP t'2021-01-01T00:00:00Z'",
        "[(network-traffic:dst_ref.type = 'ipv4-addr' /* c */ AND mutex:name != h'00') OR user-account:account_login = 'x']",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
