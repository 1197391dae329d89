//! Serializers that stand in others.

use restflow::prelude::*;

#[derive(Serializer)]
pub(super) struct AddressSerializer {
    #[validate(length(max = 10))]
    pub(super) street: String,
    #[serializer(required = false)]
    #[validate(regex(pattern = r"^\d{5}$"))]
    zip: String,
}

#[derive(Serializer)]
pub(super) struct LineSerializer {
    #[validate(length(min = 3))]
    sku: String,
    #[serializer(default = 1)]
    #[validate(range(min = 1))]
    qty: i64,
}
