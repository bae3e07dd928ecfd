//! Tests through the crate's public interface, on events made in memory.

#[cfg(test)]
mod checking;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod cost;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod explaining;
#[cfg(test)]
mod matching;
mod meanings;
#[cfg(test)]
mod parsing;
#[cfg(test)]
mod plaso_answers;
#[cfg(test)]
mod rule_sets;
#[cfg(test)]
mod support;
