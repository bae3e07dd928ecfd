//! Escapes such as `\w` and `\x41`, and classes such as `[a-z]`.

use super::translator::{FORMS_OF_I, Translator};

const WORD: &str = r"\p{L}\p{N}_";
const SPACE: &str = r"\s\x1c-\x1f";

/// About as many characters as `\w` has, and as there are.
const WORD_CHARACTERS: usize = 150_000;
pub(super) const ALL_CHARACTERS: usize = 0x11_0000;

impl Translator<'_> {
    pub(super) fn escape(&mut self) -> Result<(), String> {
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
                self.add_class_characters(WORD_CHARACTERS);
                self.push(&format!("[{members}]"));
            }
            'S' | 'W' => {
                let members = if c == 'S' { SPACE } else { WORD };
                self.add_class_characters(WORD_CHARACTERS);
                self.push(&format!("[^{members}]"));
            }
            _ => {
                let c = self.character_escape(c)?;
                self.literal(c);
            }
        }
        Ok(())
    }

    /// Returns whether `first` (a digit after a backslash) and the next two characters are an octal
    /// escape.
    fn is_octal(&self, first: char) -> bool {
        let following = self.rest.bytes().take(2).filter(|b| (b'0'..=b'7').contains(b));
        ('0'..='3').contains(&first) && following.count() == 2
    }

    /// Returns the character for the escape `\c…`, inside or outside a class.
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
            'N' => return Err("names of characters (`\\N{…}`) are not supported; write the character".into()),
            c if c.is_ascii_alphanumeric() => return Err(format!("Python has no escape `\\{c}`")),
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

    pub(super) fn class(&mut self) -> Result<(), String> {
        self.refuse_posix_class()?;
        self.push("[");
        if self.take("^") {
            self.push("^");
        }
        let mut first = true;
        let mut has_i = false;
        loop {
            let c = self.next().ok_or("a `[` is not closed")?;
            if c == ']' && !first {
                if has_i && self.scope().ignore_case {
                    self.push(FORMS_OF_I);
                }
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
            let mut high = low;
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.next();
                let c = self.next().ok_or("a `[` is not closed")?;
                high = self.class_member(c)?.ok_or("a range that ends with a set")?;
                if high < low {
                    return Err("a range that ends before it begins".into());
                }
                self.add_class_characters(high as usize - low as usize);
                self.push("-");
                self.class_literal(high);
            }
            has_i |= FORMS_OF_I.chars().any(|c| (low..=high).contains(&c));
        }
    }

    /// Returns a character of a class. Returns `None` for a set such as `\w`, after writing it.
    fn class_member(&mut self, c: char) -> Result<Option<char>, String> {
        if c == '[' && self.take_posix_class()? {
            return Ok(None);
        }
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
        self.add_class_characters(if c.is_ascii_uppercase() { ALL_CHARACTERS } else { WORD_CHARACTERS });
        Ok(None)
    }

    fn class_literal(&mut self, c: char) {
        if c.is_ascii_alphanumeric() || !c.is_ascii() {
            self.out.pattern.push(c);
        } else {
            self.push(&format!("\\x{:02x}", u32::from(c)));
        }
    }
}
