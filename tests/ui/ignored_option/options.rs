//! Limits that the type of the field ignores, and ones that cannot be.

#[path = "../entities.rs"]
mod entities;

use entities::product;
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct ProductSerializer {
    #[serializer(decimal(max_digits = 5))]
    name: String,
    #[validate(length(max = 3))]
    #[serializer(allow_blank)]
    price: Decimal,
}

#[derive(Serializer)]
struct Filters {
    #[validate(email)]
    year: i32,
    #[validate(each(range(min = 1)))]
    words: Vec<String>,
    #[serializer(time_zone = "Europe/Berlin")]
    day: Date,
}

#[derive(Serializer)]
struct Word {
    #[validate(regex(pattern = "^[a-z+$"))]
    word: String,
}

#[derive(Serializer)]
struct Meeting {
    #[serializer(time_zone = "Europe/Berln")]
    starts_at: DateTimeUtc,
}

fn main() {}
