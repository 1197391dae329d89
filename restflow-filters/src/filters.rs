//! The table of parameters that a filter set reads, built once.

use std::borrow::Cow;
use std::fmt;

use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, FieldErrors, Result};
use restflow_fields::{FieldInfo, Parameter};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{Condition, DbBackend, EntityTrait, Order, QueryFilter, Select};

use crate::column_filter::ColumnFilter;
use crate::entries::FilterEntries;
use crate::method::{MethodFilter, SelectFuture};
use crate::order_by::OrderBy;
use crate::ordering_field;
use crate::{FilterContext, MAX_CONDITIONS, MAX_VALUES, QueryParams};

/// How the conditions of a filter set combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Operator {
    /// A row fulfills all conditions; the default.
    #[default]
    And,
    /// A row fulfills at least one condition.
    Or,
    /// A row fulfills an odd number of conditions.
    Xor,
}

/// The parameters of a filter set.
///
/// Usually made by `#[derive(FilterSet)]`; by hand for parameters that are
/// only known at run time.
pub struct Filters<E: EntityTrait> {
    entries: Vec<Entry<E>>,
    order_by: Option<OrderBy<E>>,
    operator: Operator,
}

/// One parameter and what it does.
pub(crate) struct Entry<E: EntityTrait> {
    pub(crate) parameter: Parameter,
    pub(crate) read: Box<Read<E>>,
    /// Why it cannot work on a database of this kind.
    pub(crate) misconfigured: fn(DbBackend) -> Option<String>,
}

pub(crate) type Read<E> =
    dyn Fn(&QueryParams, DbBackend) -> Result<Option<Action<E>>, ErrorDetail> + Send + Sync;

/// What a parameter that was sent does.
pub(crate) enum Action<E: EntityTrait> {
    /// With the number of its values.
    Condition(SimpleExpr, usize),
    Method(Box<MethodCall<E>>),
}

/// A call of a method with its value.
pub(crate) type MethodCall<E> =
    dyn for<'a> FnOnce(Select<E>, &'a FilterContext<'a>) -> SelectFuture<'a, E> + Send;

impl<E: EntityTrait> Filters<E> {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self {
            entries: Vec::new(),
            order_by: None,
            operator: Operator::And,
        }
    }

    /// Appends a filter by a column with its lookups.
    #[must_use]
    pub fn field<T, C>(mut self, filter: ColumnFilter<E, T, C>) -> Self {
        self.entries.extend(filter.entries);
        self
    }

    /// Appends a filter by a method.
    #[must_use]
    pub fn method(mut self, filter: MethodFilter<E>) -> Self {
        self.entries.push(filter.into_entry());
        self
    }

    /// Appends filters that make their parameters themselves, such as those
    /// of [`postgres`](crate::postgres).
    #[must_use]
    pub fn with(mut self, filter: impl Into<FilterEntries<E>>) -> Self {
        self.entries.extend(filter.into().0);
        self
    }

    /// Sets the ordering parameter.
    #[must_use]
    pub fn order_by(mut self, order_by: OrderBy<E>) -> Self {
        self.order_by = Some(order_by);
        self
    }

    /// Says how conditions combine. Methods and ordering are always applied.
    #[must_use]
    pub fn operator(mut self, operator: Operator) -> Self {
        self.operator = operator;
        self
    }

    /// The parameters, for the OpenAPI document.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.entries
            .iter()
            .map(|entry| entry.parameter.clone())
            .chain(self.order_by.iter().map(OrderBy::parameter))
            .collect()
    }

    /// Why a parameter cannot work on a database of this kind, with its name; `None` if all can.
    #[must_use]
    pub fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        self.entries.iter().find_map(|entry| {
            let problem = (entry.misconfigured)(backend)?;
            Some(format!(
                "the parameter `{}`: {problem}",
                entry.parameter.name
            ))
        })
    }

    /// Filters and orders the query as the request asks for.
    ///
    /// # Errors
    /// 400 with the errors of all parameters by name.
    pub async fn filter_queryset(
        &self,
        mut select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        let mut conditions = Vec::new();
        let mut values = 0;
        let mut methods = Vec::new();
        let mut errors = FieldErrors::new();
        for entry in &self.entries {
            match (entry.read)(context.params, context.backend()) {
                Ok(None) => {}
                Ok(Some(Action::Condition(condition, count))) => {
                    conditions.push(condition);
                    values += count;
                }
                Ok(Some(Action::Method(method))) => methods.push(method),
                Err(detail) => errors.set(entry.parameter.name.clone(), detail),
            }
        }
        let mut ordering = Vec::new();
        if let Some(order_by) = &self.order_by {
            match order_by.read(context.params) {
                Ok(terms) => ordering = terms,
                Err(detail) => errors.set(order_by.name().clone(), detail),
            }
        }
        check_number(
            "filters",
            conditions.len() + methods.len(),
            MAX_CONDITIONS,
            &mut errors,
        );
        check_number(
            "values in all filters",
            values,
            MAX_VALUES * 10,
            &mut errors,
        );
        errors.into_result().map_err(ApiError::validation)?;

        for method in methods {
            select = method(select, context).await?;
        }
        if let Some(condition) = combine(conditions, self.operator) {
            select = select.filter(condition);
        }
        Ok(ordering_field::order(select, ordering, context.backend()))
    }
}

impl<E: EntityTrait> Filters<E> {
    /// The ordering that the parameters ask for, else the default one; `None` where there is
    /// neither, and for an ordering that [`filter_queryset`](Self::filter_queryset) refuses.
    pub(crate) fn ordering(&self, context: &FilterContext<'_>) -> Option<Vec<(E::Column, Order)>> {
        let ordering = self.order_by.as_ref()?.read(context.params).ok()?;
        ordering_field::columns(&ordering)
    }

    /// Whether the ordering may be by something else than columns of the entity.
    pub(crate) fn orders_by_expressions(&self) -> bool {
        let order_by = self.order_by.as_ref();
        order_by.is_some_and(OrderBy::orders_by_expressions)
    }
}

impl<E: EntityTrait> Default for Filters<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EntityTrait> fmt::Debug for Filters<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .entries
            .iter()
            .map(|entry| entry.parameter.name.as_ref())
            .collect();
        f.debug_struct("Filters")
            .field("parameters", &names)
            .field("order_by", &self.order_by)
            .field("operator", &self.operator)
            .finish()
    }
}

/// Databases have limits for the depth of a condition and for the number of parameters.
fn check_number(of: &str, number: usize, limit: usize, errors: &mut FieldErrors) {
    if number > limit {
        let text = format!("Ensure there are no more than {limit} {of}.");
        let message = ErrorMessage::new(text, "max_length");
        errors.set("non_field_errors", ErrorDetail::from([message]));
    }
}

fn combine(conditions: Vec<SimpleExpr>, operator: Operator) -> Option<Condition> {
    if conditions.is_empty() {
        return None;
    }
    let extend = |empty: Condition, conditions: Vec<SimpleExpr>| {
        conditions.into_iter().fold(empty, Condition::add)
    };
    Some(match operator {
        Operator::And => extend(Condition::all(), conditions),
        Operator::Or => extend(Condition::any(), conditions),
        Operator::Xor => {
            // Null counts as false, as it does in `WHERE`.
            let count = conditions
                .into_iter()
                .map(|condition| SimpleExpr::Case(Box::new(Expr::case(condition, 1).finally(0))));
            let odd = count
                .reduce(ExprTrait::add)
                .map(|count| count.modulo(2).eq(1));
            Condition::all().add_option(odd)
        }
    })
}

/// Describes a parameter for the OpenAPI document.
pub(crate) fn parameter(
    name: Cow<'static, str>,
    info: FieldInfo,
    description: Option<Cow<'static, str>>,
    required: bool,
) -> Parameter {
    let info = info.name(name.clone()).required(required);
    let mut parameter = Parameter::new(name, info).required(required);
    parameter.description = description;
    parameter
}
