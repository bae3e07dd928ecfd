//! Puts an error with its causes into one text.

use std::error::Error;

/// Returns the error and its causes, with colons between them.
///
/// Many errors say their cause themselves, and libraries differ in this. A cause that the text
/// already ends with is not repeated.
#[must_use]
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Failed {
        #[error("cannot read the plan")]
        Silent(#[source] Box<Failed>),
        #[error("it is not valid: {0}")]
        Saying(#[source] std::num::ParseIntError),
    }

    #[test]
    fn a_cause_is_said_once() {
        let saying = Failed::Saying("x".parse::<u8>().unwrap_err());
        let expected = "cannot read the plan: it is not valid: invalid digit found in string";
        assert_eq!(with_causes(&Failed::Silent(Box::new(saying))), expected);
    }
}
