//! Finds the user in whose home directory a path lies, among any number of accounts.

use std::sync::Arc;

/// The home directories of user accounts, sorted.
pub(crate) struct HomeDirectories(Vec<Directory>);

struct Directory {
    /// In lower case.
    path: String,
    /// The position of the longest other directory of which this one is a continuation.
    outer: Option<usize>,
    /// The first account that has this directory or an outer one, and its user.
    first: (usize, Arc<str>),
}

impl HomeDirectories {
    /// Takes directories in lower case, each with its user, in the order of the accounts.
    pub(crate) fn new(accounts: impl Iterator<Item = (String, String)>) -> Self {
        let mut accounts: Vec<_> =
            accounts.enumerate().map(|(account, (path, user))| (path, account, user)).collect();
        accounts.sort();
        accounts.dedup_by(|later, first| later.0 == first.0);
        let mut sorted: Vec<Directory> = Vec::new();
        for (path, account, user) in accounts {
            let mut outer = sorted.len().checked_sub(1);
            while let Some(at) = outer
                && !path.starts_with(&sorted[at].path)
            {
                outer = sorted[at].outer;
            }
            let of_outer = outer.map(|at| &sorted[at].first).filter(|(first, _)| *first < account);
            let first = of_outer.cloned().unwrap_or_else(|| (account, user.into()));
            sorted.push(Directory { path, outer, first });
        }
        Self(sorted)
    }

    /// Returns the user of the first account whose directory begins this path, which must be in
    /// lower case.
    pub(crate) fn user_of(&self, path: &str) -> Option<&str> {
        let after = self.0.partition_point(|directory| directory.path.as_str() <= path);
        let mut at = after.checked_sub(1)?;
        // What begins the path also begins the last directory before it, as far as the two agree.
        let last = &self.0[at].path;
        let agreed = last.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
        while self.0[at].path.len() > agreed {
            at = self.0[at].outer?;
        }
        Some(&self.0[at].first.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers are those of a search through all accounts.
    #[test]
    fn the_first_account_counts() {
        let mut accounts: Vec<(String, String)> = Vec::new();
        let mut random = 7_u32;
        for number in 0..300 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let length = (random >> 16) % 6 + 1;
            let path = (0..length).map(|bit| if random >> bit & 1 == 0 { '/' } else { 'é' }).collect();
            accounts.push((path, number.to_string()));
        }
        let directories = HomeDirectories::new(accounts.iter().skip(200).cloned());
        let all = HomeDirectories::new(accounts.iter().cloned());
        for (path, _) in &accounts {
            for path in [path.clone(), format!("{path}a"), format!("{path}é/"), format!("a{path}")] {
                for (found, accounts) in [(&directories, &accounts[200..]), (&all, &accounts[..])] {
                    let expected = accounts.iter().find(|(directory, _)| path.starts_with(directory));
                    assert_eq!(found.user_of(&path), expected.map(|(_, user)| user.as_str()), "{path}");
                }
            }
        }
        assert_eq!(HomeDirectories::new(std::iter::empty()).user_of("/"), None);
    }

    /// The steps of a search do not grow with the number of accounts.
    #[test]
    fn many_accounts() {
        let accounts = (0..200_000).map(|number| (format!("/home/user{number}"), number.to_string()));
        let directories = HomeDirectories::new(accounts);
        for number in 0..200_000 {
            let user = directories.user_of(&format!("/home/user{number}/.config"));
            assert!(user.is_some(), "{number}");
        }
        assert_eq!(directories.user_of("/home/user"), None);
    }
}
