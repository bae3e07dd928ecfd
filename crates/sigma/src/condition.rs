//! Conditions of rules: `selection and not 1 of filter_*`.

use std::collections::BTreeMap;

use crate::budget::Budget;
use crate::detection::Detection;
use crate::problem::{Place, Problem};
use crate::yaml::Node;

/// The maximum length of all conditions of a rule together, in bytes.
const MAXIMUM_LENGTH: usize = 1 << 16;

/// The maximum depth of parentheses.
const MAXIMUM_DEPTH: usize = 64;

/// How many bytes of names may be compared with patterns such as `sel_*`. Sigma's own rules compare
/// some hundred.
const MAXIMUM_COMPARED: usize = 1 << 20;

/// The selections of a rule, by name, in the order of the file.
pub(crate) type Selections = Vec<(String, Detection)>;

/// Reads a condition, or a list of conditions of which one must hold.
pub(crate) fn condition(
    value: &Node,
    selections: &Selections,
    budget: &Budget,
) -> Result<Detection, Problem> {
    let by_name: BTreeMap<_, _> =
        selections.iter().map(|(name, selection)| (name.as_str(), selection)).collect();
    let names = selections.iter().map(|(name, _)| name.len()).sum();
    let known = Known { selections, by_name, names, budget };
    let mut any = Vec::new();
    let mut used = Used::default();
    let mut length = 0;
    for value in value.list() {
        let text = value.text().ok_or_else(|| expected(value))?;
        let refused = |offset: usize, reason| Problem::at(within(value.place, text, offset), reason);
        length += text.len();
        if length > MAXIMUM_LENGTH {
            return Err(refused(0, format!("the condition is longer than {MAXIMUM_LENGTH} bytes")));
        }
        let mut parser = Parser { tokens: tokens(text), at: 0, known: &known, used, length: text.len() };
        any.push(parser.whole().map_err(|refusal| {
            let problem = refused(refusal.offset, refusal.reason);
            if refusal.is_broken { problem.into_error() } else { problem }
        })?);
        used = parser.used;
    }
    if any.is_empty() {
        return Err(Problem::wrong(value.place, "the condition is empty".into()));
    }
    Ok(Detection::any(any))
}

fn expected(value: &Node) -> Problem {
    Problem::wrong(value.place, "expected a condition".into())
}

/// Returns the place of an offset in a text that begins at `place`, if the text is one plain line.
fn within(place: Place, text: &str, offset: usize) -> Place {
    if text.contains('\n') {
        return place;
    }
    let before = text.get(..offset).map_or(0, |before| before.chars().count());
    Place { column: place.column + before, ..place }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Token<'t> {
    text: &'t str,
    offset: usize,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = None;
    for (offset, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_mark = matches!(c, '(' | ')' | '|' | ',');
        if !is_mark && !c.is_whitespace() {
            start.get_or_insert(offset);
            continue;
        }
        if let Some(start) = start.take() {
            tokens.push(Token { text: &text[start..offset], offset: start });
        }
        if is_mark {
            tokens.push(Token { text: &text[offset..=offset], offset });
        }
    }
    tokens
}

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    known: &'t Known<'t>,
    used: Used,
    length: usize,
}

/// The selections that a condition may name.
struct Known<'t> {
    selections: &'t Selections,
    by_name: BTreeMap<&'t str, &'t Detection>,
    /// How long the names are together, in bytes.
    names: usize,
    budget: &'t Budget,
}

/// What the conditions took so far.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    tests: usize,
    /// How many bytes of names were compared.
    compared: usize,
}

/// Why a condition is refused, and where.
struct Refusal {
    offset: usize,
    reason: String,
    /// Whether the condition is none by Sigma's specification. Otherwise it is not supported.
    is_broken: bool,
}

impl Refusal {
    fn broken(offset: usize, reason: impl Into<String>) -> Self {
        Self { offset, reason: reason.into(), is_broken: true }
    }

    fn unsupported(offset: usize, reason: impl Into<String>) -> Self {
        Self { offset, reason: reason.into(), is_broken: false }
    }
}

impl<'t> Parser<'t> {
    fn whole(&mut self) -> Result<Detection, Refusal> {
        let found = self.any(0)?;
        match self.peek() {
            None => Ok(found),
            Some(Token { text: "|", offset }) => Err(Refusal::unsupported(
                offset,
                "aggregations such as `| count() by x > n` are not supported",
            )),
            Some(token) => {
                Err(Refusal::broken(token.offset, format!("expected `and` or `or`, found `{}`", token.text)))
            }
        }
    }

    fn any(&mut self, depth: usize) -> Result<Detection, Refusal> {
        let mut operands = vec![self.all(depth)?];
        while self.take("or") {
            operands.push(self.all(depth)?);
        }
        Ok(Detection::any(operands))
    }

    fn all(&mut self, depth: usize) -> Result<Detection, Refusal> {
        let mut operands = vec![self.not(depth)?];
        while self.take("and") {
            operands.push(self.not(depth)?);
        }
        Ok(Detection::all(operands))
    }

    fn not(&mut self, depth: usize) -> Result<Detection, Refusal> {
        let mut negated = false;
        while self.take("not") {
            negated = !negated;
        }
        let operand = self.operand(depth)?;
        Ok(if negated { operand.negated() } else { operand })
    }

    fn operand(&mut self, depth: usize) -> Result<Detection, Refusal> {
        const EXPECTED: &str = "expected the name of a selection, `1 of`, `all of`, `not` or `(`";
        let Some(token) = self.peek() else {
            return Err(Refusal::broken(self.length, format!("{EXPECTED}, but the condition ends")));
        };
        self.at += 1;
        if token.text == "(" {
            if depth >= MAXIMUM_DEPTH {
                return Err(Refusal::unsupported(
                    token.offset,
                    format!("parentheses are nested more than {MAXIMUM_DEPTH} deep"),
                ));
            }
            let inner = self.any(depth + 1)?;
            if !self.take(")") {
                return Err(Refusal::broken(token.offset, "this parenthesis is not closed"));
            }
            return Ok(inner);
        }
        if self.take("of") {
            return self.some_of(token);
        }
        let is_word = |word| token.text.eq_ignore_ascii_case(word);
        if is_word("and") || is_word("or") || matches!(token.text, ")" | "|" | ",") {
            return Err(Refusal::broken(token.offset, format!("{EXPECTED}, found `{}`", token.text)));
        }
        let Some(selection) = self.known.by_name.get(token.text) else {
            let names: Vec<_> = self.known.selections.iter().map(|(name, _)| format!("`{name}`")).collect();
            let names = names.join(", ");
            return Err(Refusal::broken(
                token.offset,
                format!("there is no selection `{}`; there are {names}", token.text),
            ));
        };
        self.take_selection(selection, token.offset)
    }

    /// Reads what follows `1 of` or `all of`.
    fn some_of(&mut self, quantity: Token<'_>) -> Result<Detection, Refusal> {
        let Some(pattern) = self.peek() else {
            return Err(Refusal::broken(
                self.length,
                "expected a pattern of names or `them`, but the condition ends",
            ));
        };
        self.at += 1;
        let is_all = quantity.text.eq_ignore_ascii_case("all");
        if !is_all && !matches!(quantity.text, "1" | "any" | "ANY") {
            let reason = format!("expected `1 of` or `all of`, found `{} of`", quantity.text);
            return Err(Refusal::broken(quantity.offset, reason));
        }
        let of_them = pattern.text.eq_ignore_ascii_case("them");
        // A name with an underscore at its start is only for use by its name.
        let is_meant = |name: &str| match of_them {
            true => !name.starts_with('_'),
            false => glob(pattern.text, name) && (pattern.text.starts_with('_') || !name.starts_with('_')),
        };
        let selections: &'t Selections = self.known.selections;
        self.used.compared += self.known.names + selections.len() * pattern.text.len();
        if self.used.compared > MAXIMUM_COMPARED {
            let reason = "the condition compares too many patterns with too many names of selections";
            return Err(Refusal::unsupported(pattern.offset, reason));
        }
        let meant = selections.iter().filter(|(name, _)| is_meant(name));
        let meant: Vec<_> = meant
            .map(|(_, selection)| self.take_selection(selection, pattern.offset))
            .collect::<Result<_, _>>()?;
        match (meant.is_empty(), is_all) {
            (true, _) => Err(Refusal::broken(
                pattern.offset,
                format!("no selection has a name like `{}`", pattern.text),
            )),
            (_, true) => Ok(Detection::all(meant)),
            (_, false) => Ok(Detection::any(meant)),
        }
    }

    fn take_selection(&mut self, selection: &Detection, offset: usize) -> Result<Detection, Refusal> {
        self.used.tests = self.used.tests.saturating_add(selection.size());
        let fits = Detection::check_size(self.used.tests);
        fits.and_then(|()| self.known.budget.take(selection.weight()))
            .map_err(|reason| Refusal::unsupported(offset, reason))?;
        Ok(selection.clone())
    }

    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.peek().is_some_and(|token| token.text.eq_ignore_ascii_case(word));
        self.at += usize::from(is_next);
        is_next
    }
}

/// Returns whether a name matches a pattern, in which `*` stands for any text.
fn glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use filter::condition::{Case, Check, Part};

    use super::*;
    use crate::detection::Test;
    use crate::yaml::Value;

    const PLACE: Place = Place { line: 1, column: 1 };

    fn read(text: &str) -> Result<String, String> {
        let names = ["a", "b", "sel_1", "sel_2", "_hidden"];
        let test = |name: &str| {
            Detection::Test(Test {
                field: Some(name.into()),
                check: Check::Exists,
                place: PLACE,
                is_vague: false,
            })
        };
        let selections = names.map(|name| (name.to_owned(), test(name))).into();
        let value = Node { place: Place { line: 3, column: 10 }, value: Value::Text(text.into()) };
        condition(&value, &selections, &Budget::of_rule())
            .map(|found| show(&found))
            .map_err(|problem| problem.to_string())
    }

    fn show(detection: &Detection) -> String {
        let chain = |all: &[Detection], between: &str| {
            format!("({})", all.iter().map(show).collect::<Vec<_>>().join(between))
        };
        match detection {
            Detection::All(all) => chain(all, "&"),
            Detection::Any(any) => chain(any, "|"),
            Detection::Not(one) => format!("!{}", show(one)),
            Detection::Test(test) => test.field.clone().unwrap_or_default(),
        }
    }

    #[test]
    fn conditions_are_understood() {
        for (text, expected) in [
            ("a", "a"),
            ("a or b and not a", "(a|(b&!a))"),
            ("(a or b) and a", "((a|b)&a)"),
            ("a AND NOT (b)", "(a&!b)"),
            ("1 of sel_*", "(sel_1|sel_2)"),
            ("all of sel*", "(sel_1&sel_2)"),
            ("1 of them", "(a|b|sel_1|sel_2)"),
            ("1 of _*", "_hidden"),
            ("all of *_1", "sel_1"),
            ("not not a", "a"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn errors_have_columns() {
        for (text, expected) in [
            ("a and", "line 3, column 15: expected the name of a selection"),
            ("a b", "line 3, column 12: expected `and` or `or`, found `b`"),
            ("a and c", "line 3, column 16: there is no selection `c`; there are `a`, `b`, "),
            ("(a", "line 3, column 10: this parenthesis is not closed"),
            ("2 of sel_*", "line 3, column 10: expected `1 of` or `all of`"),
            ("1 of x*", "line 3, column 15: no selection has a name like `x*`"),
            ("a | count() > 5", "line 3, column 12: aggregations"),
        ] {
            let problem = read(text).unwrap_err();
            assert!(problem.starts_with(expected), "{text}: {problem}");
        }
        assert!(read(&"(".repeat(100)).unwrap_err().contains("nested"));
        assert!(read(&["1 of them"; 20_000].join(" or ")).unwrap_err().contains("longer"));
    }

    #[test]
    fn what_a_condition_repeats_and_compares_is_bounded() {
        let read = |text: String, selections: Selections| {
            let value = Node { place: Place { line: 1, column: 1 }, value: Value::Text(text) };
            condition(&value, &selections, &Budget::of_rule()).unwrap_err().to_string()
        };
        let check = Check::Text(Part::Any, "x".repeat(1 << 20), Case::Folded);
        let long = Detection::Test(Test { field: None, check, place: PLACE, is_vague: false });
        let repeated = read(["a"; 100].join(" or "), vec![("a".into(), long)]);
        assert!(repeated.contains("more than 32 MiB"), "{repeated}");
        let many = |number| (format!("s{number}"), Detection::Any(Vec::new()));
        let compared = read(["1 of s*"; 1_000].join(" or "), (0..1_000).map(many).collect());
        assert!(compared.contains("compares too many"), "{compared}");
    }
}
