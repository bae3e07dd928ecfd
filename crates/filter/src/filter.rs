//! A compiled expression.

use events::{AttributeNames, EventView, Note};

use crate::ast::Expression;
use crate::compile::Compiler;
use crate::matcher::context::MatchContext;
use crate::matcher::node::Node;
use crate::matcher::scratch::Scratch;
use crate::{FilterError, Reads};

/// An event filter: a compiled expression that matches events.
#[derive(Debug, Clone)]
pub struct Filter {
    root: Node,
    reads: Reads,
    warnings: Vec<String>,
    scratch: Scratch,
}

impl Filter {
    /// Compiles an expression. Registers in `names` the attributes of event data that it reads.
    ///
    /// # Errors
    ///
    /// If a regular expression is not valid or would take too much memory, if `timestamp` is
    /// compared with something that is not a date and time, or if the expressions of the run name
    /// too many attributes.
    pub fn compile(expression: &Expression, names: &mut AttributeNames) -> Result<Self, FilterError> {
        let mut compiler = Compiler::new(names, true);
        let root = compiler.compile(expression)?;
        let scratch = Scratch::new(compiler.take_fields());
        Ok(Self { root, warnings: compiler.messages(), reads: compiler.reads, scratch })
    }

    /// Returns whether the event matches.
    #[must_use]
    pub fn matches(&self, event: &EventView<'_>) -> bool {
        self.root.matches(&MatchContext::new(event, &self.scratch))
    }

    /// Returns the parts of an event that the filter reads.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Returns the warnings about the expression, each once.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// Returns the notes from matching since the last call, such as values that could not be
    /// compared.
    #[must_use]
    pub fn take_notes(&self) -> Vec<Note> {
        self.scratch.notes.take()
    }
}
