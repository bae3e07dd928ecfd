//! Finds expressions that Plaso groups differently from this crate.
//!
//! Plaso reduces an expression in passes. A pass removes the parentheses around a single operand.
//! Then it joins the two sides of each `and`, and then the two sides of each `or`, but only if both
//! sides are single operands. In `a or b and (c or d)` the first pass joins `a or b`, because `(c
//! or d)` is not a single operand yet. Here `and` always binds tighter, as Plaso's documentation
//! says. The user gets a warning about such an expression.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    And,
    Or,
}

/// Operands joined by `and` and `or`: a whole expression, or the inside of parentheses.
#[derive(Debug)]
pub(crate) struct Level {
    /// For each operand, the first pass in which Plaso can join it.
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

    /// Returns the first pass in which Plaso can join this level as an operand of the level around
    /// it, and whether Plaso joins an `or` before an `and` next to it.
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

    /// Joins the operands that this pass can join. Returns whether it joined an operand that also
    /// has an unjoined `and` next to it.
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
