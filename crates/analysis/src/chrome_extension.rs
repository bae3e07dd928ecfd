//! `chrome_extension`: finds the extensions of the users of Chrome and Chromium.
//!
//! An extension has several events, perhaps in several tasks, and its name should be looked up only
//! once. So the plugin defers each event by its user and extension, and the reduce step sees each
//! pair once. The plugin gives no labels.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    AttributeId, AttributeNames, EventView, Key, Reduced, ResultColumn, ResultRow, ResultTable, UserAccount,
    Value,
};
use filter::Reads;

use crate::description::{OptionDescription, OptionKind, PluginDescription};
use crate::error::PrepareError;
use crate::home_directories::HomeDirectories;
use crate::patience::Patience;
use crate::plugin::{AnalysisPlugin, DataTypes, EventFindings, Needs, PluginError, ReduceInput, RunContext};
use crate::proxy::{ProxyError, check_proxy, proxy_for};
use crate::settings::Settings;
use crate::spec::Spec;
use crate::web_store::{self, WebStore};

const WEB_STORE: OptionDescription = OptionDescription::new(
    "--chrome-web-store",
    OptionKind::Switch,
    "Ask the Chrome Web Store for the names of the extensions found. This sends their identifiers to it.",
)
.with_default("off");

const WEB_STORE_URL: OptionDescription = OptionDescription::new(
    "--chrome-web-store-url",
    OptionKind::Text("URL"),
    "Another address of the Chrome Web Store.",
)
.with_default(web_store::ADDRESS)
.only_with(WEB_STORE.name);

const RESULTS: ResultTable = ResultTable {
    name: "chrome_extension_analysis_result",
    columns: &[
        ResultColumn::Text("extension"),
        ResultColumn::Text("extension_identifier"),
        ResultColumn::Text("username"),
    ],
};

pub(crate) const SPEC: Spec = Spec {
    hidden_options: &[WEB_STORE_URL],
    servers: &[WEB_STORE_URL],
    results: Some(&RESULTS),
    ..Spec::new(
        PluginDescription {
            name: "chrome_extension",
            summary: "Finds the extensions of the users of Chrome and Chromium.",
            reads: "The path of files and folders (fs:stat), and the user accounts of the storage file.",
            writes: "A row in chrome_extension_analysis_result for each extension of each user; the report counts them by user.",
            options: &[WEB_STORE],
        },
        prepare,
    )
};

fn prepare(
    settings: &Settings<'_>,
    names: &mut AttributeNames,
    context: &RunContext,
) -> Result<Box<dyn AnalysisPlugin>, PrepareError> {
    let web_store = if settings.is_on(&WEB_STORE)? { Some(settings.text(&WEB_STORE_URL)?) } else { None };
    Ok(Box::new(ChromeExtension::new(names, &context.user_accounts, web_store)))
}

/// The length of the part of a path that is shown if its user is not known.
const SHOWN_OF_PATH: usize = 25;

pub(crate) struct ChromeExtension {
    filename: AttributeId,
    homes: HomeDirectories,
    /// The address of the store for names, or `None` if names are not looked up.
    web_store: Option<String>,
    needs: Needs,
}

impl ChromeExtension {
    pub(crate) fn new(
        names: &mut AttributeNames,
        user_accounts: &[UserAccount],
        web_store: Option<String>,
    ) -> Self {
        let directory = |account: &UserAccount| {
            let directory = account.user_directory.as_deref().filter(|directory| !directory.is_empty())?;
            Some((directory.to_lowercase(), account.username.clone()))
        };
        Self {
            filename: names.register("filename"),
            homes: HomeDirectories::new(user_accounts.iter().filter_map(directory)),
            web_store,
            needs: Needs {
                data_types: DataTypes::Only(BTreeSet::from(["fs:stat"])),
                reads: Reads { event_data: true, ..Reads::default() },
            },
        }
    }

    /// Returns the user in whose home directory the path is, or a text with the path if no user is
    /// known.
    fn user_of(&self, path: &str) -> String {
        match self.homes.user_of(&path.to_lowercase()) {
            Some(user) if !user.is_empty() => user.to_owned(),
            _ => match path.char_indices().nth(SHOWN_OF_PATH) {
                Some((end, _)) => format!("Not found ({}...)", &path[..end]),
                None => format!("Not found ({path})"),
            },
        }
    }
}

impl AnalysisPlugin for ChromeExtension {
    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn examine(&mut self, event: &EventView<'_>, found: &mut EventFindings) -> Result<(), PluginError> {
        let path = event.data.and_then(|data| data.get(self.filename));
        let Some(path) = path.as_ref().and_then(Value::as_str) else { return Ok(()) };
        if let Some((separator, identifier)) = extension_of(path) {
            let user = self.user_of(path);
            // The first character separates the other parts. It cannot be in the identifier.
            found.defer(Key::Text(format!("{separator}{identifier}{separator}{user}").into()));
        }
        Ok(())
    }

    fn reduces(&self) -> bool {
        true
    }

    fn check_surroundings(&mut self) -> Result<(), PluginError> {
        // Only the proxy is checked. If the store itself cannot be reached, the run continues
        // without names.
        if self.web_store.is_some() {
            check_proxy().map_err(|error| PluginError::Failed(error.to_string()))?;
        }
        Ok(())
    }

    fn reduce(&mut self, input: &mut dyn ReduceInput) -> Result<Reduced, PluginError> {
        self.check_surroundings()?;
        let store = |address: &str| Ok(WebStore::new(address, proxy_for(address)?));
        let web_store = self.web_store.as_deref().map(store).transpose();
        let mut web_store = web_store.map_err(|error: ProxyError| PluginError::Failed(error.to_string()))?;
        let mut users: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
        while let Some(key) = input.next_key()? {
            let Some((identifier, user)) = parts(&key) else { continue };
            let name = match &mut web_store {
                Some(web_store) => web_store.name_of(identifier, &Patience::of(input))?,
                None => None,
            };
            let name = name.unwrap_or_else(|| identifier.to_owned());
            users.entry(user.to_owned()).or_default().insert((name, identifier.to_owned()));
        }
        let mut reduced = Reduced {
            warnings: web_store.map(WebStore::into_warnings).unwrap_or_default(),
            ..Reduced::default()
        };
        for (username, extensions) in users {
            reduced.counter.insert(username.clone(), extensions.len() as u64);
            reduced.results.extend(extensions.into_iter().map(|(extension, identifier)| {
                ResultRow(vec![extension.into(), identifier.into(), username.clone().into()])
            }));
        }
        Ok(reduced)
    }
}

/// Returns the identifier and the user in a key.
fn parts(key: &Key) -> Option<(&str, &str)> {
    let Key::Text(text) = key else { return None };
    let separator = text.chars().next()?;
    text[separator.len_utf8()..].split_once(separator)
}

/// Returns the identifier of the extension whose folder this is, in lower case, and the separator
/// of the path's segments.
///
/// As in Plaso, every name directly in an `extensions` folder below `chrome` or `chromium` counts
/// as an extension, even `Temp`.
fn extension_of(path: &str) -> Option<(char, String)> {
    let separator = separator_of(path)?;
    let mut segments = path.rsplit(separator);
    let identifier = segments.next()?;
    let folder = segments.next()?;
    // These words have no letter that is the lower case of a letter outside ASCII.
    let is_extension = folder.eq_ignore_ascii_case("extensions")
        && path.split(separator).any(|segment| {
            segment.eq_ignore_ascii_case("chrome") || segment.eq_ignore_ascii_case("chromium")
        });
    is_extension.then(|| (separator, identifier.to_lowercase()))
}

/// Returns the character that most likely separates the segments of the path.
fn separator_of(path: &str) -> Option<char> {
    let mut characters = path.chars();
    let first = characters.next()?;
    if first == '\\' || first == '/' {
        return Some(first);
    }
    let count = |separator: char| path.matches(separator).count();
    Some(if characters.as_str().starts_with(":\\") || count('\\') > count('/') { '\\' } else { '/' })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::examine;
    use testing::ReduceMemory;

    const ID: &str = "ghbmnnjooekpmoecnnnilnnbdlolhkhi";

    fn accounts() -> Vec<UserAccount> {
        let account = |directory: Option<&str>, name: &str| UserAccount {
            username: name.into(),
            user_directory: directory.map(Into::into),
        };
        vec![
            account(None, "nobody"),
            account(Some(""), "nothing"),
            account(Some("/home/Alice"), "alice"),
            account(Some(r"C:\Users\Bob"), "bob"),
            account(Some("/srv"), ""),
        ]
    }

    fn plugin(names: &mut AttributeNames) -> ChromeExtension {
        ChromeExtension::new(names, &accounts(), None)
    }

    fn key_of(path: &str) -> Option<String> {
        let mut names = AttributeNames::default();
        let mut plugin = plugin(&mut names);
        let data = format!(r#"{{"data_type": "fs:stat", "filename": {}}}"#, events::json::quoted(path));
        let found = examine(&mut plugin, &names, &data);
        assert!(found.labels.is_empty() && found.counts.is_empty() && found.warnings.is_empty());
        found.key.as_ref().and_then(parts).map(|(identifier, user)| format!("{user}: {identifier}"))
    }

    #[test]
    fn paths() {
        let upper = ID.to_uppercase();
        for (path, expected) in [
            (format!("/home/alice/.config/google-chrome/Default/Extensions/{ID}"), None),
            (format!("/home/alice/.config/chromium/Default/Extensions/{ID}"), Some(format!("alice: {ID}"))),
            (format!("/HOME/ALICE/Chrome/EXTENSIONS/{upper}"), Some(format!("alice: {ID}"))),
            (format!(r"C:\users\bob\Google\Chrome\Extensions\{ID}"), Some(format!("bob: {ID}"))),
            (
                format!(r"\Users\bob\Chrome\Extensions\{ID}"),
                Some(format!(r"Not found (\Users\bob\Chrome\Extensi...): {ID}")),
            ),
            (
                format!("/srv/chrome/extensions/{ID}"),
                Some(format!("Not found (/srv/chrome/extensions/gh...): {ID}")),
            ),
            ("/chrome/extensions/Temp".into(), Some("Not found (/chrome/extensions/Temp): temp".into())),
            ("/chrome/extensions/".into(), Some("Not found (/chrome/extensions/): ".into())),
            (
                "/chrome/extensions/éééééé".into(),
                Some("Not found (/chrome/extensions/éééééé): éééééé".into()),
            ),
            (
                "/chrome/extensions/ééééééé".into(),
                Some("Not found (/chrome/extensions/éééééé...): ééééééé".into()),
            ),
            (r"/chrome/extensions/a\b".into(), Some(r"Not found (/chrome/extensions/a\b): a\b".into())),
            ("chrome/extensions/x".into(), Some("Not found (chrome/extensions/x): x".into())),
            (r"chrome\extensions\x".into(), Some(r"Not found (chrome\extensions\x): x".into())),
            (r"c/x\chrome\extensions\y".into(), Some(r"Not found (c/x\chrome\extensions\y): y".into())),
            ("/extensions/chrome".into(), Some("Not found (/extensions/chrome): chrome".into())),
            (format!("/chrome/extensions/{ID}/1.0_0"), None),
            ("/chrome/x/extensions".into(), None),
            ("/firefox/extensions/x".into(), None),
            ("/chrome".into(), None),
            ("chrome".into(), None),
            ("x".into(), None),
            ("".into(), None),
        ] {
            assert_eq!(key_of(&path), expected, "{path}");
        }
    }

    #[test]
    fn each_extension_of_a_user_is_one_result() {
        let keys = ["/x/alice", r"\x\alice", "/a/alice", "/x/bob/c", "/x/alice"];
        let mut input = ReduceMemory::of_keys(keys.map(|key| Key::Text(key.into())));
        let reduced = plugin(&mut AttributeNames::default()).reduce(&mut input).unwrap();
        assert!(input.labels.is_empty());
        let row =
            |user: &str, extension: &str| ResultRow(vec![extension.into(), extension.into(), user.into()]);
        assert_eq!(reduced.results, [row("alice", "a"), row("alice", "x"), row("bob/c", "x")]);
        assert_eq!(reduced.counter, [("alice".to_owned(), 2), ("bob/c".to_owned(), 1)].into());
        assert!(reduced.warnings.is_empty());
    }
}
