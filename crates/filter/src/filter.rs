//! A compiled expression.

use events::{AttributeNames, EventView, Note};

use crate::ast::Expression;
use crate::compile::Compiler;
use crate::matcher::context::MatchContext;
use crate::matcher::node::Node;
use crate::matcher::scratch::Scratch;
use crate::{FilterError, Reads};

/// An event filter: an expression made ready for matching.
#[derive(Debug, Clone)]
pub struct Filter {
    root: Node,
    reads: Reads,
    warnings: Vec<String>,
    scratch: Scratch,
}

impl Filter {
    /// Compiles an expression; `names` learns the attributes of event data that it reads.
    ///
    /// # Errors
    ///
    /// If a literal does not suit its operator: what is no regular expression (or one that would
    /// take too much memory), or no date and time where one is compared. Also if the run names too
    /// many attributes.
    pub fn compile(expression: &Expression, names: &mut AttributeNames) -> Result<Self, FilterError> {
        let mut compiler = Compiler::new(names, true);
        let root = compiler.compile(expression)?;
        let scratch = Scratch::new(compiler.take_fields());
        Ok(Self { root, warnings: compiler.messages(), reads: compiler.reads, scratch })
    }

    /// Whether the event matches.
    #[must_use]
    pub fn matches(&self, event: &EventView<'_>) -> bool {
        self.root.matches(&MatchContext::new(event, &self.scratch))
    }

    /// What the filter needs to know of an event.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// What is odd about the expression, each once.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// What was met while matching since the last call.
    #[must_use]
    pub fn take_notes(&self) -> Vec<Note> {
        self.scratch.notes.take()
    }
}
