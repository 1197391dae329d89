//! UUIDs. DRF: `UUIDField`.

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use serde::Serializer;
use serde_json::Value;
use uuid::Uuid;

use crate::{FieldInfo, FieldKind, FieldOptions, FieldType, Raw, RawNumber, Supports, UuidFormat};

/// Reads the hyphenated, plain, braced and URN forms and whole numbers; writes the form of the
/// options.
impl FieldType for Uuid {
    const SUPPORTS: Supports = Supports {
        uuid_format: true,
        ..Supports::NOTHING
    };

    fn describe(options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(match options.uuid_format {
            UuidFormat::HexVerbose => FieldKind::Uuid,
            UuidFormat::Hex | UuidFormat::Urn => FieldKind::String,
            UuidFormat::Int => FieldKind::Integer,
        })
    }

    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::from_raw((&value).into(), options)
    }

    fn from_raw(raw: Raw<'_>, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        let uuid = match raw {
            Raw::Text(text) => parse(text),
            Raw::Number(RawNumber::Unsigned(number)) => Some(Self::from_u128(number.into())),
            // A boolean is an integer in Python.
            Raw::Bool(value) => Some(Self::from_u128(u128::from(value))),
            _ => None,
        };
        uuid.ok_or_else(|| ErrorMessage::new("Must be a valid UUID.", "invalid").into())
    }

    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut buffer = Self::encode_buffer();
        let text = match options.uuid_format {
            UuidFormat::HexVerbose => self.hyphenated().encode_lower(&mut buffer),
            UuidFormat::Hex => self.simple().encode_lower(&mut buffer),
            UuidFormat::Urn => self.urn().encode_lower(&mut buffer),
            UuidFormat::Int => return serializer.serialize_u128(self.as_u128()),
        };
        serializer.serialize_str(text)
    }
}

/// Reads 32 hexadecimal digits wherever the hyphens stand, as Python's `uuid.UUID` does.
fn parse(text: &str) -> Option<Uuid> {
    if let Ok(uuid) = Uuid::try_parse(text) {
        return Some(uuid);
    }
    let text = text.replace("urn:", "").replace("uuid:", "");
    let hex = text.trim_matches(['{', '}']).replace('-', "");
    let is_hex = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| Uuid::try_parse(&hex).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::check;

    #[test]
    fn forms_are_those_of_python() {
        let invalid = || Err(json!(["Must be a valid UUID."]));
        let same = || Ok(json!("1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab"));
        check::<Uuid>(
            &FieldOptions::DEFAULT,
            [
                (json!("1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab"), same()),
                (json!("1D5E5A3C6F0A4A8E9D5B0123456789AB"), same()),
                (json!("{1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab}"), same()),
                (
                    json!("urn:uuid:1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab"),
                    same(),
                ),
                (json!("1d5e-5a3c6f0a4a8e9d5b0123456789ab"), same()),
                (json!("xyz"), invalid()),
                (json!(""), invalid()),
                (json!(" 1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab"), invalid()),
                (json!(1.5), invalid()),
                (json!(-1), invalid()),
                (json!([]), invalid()),
                (json!(5), Ok(json!("00000000-0000-0000-0000-000000000005"))),
                (
                    json!(true),
                    Ok(json!("00000000-0000-0000-0000-000000000001")),
                ),
            ],
        );
    }

    #[test]
    fn output_has_the_form_of_the_options() {
        let uuid = || json!("1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab");
        let table = [
            (
                UuidFormat::Hex,
                json!("1d5e5a3c6f0a4a8e9d5b0123456789ab"),
                FieldKind::String,
            ),
            (
                UuidFormat::Urn,
                json!("urn:uuid:1d5e5a3c-6f0a-4a8e-9d5b-0123456789ab"),
                FieldKind::String,
            ),
        ];
        for (uuid_format, shown, kind) in table {
            let options = FieldOptions {
                uuid_format,
                ..FieldOptions::DEFAULT
            };
            check::<Uuid>(
                &options,
                [(uuid(), Ok(shown.clone())), (shown.clone(), Ok(shown))],
            );
            assert_eq!(Uuid::describe(&options).kind, kind);
        }
        let options = FieldOptions {
            uuid_format: UuidFormat::Int,
            ..FieldOptions::DEFAULT
        };
        check::<Uuid>(&options, [(json!(u64::MAX), Ok(json!(u64::MAX)))]);
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::new(&mut out);
        Uuid::from_u128(u128::MAX)
            .to_representation(&options, &mut serializer)
            .unwrap();
        assert_eq!(out, u128::MAX.to_string().into_bytes());
    }
}
