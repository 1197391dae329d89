use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use restflow_exceptions::{ErrorDetail, Result};
use restflow_fields::{FieldInfo, FieldOptions, FieldType};
use sea_orm::EntityTrait;
use sea_orm::sea_query::{IntoCondition, SimpleExpr};

use crate::column_filter::is_not_true;
use crate::filters::{Action, Entry, parameter, restricts};
use crate::input::{LookupInput, Many, One};
use crate::settings::{Settings, setting};

/// A filter by a condition that a function makes of the value, with its negation.
///
/// The function sees nothing but the value. What needs the request, the database or the query
/// itself is a [`MethodFilter`](crate::MethodFilter). drf-restflow: a callable `filter_by`.
///
/// An empty `Condition::all()` filters nothing, also in the negation; an empty `Condition::any()`
/// finds no row, for there is nothing that a row could fulfill.
///
/// ```
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub price: Decimal, pub in_stock: bool }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::{ConditionFilter, Filters};
/// use sea_orm::{ColumnTrait, Condition};
///
/// fn affordable(price: i32) -> Condition {
///     Condition::all()
///         .add(product::Column::Price.lte(price))
///         .add(product::Column::InStock.eq(true))
/// }
///
/// let filters = Filters::<product::Entity>::new()
///     .condition(ConditionFilter::new("affordable", affordable)); // and affordable!
/// # assert_eq!(filters.parameters().len(), 2);
/// ```
pub struct ConditionFilter {
    name: Cow<'static, str>,
    settings: Settings,
    describe: fn(&FieldOptions) -> FieldInfo,
    read: Arc<ReadCondition>,
}

/// Reads the values into the condition, and tells their number.
type ReadCondition = dyn Fn(&[&str], &FieldOptions, bool) -> Result<Option<(SimpleExpr, usize)>, ErrorDetail>
    + Send
    + Sync;

impl ConditionFilter {
    /// Filters by a function of one value.
    #[must_use]
    pub fn new<T, C, F>(name: impl Into<Cow<'static, str>>, function: F) -> Self
    where
        T: FieldType,
        C: IntoCondition,
        F: Fn(T) -> C + Send + Sync + 'static,
    {
        Self::build(name.into(), move |One(value): One<T>| function(value))
    }

    /// Filters by a function of a list, whose elements are separated by commas or sent several
    /// times.
    ///
    /// There may be [`MAX_VALUES`](crate::MAX_VALUES) elements, so compare with all of them at once,
    /// by `is_in` say: a condition for each of them is deeper than databases allow.
    #[must_use]
    pub fn list<T, C, F>(name: impl Into<Cow<'static, str>>, function: F) -> Self
    where
        T: FieldType,
        C: IntoCondition,
        F: Fn(Vec<T>) -> C + Send + Sync + 'static,
    {
        Self::build(name.into(), move |Many(values): Many<T>| function(values))
    }

    fn build<I, C>(
        name: Cow<'static, str>,
        function: impl Fn(I) -> C + Send + Sync + 'static,
    ) -> Self
    where
        I: LookupInput,
        C: IntoCondition,
    {
        Self {
            name,
            settings: Settings::default(),
            describe: I::describe,
            read: Arc::new(move |values, options, required| {
                let Some(input) = I::parse(values, options, required)? else {
                    return Ok(None);
                };
                let values = input.values();
                let condition = function(input).into_condition();
                Ok(restricts(&condition).then(|| (condition.into(), values)))
            }),
        }
    }

    setting!(options of settings);
    setting!(help_text of settings);
    setting!(required of settings);
    setting!(without_negation of settings);

    pub(crate) fn into_entries<E: EntityTrait>(self) -> Vec<Entry<E>> {
        let negated = self.settings.negate.then(|| {
            let hint = format!("exclude where {}", self.name);
            let description = match &self.settings.help_text {
                Some(help) => format!("{hint} - {help}"),
                None => hint,
            };
            let name = format!("{}!", self.name);
            self.entry(name.into(), Some(description.into()), false, |condition| {
                is_not_true(condition)
            })
        });
        let plain = self.entry(
            self.name.clone(),
            self.settings.help_text.clone(),
            self.settings.required,
            |condition| condition,
        );
        std::iter::once(plain).chain(negated).collect()
    }

    fn entry<E: EntityTrait>(
        &self,
        name: Cow<'static, str>,
        description: Option<Cow<'static, str>>,
        required: bool,
        change: fn(SimpleExpr) -> SimpleExpr,
    ) -> Entry<E> {
        let info = (self.describe)(&self.settings.options);
        let (read, options) = (Arc::clone(&self.read), self.settings.options);
        Entry {
            parameter: parameter(name, info, description, required),
            misconfigured: |_backend| None,
            read: Box::new(move |values, _| {
                let condition = read(values, &options, required)?;
                Ok(condition
                    .map(|(condition, values)| Action::Condition(change(condition), values)))
            }),
        }
    }
}

impl fmt::Debug for ConditionFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConditionFilter")
            .field("name", &self.name)
            .field("options", &self.settings.options)
            .finish_non_exhaustive()
    }
}
