//! The database of the example: schema and demo rows are made at start-up.

use anyhow::{Context, Result, anyhow};
use restflow::prelude::*;
use sea_orm::{
    ActiveModelTrait, ConnectOptions, ConnectionTrait, DatabaseConnection, PaginatorTrait, Schema,
    Set, TransactionTrait,
};

use super::entities::{category, product, product_tag, review, tag, token, user};

/// Connects to `url`; a fresh database gets the schema, the demo rows, and then `rows` more
/// products.
pub async fn open(url: &str, rows: u32) -> Result<DatabaseConnection> {
    let shown = without_password(url);
    let db = connect(url).await.map_err(|error| {
        // The driver repeats the URL, with its password.
        let reason = error.to_string().replace(url, &shown);
        anyhow!("the database {shown} cannot be opened: {reason}")
    })?;
    create_schema(&db)
        .await
        .context("the schema cannot be created")?;
    if user::Entity::find().count(&db).await? == 0 {
        let transaction = db.begin().await?;
        demo_rows(&transaction).await?;
        bulk_rows(&transaction, rows).await?;
        transaction.commit().await?;
    }
    Ok(db)
}

async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    // A ping before each statement costs a fifth of the throughput.
    options.test_before_acquire(false).sqlx_logging(false);
    if url.starts_with("sqlite::memory:") {
        // Each connection to an in-memory database would have a database of its own.
        options
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
    }
    Ok(Database::connect(options).await?)
}

fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}…{}", &url[..scheme + 3], &url[at..]),
        _ => url.to_owned(),
    }
}

async fn create_schema(db: &DatabaseConnection) -> Result<()> {
    let schema = Schema::new(db.get_database_backend());
    let tables = [
        schema.create_table_from_entity(user::Entity),
        schema.create_table_from_entity(token::Entity),
        schema.create_table_from_entity(category::Entity),
        schema.create_table_from_entity(tag::Entity),
        schema.create_table_from_entity(product::Entity),
        schema.create_table_from_entity(product_tag::Entity),
        schema.create_table_from_entity(review::Entity),
    ];
    for mut table in tables {
        db.execute(table.if_not_exists()).await?;
    }
    Ok(())
}

/// The token of the demo user `alice`, who may write.
pub const ALICE: &str = "alice-token";
/// The token of the demo user `admin`, who may also delete products.
pub const ADMIN: &str = "admin-token";

async fn demo_rows(db: &impl ConnectionTrait) -> Result<()> {
    for (name, key, is_staff) in [("admin", ADMIN, true), ("alice", ALICE, false)] {
        let user = user::ActiveModel {
            username: Set(name.to_owned()),
            is_staff: Set(is_staff),
            ..Default::default()
        };
        let user = user.insert(db).await?;
        let token = token::ActiveModel {
            key: Set(key.to_owned()),
            user_id: Set(user.id),
        };
        token.insert(db).await?;
    }
    for (name, slug) in [
        ("Books", "books"),
        ("Kitchen", "kitchen"),
        ("Garden", "garden"),
    ] {
        let category = category::ActiveModel {
            name: Set(name.to_owned()),
            slug: Set(slug.to_owned()),
            ..Default::default()
        };
        category.insert(db).await?;
    }
    for name in ["new", "sale", "eco"] {
        let tag = tag::ActiveModel {
            name: Set(name.to_owned()),
            ..Default::default()
        };
        tag.insert(db).await?;
    }
    let products: &[(&str, &str, i64, i32, &[i32])] = &[
        ("Atlas of Rivers", "BOO-1", 3450, 1, &[1]),
        ("Bread Knife", "KIT-1", 999, 2, &[2, 3]),
        ("Cast Iron Pan", "KIT-2", 4900, 2, &[]),
        ("Deep Sea Stories", "BOO-2", 1250, 1, &[1, 2]),
        ("Earth Rake", "GAR-1", 2500, 3, &[3]),
        ("Field Guide to Ferns", "BOO-3", 1800, 1, &[3]),
        ("Glass Bowl", "KIT-3", 1200, 2, &[]),
        ("Hand Trowel", "GAR-2", 825, 3, &[1, 2, 3]),
        ("Ivy Pot", "GAR-3", 550, 3, &[]),
        ("Jam Jar", "KIT-4", 190, 2, &[3]),
        ("Kettle", "KIT-5", 3900, 2, &[1]),
        ("Lexicon of Birds", "BOO-4", 2990, 1, &[]),
    ];
    for (name, sku, cents, category, tags) in products {
        let product = new_product(name, sku, *cents, *category).insert(db).await?;
        for tag in *tags {
            let link = product_tag::ActiveModel {
                product_id: Set(product.id),
                tag_id: Set(*tag),
            };
            link.insert(db).await?;
        }
    }
    for (product_id, rating, comment) in [
        (1, 5, "Full of maps."),
        (2, 4, "Sharp."),
        (2, 2, "Too sharp."),
    ] {
        let review = review::ActiveModel {
            product_id: Set(product_id),
            rating: Set(rating),
            comment: Set(comment.to_owned()),
            ..Default::default()
        };
        review.insert(db).await?;
    }
    Ok(())
}

/// `rows` more products, the same ones each time.
async fn bulk_rows(db: &impl ConnectionTrait, rows: u32) -> Result<()> {
    const CHUNK: u32 = 1000;
    for start in (0..rows).step_by(CHUNK as usize) {
        let chunk = start..rows.min(start + CHUNK);
        let products = chunk.map(|number| {
            let cents = i64::from(number * 7919 % 100_000);
            let category = 1 + i32::try_from(number % 3).unwrap_or(0);
            new_product(
                &format!("Product {number:06}"),
                &format!("P-{number:06}"),
                cents,
                category,
            )
        });
        product::Entity::insert_many(products).exec(db).await?;
    }
    Ok(())
}

fn new_product(name: &str, sku: &str, cents: i64, category: i32) -> product::ActiveModel {
    product::ActiveModel {
        name: Set(name.to_owned()),
        sku: Set(sku.to_owned()),
        price: Set(Decimal::new(cents, 2)),
        in_stock: Set(cents % 4 != 0),
        status: Set(product::Status::Published),
        category_id: Set(category),
        ..Default::default()
    }
}
