//! Finds expressions that Plaso groups differently from what they say.
//!
//! Plaso reduces an expression in passes: each removes the parentheses around what has become one,
//! then joins operands at every `and` and then at every `or` that have one on both sides. In `a or
//! b and (c or d)` the first pass joins `a or b`, because what stands behind `and` is not one yet.
//! Here `and` binds tighter always, as Plaso's documentation has it, and whoever writes such an
//! expression is told.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    And,
    Or,
}

/// Operands joined by `and` and `or`, between parentheses or alone.
#[derive(Debug)]
pub(crate) struct Level {
    /// For each operand the pass in which Plaso can first join it.
    operands: Vec<usize>,
    joins: Vec<Join>,
}

/// The pass in which a comparison can be joined.
pub(crate) const FIRST_PASS: usize = 1;

impl Level {
    pub(crate) fn new(first_operand: usize) -> Self {
        Self { operands: vec![first_operand], joins: Vec::new() }
    }

    pub(crate) fn join(&mut self, join: Join, operand: usize) {
        self.joins.push(join);
        self.operands.push(operand);
    }

    /// The pass in which Plaso can join the level as an operand of the one around it, and whether
    /// it joins something at an `or` that should have been joined at an `and` before.
    pub(crate) fn reduce(mut self) -> (usize, bool) {
        let Some(&only) = self.operands.first().filter(|_| self.joins.is_empty()) else {
            let mut differs = false;
            let mut pass = FIRST_PASS;
            loop {
                self.pass(pass, Join::And);
                differs |= self.pass(pass, Join::Or);
                pass += 1;
                if self.joins.is_empty() {
                    return (pass, differs);
                }
            }
        };
        (only, false)
    }

    /// Joins what can be joined in this pass; whether an `and` beside it was left.
    fn pass(&mut self, pass: usize, join: Join) -> bool {
        let joins = std::mem::take(&mut self.joins);
        let operands = std::mem::take(&mut self.operands);
        let mut operands = operands.into_iter();
        self.operands.extend(operands.next());
        let mut beside_and = false;
        for (number, operand) in operands.enumerate() {
            match self.operands.last_mut() {
                Some(last) if joins[number] == join && *last <= pass && operand <= pass => {
                    *last = pass;
                    beside_and |=
                        self.joins.last() == Some(&Join::And) || joins.get(number + 1) == Some(&Join::And);
                }
                _ => {
                    self.joins.push(joins[number]);
                    self.operands.push(operand);
                }
            }
        }
        beside_and
    }
}
