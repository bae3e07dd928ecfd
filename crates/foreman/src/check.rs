//! `foreman check`: what is wrong with a tagging file or a filter expression.

use analysis::plugin::Surroundings;
use analysis::{Pipeline, PipelineError, PluginConfig};

use crate::arguments::CheckArguments;
use crate::exit::{Failure, Status};
use crate::output::say;

pub(crate) fn check(arguments: &CheckArguments) -> Result<Status, Failure> {
    if let Some(tagging_file) = &arguments.tagging_file {
        let plugin = PluginConfig::Tagging { tagging_file: tagging_file.clone() };
        pipeline(&[plugin], None)?;
        say(&format!("{}: no errors", tagging_file.display()));
    }
    if let Some(filter) = &arguments.filter {
        for warning in pipeline(&[], Some(filter))?.filter_warnings() {
            say(&format!("filter: {warning}"));
        }
        say("filter: no errors");
    }
    Ok(Status::Done)
}

/// The analysis of these plugins and this filter; errors come with the place where they are.
pub(crate) fn pipeline(plugins: &[PluginConfig], filter: Option<&str>) -> Result<Pipeline, Failure> {
    Pipeline::new(plugins, filter, &Surroundings::default()).map_err(|error| match (error, filter) {
        (PipelineError::Filter(error), Some(source)) => {
            Failure::usage(anyhow::anyhow!("the filter cannot be used: {error}\n{}", error.render(source)))
        }
        (error, _) => Failure::usage(error),
    })
}
