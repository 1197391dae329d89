//! Any JSON. DRF: `JSONField`.

use restflow_exceptions::ErrorDetail;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{FieldInfo, FieldKind, FieldOptions, FieldType, Raw, Supports};

impl FieldType for Value {
    const SUPPORTS: Supports = Supports::NOTHING;

    fn describe(_options: &FieldOptions) -> FieldInfo {
        FieldInfo::new(FieldKind::Json)
    }

    fn to_internal_value(value: Self, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Ok(value)
    }

    /// Null is JSON, too: lists and dictionaries of any JSON keep it. A field that takes no null
    /// has refused it before. DRF: a `ListField` or a `DictField` without a child.
    fn run_validation(value: Self, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Ok(value)
    }

    /// Null is JSON here as well.
    fn validate_raw(raw: Raw<'_>, _options: &FieldOptions) -> Result<Self, ErrorDetail> {
        Ok(raw.to_value())
    }

    fn to_representation<S: Serializer>(
        &self,
        _options: &FieldOptions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::check;

    #[test]
    fn any_json_is_kept() {
        let values = [
            json!({"a": [1, null]}),
            json!("text"),
            json!(5),
            json!(true),
            json!([]),
            json!(null),
        ];
        check::<Value>(
            &FieldOptions::DEFAULT,
            values.map(|value| (value.clone(), Ok(value))),
        );
        let list = json!([1, null]);
        check::<Vec<Value>>(&FieldOptions::DEFAULT, [(list.clone(), Ok(list))]);
    }
}
