//! The page on paper.

use std::fs;

use tests::Browser;

use crate::page::page;
use crate::support::analyzed;

/// What stands in the page before its rules for print, and its policy, which allows no script.
const PRINT: &str = "@media print";
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\"";
/// Sheets of A4 are as wide as the window of a browser without a screen, and have these margins.
const MARGINS: &str = "<style>body { padding: 0 16mm !important; }</style>";
/// Makes the title the greatest number of lines on which the name of a label stands.
const LINES: &str = "<script>document.title = 'lines ' + Math.max(...[...document.querySelectorAll('td.name a, #story td:nth-child(2) a')]
    .map(name => name.getClientRects().length));</script>";

/// Tables are as wide as the paper, so a column that may become narrow has one letter in each line.
#[test]
fn names_of_labels_are_not_cut_into_letters() {
    let Some(browser) = Browser::find() else { return };
    let store = analyzed("sample");
    let html = fs::read_to_string(page(&store, &[])).unwrap();
    assert_eq!((html.matches(PRINT).count(), html.matches(POLICY).count()), (1, 1));
    let html = html.replace(PRINT, "@media all").replace(POLICY, "<meta name=\"policy\"");
    let on_paper = store.beside("paper.html", &(html + MARGINS + LINES));
    let dom = browser.load(&on_paper).dom;
    let lines = dom.split_once("<title>lines ").and_then(|(_, rest)| rest.split_once('<')).unwrap().0;
    let lines: usize = lines.parse().unwrap();
    assert!((1..=2).contains(&lines), "the name of a label stands on {lines} lines");
}
