//! The table of parameters that a filter set reads, built once.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, FieldErrors, Result};
use restflow_fields::{FieldInfo, FieldKind, Parameter};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{Condition, DbBackend, EntityTrait, Order, QueryFilter, Select};

use crate::checked::Checked;
use crate::column_filter::ColumnFilter;
use crate::condition_filter::ConditionFilter;
use crate::entries::FilterEntries;
use crate::future::BoxFuture;
use crate::method::MethodFilter;
use crate::order_by::OrderBy;
use crate::ordering_field::{self, Ordering};
use crate::processor::{ErasedProcessor, Processor, erase};
use crate::{FilterBackend, FilterContext, FilterSet, MAX_CONDITIONS, MAX_VALUES, QueryParams};

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
/// Usually made by `#[derive(FilterSet)]`. It is a backend itself, for a filter set that is built
/// inline, such as one whose parameters are only known at run time:
///
/// ```
/// # mod product {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "product")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String, pub stars: Option<i32> }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use restflow_filters::{ColumnFilter, FilterBackends, Filters, lookups};
///
/// let backends = FilterBackends::new().with(
///     Filters::<product::Entity>::new()
///         .field(
///             ColumnFilter::<_, String, _>::new("name", product::Column::Name)
///                 .exact()
///                 .lookup(lookups::IContains),
///         )
///         .field(
///             // The type follows from the field of the model.
///             ColumnFilter::new("stars", product::Column::Stars)
///                 .typed_as(|model: &product::Model| &model.stars)
///                 .exact()
///                 .lookup_as("min", lookups::Gte),
///         ),
/// );
/// # assert_eq!(backends.parameters().len(), 8);
/// ```
///
/// A request without parameters costs nothing: parameters are looked up by the names that were
/// sent.
pub struct Filters<E: EntityTrait> {
    entries: Vec<Entry<E>>,
    /// Which entry has which name.
    index: HashMap<Cow<'static, str>, usize>,
    /// The entries without which a request is refused.
    required: Vec<usize>,
    order_by: Option<OrderBy<E>>,
    operator: Option<Operator>,
    preprocessors: Vec<Box<dyn ErasedProcessor<E>>>,
    postprocessors: Vec<Box<dyn ErasedProcessor<E>>>,
    checked: Checked,
}

/// One parameter and what it does.
pub(crate) struct Entry<E: EntityTrait> {
    pub(crate) parameter: Parameter,
    pub(crate) read: Box<Read<E>>,
    /// Why it cannot work on a database of this kind.
    pub(crate) misconfigured: fn(DbBackend) -> Option<String>,
}

/// Reads the values that were sent under the name, at least one.
pub(crate) type Read<E> =
    dyn Fn(&[&str], DbBackend) -> Result<Option<Action<E>>, ErrorDetail> + Send + Sync;

/// What a parameter that was sent does.
pub(crate) enum Action<E: EntityTrait> {
    /// With the number of its values.
    Condition(SimpleExpr, usize),
    Method(Box<MethodCall<E>>),
}

/// A call of a method with its value.
pub(crate) type MethodCall<E> = dyn for<'a> FnOnce(
        Select<E>,
        &'a FilterContext<'a>,
    ) -> BoxFuture<'a, (Select<E>, Option<Condition>)>
    + Send;

impl<E: EntityTrait> Filters<E> {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self {
            entries: Vec::new(),
            index: HashMap::new(),
            required: Vec::new(),
            order_by: None,
            operator: None,
            preprocessors: Vec::new(),
            postprocessors: Vec::new(),
            checked: Checked::default(),
        }
    }

    /// Appends a filter by a column with its lookups.
    ///
    /// # Panics
    /// When there is a parameter of one of its names already, and when settings of the filter mean
    /// nothing; so do [`method`](Self::method),
    /// [`condition`](Self::condition) and [`order_by`](Self::order_by).
    #[must_use]
    #[track_caller]
    pub fn field<T, C>(mut self, filter: ColumnFilter<E, T, C>) -> Self {
        for entry in filter.into_entries() {
            self.push(entry);
        }
        self
    }

    /// Appends a filter by a method.
    #[must_use]
    #[track_caller]
    pub fn method(mut self, filter: MethodFilter<E>) -> Self {
        self.push(filter.into_entry());
        self
    }

    /// Appends a filter by a condition that a function makes of the value.
    #[must_use]
    #[track_caller]
    pub fn condition(mut self, filter: ConditionFilter) -> Self {
        for entry in filter.into_entries() {
            self.push(entry);
        }
        self
    }

    /// Appends filters that make their parameters themselves, such as those
    /// of [`postgres`](crate::postgres).
    ///
    /// # Panics
    /// When two parameters have one name.
    #[must_use]
    #[track_caller]
    pub fn with(mut self, filter: impl Into<FilterEntries<E>>) -> Self {
        for entry in filter.into().0 {
            self.push(entry);
        }
        self
    }

    /// Sets the ordering parameter.
    #[must_use]
    #[track_caller]
    pub fn order_by(mut self, order_by: OrderBy<E>) -> Self {
        if order_by.is_parameter() && self.index.contains_key(order_by.name()) {
            refuse_twice::<E>(order_by.name());
        }
        self.order_by = Some(order_by);
        self
    }

    /// Says how conditions combine; default: all must be fulfilled. Changes of the query by
    /// methods and ordering are always applied.
    #[must_use]
    pub fn operator(mut self, operator: Operator) -> Self {
        self.operator = Some(operator);
        self
    }

    /// Appends a function that changes the query before the parameters do.
    ///
    /// It runs for every request whose parameters are valid, also for one without any.
    #[must_use]
    pub fn preprocess<P, Kind>(mut self, processor: P) -> Self
    where
        P: Processor<E, Kind>,
        Kind: 'static,
    {
        self.preprocessors.push(erase(processor));
        self
    }

    /// Appends a function that changes the query when the parameters have.
    ///
    /// It runs for every request whose parameters are valid, also for one without any.
    #[must_use]
    pub fn postprocess<P, Kind>(mut self, processor: P) -> Self
    where
        P: Processor<E, Kind>,
        Kind: 'static,
    {
        self.postprocessors.push(erase(processor));
        self
    }

    /// Puts the parameters of another filter set before these. What this one declares itself wins:
    /// parameters by their names, and the ordering, the operator, the pre- and the postprocessors
    /// each as a whole.
    ///
    /// drf-restflow: a filter set as the base class of another one.
    #[must_use]
    pub fn extends<F: FilterSet<Entity = E>>(self) -> Self {
        let mut base = F::filters();
        let own_order = self.ordering_parameter().map(OrderBy::name);
        base.entries.retain(|entry| {
            let name = &entry.parameter.name;
            !self.index.contains_key(name) && own_order != Some(name)
        });
        base.index.clear();
        base.required.clear();
        for entry in std::mem::take(&mut base.entries)
            .into_iter()
            .chain(self.entries)
        {
            base.push(entry);
        }
        base.order_by = self.order_by.or(base.order_by);
        base.operator = self.operator.or(base.operator);
        if !self.preprocessors.is_empty() {
            base.preprocessors = self.preprocessors;
        }
        if !self.postprocessors.is_empty() {
            base.postprocessors = self.postprocessors;
        }
        base
    }

    #[track_caller]
    fn push(&mut self, entry: Entry<E>) {
        let name = &entry.parameter.name;
        let is_ordering = self.ordering_parameter().map(OrderBy::name) == Some(name);
        let position = self.entries.len();
        if is_ordering || self.index.insert(name.clone(), position).is_some() {
            refuse_twice::<E>(name);
        }
        if entry.parameter.required {
            self.required.push(position);
        }
        self.entries.push(entry);
    }

    /// The ordering, if there is a parameter for it.
    fn ordering_parameter(&self) -> Option<&OrderBy<E>> {
        self.order_by.as_ref().filter(|order| order.is_parameter())
    }

    /// The parameters, for the OpenAPI document.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        self.entries
            .iter()
            .map(|entry| entry.parameter.clone())
            .chain(self.ordering_parameter().map(OrderBy::parameter))
            .collect()
    }

    /// Why a parameter cannot work on a database of this kind, with its name; `None` if all can.
    #[must_use]
    pub fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        let parameters = self.entries.iter();
        let mut problems = parameters.filter_map(|entry| {
            let problem = (entry.misconfigured)(backend)?;
            Some((&entry.parameter.name, problem))
        });
        let (name, problem) = problems.next().or_else(|| {
            let order_by = self.order_by.as_ref()?;
            Some((order_by.name(), order_by.misconfigured(backend)?))
        })?;
        Some(format!("the parameter `{name}`: {problem}"))
    }

    /// Filters and orders the query as the request asks for.
    ///
    /// All parameters are read before anything is applied. Then come the preprocessors, the
    /// parameters in the order of their declaration, the ordering, and the postprocessors.
    ///
    /// # Errors
    /// 400 with the errors of all parameters by name; 500 with a text for the log where a parameter
    /// cannot work on the database, see [`misconfigured`](Self::misconfigured).
    pub async fn filter_queryset(
        &self,
        mut select: Select<E>,
        context: &FilterContext<'_>,
    ) -> Result<Select<E>> {
        self.checked
            .check(context.backend(), |backend| self.misconfigured(backend))?;
        let (actions, ordering) = self.read(context)?;
        for processor in &self.preprocessors {
            select = processor.call(select, context).await?;
        }
        let mut conditions = Vec::with_capacity(actions.len());
        for action in actions {
            match action {
                Action::Condition(condition, _) => conditions.push(condition),
                Action::Method(method) => {
                    let condition;
                    (select, condition) = method(select, context).await?;
                    let condition = condition.filter(restricts);
                    conditions.extend(condition.map(SimpleExpr::from));
                }
            }
        }
        if let Some(condition) = combine(conditions, self.operator.unwrap_or_default()) {
            select = select.filter(condition);
        }
        select = ordering_field::order(select, ordering, context.backend());
        for processor in &self.postprocessors {
            select = processor.call(select, context).await?;
        }
        Ok(select)
    }

    /// What the parameters do that were sent, in the order of their declaration, and the ordering.
    fn read(&self, context: &FilterContext<'_>) -> Result<Asked<E>> {
        let mut sent: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for position in &self.required {
            sent.insert(*position, Vec::new());
        }
        let mut elements: BTreeMap<(usize, u32), &str> = BTreeMap::new();
        for (name, value) in context.params.iter() {
            if let Some(position) = self.index.get(name) {
                sent.entry(*position).or_default().push(value);
            } else if let Some((list, index)) = QueryParams::element(name)
                && let Some(position) = self.index.get(list)
                && self.entries[*position].parameter.info.kind == FieldKind::List
            {
                elements.insert((*position, index), value);
            }
        }
        // The name of the list itself wins.
        elements.retain(|(position, _), _| sent.get(position).is_none_or(Vec::is_empty));
        for ((position, _), value) in elements {
            sent.entry(position).or_default().push(value);
        }
        let mut actions = Vec::with_capacity(sent.len());
        let mut errors = FieldErrors::new();
        for (position, values) in sent {
            let entry = &self.entries[position];
            let name = &entry.parameter.name;
            let result = match values.is_empty() {
                true => Err(missing()),
                false => (entry.read)(&values, context.backend()),
            };
            match result {
                Ok(Some(action)) if !context.ignores(name) => actions.push(action),
                Ok(_) => {}
                Err(detail) => errors.set(name.clone(), detail),
            }
        }
        let mut ordering = Vec::new();
        if let Some(order_by) = &self.order_by {
            match order_by.read(context.params) {
                Ok(terms) if !context.ignores(order_by.name()) => ordering = terms,
                Ok(_) => {}
                Err(detail) => errors.set(order_by.name().clone(), detail),
            }
        }
        let values = actions.iter().map(|action| match action {
            Action::Condition(_, values) => *values,
            Action::Method(_) => 0,
        });
        let values = values.sum();
        check_number("filters", actions.len(), MAX_CONDITIONS, &mut errors);
        check_number(
            "values in all filters",
            values,
            MAX_VALUES * 10,
            &mut errors,
        );
        errors.into_result().map_err(ApiError::validation)?;
        Ok((actions, ordering))
    }

    /// The ordering that the parameters ask for, else the default one; `None` where there is
    /// neither, and for an ordering that [`filter_queryset`](Self::filter_queryset) refuses.
    pub(crate) fn ordering(&self, context: &FilterContext<'_>) -> Option<Vec<(E::Column, Order)>> {
        let order_by = self.order_by.as_ref()?;
        if context.ignores(order_by.name()) {
            return None;
        }
        let ordering = order_by.read(context.params).ok()?;
        ordering_field::columns(&ordering)
    }

    /// Whether the ordering may be by something else than columns of the entity.
    pub(crate) fn orders_by_expressions(&self) -> bool {
        let order_by = self.order_by.as_ref();
        order_by.is_some_and(OrderBy::orders_by_expressions)
    }

    /// Whether the parameters ask for an ordering by something else than columns.
    pub(crate) fn ordered_by_expressions(&self, context: &FilterContext<'_>) -> bool {
        let order_by = self.order_by.as_ref();
        order_by
            .filter(|order_by| !context.ignores(order_by.name()))
            .and_then(|order_by| order_by.read(context.params).ok())
            .is_some_and(|ordering| ordering_field::has_expression(&ordering))
    }

    /// The columns that the ordering may be by.
    pub(crate) fn ordering_columns(&self) -> Vec<E::Column> {
        let order_by = self.order_by.as_ref();
        order_by.map_or_else(Vec::new, OrderBy::ordering_columns)
    }
}

/// What the parameters of a request do, and the ordering.
type Asked<E> = (Vec<Action<E>>, Ordering<E>);

impl<E: EntityTrait> FilterBackend<E> for Filters<E>
where
    E::Column: Send + Sync,
{
    fn filter_queryset(
        &self,
        select: Select<E>,
        context: &FilterContext<'_>,
    ) -> impl Future<Output = Result<Select<E>>> + Send {
        self.filter_queryset(select, context)
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.parameters()
    }

    fn ordering(&self, context: &FilterContext<'_>) -> Option<Vec<(E::Column, Order)>> {
        self.ordering(context)
    }

    fn orders_by_expressions(&self) -> bool {
        self.orders_by_expressions()
    }

    fn ordered_by_expressions(&self, context: &FilterContext<'_>) -> bool {
        self.ordered_by_expressions(context)
    }

    fn ordering_columns(&self) -> Vec<E::Column> {
        self.ordering_columns()
    }

    fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        self.misconfigured(backend)
    }
}

/// Whether a condition of a function says anything: an empty `all()` does not, an empty `any()` is
/// false for every row.
pub(crate) fn restricts(condition: &Condition) -> bool {
    *condition != Condition::all()
}

fn missing() -> ErrorDetail {
    ErrorDetail::from([ErrorMessage::new("This field is required.", "required")])
}

#[track_caller]
fn refuse_twice<E>(name: &str) -> ! {
    panic!(
        "a filter set of `{}` has two parameters of the name `{name}`; give one of them another \
         name: `#[filter(rename = \"…\")]`, an alias of the lookup, or `order_param`",
        std::any::type_name::<E>()
    )
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
