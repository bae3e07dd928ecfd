//! Refuses what Plaso does not support, for runs that must do exactly what Plaso does.

use crate::ast::Expression;
use crate::diagnostics::Diagnostics;
use crate::error::{FilterError, visible};
use crate::fields::FieldNames;
use crate::rules::Rules;

impl Rules {
    /// Refuses rules that compare a field inside an attribute. In Plaso such a name is an attribute
    /// that no event has.
    ///
    /// # Errors
    ///
    /// An error for each rule that compares a field; it names the first one.
    pub fn refuse_fields(&self) -> Result<(), Diagnostics> {
        self.compile_each(|_, condition| condition.refuse_fields()).map(drop)
    }
}

impl Expression {
    /// Refuses an expression that compares a field inside an attribute. In Plaso such a name is an
    /// attribute that no event has.
    ///
    /// # Errors
    ///
    /// An error that names the first such field.
    pub fn refuse_fields(&self) -> Result<(), FilterError> {
        let mut comparisons = Vec::new();
        self.root.comparisons(&mut comparisons);
        let field =
            comparisons.into_iter().find(|comparison| FieldNames::split(&comparison.attribute).is_some());
        field.map_or(Ok(()), |comparison| {
            let name = &comparison.attribute;
            let found = format!(
                "`{}`, a field inside an attribute, which Plaso does not support; to use it, leave out --strict-compat",
                visible(name)
            );
            let error = FilterError::new(comparison.attribute_column, "a whole attribute", found);
            Err(error.over(name.chars().count()))
        })
    }
}
