//! What Plaso does not know: refused in runs that do exactly what Plaso does.

use crate::ast::Expression;
use crate::diagnostics::Diagnostics;
use crate::error::{FilterError, visible};
use crate::fields::FieldNames;
use crate::rules::Rules;

impl Rules {
    /// Refuses rules that ask for a field inside an attribute, which Plaso would take for an
    /// attribute that no event has.
    ///
    /// # Errors
    ///
    /// The first field of each rule that asks for one.
    pub fn refuse_fields(&self) -> Result<(), Diagnostics> {
        self.compile_each(|rule| rule.condition.refuse_fields()).map(drop)
    }
}

impl Expression {
    /// Refuses an expression that asks for a field inside an attribute, which Plaso would take for
    /// an attribute that no event has.
    ///
    /// # Errors
    ///
    /// The first such field.
    pub fn refuse_fields(&self) -> Result<(), FilterError> {
        let mut comparisons = Vec::new();
        self.root.comparisons(&mut comparisons);
        let field =
            comparisons.into_iter().find(|comparison| FieldNames::split(&comparison.attribute).is_some());
        field.map_or(Ok(()), |comparison| {
            let name = &comparison.attribute;
            let found = format!(
                "`{}`, a field inside one, which Plaso does not know; to use it, leave out --strict-compat",
                visible(name)
            );
            let error = FilterError::new(comparison.attribute_column, "a whole attribute", found);
            Err(error.over(name.chars().count()))
        })
    }
}
