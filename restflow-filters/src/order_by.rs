use std::borrow::Cow;
use std::fmt;

use restflow_exceptions::{ErrorDetail, ErrorMessage};
use restflow_fields::{Choice, FieldInfo, FieldKind, Parameter, label_for};
use sea_orm::sea_query::Order;
use sea_orm::{DbBackend, EntityTrait};

use crate::QueryParams;
use crate::ordering_field::{Ordering, OrderingField};

/// The ordering parameter of a filter set: `?order_by=price,-name`.
///
/// drf-restflow: `restflow.filters.OrderField`. Unlike
/// [`OrderingFilter`](crate::OrderingFilter), which ignores names that it does
/// not know, this one answers 400.
pub struct OrderBy<E: EntityTrait> {
    param: Cow<'static, str>,
    terms: Vec<Term<E>>,
    default: Ordering<E>,
    reversed: bool,
}

struct Term<E: EntityTrait> {
    name: Cow<'static, str>,
    label: Option<Cow<'static, str>>,
    field: OrderingField<E>,
    order: Order,
}

impl<E: EntityTrait> OrderBy<E> {
    /// The parameter `order_by` without any terms. Until it has one there is no parameter, only the
    /// [default ordering](Self::default_order).
    #[must_use]
    pub fn new() -> Self {
        Self {
            param: "order_by".into(),
            terms: Vec::new(),
            default: Vec::new(),
            reversed: false,
        }
    }

    /// Renames the parameter; default `order_by`.
    #[must_use]
    pub fn param(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.param = name.into();
        self
    }

    /// Appends a term: `name` orders in this direction, `-name` in the
    /// opposite one. It orders by a column or another [`OrderingField`].
    ///
    /// # Panics
    /// When there is a term of the name already.
    #[must_use]
    #[track_caller]
    pub fn term(
        mut self,
        name: impl Into<Cow<'static, str>>,
        field: impl Into<OrderingField<E>>,
        order: Order,
    ) -> Self {
        let name = name.into();
        assert!(
            !self.terms.iter().any(|term| term.name == name),
            "`{}` has a term `{name}` already: give this one another name",
            self.param,
        );
        self.terms.push(Term {
            name,
            label: None,
            field: field.into(),
            order,
        });
        self
    }

    /// Names the last term for people; default: its name with spaces.
    #[must_use]
    pub fn label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        if let Some(term) = self.terms.last_mut() {
            term.label = Some(label.into());
        }
        self
    }

    /// Appends a column, or another [`OrderingField`], to the ordering of
    /// requests that do not ask for one; default: the query keeps its own.
    #[must_use]
    pub fn default_order(mut self, field: impl Into<OrderingField<E>>, order: Order) -> Self {
        self.default.push((field.into(), order));
        self
    }

    /// Turns the meaning of the minus sign round: `name` orders the other way,
    /// `-name` as the term says (drf-restflow: `override_order_direction`).
    /// The default ordering turns round, too.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.reversed = true;
        self
    }

    pub(crate) fn parameter(&self) -> Parameter {
        let choices = self.terms.iter().flat_map(|term| {
            let label = match &term.label {
                Some(label) => label.to_string(),
                None => label_for(&term.name),
            };
            let directions = if self.reversed {
                ["Descending", "Ascending"]
            } else {
                ["Ascending", "Descending"]
            };
            [("", directions[0]), ("-", directions[1])].map(|(sign, direction)| Choice {
                value: format!("{sign}{}", term.name).into(),
                display_name: format!("{label} ({direction})").into(),
            })
        });
        let info = FieldInfo::new(FieldKind::MultipleChoice)
            .name(self.param.clone())
            .required(false)
            .choices(choices.collect());
        Parameter::new(self.param.clone(), info).description(
            "Which fields to order the results by, most significant first; several separated \
                 by commas.",
        )
    }

    pub(crate) fn name(&self) -> &Cow<'static, str> {
        &self.param
    }

    /// The ordering that the request asks for, else the default one.
    pub(crate) fn read(&self, params: &QueryParams) -> Result<Ordering<E>, ErrorDetail> {
        let values: Vec<&str> = match self.is_parameter() {
            true => params.get_all(&self.param).collect(),
            false => Vec::new(),
        };
        let mut ordering = Ordering::new();
        let mut seen: Vec<&str> = Vec::new();
        for name in crate::input::split(&values)? {
            let (field, order) = self.choose(name)?;
            // A second mention of a term cannot change the order, in whatever direction.
            let bare = name.strip_prefix('-').unwrap_or(name);
            if !seen.contains(&bare) {
                seen.push(bare);
                ordering.push((field, order));
            }
        }
        if ordering.is_empty() {
            let reverse = |order: &Order| match self.reversed {
                true => opposite(order),
                false => order.clone(),
            };
            ordering = self
                .default
                .iter()
                .map(|(field, order)| (field.clone(), reverse(order)))
                .collect();
        }
        Ok(ordering)
    }

    fn choose(&self, name: &str) -> Result<(OrderingField<E>, Order), ErrorDetail> {
        let (bare, minus) = match name.strip_prefix('-') {
            Some(bare) => (bare, true),
            None => (name, false),
        };
        let term = self.terms.iter().find(|term| term.name == bare);
        match term {
            Some(term) if minus != self.reversed => Ok((term.field.clone(), opposite(&term.order))),
            Some(term) => Ok((term.field.clone(), term.order.clone())),
            None => Err(ErrorDetail::from([not_a_choice(name)])),
        }
    }

    /// Whether there is anything to choose from; a default ordering alone has no parameter.
    pub(crate) fn is_parameter(&self) -> bool {
        !self.terms.is_empty()
    }

    /// Why a database of this kind cannot order by a term.
    pub(crate) fn misconfigured(&self, backend: DbBackend) -> Option<String> {
        self.fields().find_map(|field| field.misconfigured(backend))
    }

    /// Whether an ordering may be by something else than columns of the entity.
    pub(crate) fn orders_by_expressions(&self) -> bool {
        self.fields().any(|field| field.as_column().is_none())
    }

    /// The columns that an ordering may be by.
    pub(crate) fn ordering_columns(&self) -> Vec<E::Column> {
        self.fields().filter_map(OrderingField::as_column).collect()
    }

    /// Whatever an ordering may be by.
    fn fields(&self) -> impl Iterator<Item = &OrderingField<E>> {
        let terms = self.terms.iter().map(|term| &term.field);
        terms.chain(self.default.iter().map(|(field, _)| field))
    }
}

/// The message about a name that is not known, as a choice field has it.
pub(crate) fn not_a_choice(name: &str) -> ErrorMessage {
    let shown: String = name.chars().take(100).collect();
    let text = format!("\"{shown}\" is not a valid choice.");
    ErrorMessage::new(text, "invalid_choice")
}

fn opposite(order: &Order) -> Order {
    match order {
        Order::Asc => Order::Desc,
        Order::Desc => Order::Asc,
        other => other.clone(),
    }
}

impl<E: EntityTrait> Default for OrderBy<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: EntityTrait> fmt::Debug for OrderBy<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.terms.iter().map(|term| term.name.as_ref()).collect();
        f.debug_struct("OrderBy")
            .field("param", &self.param)
            .field("terms", &names)
            .finish_non_exhaustive()
    }
}
