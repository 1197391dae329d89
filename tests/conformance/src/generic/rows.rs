//! Lists of products that differ in backends and paginator only.

use restflow::{filters::FilterBackends, prelude::*};

use super::all_products;
use crate::{entities::product, serializers::ProductListSerializer, stable_order::StableOrder};

/// A list of products.
#[derive(ListApiView)]
pub(super) struct ProductRowsView {
    rows: Queryset<Self>,
    backends: FilterBackends<product::Entity>,
    paginator: Option<Paginator>,
}

impl ProductRowsView {
    /// Every product, neither filtered nor paged.
    pub(super) fn new() -> Self {
        Self {
            rows: all_products(),
            backends: FilterBackends::new(),
            paginator: None,
        }
    }

    pub(super) fn rows(mut self, rows: Queryset<Self>) -> Self {
        self.rows = rows;
        self
    }

    pub(super) fn filtered_by(mut self, backend: impl FilterBackend<product::Entity>) -> Self {
        self.backends = self.backends.with(backend);
        self
    }

    pub(super) fn paged_by(mut self, paginator: Paginator) -> Self {
        self.paginator = Some(paginator);
        self
    }
}

impl ApiView for ProductRowsView {}

impl GenericView for ProductRowsView {
    type Entity = product::Entity;
    type Serializer = ProductListSerializer;

    fn queryset(&self) -> Queryset<Self> {
        self.rows.clone()
    }

    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        self.backends.clone().with(StableOrder)
    }

    fn pagination_class(&self) -> Option<Paginator> {
        self.paginator.clone()
    }
}
