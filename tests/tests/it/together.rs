//! All plugins together find the same as each plugin alone.

use std::collections::{BTreeMap, BTreeSet};

use tests::{Dump, NsrlServer, Program, Store, VirusTotalServer, foreman, places};

struct Servers {
    nsrl: NsrlServer,
    virus_total: VirusTotalServer,
}

/// An analysis of testdata with these of the nine plugins, each with its options.
fn analyze(servers: &Servers, plugins: &[&str]) -> Option<Program> {
    let filter = places::shared("data/testdata-sha1.bloom")?;
    let port = servers.nsrl.port().to_string();
    let url = servers.virus_total.url();
    let mut run = foreman(["analyze", "--analysis", &plugins.join(",")])
        .env("VIRUSTOTAL_API_KEY", "key")
        .env("NO_PROXY", "127.0.0.1");
    for &plugin in plugins {
        run = match plugin {
            "tagging" => run.args(["--tagging-file", "windows"]),
            "bloom" => run.args(["--bloom-hash", "sha1", "--bloom-file"]).arg(&filter),
            "nsrlsvr" => {
                run.args(["--nsrlsvr-hash", "sha1", "--nsrlsvr-host", "127.0.0.1", "--nsrlsvr-port", &port])
            }
            "virustotal" => run.args(["--virustotal-free-rate-limit=false", "--virustotal-url", &url]),
            "test_memory" => run.args(["--test-memory-bytes", "16"]),
            _ => run,
        };
    }
    Some(run)
}

#[test]
fn nine_plugins_find_what_each_finds_alone() {
    let plugins = [
        "tagging",
        "sessionize",
        "unique_domains_visited",
        "browser_search",
        "chrome_extension",
        "bloom",
        "nsrlsvr",
        "virustotal",
        "test_memory",
    ];
    let servers = Servers { nsrl: NsrlServer::good(), virus_total: VirusTotalServer::good() };
    let Some(original) = Store::shared("testdata") else { return };
    let run = |plugins: &[&str]| -> Option<Dump> {
        let store = Store::copy_of(original.path());
        analyze(&servers, plugins)?.arg(store.path()).succeed();
        Some(store.dump())
    };
    let mut tags: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut rest = Vec::new();
    for plugin in plugins {
        let Some(alone) = run(&[plugin]) else { return };
        for (event, labels) in &alone.tags {
            tags.entry(*event).or_default().extend(labels.iter().cloned());
        }
        for (label, number) in &alone.event_label_count {
            *counts.entry(label.clone()).or_default() += number;
        }
        rest.push(alone);
    }
    let Some(together) = run(&plugins) else { return };
    assert!(together.tags == tags, "the tags are not those of all plugins");
    assert_eq!(together.event_label_count, counts);
    for (plugin, alone) in plugins.iter().zip(rest) {
        together.only(&[plugin]).assert_same(&alone);
    }
}
