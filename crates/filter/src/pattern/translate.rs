//! From Python's regular expression syntax to that of the Rust engines.
//!
//! The two look alike and differ in what would go unnoticed: `\Z`, `$` before a last newline,
//! `a++`, `[` and `&&` in a class, `{` that is no repetition, what `\w` and `\s` contain. So the
//! pattern is read as Python reads it and written anew. What Python refuses is refused, though not
//! all of it: the engine has the last word.

use std::collections::BTreeMap;

/// How deep groups may nest; the engines' own parsers are recursive.
const MAXIMUM_DEPTH: usize = 100;

const WORD: &str = r"\p{L}\p{N}_";
const SPACE: &str = r"\s\x1c-\x1f";

/// A pattern for the `regex` crate, or for `fancy_regex` if it needs backtracking.
#[derive(Debug, Default)]
pub(super) struct Translation {
    pub(super) pattern: String,
    /// How many things in it need backtracking.
    pub(super) backtracking: usize,
}

/// Translates a Python pattern; the error says what is wrong with it.
pub(super) fn translate(pattern: &str) -> Result<Translation, String> {
    let mut translator = Translator {
        rest: pattern,
        out: Translation::default(),
        names: BTreeMap::new(),
        groups: 0,
        open: vec![Scope::default()],
        repeatable: false,
    };
    translator.global_flags()?;
    while let Some(c) = translator.next() {
        translator.item(c)?;
    }
    if translator.open.len() > 1 {
        return Err("a group is not closed".into());
    }
    Ok(translator.out)
}

/// What holds between a group's parentheses.
#[derive(Debug, Default, Clone, Copy)]
struct Scope {
    multi_line: bool,
    verbose: bool,
    /// Within a look-around, whose end is not the pattern's.
    look_around: bool,
}

struct Translator<'p> {
    rest: &'p str,
    out: Translation,
    names: BTreeMap<&'p str, usize>,
    groups: usize,
    /// The whole pattern and the groups that are open.
    open: Vec<Scope>,
    /// Whether what stands before can be repeated by `*`.
    repeatable: bool,
}

impl<'p> Translator<'p> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// What stands before `end`, which is stepped over too.
    fn until(&mut self, end: char, what: &str) -> Result<&'p str, String> {
        let (found, rest) =
            self.rest.split_once(end).ok_or_else(|| format!("{what} is not closed by `{end}`"))?;
        self.rest = rest;
        Ok(found)
    }

    fn scope(&mut self) -> &mut Scope {
        self.open.last_mut().expect("the whole pattern's is never closed")
    }

    fn push(&mut self, text: &str) {
        self.out.pattern.push_str(text);
    }

    fn item(&mut self, c: char) -> Result<(), String> {
        let repeatable = std::mem::replace(&mut self.repeatable, true);
        match c {
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => self.group()?,
            ')' => {
                if self.open.len() == 1 {
                    return Err("a `)` without its `(`".into());
                }
                self.open.pop();
                self.push(")");
            }
            '$' => self.dollar(),
            '^' if self.scope().multi_line => self.push("(?m:^)"),
            '^' => self.push("^"),
            '|' => {
                self.push("|");
                self.repeatable = false;
            }
            '*' | '+' | '?' => self.repetition(c.encode_utf8(&mut [0; 4]), repeatable)?,
            '{' => match self.counted_repetition() {
                Some(counts) => self.repetition(&counts, repeatable)?,
                None => self.push("\\{"),
            },
            '#' if self.scope().verbose => {
                self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
                self.repeatable = repeatable;
            }
            c if self.scope().verbose && c.is_ascii_whitespace() => self.repeatable = repeatable,
            '.' => self.push("."),
            c => self.literal(c),
        }
        Ok(())
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii_punctuation() && c != '_' && c != '<' && c != '>' {
            self.out.pattern.push('\\');
        }
        self.out.pattern.push(c);
    }

    fn repetition(&mut self, counts: &str, repeatable: bool) -> Result<(), String> {
        if !repeatable {
            return Err("nothing to repeat".into());
        }
        self.push(counts);
        if self.take("?") {
            self.push("?");
        } else if self.take("+") {
            self.push("+");
            self.out.backtracking += 1;
        }
        self.repeatable = false;
        Ok(())
    }

    /// The repetition behind a `{`, if it is one; Python takes any other `{` for itself.
    fn counted_repetition(&mut self) -> Option<String> {
        let (counts, rest) = self.rest.split_once('}')?;
        let (least, most) = match counts.split_once(',') {
            Some((least, most)) => (least, Some(most)),
            None => (counts, None),
        };
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(least) || !most.is_none_or(is_number) || counts.is_empty() {
            return None;
        }
        self.rest = rest;
        let least = if least.is_empty() { "0" } else { least };
        Some(match most {
            Some(most) => format!("{{{least},{most}}}"),
            None => format!("{{{least}}}"),
        })
    }

    /// Python's `$` also stands before a newline that ends the text. Where nothing can follow, that
    /// newline may as well be matched, which needs no look-ahead.
    fn dollar(&mut self) {
        let last = self.rest.trim_start_matches(')').is_empty()
            || self.open.len() == 1 && self.rest.starts_with('|');
        let Scope { multi_line, look_around, .. } = *self.scope();
        if multi_line {
            self.push("(?m:$)");
        } else if last && !look_around {
            self.push(r"(?:\n?\z)");
        } else {
            self.push(r"(?=\n?\z)");
            self.out.backtracking += 1;
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        let c = self.next().ok_or("a `\\` at the end")?;
        match c {
            '1'..='9' if !self.is_octal(c) => {
                let mut number = usize::from(c as u8 - b'0');
                if let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(10)) {
                    self.next();
                    number = number * 10 + digit as usize;
                }
                self.back_reference(number)?;
            }
            'A' => self.push(r"\A"),
            'Z' => self.push(r"\z"),
            'b' => self.push(r"\b"),
            'B' => self.push(r"\B"),
            'd' | 'D' => self.push(if c == 'd' { r"\d" } else { r"\D" }),
            's' | 'w' => {
                let members = if c == 's' { SPACE } else { WORD };
                self.push(&format!("[{members}]"));
            }
            'S' | 'W' => {
                let members = if c == 'S' { SPACE } else { WORD };
                self.push(&format!("[^{members}]"));
            }
            _ => {
                let c = self.character_escape(c)?;
                self.literal(c);
            }
        }
        Ok(())
    }

    /// Whether `first`, a digit behind a backslash, and what follows are three octal digits.
    fn is_octal(&self, first: char) -> bool {
        let following = self.rest.bytes().take(2).filter(|b| (b'0'..=b'7').contains(b));
        ('0'..='3').contains(&first) && following.count() == 2
    }

    fn back_reference(&mut self, number: usize) -> Result<(), String> {
        if number == 0 || number > self.groups {
            return Err(format!("there is no group {number} to refer to"));
        }
        self.out.backtracking += 1;
        self.push(&format!("(?:\\{number})"));
        Ok(())
    }

    /// The character that `\c…` stands for, outside a class or in one.
    fn character_escape(&mut self, c: char) -> Result<char, String> {
        Ok(match c {
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            '0'..='7' => {
                let more = self.rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let digits = format!("{c}{}", &self.rest[..more]);
                self.rest = &self.rest[more..];
                u32::from_str_radix(&digits, 8)
                    .ok()
                    .filter(|code| *code <= 0o377)
                    .and_then(char::from_u32)
                    .ok_or("an octal escape above `\\377`")?
            }
            c if c.is_ascii_alphanumeric() => return Err(format!("Python knows no escape `\\{c}`")),
            c => c,
        })
    }

    fn code(&mut self, length: usize) -> Result<char, String> {
        let digits = self.rest.get(..length).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let digits = digits.ok_or_else(|| format!("an escape that needs {length} hexadecimal digits"))?;
        self.rest = &self.rest[length..];
        let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        code.ok_or_else(|| format!("there is no character {digits}"))
    }

    fn class(&mut self) -> Result<(), String> {
        self.push("[");
        if self.take("^") {
            self.push("^");
        }
        let mut first = true;
        loop {
            let c = self.next().ok_or("a `[` is not closed")?;
            if c == ']' && !first {
                self.push("]");
                return Ok(());
            }
            first = false;
            let Some(low) = self.class_member(c)? else {
                if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                    return Err("a range that begins with a set".into());
                }
                continue;
            };
            self.class_literal(low);
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.next();
                let c = self.next().ok_or("a `[` is not closed")?;
                let high = self.class_member(c)?.ok_or("a range that ends with a set")?;
                if high < low {
                    return Err("a range that ends before it begins".into());
                }
                self.push("-");
                self.class_literal(high);
            }
        }
    }

    /// A character of a class, or nothing if it was a set such as `\w`, which is written at once.
    fn class_member(&mut self, c: char) -> Result<Option<char>, String> {
        if c != '\\' {
            return Ok(Some(c));
        }
        let c = self.next().ok_or("a `\\` at the end")?;
        match c {
            'd' => self.push(r"\d"),
            'D' => self.push(r"\D"),
            's' => self.push(SPACE),
            'w' => self.push(WORD),
            'S' => self.push(&format!("[^{SPACE}]")),
            'W' => self.push(&format!("[^{WORD}]")),
            'b' => return Ok(Some('\u{8}')),
            _ => return self.character_escape(c).map(Some),
        }
        Ok(None)
    }

    fn class_literal(&mut self, c: char) {
        if c.is_ascii_alphanumeric() || !c.is_ascii() {
            self.out.pattern.push(c);
        } else {
            self.push(&format!("\\x{:02x}", u32::from(c)));
        }
    }

    fn group(&mut self) -> Result<(), String> {
        self.repeatable = false;
        if self.open.len() > MAXIMUM_DEPTH {
            return Err(format!("groups nest deeper than {MAXIMUM_DEPTH}"));
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
            // What stands before the comment may still be repeated, but nobody writes that.
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

    /// Groups are written without their names, whose syntax differs; references to them become
    /// numbers.
    fn named_group(&mut self) -> Result<(), String> {
        let name = self.until('>', "a group's name")?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if name.is_empty() || name.starts_with(|c: char| c.is_numeric()) || !name.chars().all(is_word) {
            return Err("the name of a group is not valid".into());
        }
        self.groups += 1;
        if self.names.insert(name, self.groups).is_some() {
            return Err("two groups of one name".into());
        }
        self.push("(");
        Ok(())
    }

    /// `(?(group)yes|no)`
    fn condition(&mut self) -> Result<(), String> {
        let name = self.until(')', "a condition")?;
        let number = self.names.get(name).copied().or_else(|| name.parse().ok());
        match number {
            Some(number) if (1..=self.groups).contains(&number) => self.push(&format!("(?({number})")),
            _ => return Err("a condition on a group that does not stand before it".into()),
        }
        self.out.backtracking += 1;
        Ok(())
    }

    /// `(?:…)`, `(?i:…)`, `(?i-s:…)`
    fn flagged_group(&mut self, scope: &mut Scope) -> Result<(), String> {
        let flags = self.until(':', "a group")?;
        let (on, off) = flags.split_once('-').unwrap_or((flags, ""));
        let mut written = [String::new(), String::new()];
        for (number, flags) in [on, off].into_iter().enumerate() {
            for flag in flags.chars() {
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

    /// `(?i)` and the like, which Python allows at the start only.
    fn global_flags(&mut self) -> Result<(), String> {
        while let Some(flags) = self.rest.strip_prefix("(?").and_then(|rest| rest.split_once(')')) {
            let (flags, rest) = flags;
            if flags.is_empty() || !flags.chars().all(|c| c.is_ascii_alphabetic()) {
                break;
            }
            for flag in flags.chars() {
                match flag {
                    'i' => self.push("(?i)"),
                    'm' => self.scope().multi_line = true,
                    'x' => self.scope().verbose = true,
                    's' | 'u' => {}
                    _ => return Err(format!("the flag `{flag}` is not supported")),
                }
            }
            self.rest = rest;
        }
        Ok(())
    }
}
