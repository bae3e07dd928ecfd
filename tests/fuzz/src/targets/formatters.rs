//! Formatter files of a Plaso installation.

use messages::longest_message;

use crate::Target;

pub(super) const TARGET: Target = Target { name: "formatters", run, seeds };

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // A place takes three bytes, and may ask for a width of four digits.
    assert!(longest_message(&text).unwrap_or(0) <= 2_000 * (text.len() + 100));
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "type: 'conditional'\ndata_type: 'test:event'\nboolean_helpers:\n- input_attribute: 'flag'\n  output_attribute: 'flag'\n  \
         value_if_true: 'yes'\nenumeration_helpers:\n- input_attribute: 'number'\n  output_attribute: 'number'\n  default_value: \
         'other'\n  values:\n    0x1: 'one'\nmessage:\n- '{text}'\n- 'Number: {number:08x}'\nseparator: ', '\n",
        "---\ntype: basic\ndata_type: test:event\nmessage: '{text!r:>20} {list}'\n---\ntype: basic\ndata_type: b\nmessage: x\n",
        "type: conditional\ndata_type: test:event\nflags_helpers:\n- {input_attribute: number, output_attribute: f, values: {1: a}}\n\
         custom_helpers:\n- identifier: 'windows_registry_values'\nmessage: ['{values}', '{f}', '{float:.2f}']\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
