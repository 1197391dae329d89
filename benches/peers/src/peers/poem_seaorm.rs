//! poem with SeaORM, as a competent developer writes it by hand: whole models, SeaORM's
//! paginator, a struct for the answer.
use std::{fmt::Display, path::PathBuf};

use anyhow::Result;
use chrono::{SubsecRound, Utc};
use http::StatusCode;
use poem::{
    EndpointExt, Request, Route, Server,
    error::ResponseError,
    get, handler,
    listener::TcpListener,
    web::{Data, Json, Path, Query},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectOptions, Database, DatabaseConnection,
    DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, sea_query::Expr,
};
use serde_json::json;

use super::{Peer, Serving};
use crate::{
    data::settings,
    shop::{
        FieldErrors, ListQuery, NewProduct, Order, PAGE_SIZE, POOL_SIZE, Page, ProductAlone,
        ProductInList, neighbors,
    },
};

/// The peer.
pub(crate) struct PoemSeaOrm;

impl Peer for PoemSeaOrm {
    fn name(&self) -> &'static str {
        "poem+seaorm"
    }

    fn is_yardstick(&self) -> bool {
        true
    }

    fn serve(&self, port: u16, db: PathBuf) -> Serving {
        Box::pin(serve(port, db))
    }
}

async fn serve(port: u16, db: PathBuf) -> Result<()> {
    let mut options = ConnectOptions::new(format!("sqlite://{}", db.display()));
    options
        .max_connections(POOL_SIZE)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(settings);
    let db = Database::connect(options).await?;
    let app = Route::new()
        .at("/api/products/", get(list).post(create))
        .at("/api/products/:id/", get(retrieve))
        .data(db);
    Server::new(TcpListener::bind(("127.0.0.1", port)))
        .run(app)
        .await?;
    Ok(())
}

/// The entities of the benchmark's tables.
mod product {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "product")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) name: String,
        #[sea_orm(unique)]
        pub(crate) sku: String,
        pub(crate) description: String,
        #[sea_orm(column_type = "Decimal(Some((10, 2)))")]
        pub(crate) price: Decimal,
        pub(crate) in_stock: bool,
        pub(crate) category_id: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Categories; only whether they exist matters here.
mod category {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod review {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub(crate) struct Model {
        #[sea_orm(primary_key)]
        pub(crate) id: i64,
        pub(crate) product_id: i64,
        pub(crate) rating: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl From<product::Model> for ProductInList {
    fn from(model: product::Model) -> Self {
        let mut price = model.price;
        price.rescale(2);
        Self {
            id: model.id,
            name: model.name,
            sku: model.sku,
            price: price.to_string(),
            in_stock: model.in_stock,
            category: model.category_id,
        }
    }
}

impl From<product::Model> for ProductAlone {
    fn from(model: product::Model) -> Self {
        let mut price = model.price;
        price.rescale(2);
        Self {
            id: model.id,
            name: model.name,
            sku: model.sku,
            price: price.to_string(),
            in_stock: model.in_stock,
            category: model.category_id,
            description: model.description,
            created_at: model.created_at,
        }
    }
}

#[handler]
async fn list(
    request: &Request,
    Data(db): Data<&DatabaseConnection>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<ProductInList>>, Failure> {
    let page = query.page().ok_or(Failure::NotFound)?;
    let mut select = product::Entity::find();
    if let Some(price) = query.price_from {
        select = select.filter(product::Column::Price.gte(price));
    }
    if let Some(price) = query.price_to {
        select = select.filter(product::Column::Price.lte(price));
    }
    if let Some(in_stock) = query.in_stock {
        select = select.filter(product::Column::InStock.eq(in_stock));
    }
    if let Some(word) = &query.word {
        select = select.filter(product::Column::Name.contains(word));
    }
    if let Some(rating) = query.rating {
        let reviews = review::Entity::find()
            .select_only()
            .column(review::Column::Id)
            .filter(
                Expr::col((review::Entity, review::Column::ProductId))
                    .equals((product::Entity, product::Column::Id)),
            )
            .filter(review::Column::Rating.gte(rating));
        select = select.filter(Expr::exists(reviews.into_query()));
    }
    select = match query.order_by {
        None => select.order_by_asc(product::Column::Id),
        Some(Order::Price) => select
            .order_by_asc(product::Column::Price)
            .order_by_asc(product::Column::Id),
        Some(Order::PriceDescending) => select
            .order_by_desc(product::Column::Price)
            .order_by_asc(product::Column::Id),
    };
    let paginator = select.paginate(db, PAGE_SIZE);
    let count = paginator.num_items().await?;
    if page > 1 && page > count.div_ceil(PAGE_SIZE) {
        return Err(Failure::NotFound);
    }
    let models = paginator.fetch_page(page - 1).await?;
    let (next, previous) = neighbors(request.original_uri(), request.headers(), page, count);
    let results = models.into_iter().map(Into::into).collect();
    Ok(Json(Page {
        count,
        next,
        previous,
        results,
    }))
}

#[handler]
async fn retrieve(
    Data(db): Data<&DatabaseConnection>,
    Path(id): Path<i64>,
) -> Result<Json<ProductAlone>, Failure> {
    let model = product::Entity::find_by_id(id).one(db).await?;
    model
        .map(|model| Json(model.into()))
        .ok_or(Failure::NotFound)
}

#[handler]
async fn create(
    Data(db): Data<&DatabaseConnection>,
    Json(new): Json<NewProduct>,
) -> Result<poem::Response, Failure> {
    let mut errors = new.errors();
    let same_sku = product::Entity::find().filter(product::Column::Sku.eq(&new.sku));
    if same_sku.one(db).await?.is_some() {
        let message = "product with this sku already exists.".to_owned();
        errors.entry("sku").or_default().push(message);
    }
    if category::Entity::find_by_id(new.category)
        .one(db)
        .await?
        .is_none()
    {
        let message = format!("Invalid pk \"{}\" - object does not exist.", new.category);
        errors.entry("category").or_default().push(message);
    }
    if !errors.is_empty() {
        return Err(Failure::Invalid(errors));
    }
    let model = product::ActiveModel {
        name: Set(new.name),
        sku: Set(new.sku),
        description: Set(new.description),
        price: Set(new.price),
        in_stock: Set(new.in_stock),
        category_id: Set(new.category),
        created_at: Set(Utc::now().trunc_subsecs(6)),
        ..Default::default()
    };
    let created = ProductAlone::from(model.insert(db).await?);
    Ok(poem::IntoResponse::into_response(
        poem::IntoResponse::with_status(Json(created), StatusCode::CREATED),
    ))
}

/// Everything that is not a product.
#[derive(Debug)]
enum Failure {
    NotFound,
    Invalid(FieldErrors),
    Database(DbErr),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Invalid(_) => f.write_str("invalid"),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn as_response(&self) -> poem::Response {
        let body = match self {
            Self::NotFound => json!({"detail": "Not found."}),
            Self::Invalid(errors) => json!(errors),
            Self::Database(error) => json!({"detail": error.to_string()}),
        };
        poem::IntoResponse::into_response(poem::IntoResponse::with_status(
            Json(body),
            self.status(),
        ))
    }
}
