use std::borrow::Cow;
use std::fmt;

use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, FieldErrors, Result};
use restflow_fields::{FieldInfo, FieldKind, Parameter};
use sea_orm::sea_query::Order;
use sea_orm::{DbBackend, EntityTrait, IdenStatic, Iterable, Select};

use crate::backend::FilterBackend;
use crate::context::FilterContext;
use crate::order_by::not_a_choice;
use crate::ordering_field::{self, Ordering, OrderingField};

/// Lets the client order the list: `?ordering=price,-id`.
///
/// DRF: `rest_framework.filters.OrderingFilter`. Names that are not allowed
/// are ignored, unless the filter is [`strict`](Self::strict); if none is
/// left, the default ordering applies. Only the last of several `ordering`
/// parameters counts, and only the first mention of a name, so there are never
/// more terms than allowed names.
///
/// | DRF | restflow |
/// |---|---|
/// | `ordering_fields = ["price"]` | `OrderingFilter::new([Column::Price])` |
/// | `ordering_fields = "__all__"` | [`OrderingFilter::all()`](Self::all) |
/// | `ordering_fields = ["category__name"]` | [`.field("category__name", OrderingField::related::<category::Entity>(…))`](Self::field) |
/// | `ordering_fields = [("price", "Price")]` | [`.label("price", "Price")`](Self::label) |
/// | `ordering = ["-created_at"]` | [`.default_order([(Column::CreatedAt, Order::Desc)])`](Self::default_order) |
/// | `ordering_param = "sort"` | [`.param("sort")`](Self::param) |
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
    fields: Vec<Named<E>>,
    default: Ordering<E>,
    strict: bool,
}

struct Named<E: EntityTrait> {
    name: Cow<'static, str>,
    label: Option<Cow<'static, str>>,
    field: OrderingField<E>,
}

impl<E: EntityTrait> OrderingFilter<E> {
    /// Allows these columns, under their names in the database.
    ///
    /// # Panics
    /// When a column is named twice.
    #[must_use]
    #[track_caller]
    pub fn new(columns: impl IntoIterator<Item = E::Column>) -> Self {
        let empty = Self {
            param: "ordering".into(),
            fields: Vec::new(),
            default: Vec::new(),
            strict: false,
        };
        columns.into_iter().fold(empty, |filter, column| {
            filter.field(column.as_str(), OrderingField::column(column))
        })
    }

    /// Allows all columns of the entity (DRF: `ordering_fields = "__all__"`).
    ///
    /// A client that orders by a column that it cannot see learns something
    /// about its values.
    ///
    /// Columns whose values PostgreSQL cannot order are left out on every database: JSON (not
    /// SeaORM's `JsonBinary`), XML and geometric types. One that is named explicitly keeps a program
    /// on PostgreSQL from starting.
    #[must_use]
    pub fn all() -> Self {
        Self::new(E::Column::iter().filter(|column| ordering_field::has_order(*column)))
    }

    /// Allows a column under another name, or another [`OrderingField`]: a
    /// column of a related row, an expression.
    ///
    /// # Panics
    /// When the name is allowed already.
    #[must_use]
    #[track_caller]
    pub fn field(
        mut self,
        name: impl Into<Cow<'static, str>>,
        field: impl Into<OrderingField<E>>,
    ) -> Self {
        let name = name.into();
        assert!(
            !self.fields.iter().any(|field| field.name == name),
            "an ordering by `{name}` is allowed already: give this one another name",
        );
        self.fields.push(Named {
            name,
            label: None,
            field: field.into(),
        });
        self
    }

    /// Explains an allowed name in the OpenAPI document (DRF: the second part
    /// of a pair in `ordering_fields`).
    ///
    /// # Panics
    /// When the name is not allowed.
    #[must_use]
    #[track_caller]
    pub fn label(mut self, name: &str, label: impl Into<Cow<'static, str>>) -> Self {
        match self.fields.iter_mut().find(|field| field.name == name) {
            Some(field) => field.label = Some(label.into()),
            None => panic!("`{name}` has a label but is not allowed: add it by `field` first"),
        }
        self
    }

    /// The ordering of requests that do not ask for one, by columns or other
    /// [`OrderingField`]s; default: the query keeps its own (DRF: `ordering`
    /// of the view).
    #[must_use]
    pub fn default_order<F: Into<OrderingField<E>>>(
        mut self,
        ordering: impl IntoIterator<Item = (F, Order)>,
    ) -> Self {
        let ordering = ordering.into_iter();
        self.default = ordering
            .map(|(field, order)| (field.into(), order))
            .collect();
        self
    }

    /// Renames the parameter; default `ordering`.
    #[must_use]
    pub fn param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.param = name.into();
        self
    }

    /// Refuses names that are not allowed with 400, all of them at once;
    /// default: they are ignored, as in DRF.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The allowed fields among those that the request asks for, each once,
    /// and what is wrong with the others.
    fn asked(&self, text: &str) -> (Ordering<E>, Vec<ErrorMessage>) {
        /// The most names that an answer complains about.
        const MAX_ERRORS: usize = 10;

        let mut seen: Vec<&str> = Vec::new();
        let mut ordering = Ordering::new();
        let mut errors = Vec::new();
        for term in text.split(',').map(str::trim) {
            let (name, order) = match term.strip_prefix('-') {
                Some(name) => (name, Order::Desc),
                None => (term, Order::Asc),
            };
            match self.fields.iter().find(|field| field.name == name) {
                // A second mention of a field cannot change the order.
                Some(field) if !seen.contains(&name) => {
                    seen.push(name);
                    ordering.push((field.field.clone(), order));
                }
                None if !term.is_empty() && errors.len() < MAX_ERRORS => {
                    errors.push(not_a_choice(term));
                }
                _ => {}
            }
        }
        (ordering, errors)
    }

    /// What the request orders by, else the default.
    fn read(&self, context: &FilterContext<'_>) -> Result<Ordering<E>> {
        let (mut ordering, errors) = match context.params.get(&self.param) {
            Some(text) => self.asked(text),
            None => (Ordering::new(), Vec::new()),
        };
        if self.strict && !errors.is_empty() {
            let mut fields = FieldErrors::new();
            let errors = errors.into_iter().map(ErrorDetail::from);
            fields.set(self.param.clone(), ErrorDetail::List(errors.collect()));
            return Err(ApiError::validation(fields));
        }
        if ordering.is_empty() {
            ordering.clone_from(&self.default);
        }
        Ok(ordering)
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
        let ordering = self.read(context)?;
        Ok(ordering_field::order(select, ordering, context.backend()))
    }

    fn parameters(&self) -> Vec<Parameter> {
        let info = FieldInfo::new(FieldKind::String)
            .name(self.param.clone())
            .required(false);
        let names: Vec<String> = self
            .fields
            .iter()
            .map(|field| match &field.label {
                Some(label) => format!("{} ({label})", field.name),
                None => field.name.to_string(),
            })
            .collect();
        let description = format!(
            "Which field to use when ordering the results: {}; descending with a minus sign, \
             several separated by commas.",
            names.join(", ")
        );
        vec![Parameter::new(self.param.clone(), info).description(description)]
    }

    fn ordering(&self, context: &FilterContext<'_>) -> Option<Vec<(E::Column, Order)>> {
        ordering_field::columns(&self.read(context).ok()?)
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let fields = self.fields.iter().map(|named| &named.field);
        let default = self.default.iter().map(|(field, _)| field);
        fields
            .chain(default)
            .find_map(|field| field.misconfigured(backend))
    }

    fn orders_by_expressions(&self) -> bool {
        let fields = self.fields.iter().map(|named| &named.field);
        let default = self.default.iter().map(|(field, _)| field);
        fields
            .chain(default)
            .any(|field| field.as_column().is_none())
    }

    fn ordered_by_expressions(&self, context: &FilterContext<'_>) -> bool {
        self.read(context)
            .is_ok_and(|ordering| ordering_field::has_expression(&ordering))
    }

    fn ordering_columns(&self) -> Vec<E::Column> {
        let fields = self.fields.iter().map(|named| &named.field);
        let default = self.default.iter().map(|(field, _)| field);
        fields
            .chain(default)
            .filter_map(OrderingField::as_column)
            .collect()
    }
}

impl<E: EntityTrait> fmt::Debug for OrderingFilter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .fields
            .iter()
            .map(|field| field.name.as_ref())
            .collect();
        f.debug_struct("OrderingFilter")
            .field("param", &self.param)
            .field("fields", &names)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}
