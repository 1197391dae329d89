use http::HeaderMap;
use serde::{Serialize, Serializer};

use crate::Envelope;

/// A page of models, for handlers without restflow's serializers: it serializes
/// as the body of the page.
///
/// With the feature `poem` it is an answer of poem: JSON with the headers of
/// the page.
///
/// ```
/// use poem::{handler, web::Data};
/// use restflow_exceptions::Result;
/// use restflow_pagination::{PageNumberPagination, PageQuery, Paginated, Pagination};
/// use sea_orm::{DatabaseConnection, EntityTrait};
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         pub name: String,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
///
/// #[derive(serde::Serialize)]
/// struct Product {
///     name: String,
/// }
///
/// # #[cfg(feature = "poem")]
/// #[handler]
/// async fn products(
///     request: &poem::Request,
///     db: Data<&DatabaseConnection>,
/// ) -> Result<Paginated<Product>> {
///     let query = PageQuery::new(product::Entity::find(), &db);
///     let pages = PageNumberPagination::new(10).link_header();
///     let page = pages.paginate(query, &request.into()).await?;
///     let products = page.into_models::<product::Model>()?;
///     Ok(products.map(|product| Product { name: product.name }))
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Paginated<T> {
    /// What the page shows.
    pub results: Vec<T>,
    /// What stands around the results.
    pub envelope: Envelope,
}

impl<T> Paginated<T> {
    /// The page with other results: what clients shall see of a model.
    #[must_use]
    pub fn map<U>(self, to: impl FnMut(T) -> U) -> Paginated<U> {
        Paginated {
            results: self.results.into_iter().map(to).collect(),
            envelope: self.envelope,
        }
    }

    /// The headers of the page, see [`Envelope::headers`].
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        self.envelope.headers()
    }
}

impl<T: Serialize> Serialize for Paginated<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.envelope.serialize(&self.results, serializer)
    }
}
