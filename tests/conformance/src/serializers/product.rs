use restflow::{
    exceptions::{ErrorMessage, NON_FIELD_ERRORS},
    prelude::*,
    serializers::Validation,
};

use crate::entities::{
    category,
    product::{self, Status},
    tag, user,
};

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, supplied(created_at, updated_at), validate = priced_product)]
pub(crate) struct ProductSerializer {
    #[serializer(read_only)]
    id: i64,
    #[validate(length(max = 200))]
    #[serializer(validate = allowed_name)]
    name: String,
    #[validate(slug, length(max = 50))]
    #[serializer(unique)]
    slug: String,
    #[validate(length(min = 3, max = 12))]
    #[serializer(unique)]
    sku: String,
    #[serializer(required = false, allow_blank)]
    description: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    #[validate(range(min = 0))]
    price: Decimal,
    #[validate(range(min = 0, max = 1000000))]
    #[serializer(required = false)]
    quantity: i32,
    rating: Option<f64>,
    #[serializer(required = false)]
    in_stock: bool,
    #[serializer(required = false)]
    status: Status,
    #[serializer(related = category::Entity)]
    category: i64,
    #[serializer(read_only, related = category::Entity, source = "category.name")]
    category_name: String,
    #[serializer(related = tag::Entity, required = false)]
    tags: Vec<i64>,
    #[serializer(read_only, related = user::Entity, slug_field = "username")]
    owner: Option<String>,
    #[serializer(read_only)]
    is_archived: bool,
    released_on: Option<Date>,
    opening_time: Option<Time>,
    #[serializer(read_only)]
    created_at: DateTimeUtc,
    #[serializer(read_only)]
    updated_at: DateTimeUtc,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, supplied(created_at, updated_at), validate = priced_new_product)]
pub(crate) struct ProductCreateSerializer {
    #[validate(length(max = 200))]
    #[serializer(validate = allowed_name)]
    name: String,
    #[validate(slug, length(max = 50))]
    #[serializer(unique)]
    slug: String,
    #[validate(length(min = 3, max = 12))]
    #[serializer(unique)]
    sku: String,
    #[serializer(required = false, allow_blank)]
    description: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    #[validate(range(min = 0))]
    price: Decimal,
    #[validate(range(min = 0, max = 1000000))]
    #[serializer(required = false)]
    quantity: i32,
    rating: Option<f64>,
    #[serializer(required = false)]
    in_stock: bool,
    #[serializer(required = false)]
    status: Status,
    #[serializer(related = category::Entity, slug_field = "slug")]
    category: String,
    #[serializer(related = tag::Entity, slug_field = "name", required = false)]
    tags: Vec<String>,
    released_on: Option<Date>,
    opening_time: Option<Time>,
    #[serializer(write_only, not_saved, required = false)]
    #[validate(length(max = 20))]
    staff_note: String,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, supplied(created_at, updated_at))]
pub(crate) struct ProductListSerializer {
    #[serializer(read_only)]
    id: i64,
    #[validate(length(max = 200))]
    name: String,
    #[validate(slug, length(max = 50))]
    #[serializer(unique)]
    slug: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    #[validate(range(min = 0))]
    price: Decimal,
    #[serializer(required = false)]
    status: Status,
    #[serializer(related = category::Entity)]
    category: i64,
    #[serializer(required = false)]
    in_stock: bool,
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, supplied(created_at, updated_at))]
pub(crate) struct PlainProductSerializer {
    #[serializer(read_only)]
    id: i64,
    #[validate(length(max = 200))]
    name: String,
    #[validate(slug, length(max = 50))]
    #[serializer(unique)]
    slug: String,
    #[validate(length(min = 3, max = 12))]
    #[serializer(unique)]
    sku: String,
    #[serializer(required = false, allow_blank)]
    description: String,
    #[serializer(decimal(max_digits = 10, decimal_places = 2))]
    #[validate(range(min = 0))]
    price: Decimal,
    #[validate(range(min = 0, max = 1000000))]
    #[serializer(required = false)]
    quantity: i32,
    rating: Option<f64>,
    #[serializer(required = false)]
    in_stock: bool,
    #[serializer(required = false)]
    status: Status,
    #[serializer(related = category::Entity)]
    category: i64,
    #[serializer(related = tag::Entity, required = false)]
    tags: Vec<i64>,
    #[serializer(read_only, related = user::Entity)]
    owner: Option<i64>,
    #[serializer(read_only)]
    is_archived: bool,
    released_on: Option<Date>,
    opening_time: Option<Time>,
    #[serializer(read_only)]
    created_at: DateTimeUtc,
    #[serializer(read_only)]
    updated_at: DateTimeUtc,
}

#[expect(clippy::ptr_arg, reason = "a hook may replace the value")]
fn allowed_name(name: &mut String, _: &Validation<'_>) -> Result<(), ErrorDetail> {
    if name.to_lowercase().contains("forbidden") {
        return Err("This name is not allowed.".into());
    }
    Ok(())
}

fn priced_product(
    data: &mut ProductSerializerData,
    validation: &Validation<'_>,
) -> Result<(), ErrorDetail> {
    priced(data.status, data.price, validation)
}

fn priced_new_product(
    data: &mut ProductCreateSerializerData,
    validation: &Validation<'_>,
) -> Result<(), ErrorDetail> {
    priced(data.status, data.price, validation)
}

/// The values that were sent count, else those of the row, else those of a new one.
fn priced(
    status: Option<Status>,
    price: Option<Decimal>,
    validation: &Validation<'_>,
) -> Result<(), ErrorDetail> {
    let row = validation.instance::<product::Model>();
    let status = status.or_else(|| row.map(|row| row.status));
    let price = price.or_else(|| row.map(|row| row.price));
    if status == Some(Status::Published) && price.unwrap_or_default().is_zero() {
        let message = ErrorMessage::from("Published products must have a price.");
        return Err(ErrorDetail::field(NON_FIELD_ERRORS, message));
    }
    Ok(())
}
