//! The relation of a child to the parent of the path, as conditions and keys.

use std::{
    any::{Any, TypeId, type_name},
    marker::PhantomData,
    sync::Arc,
};

use futures_util::future::BoxFuture;
use http::{HeaderValue, Method};
use restflow_exceptions::{ApiError, ErrorDetail, ErrorMessage, NON_FIELD_ERRORS, Result};
use restflow_fields::FieldKind;
use sea_orm::{
    ColumnTrait, Condition, EntityName, EntityTrait, IdenStatic, Identity, Iterable, ModelTrait,
    PrimaryKeyToColumn, QueryFilter, QuerySelect, QueryTrait, Value,
    sea_query::{Expr, SelectStatement},
};

use super::{ChildOf, ErasedScope, NestedUnder, ParentScope, ParentView, not_resolved};
use crate::{
    GenericView, Instance, Kwargs, Request, RouteContext, Settings, UrlTable, ViewState,
    generic_view::Built, key::KeyType, lookup::NoKey,
};

type Column<V> = <<V as GenericView>::Entity as EntityTrait>::Column;

/// Restricts the rows of `V` to the row of `P` that a capture names.
pub(super) struct Scope<V: GenericView, P: GenericView> {
    parent: ParentView,
    /// The capture with the key of the parent: `product_pk`.
    kwarg: &'static str,
    /// The same capture in the parent's own paths: `pk`.
    parent_kwarg: &'static str,
    /// The column that the parent is looked up by.
    lookup: Column<P>,
    lookup_type: KeyType,
    lookup_is_unique: bool,
    relation: Relation<Column<V>, Column<P>>,
    resolves_parents: bool,
    view: PhantomData<fn() -> V>,
}

/// How a row of the child refers to its parent.
enum Relation<C, P> {
    /// By a column of the child, which holds that column of the parent.
    ForeignKey { child: C, parent: P },
    /// By a column of the parent, or through a table between them.
    Other,
}

impl<V: NestedUnder<P>, P: GenericView> Scope<V, P> {
    pub(super) fn new(parent: ParentView, kwarg: &'static str) -> Result<Self, String> {
        let built = parent.generic.as_ref();
        let built = built.and_then(|generic| generic.built.downcast_ref::<Built<P>>());
        let built = built
            .ok_or_else(|| format!("`{}` describes itself without its entity", type_name::<P>()))?;
        let key = built.key.as_ref().map_err(|no_key| match no_key {
            NoKey::Column(column) => format!(
                "its parent `{}` is looked up by the column `{}`, whose values a path cannot name: \
                 override `lookup_field` there",
                type_name::<P>(),
                column.as_str(),
            ),
            NoKey::Own => format!(
                "its parent `{}` says `Lookup::Own`, so that no capture names the parent: name a \
                 `lookup_field` there, or nest the viewset without `#[nested_under]` and restrict \
                 its rows in `get_queryset`",
                type_name::<P>(),
            ),
        })?;
        let (lookup, lookup_type) = key.single().ok_or_else(|| {
            format!(
                "its parent `{}` has a key of several columns, and a foreign key of one cannot \
                 refer to it: look the parent up by one column with `lookup_field`, or nest the \
                 viewset without `#[nested_under]` and restrict its rows in `get_queryset`",
                type_name::<P>(),
            )
        })?;
        let outer = parent.scope.as_ref();
        let resolves_parents =
            V::RESOLVE_PARENTS || outer.is_some_and(ParentScope::resolves_parents);
        if !resolves_parents && !built.lookup_is_unique {
            return Err(format!(
                "its parent `{parent}` is looked up by the column `{column}`, of which the table \
                 may have several rows with one value, and which of them is meant only `{parent}` \
                 knows: ask it with `#[nested_under({name}, resolve_parents)]`, or declare the \
                 column `#[sea_orm(unique)]`",
                parent = type_name::<P>(),
                name = type_name::<P>().rsplit("::").next().unwrap_or_default(),
                column = lookup.as_str(),
            ));
        }
        Ok(Self {
            kwarg,
            parent_kwarg: built.lookup_url_kwarg,
            lookup,
            lookup_type: lookup_type.clone(),
            relation: relation::<V, P>()?,
            lookup_is_unique: built.lookup_is_unique,
            resolves_parents,
            parent,
            view: PhantomData,
        })
    }

    /// Whether the foreign key is the value of the path itself.
    fn is_direct(&self) -> bool {
        match &self.relation {
            Relation::ForeignKey { parent, .. } => parent.as_str() == self.lookup.as_str(),
            Relation::Other => false,
        }
    }

    fn key(&self, kwargs: &Kwargs) -> Option<Value> {
        self.lookup_type.parse(kwargs.get(self.kwarg)?)
    }

    /// That a row of the parent's table is the parent of the path, and belongs to its own parent.
    fn is_parent(&self, kwargs: &Kwargs) -> Option<Condition> {
        let is_named = Condition::all().add(self.lookup.eq(self.key(kwargs)?));
        match &self.parent.scope {
            Some(ParentScope(outer)) => Some(is_named.add(outer.condition_of_parent(kwargs)?)),
            None => Some(is_named),
        }
    }

    /// The row of the parent, where it was looked up as its own viewset shows it.
    ///
    /// Fails where it was not, and the path alone does not say which row it is.
    fn resolved<'a>(&self, request: &'a Request) -> Result<Option<&'a Instance<P>>> {
        let resolved = request.resolved_parents().get();
        if resolved.is_none() && !self.lookup_is_unique {
            return Err(not_resolved::<Instance<P>>(request));
        }
        Ok(resolved)
    }

    /// That a row of the child refers to this row of the parent, and to no other that has the value
    /// of the path as well.
    fn belongs_to(&self, parent: &Instance<P>) -> Condition {
        match &self.relation {
            Relation::ForeignKey {
                child,
                parent: column,
            } => Condition::all().add(child.eq(parent.get(*column))),
            Relation::Other => {
                let key = <P::Entity as EntityTrait>::PrimaryKey::iter();
                let is_parent = key
                    .map(PrimaryKeyToColumn::into_column)
                    .fold(Condition::all(), |is_parent, column| {
                        is_parent.add(column.eq(parent.get(column)))
                    });
                Condition::all().add(Expr::exists(related::<V, P>(is_parent)))
            }
        }
    }

    /// The condition for `foreign_key` and the view, where the parent was not looked up.
    fn belongs(&self, kwargs: &Kwargs) -> Option<Condition> {
        match &self.relation {
            Relation::ForeignKey { child, .. }
                if self.is_direct() && self.parent.scope.is_none() =>
            {
                Some(Condition::all().add(child.eq(self.key(kwargs)?)))
            }
            Relation::ForeignKey { child, parent } => {
                let parents = P::Entity::find()
                    .select_only()
                    .column(*parent)
                    .filter(self.is_parent(kwargs)?)
                    .into_query();
                Some(Condition::all().add(child.in_subquery(parents)))
            }
            Relation::Other => {
                let parents = related::<V, P>(self.is_parent(kwargs)?);
                Some(Condition::all().add(Expr::exists(parents)))
            }
        }
    }

    async fn find_foreign_key(&self, request: &Request) -> Result<Option<Value>> {
        let Relation::ForeignKey { parent, .. } = &self.relation else {
            return Ok(None);
        };
        if let Some(resolved) = self.resolved(request)? {
            return Ok(Some(resolved.get(*parent)));
        }
        let kwargs = request.kwargs();
        let key = self.key(kwargs).ok_or_else(ApiError::object_not_found)?;
        if self.is_direct() && self.parent.scope.is_none() {
            return Ok(Some(key));
        }
        if let Some(FoundKey(known)) = request.get() {
            return Ok(Some(known));
        }
        let is_parent = self.is_parent(kwargs);
        let is_parent = is_parent.ok_or_else(ApiError::object_not_found)?;
        let found = P::Entity::find()
            .filter(is_parent)
            .one(request.db())
            .await?;
        let found = found.ok_or_else(no_parent)?.get(*parent);
        request.insert(FoundKey(found.clone()));
        Ok(Some(found))
    }
}

/// The foreign key that was found for the new rows of a request.
#[derive(Clone)]
struct FoundKey(Value);

/// What the database says where the foreign key is the value of the path, in the same words.
fn no_parent() -> ApiError {
    let message = ErrorMessage::new("The related object does not exist.", "does_not_exist");
    ApiError::validation(ErrorDetail::field(NON_FIELD_ERRORS, message))
}

fn relation<V: NestedUnder<P>, P: GenericView>() -> Result<Relation<Column<V>, Column<P>>, String> {
    let relation = <V::Entity as ChildOf<P::Entity>>::relation_to_parent();
    let junction = <V::Entity as ChildOf<P::Entity>>::relation_of_junction();
    if junction.is_some() || relation.is_owner {
        let (child, parent) = (V::Entity::default(), P::Entity::default());
        return if child.table_name() == parent.table_name() {
            Err(format!(
                "`{}` is nested under rows of its own table `{}`, to which it has no foreign key: \
                 nest it without `#[nested_under]` and restrict its rows in `get_queryset`",
                type_name::<V>(),
                child.table_name(),
            ))
        } else {
            Ok(Relation::Other)
        };
    }
    let child = column::<V>(&relation.from_col);
    let parent = column::<P>(&relation.to_col);
    let (Some(child), Some(parent)) = (child, parent) else {
        return Err(format!(
            "the relation of `{}` to `{}` is a foreign key of several columns: nest the viewset \
             without `#[nested_under]` and restrict its rows in `get_queryset`",
            type_name::<V::Entity>(),
            type_name::<P::Entity>(),
        ));
    };
    Ok(Relation::ForeignKey { child, parent })
}

/// The one column of an end of a relation.
fn column<V: GenericView>(identity: &Identity) -> Option<Column<V>> {
    let Identity::Unary(name) = identity else {
        return None;
    };
    let name = name.to_string();
    Column::<V>::iter().find(|column| column.as_str() == name)
}

/// `SELECT 1 FROM parent … WHERE condition AND it is related to the row of the child`.
fn related<V: NestedUnder<P>, P: GenericView>(condition: Condition) -> SelectStatement {
    let relation = <V::Entity as ChildOf<P::Entity>>::relation_to_parent();
    let mut parents = P::Entity::find()
        .select_only()
        .expr(Expr::cust("1"))
        .filter(Condition::all().add(condition).add(relation))
        .into_query();
    if let Some(junction) = <V::Entity as ChildOf<P::Entity>>::relation_of_junction() {
        parents.inner_join(junction.from_tbl.clone(), junction);
    }
    parents
}

impl<V: NestedUnder<P>, P: GenericView> ErasedScope for Scope<V, P> {
    fn child(&self) -> TypeId {
        TypeId::of::<V>()
    }

    fn kwarg(&self) -> &'static str {
        self.kwarg
    }

    fn outer(&self) -> Option<&ParentScope> {
        self.parent.scope.as_ref()
    }

    fn filled_column(&self) -> Option<&'static str> {
        match &self.relation {
            Relation::ForeignKey { child, .. } => Some(child.as_str()),
            Relation::Other => None,
        }
    }

    fn filled_kind(&self) -> Option<FieldKind> {
        let Relation::ForeignKey { child, .. } = &self.relation else {
            return None;
        };
        match KeyType::of(child.def().get_column_type())? {
            KeyType::Text => Some(FieldKind::String),
            ty => Some(ty.kind()).filter(|kind| *kind != FieldKind::String),
        }
    }

    fn is_known_child(&self, request: &Request, object: &dyn Any) -> bool {
        let Relation::ForeignKey { child, parent } = &self.relation else {
            return false;
        };
        let key = match request.resolved_parents().get::<Instance<P>>() {
            Some(resolved) => Some(resolved.get(*parent)),
            None if self.is_direct() && self.parent.scope.is_none() => self.key(request.kwargs()),
            None => None,
        };
        let object = object.downcast_ref::<Instance<V>>();
        key.is_some() && object.map(|object| object.get(*child)) == key
    }

    fn resolves_parents(&self) -> bool {
        self.resolves_parents
    }

    fn condition(&self, request: &Request) -> Result<Condition> {
        match self.resolved(request)? {
            Some(parent) => Ok(self.belongs_to(parent)),
            None => {
                let condition = self.belongs(request.kwargs());
                condition.ok_or_else(ApiError::object_not_found)
            }
        }
    }

    fn condition_of_parent(&self, kwargs: &Kwargs) -> Option<Condition> {
        self.belongs(kwargs)
    }

    fn foreign_key<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Option<Value>>> {
        Box::pin(self.find_foreign_key(request))
    }

    fn context(
        &self,
        settings: &Arc<Settings>,
        urls: &Arc<UrlTable>,
        pattern: &Arc<str>,
    ) -> Arc<RouteContext> {
        let parent = &self.parent;
        let state = parent.state.get_or_init(|| {
            let view: &P = self.parent_view();
            Arc::new(ViewState::new(view, settings, parent.generic.clone()))
        });
        Arc::new(RouteContext {
            action: Some("retrieve"),
            basename: Some(Arc::clone(&parent.basename)),
            detail: Some(true),
            action_map: [(Method::GET, "retrieve")].into_iter().collect(),
            suffix: Some("Instance"),
            name: Arc::clone(&parent.basename),
            description: "".into(),
            pattern: Arc::clone(pattern),
            allow: HeaderValue::from_static("GET"),
            overrides: parent.retrieve.clone().or_settings(settings),
            view: Arc::clone(state),
            urls: Arc::clone(urls),
            parents: parent.scope.clone(),
        })
    }

    fn parent_kwargs(&self, kwargs: &Kwargs) -> Kwargs {
        let before = kwargs.iter().take_while(|(name, _)| *name != self.kwarg);
        let own = kwargs.get(self.kwarg).map(|key| (self.parent_kwarg, key));
        let all = before.chain(own);
        all.map(|(name, value)| (name, value.to_owned())).collect()
    }

    fn resolve<'a>(
        &'a self,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Arc<dyn Any + Send + Sync>>> {
        Box::pin(async move {
            let view = self.parent_view();
            view.check_permissions(request).await?;
            let parent: Instance<P> = view.get_object(request).await?;
            Ok(Arc::new(parent) as _)
        })
    }
}

impl<V: GenericView, P: GenericView> Scope<V, P> {
    fn parent_view(&self) -> &P {
        let view = self.parent.view.downcast_ref();
        view.expect("`Nesting::is_under` has compared the types")
    }
}
