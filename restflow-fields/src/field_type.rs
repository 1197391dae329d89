//! The contract of a field type.

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use serde::Serializer;
use serde_json::Value;

use crate::{FieldInfo, FieldOptions, Raw, Supports, messages};

/// A Rust type that can be a field: it reads JSON, checks limits and writes itself.
///
/// Implement it for a type of your own to use it in serializers and filters: [`describe`],
/// [`to_internal_value`] and [`to_representation`] are required. An enum needs none of it:
/// derive `Choices`.
///
/// `Option` is a field type for the elements of lists and dictionaries only. Absence and null of a
/// field are decided by the serializer that owns it, before any method of this trait runs.
///
/// [`describe`]: FieldType::describe
/// [`to_internal_value`]: FieldType::to_internal_value
/// [`to_representation`]: FieldType::to_representation
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field",
    label = "not a field type",
    note = "field types are `String`, `bool`, `i8`…`i64`, `u8`…`u64`, `f32`, `f64`, `Decimal`, `Uuid`, `serde_json::Value`, \
            `NaiveDate`, `NaiveTime`, `NaiveDateTime`, `DateTime<Utc>`, `DateTime<FixedOffset>`, `TimeDelta`, \
            and `Vec<T>` or `BTreeMap<String, T>` of them or of `Option`s of them",
    note = "for an enum, add `#[derive(Choices)]`; for several of its values use `MultipleChoice`",
    note = "for a type of your own, implement `FieldType`"
)]
pub trait FieldType: Sized + Send + Sync + 'static {
    /// Which options the type reads. The derives refuse the others on its fields.
    ///
    /// The default is all of them; a type of your own that ignores some says so here.
    const SUPPORTS: Supports = Supports::EVERYTHING;

    /// Describes the kind of the field and its limits; the owner adds the name.
    fn describe(options: &FieldOptions) -> FieldInfo;

    /// Turns JSON into the type, with DRF's coercions (`"3"` is an integer) and messages.
    ///
    /// Limits are not checked here but in [`run_validators`](Self::run_validators). Null never
    /// arrives. Texts from query strings and forms come as [`Value::String`].
    fn to_internal_value(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail>;

    /// The same for a value that is only looked at: what a serializer calls for a JSON body.
    ///
    /// The default copies it for [`to_internal_value`](Self::to_internal_value). Override it where
    /// the copy is worth sparing, and let the other one call this one.
    fn from_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::to_internal_value(raw.to_value(), options)
    }

    /// Checks the limits of a value that was read, adding a message for each that fails.
    ///
    /// The default checks nothing.
    fn run_validators(&self, options: &FieldOptions, errors: &mut Vec<ErrorMessage>) {
        let _ = (options, errors);
    }

    /// Writes the value to the output, without an intermediate tree.
    fn to_representation<S: Serializer>(
        &self,
        options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error>;

    /// Tells whether the input stands for null on a field that may be null.
    ///
    /// The default is null itself. Booleans read `""` and `"null"` so, decimals read blank text.
    /// Whoever handles `Option` asks this before [`run_validation`](Self::run_validation).
    fn is_null(raw: Raw<'_>) -> bool {
        raw.is_null()
    }

    /// Reads a value and checks its limits: what a serializer or a filter calls.
    ///
    /// Null is refused. The errors are a list of messages, or by index or key for the elements of
    /// a list or a dictionary. DRF: `Field.run_validation`. Do not override it.
    fn run_validation(value: Value, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Self::validate_raw((&value).into(), options)
    }

    /// The same for a value that is only looked at. Do not override it, either.
    fn validate_raw(raw: Raw<'_>, options: &FieldOptions) -> Result<Self, ErrorDetail> {
        if raw.is_null() {
            return Err(ErrorDetail::from([messages::null()]));
        }
        let value = Self::from_raw(raw, options).map_err(ErrorDetail::into_list)?;
        let mut errors = Vec::new();
        value.run_validators(options, &mut errors);
        if errors.is_empty() {
            Ok(value)
        } else {
            Err(errors.into())
        }
    }
}
