//! Groups, their flags, and references to groups.

use super::translator::{Scope, Translator};

/// How deeply groups may be nested. The limit exists because the engines' own parsers are
/// recursive.
const MAXIMUM_DEPTH: usize = 100;

impl Translator<'_> {
    pub(super) fn group(&mut self) -> Result<(), String> {
        self.repeatable = false;
        if self.open.len() > MAXIMUM_DEPTH {
            return Err(format!("groups are nested deeper than {MAXIMUM_DEPTH}"));
        }
        let mut scope = *self.scope();
        if !self.take("?") {
            self.groups += 1;
            self.push("(");
        } else if self.take("P<") {
            self.named_group()?;
        } else if self.take("P=") {
            let name = self.until(')', "a back-reference")?;
            let number = *self.names.get(name).ok_or("a back-reference to a name that no group has")?;
            self.repeatable = true;
            return self.back_reference(number);
        } else if self.take("#") {
            // Python allows a repetition after the comment, but nobody writes that.
            return self.until(')', "a comment").map(|_| ());
        } else if self.take("(") {
            self.condition()?;
        } else if let Some(kind) = ["=", "!", "<=", "<!", ">"].into_iter().find(|kind| self.take(kind)) {
            scope.look_around |= kind != ">";
            self.out.backtracking += 1;
            self.push("(?");
            self.push(kind);
        } else {
            self.flagged_group(&mut scope)?;
        }
        self.open.push(scope);
        Ok(())
    }

    /// Parses the name of a group. The translated group has no name, because the syntax differs.
    /// References to the name become numbers.
    fn named_group(&mut self) -> Result<(), String> {
        let name = self.until('>', "a group's name")?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if name.is_empty() || name.starts_with(|c: char| c.is_numeric()) || !name.chars().all(is_word) {
            return Err("the name of a group is not valid".into());
        }
        self.groups += 1;
        if self.names.insert(name, self.groups).is_some() {
            return Err("two groups have the same name".into());
        }
        self.push("(");
        Ok(())
    }

    /// Parses the condition of `(?(group)yes|no)`.
    fn condition(&mut self) -> Result<(), String> {
        let name = self.until(')', "a condition")?;
        let number = self.names.get(name).copied().or_else(|| name.parse().ok());
        match number {
            Some(number) if (1..=self.groups).contains(&number) => self.push(&format!("(?({number})")),
            _ => return Err("a condition on a group that does not come before it".into()),
        }
        self.out.backtracking += 1;
        Ok(())
    }

    /// Parses the start of `(?:…)`, `(?i:…)` or `(?i-s:…)`.
    fn flagged_group(&mut self, scope: &mut Scope) -> Result<(), String> {
        let flags = self.until(':', "a group")?;
        let (on, off) = flags.split_once('-').unwrap_or((flags, ""));
        let mut written = [String::new(), String::new()];
        for (number, flags) in [on, off].into_iter().enumerate() {
            for flag in flags.chars() {
                scope.ignore_case = if flag == 'i' { number == 0 } else { scope.ignore_case };
                match flag {
                    'i' | 's' => written[number].push(flag),
                    'm' => scope.multi_line = number == 0,
                    'x' => scope.verbose = number == 0,
                    'u' if number == 0 => {}
                    _ => return Err(format!("`(?{}`", crate::error::visible(flags))),
                }
            }
        }
        let [on, off] = written;
        let dash = if off.is_empty() { "" } else { "-" };
        self.push(&format!("(?{on}{dash}{off}:"));
        Ok(())
    }

    /// Parses `(?i)` and the like, which Python allows only at the start.
    pub(super) fn global_flags(&mut self) -> Result<(), String> {
        while let Some(flags) = self.rest.strip_prefix("(?").and_then(|rest| rest.split_once(')')) {
            let (flags, rest) = flags;
            if flags.is_empty() || !flags.chars().all(|c| c.is_ascii_alphabetic()) {
                break;
            }
            for flag in flags.chars() {
                match flag {
                    'i' => {
                        self.scope().ignore_case = true;
                        self.push("(?i)");
                    }
                    'm' => self.scope().multi_line = true,
                    'x' => self.scope().verbose = true,
                    's' => self.push("(?s)"),
                    'u' => {}
                    _ => return Err(format!("the flag `{flag}` is not supported")),
                }
            }
            self.rest = rest;
        }
        Ok(())
    }

    pub(super) fn back_reference(&mut self, number: usize) -> Result<(), String> {
        if number == 0 || number > self.groups {
            return Err(format!("there is no group {number} to refer to"));
        }
        self.out.backtracking += 1;
        self.push(&format!("(?:\\{number})"));
        Ok(())
    }
}
