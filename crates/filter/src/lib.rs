//! Plaso's event filter language and tagging files: parse, check, compile to a matcher.
