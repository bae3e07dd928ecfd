//! Plans, supervises and merges the analysis of a Plaso storage file.
