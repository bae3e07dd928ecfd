//! Encodings of values: UTF-16 and Base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use filter::condition::Piece;

use crate::modifiers::Encoding;

impl Encoding {
    /// Returns at most how many times as long the forms of a text are together.
    pub(crate) fn growth(self) -> usize {
        match self {
            Self::Utf16Le | Self::Utf16Be | Self::Base64 => 2,
            Self::Utf16 => 4,
            Self::Base64Offset => 6,
        }
    }
}

/// Returns the forms of an encoded text. A text with wildcards cannot be encoded.
pub(crate) fn encoded(pieces: &[Piece], encodings: &[Encoding]) -> Result<Vec<Vec<Piece>>, String> {
    let text = match pieces {
        [] => "",
        [Piece::Text(text)] => text,
        _ => return Err("a value with wildcards cannot be encoded".into()),
    };
    let mut forms = vec![text.as_bytes().to_vec()];
    for encoding in encodings {
        forms = forms.iter().map(|form| apply(form, *encoding)).collect::<Result<Vec<_>, _>>()?.concat();
    }
    let as_piece = |form: Vec<u8>| {
        let text = String::from_utf8(form).map_err(|_| "an encoded value is not text".to_owned())?;
        Ok(vec![Piece::Text(text)])
    };
    forms.into_iter().map(as_piece).collect()
}

fn apply(form: &[u8], encoding: Encoding) -> Result<Vec<Vec<u8>>, String> {
    let units = || {
        let text = std::str::from_utf8(form).map_err(|_| "an encoded value is not text".to_owned())?;
        Ok::<_, String>(text.encode_utf16())
    };
    Ok(match encoding {
        Encoding::Utf16Le => vec![units()?.flat_map(u16::to_le_bytes).collect()],
        Encoding::Utf16Be => vec![units()?.flat_map(u16::to_be_bytes).collect()],
        Encoding::Utf16 => vec![[0xfeff].into_iter().chain(units()?).flat_map(u16::to_le_bytes).collect()],
        Encoding::Base64 => vec![STANDARD.encode(form).into_bytes()],
        Encoding::Base64Offset => (0..3).map(|offset| at_offset(form, offset)).collect(),
    })
}

/// Returns the part of the Base64 text that is the same whatever stands before and after the value,
/// if `offset` bytes of a group of three stand before it.
fn at_offset(form: &[u8], offset: usize) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(form);
    let text = STANDARD.encode(&padded).into_bytes();
    // A character holds 6 bits.
    let (start, end) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
    text.get(start..end).map(<[u8]>::to_vec).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_at_every_offset() {
        let value = "http://";
        let pieces = [Piece::Text(value.into())];
        let forms = encoded(&pieces, &[Encoding::Base64Offset]).unwrap();
        for before in 0..6 {
            for after in 0..3 {
                let text = STANDARD.encode(format!("{}{value}{}", "x".repeat(before), "y".repeat(after)));
                let is_in =
                    |form: &Vec<Piece>| matches!(&form[..], [Piece::Text(form)] if text.contains(form));
                assert_eq!(forms.iter().filter(|form| is_in(form)).count(), 1, "{before} {after}");
            }
        }
    }

    #[test]
    fn encodings_follow_one_another() {
        let pieces = [Piece::Text("ab".into())];
        let forms = encoded(&pieces, &[Encoding::Utf16Le, Encoding::Base64]).unwrap();
        assert_eq!(forms, [[Piece::Text("YQBiAA==".into())]]);
        assert!(encoded(&[Piece::AnyText], &[Encoding::Base64]).is_err());
    }
}
