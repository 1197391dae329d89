use std::borrow::Cow;
use std::fmt;

use restflow_exceptions::Result;
use restflow_fields::{FieldInfo, FieldKind, Parameter};
use sea_orm::sea_query::Order;
use sea_orm::{EntityTrait, IdenStatic, Iterable, Select};

use crate::backend::FilterBackend;
use crate::context::FilterContext;
use crate::order_by;

/// Lets the client order the list: `?ordering=price,-id`.
///
/// DRF: `rest_framework.filters.OrderingFilter`. Names that are not allowed
/// are ignored; if none is left, the default ordering applies. Only the last
/// of several `ordering` parameters counts.
///
/// ```
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub created_at: DateTimeUtc }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::OrderingFilter;
/// use sea_orm::Order;
///
/// let filter: OrderingFilter<product::Entity> = OrderingFilter::new([product::Column::Id])
///     .field("created", product::Column::CreatedAt)
///     .default_order([(product::Column::CreatedAt, Order::Desc)]);
/// # let _ = filter;
/// ```
pub struct OrderingFilter<E: EntityTrait> {
    param: Cow<'static, str>,
    fields: Vec<(Cow<'static, str>, E::Column)>,
    default: Vec<(E::Column, Order)>,
}

impl<E: EntityTrait> OrderingFilter<E> {
    /// Allows these columns, under their names in the database.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = E::Column>) -> Self {
        Self {
            param: "ordering".into(),
            fields: columns
                .into_iter()
                .map(|column| (Cow::Borrowed(column.as_str()), column))
                .collect(),
            default: Vec::new(),
        }
    }

    /// Allows all columns of the entity (DRF: `ordering_fields = "__all__"`).
    ///
    /// A client that orders by a column that it cannot see learns something
    /// about its values.
    #[must_use]
    pub fn all() -> Self {
        Self::new(E::Column::iter())
    }

    /// Allows a column under another name.
    #[must_use]
    pub fn field(mut self, name: impl Into<Cow<'static, str>>, column: E::Column) -> Self {
        self.fields.push((name.into(), column));
        self
    }

    /// The ordering of requests that do not ask for one; default: the query
    /// keeps its own (DRF: `ordering` of the view).
    #[must_use]
    pub fn default_order(mut self, ordering: impl IntoIterator<Item = (E::Column, Order)>) -> Self {
        self.default = ordering.into_iter().collect();
        self
    }

    /// Renames the parameter; default `ordering`.
    #[must_use]
    pub fn param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.param = name.into();
        self
    }

    /// The allowed columns among those that the request asks for, each once.
    fn asked(&self, text: &str) -> Vec<(E::Column, Order)> {
        let mut seen: Vec<&str> = Vec::new();
        let mut ordering = Vec::new();
        for name in text.split(',').map(str::trim) {
            let (name, order) = match name.strip_prefix('-') {
                Some(name) => (name, Order::Desc),
                None => (name, Order::Asc),
            };
            let field = self.fields.iter().find(|(field, _)| field == name);
            if let Some((_, column)) = field
                && !seen.contains(&name)
            {
                // A second mention of a column cannot change the order.
                seen.push(name);
                ordering.push((*column, order));
            }
        }
        ordering
    }
}

impl<E: EntityTrait> FilterBackend<E> for OrderingFilter<E>
where
    E::Column: Send + Sync,
{
    async fn filter_queryset(
        &self,
        select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        let ordering = self.ordering(context).unwrap_or_default();
        Ok(order_by::order(select, ordering))
    }

    fn parameters(&self) -> Vec<Parameter> {
        let info = FieldInfo::new(FieldKind::String)
            .name(self.param.clone())
            .required(false);
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_ref()).collect();
        let description = format!(
            "Which field to use when ordering the results: {}; descending with a minus sign, \
             several separated by commas.",
            names.join(", ")
        );
        vec![Parameter::new(self.param.clone(), info).description(description)]
    }

    fn ordering(&self, context: &FilterContext<'_>) -> Option<Vec<(E::Column, Order)>> {
        let asked = context.params.get(&self.param).map(|text| self.asked(text));
        asked
            .filter(|ordering| !ordering.is_empty())
            .or_else(|| (!self.default.is_empty()).then(|| self.default.clone()))
    }
}

impl<E: EntityTrait> fmt::Debug for OrderingFilter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_ref()).collect();
        f.debug_struct("OrderingFilter")
            .field("param", &self.param)
            .field("fields", &names)
            .finish_non_exhaustive()
    }
}
