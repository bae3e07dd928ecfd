//! The .plaso store: reader, writer, task store and merge helpers. The only crate with SQL.
