//! Serializers without an entity.

use restflow::prelude::*;

#[derive(Debug, Serializer)]
pub(crate) struct IdsSerializer {
    #[serializer(allow_empty = false)]
    #[validate(length(max = 20), each(range(min = 1)))]
    pub(crate) ids: Vec<i64>,
}

#[derive(Debug, Serializer)]
pub(crate) struct CountSerializer {
    pub(crate) archived: u64,
}

#[derive(Debug, Serializer)]
pub(crate) struct StatusSerializer {
    pub(crate) status: String,
}

#[derive(Debug, Serializer)]
pub(crate) struct NowSerializer {
    pub(crate) now: DateTimeUtc,
}

#[derive(Debug, Serializer)]
pub(crate) struct PriceSerializer {
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    #[validate(range(min = 0))]
    pub(crate) price: Decimal,
}

#[derive(Debug, Serializer)]
pub(crate) struct ImportSerializer {
    #[validate(length(max = 20))]
    pub(crate) name: String,
    #[serializer(default = 1)]
    #[validate(range(min = 0))]
    pub(crate) quantity: i32,
    pub(crate) active: bool,
    #[serializer(null = false)]
    #[validate(each(length(max = 5)))]
    pub(crate) tags: Option<Vec<String>>,
}
