//! Splits Rust source into tokens, without comments, strings and tests.

/// Splits source into identifiers, `::` and single signs. Strings and characters become `"`. Items
/// under `#[cfg(test)]` are dropped.
pub(super) fn tokens(source: &str) -> Vec<String> {
    without_tests(split(source))
}

fn split(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = text(rest) {
            tokens.push("\"".to_owned());
            length
        } else if c.is_alphanumeric() || c == '_' {
            let length = word(rest);
            tokens.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn word(source: &str) -> usize {
    source.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(source.len())
}

fn block_comment(source: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < source.len() {
        if source[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if source[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += source[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Returns the length of the string or character literal at the start of the source, if there is
/// one.
fn text(source: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r"]
        .into_iter()
        .find(|prefix| source.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['"', '#', '\''])));
    let prefix = prefix.unwrap_or_default();
    let rest = &source[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        let end = format!("\"{}", "#".repeat(hashes));
        let content = rest[hashes..].strip_prefix('"')?;
        return Some(prefix.len() + hashes + 1 + content.find(&end)? + end.len());
    }
    let quote = rest.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    // A `'a` without a second quote is a lifetime.
    let is_character = rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'');
    if quote == '\'' && !is_character {
        return None;
    }
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if is_escaped {
            is_escaped = false;
        } else if c == quote {
            return Some(prefix.len() + at + 1);
        } else {
            is_escaped = c == '\\';
        }
    }
    None
}

fn without_tests(tokens: Vec<String>) -> Vec<String> {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].starts_with(&ATTRIBUTE.map(str::to_owned)) {
            at += ATTRIBUTE.len() + item(&tokens[at + ATTRIBUTE.len()..]);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Returns the length of the item at the start of the tokens. An item ends with `;` or a block.
fn item(tokens: &[String]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
        if token == "}" && depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

#[test]
fn only_code_is_left() {
    let source = r##"
// a::b
/* c::d /* e */ */
fn f<'a>(x: &'a str) -> char { g::h("i::j \" k", '"', '\'', br#"l "m::n"#) }
#[cfg(test)]
#[derive(Debug)]
mod tests { use super::*; fn o() {} }
#[cfg(test)]
mod p;
use q;
"##;
    let expected = "fn f < ' a > ( x : & ' a str ) - > char { g :: h ( \" , \" , \" , \" ) } use q ;";
    assert_eq!(tokens(source).join(" "), expected);
}
