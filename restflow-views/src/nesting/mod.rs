//! A view below the rows of another one: which rows it may touch, and to which parent new ones
//! belong.

mod resolve;
mod scope;

use std::{
    any::{Any, TypeId, type_name},
    fmt,
    sync::{Arc, OnceLock},
};

use futures_util::future::BoxFuture;
use restflow_exceptions::{ApiError, Result};
use restflow_fields::FieldKind;
use restflow_serializers::{Input, SerializerClass, ValidatedMany};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IdenStatic, Iterable, ModelTrait,
    PrimaryKeyToColumn, QueryFilter, Related, RelationDef, Value,
};

pub(crate) use self::resolve::{ParentResolver, ResolvedParents, not_resolved};
use self::scope::Scope;
use crate::{
    ActionOverrides, GenericDescription, GenericView, Instance, Kwargs, Queryset, Request,
    RouteContext, Settings, UrlTable, Validated, ViewState,
};

/// An entity whose rows belong to rows of `P`, because it has a relation to it.
///
/// Nobody implements it: every entity is one that is [`Related`] to `P`, by a foreign key of its
/// own, by one of `P`, or through a table between them.
#[diagnostic::on_unimplemented(
    message = "the rows of `{Self}` do not belong to rows of `{P}`",
    label = "these two entities are not related",
    note = "a viewset is nested under the viewset of an entity that its own entity has a relation to",
    note = "declare the relation on the model of the child: `#[sea_orm(belongs_to, from = \"…_id\", to = \"id\")]`, or name another viewset in `#[nested_under(…)]`"
)]
pub trait ChildOf<P: EntityTrait>: EntityTrait {
    /// The relation to the parent, or to the table between.
    #[doc(hidden)]
    fn relation_to_parent() -> RelationDef;

    /// The relation of a table between, if there is one, to the parent.
    #[doc(hidden)]
    fn relation_of_junction() -> Option<RelationDef>;
}

#[diagnostic::do_not_recommend]
impl<C: EntityTrait + Related<P>, P: EntityTrait> ChildOf<P> for C {
    fn relation_to_parent() -> RelationDef {
        C::via().unwrap_or_else(C::to)
    }

    fn relation_of_junction() -> Option<RelationDef> {
        C::via().map(|_junction| C::to())
    }
}

/// A view that stands below the detail of the view `P`, whose rows belong to the row of the path.
///
/// Implemented by `#[nested_under(P)]` beside the derive of a viewset, and by the relation of their
/// entities alone: two entities that are not related do not compile.
///
/// DRF: `NestedViewSetMixin` of drf-nested-routers, with its `parent_lookup_kwargs` read from the
/// relation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not nested under `{P}`",
    label = "its rows are not restricted to a row of this parent",
    note = "write `#[nested_under({P})]` on `{Self}`, beside the derive of the viewset; the entities must be related"
)]
pub trait NestedUnder<P: GenericView>: GenericView<Entity: ChildOf<P::Entity>> {
    /// Whether the parents of the path are looked up first, each through its own viewset:
    /// `#[nested_under(P, resolve_parents)]`. They are, too, where `P` says so of its own parents,
    /// for what stands below a row is no less protected than the row.
    ///
    /// Needed where the lookup column of `P` is not unique in its table but only among the rows of
    /// its queryset; without it this is refused at start-up.
    const RESOLVE_PARENTS: bool = false;
}

/// That a view is nested under another one, as data for routers.
pub struct Nesting {
    parent: TypeId,
    parent_name: &'static str,
    scope: fn(ParentView, &'static str) -> Result<ParentScope, String>,
}

impl Nesting {
    /// The nesting of `V` under `P`.
    #[must_use]
    pub fn under<V: NestedUnder<P>, P: GenericView>() -> Self {
        Self {
            parent: TypeId::of::<P>(),
            parent_name: type_name::<P>(),
            scope: |parent, kwarg| {
                Scope::<V, P>::new(parent, kwarg).map(|scope| ParentScope(Arc::new(scope)))
            },
        }
    }

    /// The type of the parent, for messages.
    #[must_use]
    pub const fn parent_name(&self) -> &'static str {
        self.parent_name
    }

    /// Whether it is this view that it is nested under.
    #[must_use]
    pub fn is_under(&self, parent: &ParentView) -> bool {
        parent.type_id == self.parent
    }

    /// What restricts the view to the row of `parent` whose key is the capture `kwarg`.
    ///
    /// Fails with what is wrong with the configuration: the key of the parent is none that one
    /// capture can name.
    pub fn scope(&self, parent: ParentView, kwarg: &'static str) -> Result<ParentScope, String> {
        (self.scope)(parent, kwarg)
    }
}

impl fmt::Debug for Nesting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Nesting").field(&self.parent_name).finish()
    }
}

/// A registered viewset that others are nested under, without its type.
#[derive(Clone)]
pub struct ParentView {
    type_id: TypeId,
    view: Arc<dyn Any + Send + Sync>,
    state: Arc<OnceLock<Arc<ViewState>>>,
    generic: Option<GenericDescription>,
    retrieve: ActionOverrides,
    basename: Arc<str>,
    scope: Option<ParentScope>,
}

impl ParentView {
    /// Describes the registered `view`. `state` is filled when its first route is mounted,
    /// `retrieve` is what its action `retrieve` overrides, and `scope` what restricts its own rows.
    #[must_use]
    pub fn new<V: crate::ApiView>(
        view: Arc<V>,
        state: Arc<OnceLock<Arc<ViewState>>>,
        generic: Option<GenericDescription>,
        retrieve: ActionOverrides,
        basename: Arc<str>,
        scope: Option<ParentScope>,
    ) -> Self {
        Self {
            type_id: TypeId::of::<V>(),
            view,
            state,
            generic,
            retrieve,
            basename,
            scope,
        }
    }
}

impl fmt::Debug for ParentView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParentView")
            .field("basename", &self.basename)
            .finish_non_exhaustive()
    }
}

/// What restricts the rows of a nested view to the parent of the path; cheap to clone.
#[derive(Clone)]
pub struct ParentScope(Arc<dyn ErasedScope>);

impl ParentScope {
    /// The column of new rows that holds the key of their parent; `None` where the relation is no
    /// foreign key of the child.
    #[must_use]
    pub fn filled_column(&self) -> Option<&'static str> {
        self.0.filled_column()
    }

    /// How a client writes the values of that column; `None` for others than whole numbers, texts
    /// and UUIDs.
    pub(crate) fn filled_kind(&self) -> Option<FieldKind> {
        self.0.filled_kind()
    }

    /// Whether the parents are looked up before the handler runs, and can refuse the client.
    #[must_use]
    pub fn resolves_parents(&self) -> bool {
        self.0.resolves_parents()
    }

    /// What resolves the parents of a path, the outermost first; nothing unless that was chosen.
    pub(crate) fn resolvers(
        &self,
        settings: &Arc<Settings>,
        urls: &Arc<UrlTable>,
        pattern: &Arc<str>,
    ) -> Vec<ParentResolver> {
        let mut resolvers = Vec::new();
        let mut scope = self.resolves_parents().then_some(self);
        while let Some(Self(inner)) = scope {
            resolvers.push(ParentResolver {
                context: inner.context(settings, urls, pattern),
                scope: Arc::clone(inner),
            });
            scope = inner.outer();
        }
        resolvers.reverse();
        resolvers
    }
}

impl fmt::Debug for ParentScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParentScope")
            .field("kwarg", &self.0.kwarg())
            .field("filled_column", &self.0.filled_column())
            .finish_non_exhaustive()
    }
}

/// A `Scope` without the types of child and parent.
trait ErasedScope: Send + Sync {
    /// The type of the view whose rows are restricted.
    fn child(&self) -> TypeId;

    /// The capture that holds the key of the parent.
    fn kwarg(&self) -> &'static str;

    /// What restricts the parent in its turn.
    fn outer(&self) -> Option<&ParentScope>;

    fn filled_column(&self) -> Option<&'static str>;

    fn filled_kind(&self) -> Option<FieldKind>;

    fn resolves_parents(&self) -> bool;

    /// That a row of the child belongs to the parent of the path, to the very row where that was
    /// looked up. A capture that cannot be a key is a 404.
    fn condition(&self, request: &Request) -> Result<Condition>;

    /// The same by the captures alone, as a part of the condition of a grandchild; `None` where one
    /// cannot be a key.
    fn condition_of_parent(&self, kwargs: &Kwargs) -> Option<Condition>;

    /// Whether it is known without a query that a row belongs to the parent of the path.
    fn is_known_child(&self, request: &Request, object: &dyn Any) -> bool;

    /// What the foreign key of a new row is.
    fn foreign_key<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Option<Value>>>;

    /// Where the parent would be retrieved.
    fn context(
        &self,
        settings: &Arc<Settings>,
        urls: &Arc<UrlTable>,
        pattern: &Arc<str>,
    ) -> Arc<RouteContext>;

    /// The captures of the path up to the parent, as the parent's own path names them.
    fn parent_kwargs(&self, kwargs: &Kwargs) -> Kwargs;

    /// Looks up the parent as its own `retrieve` would. `request` is one for the parent.
    fn resolve<'a>(
        &'a self,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Arc<dyn Any + Send + Sync>>>;
}

/// What restricts the view `V`, if the request has arrived at it and it is nested there.
fn scope<V: GenericView>(request: &Request) -> Option<&dyn ErasedScope> {
    let ParentScope(scope) = request.route().parents.as_ref()?;
    (scope.child() == TypeId::of::<V>()).then_some(&**scope)
}

/// The rows of `queryset` that belong to the parent of the path. A capture that cannot be a key is
/// no parent.
pub(crate) fn scoped<V: GenericView>(
    request: &Request,
    queryset: Queryset<V>,
) -> Result<Queryset<V>> {
    let Some(scope) = scope::<V>(request) else {
        return Ok(queryset);
    };
    Ok(queryset.filter(scope.condition(request)?))
}

/// Refuses a row that was found by other means than the scoped rows and belongs to another parent.
pub(crate) async fn check_parent<V: GenericView>(
    request: &Request,
    object: &Instance<V>,
) -> Result<()> {
    let Some(scope) = scope::<V>(request) else {
        return Ok(());
    };
    if scope.is_known_child(request, object) {
        return Ok(());
    }
    let is_object = <V::Entity as EntityTrait>::PrimaryKey::iter()
        .map(PrimaryKeyToColumn::into_column)
        .fold(Condition::all(), |is_object, column| {
            is_object.add(column.eq(object.get(column)))
        });
    let found = V::Entity::find()
        .filter(is_object)
        .filter(scope.condition(request)?)
        .one(request.db())
        .await?;
    found.map(drop).ok_or_else(ApiError::object_not_found)
}

/// That new rows of `V` get a parent, which they do by a foreign key of their own only.
pub(crate) fn check_fills_parent<V: GenericView>(request: &Request) -> Result<()> {
    match scope::<V>(request) {
        Some(scope) if scope.filled_column().is_none() => Err(ApiError::internal(format!(
            "new rows of `{}` at `{}` would not belong to the parent of the path, for the relation \
             to it is no foreign key of theirs: validate them with the class of \
             `resolved_request_serializer`, and save them and the relation in one transaction",
            type_name::<V>(),
            request.route().pattern,
        ))),
        _ => Ok(()),
    }
}

/// Sets the foreign key of a new row.
pub(crate) async fn with_parent<V: GenericView>(
    request: &Request,
    row: Validated<V>,
) -> Result<Validated<V>> {
    Ok(match foreign_key::<V>(request).await? {
        Some((column, key)) => row.set(column, key),
        None => row,
    })
}

/// Sets the foreign key of new rows.
pub(crate) async fn with_parent_many<V: GenericView>(
    request: &Request,
    rows: ValidatedMany<V::Entity>,
) -> Result<ValidatedMany<V::Entity>> {
    Ok(match foreign_key::<V>(request).await? {
        Some((column, key)) => rows.set(column, key),
        None => rows,
    })
}

/// The body with the key of the parent in the fields of `class` that write the foreign key, so that
/// it is what validation judges: of one object, or with `many` of each object of a list.
pub(crate) async fn input_with_parent<V: GenericView>(
    request: &Request,
    class: SerializerClass,
    many: bool,
) -> Result<Input> {
    let mut input = request.input().await?;
    let column = scope::<V>(request).and_then(ErasedScope::filled_column);
    let fields = column.map(|column| class.writable_fields(column));
    let fields = fields.filter(|fields| !fields.is_empty());
    if let Some(fields) = fields
        && let Some((_, key)) = foreign_key::<V>(request).await?
        && let Some(key) = on_the_wire(&key)
    {
        for field in fields {
            input = match many {
                true => input.with_each(field.name, &key),
                false => input.with(field.name, &key),
            };
        }
    }
    Ok(input)
}

/// The value of a key as a client sends it; `None` for types that are refused at start-up.
fn on_the_wire(key: &Value) -> Option<serde_json::Value> {
    Some(match key {
        Value::TinyInt(key) => (*key)?.into(),
        Value::SmallInt(key) => (*key)?.into(),
        Value::Int(key) => (*key)?.into(),
        Value::BigInt(key) => (*key)?.into(),
        Value::TinyUnsigned(key) => (*key)?.into(),
        Value::SmallUnsigned(key) => (*key)?.into(),
        Value::Unsigned(key) => (*key)?.into(),
        Value::BigUnsigned(key) => (*key)?.into(),
        Value::String(key) => key.as_ref()?.to_string().into(),
        Value::Uuid(key) => key.as_ref()?.to_string().into(),
        _ => return None,
    })
}

/// Keeps an updated row at the parent of the path, where a field writes its foreign key.
pub(crate) async fn stays_with_parent<V: GenericView>(
    request: &Request,
    row: Validated<V>,
) -> Result<Validated<V>> {
    let row = stay_with_parent::<V>(request, [row].into_iter().collect()).await?;
    let row = row.into_iter().next();
    Ok(row.expect("there is as much as was given"))
}

/// The same for a list of updated rows.
pub(crate) async fn stay_with_parent<V: GenericView>(
    request: &Request,
    rows: ValidatedMany<V::Entity>,
) -> Result<ValidatedMany<V::Entity>> {
    let column = scope::<V>(request).and_then(|scope| column::<V>(scope));
    let writes =
        |row: &Validated<V>| column.is_some_and(|column| row.active_model().get(column).is_set());
    if !rows.iter().any(writes) {
        return Ok(rows);
    }
    let Some((column, key)) = foreign_key::<V>(request).await? else {
        return Ok(rows);
    };
    let rows = rows.into_iter().map(|row| match writes(&row) {
        true => row.set(column, key.clone()),
        false => row,
    });
    Ok(rows.collect())
}

/// The foreign key of the child.
fn column<V: GenericView>(scope: &dyn ErasedScope) -> Option<<V::Entity as EntityTrait>::Column> {
    let name = scope.filled_column()?;
    let column = <V::Entity as EntityTrait>::Column::iter().find(|column| column.as_str() == name);
    Some(column.expect("the column was found when the view was put on its path"))
}

type ForeignKey<V> = (<<V as GenericView>::Entity as EntityTrait>::Column, Value);

async fn foreign_key<V: GenericView>(request: &Request) -> Result<Option<ForeignKey<V>>> {
    let Some(scope) = scope::<V>(request) else {
        return Ok(None);
    };
    let Some(column) = column::<V>(scope) else {
        return Ok(None);
    };
    let key = scope.foreign_key(request).await?;
    Ok(key.map(|key| (column, key)))
}
