//! Hooks of serializers with a wrong signature.

#[path = "../entities.rs"]
mod entities;

use std::{collections::HashMap, rc::Rc};

use entities::product;
use restflow::prelude::*;

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity, validate = Self::check)]
struct ProductSerializer {
    // Without the validation.
    #[serializer(validate = short)]
    name: String,
    // Of another type.
    #[serializer(validate = Self::check_name)]
    price: Decimal,
}

fn short(name: &mut String) -> Result<(), ErrorDetail> {
    let _ = name;
    Ok(())
}

impl ProductSerializer {
    async fn check_name(name: &mut String, _: &Validation<'_>) -> Result<()> {
        let _ = name;
        Ok(())
    }

    // It answers a bool.
    async fn check(data: &mut ProductSerializerData, _: &Validation<'_>) -> bool {
        data.name.is_some()
    }
}

#[derive(ModelSerializer)]
#[serializer(entity = product::Entity)]
struct NotSendSerializer {
    #[serializer(validate = not_send)]
    name: String,
    #[serializer(computed_many = counts)]
    count: i64,
}

async fn not_send(name: &mut String, validation: &Validation<'_>) -> Result<()> {
    let steps = Rc::new(1);
    validation.context().db().ping().await?;
    name.push_str(&steps.to_string());
    Ok(())
}

// By another key.
async fn counts(keys: Vec<String>, _: &SerializerContext<'_>) -> Result<HashMap<String, i64>> {
    let _ = keys;
    Ok(HashMap::new())
}

fn main() {}
