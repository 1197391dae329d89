//! From a value of the path to one row.

use std::{any::Any, fmt, future::IntoFuture};

use futures_util::future::BoxFuture;
use restflow_exceptions::{ApiError, Result};
use restflow_serializers::{Representation, SerializerClass};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IdenStatic,
    Iterable, PrimaryKeyToColumn, QueryFilter, QueryResult, QueryTrait, Schema,
    sea_query::SelectStatement,
};
use tokio::sync::OnceCell;

use crate::{
    GenericView, Instance, ObjectRef, Request,
    api_view::resolve,
    generic_view::{Built, built, resolve_queryset},
    key::Key,
    nesting,
    object::ReadObject,
};

/// The column that the path of the view `V` addresses; a column converts into it.
pub type LookupField<V> = Lookup<<<V as GenericView>::Entity as EntityTrait>::Column>;

/// How a path names one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<C> {
    /// The primary key. A composite one is written with commas: `/lines/7,2/`. Its texts must not
    /// contain commas; such a row has no path and is not found. Look it up yourself then, in
    /// [`get_object`](GenericView::get_object).
    PrimaryKey,
    /// A column that is unique among the rows of the queryset. Where two rows have the value of the
    /// path, the answer is a logged 500 and neither row is touched.
    Column(C),
    /// None: [`get_object`](GenericView::get_object) is overridden and finds the object in its own
    /// way, by the user (`/me/`) or by several captures. The path needs no capture for it.
    Own,
}

impl<C: ColumnTrait> From<C> for Lookup<C> {
    fn from(column: C) -> Self {
        Self::Column(column)
    }
}

impl<C: ColumnTrait> Lookup<C> {
    /// `pk`, or the name of the column.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::PrimaryKey | Self::Own => "pk",
            Self::Column(column) => column.as_str(),
        }
    }

    pub(crate) fn key<E: EntityTrait<Column = C>>(&self) -> Result<Key<C>, NoKey<C>> {
        let key = match self {
            Self::PrimaryKey => {
                Key::new(E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column))
            }
            Self::Column(column) => Key::new([*column]),
            Self::Own => return Err(NoKey::Own),
        };
        key.map_err(NoKey::Column)
    }

    /// Whether it is the primary key, by whatever name.
    pub(crate) fn is_primary_key<E: EntityTrait<Column = C>>(&self) -> bool {
        let Self::Column(column) = self else {
            return matches!(self, Self::PrimaryKey);
        };
        let key: Vec<_> = E::PrimaryKey::iter()
            .map(PrimaryKeyToColumn::into_column)
            .collect();
        matches!(key.as_slice(), [only] if only.as_str() == column.as_str())
    }

    /// Whether the database itself keeps two rows from having one value.
    pub(crate) fn is_unique<E: EntityTrait<Column = C>>(&self) -> bool {
        match self {
            Self::PrimaryKey => true,
            Self::Column(column) => {
                // The entity says it to nobody but its table; any backend will do.
                let column = Schema::new(DbBackend::Sqlite).get_column_def::<E>(*column);
                column.get_column_spec().unique
            }
            Self::Own => false,
        }
    }
}

/// Why a path cannot be looked up by the columns of a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NoKey<C> {
    /// No path can name the values of this column.
    Column(C),
    /// The view looks up its object itself.
    Own,
}

/// The search for the object of the path, see [`GenericView::get_object`].
///
/// Awaited it is the whole row. [`represent`](Self::represent) reads the columns of a serializer
/// instead, which is what `retrieve` does.
#[must_use = "a lookup does nothing until it is awaited"]
pub struct ObjectLookup<'a, V: GenericView> {
    view: &'a V,
    request: &'a Request,
    found_by: Option<BoxFuture<'a, Result<Instance<V>>>>,
}

impl<'a, V: GenericView> ObjectLookup<'a, V> {
    /// The lookup by the view's lookup field.
    pub fn new(view: &'a V, request: &'a Request) -> Self {
        Self {
            view,
            request,
            found_by: None,
        }
    }

    /// A lookup of one's own: `find` yields the row or an error, usually
    /// [`ApiError::object_not_found`]. The object permissions are checked afterwards. See
    /// [`GenericView::get_object`] for an example.
    ///
    /// Where the view is [nested](crate::NestedUnder), a row of another parent than that of the path
    /// is a 404, which costs a query unless the path itself, or the parent that was looked up, has
    /// the value of its foreign key.
    pub fn by(mut self, find: impl Future<Output = Result<Instance<V>>> + Send + 'a) -> Self {
        self.found_by = Some(Box::pin(find));
        self
    }

    /// The object in the columns and the form of `class`, with one query (and one for each
    /// relation that it shows). The whole row is loaded only where a permission looks at it, or
    /// where the lookup is not the default one; an override of
    /// [`check_object_permissions`](crate::ApiView::check_object_permissions) that looks at it
    /// loads it again, whole.
    pub async fn represent(self, class: SerializerClass) -> Result<Box<dyn Representation>> {
        let Self { view, request, .. } = self;
        let post_fetches = view.get_post_fetches(request);
        let context = view
            .get_serializer_context(request)
            .with_post_fetches(&post_fetches);
        if self.found_by.is_some() || resolve::permissions(view, request).checks_objects() {
            let object = self.await?;
            return class.represent_model(&object, &context).await;
        }
        let row = fetch_object(view, request, |statement| class.project(statement)).await?;
        let unread = UnreadObject {
            view,
            request,
            object: OnceCell::new(),
        };
        let object = ObjectRef::unread::<Instance<V>>(&unread);
        view.check_object_permissions(request, object).await?;
        match unread.object.get() {
            // What is shown is what was checked, also where the row has changed in between.
            Some(checked) => class.represent_model(checked, &context).await,
            None => class.represent_row(row, &context).await,
        }
    }

    async fn find(self) -> Result<Instance<V>> {
        let Self {
            view,
            request,
            found_by,
        } = self;
        let object = match found_by {
            Some(find) => {
                let object = find.await?;
                nesting::check_parent::<V>(request, &object).await?;
                object
            }
            None => read_object(view, request).await?,
        };
        view.check_object_permissions(request, (&object).into())
            .await?;
        Ok(object)
    }
}

impl<V: GenericView> fmt::Debug for ObjectLookup<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectLookup")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl<'a, V: GenericView> IntoFuture for ObjectLookup<'a, V> {
    type Output = Result<Instance<V>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.find())
    }
}

/// The object of the path, of which only the shown columns have been read.
struct UnreadObject<'a, V: GenericView> {
    view: &'a V,
    request: &'a Request,
    object: OnceCell<Instance<V>>,
}

impl<V: GenericView> ReadObject for UnreadObject<'_, V> {
    fn read(&self) -> BoxFuture<'_, Result<&(dyn Any + Send + Sync)>> {
        let read = || read_object(self.view, self.request);
        Box::pin(async move {
            let object = self.object.get_or_try_init(read).await?;
            Ok(object as &(dyn Any + Send + Sync))
        })
    }
}

/// The whole row of the path.
async fn read_object<V: GenericView>(view: &V, request: &Request) -> Result<Instance<V>> {
    let row = fetch_object(view, request, |_whole| {}).await?;
    Ok(Instance::<V>::from_query_result(&row, "")?)
}

/// Queryset, filters, the condition of the path, and the one row that fulfills them, in the columns
/// that `project` leaves.
async fn fetch_object<V: GenericView>(
    view: &V,
    request: &Request,
    project: impl FnOnce(&mut SelectStatement),
) -> Result<QueryResult> {
    let queryset = resolve_queryset(view, request).await?;
    let queryset = view.filter_queryset(request, queryset).await?;
    let own;
    let built = match built::<V>(request) {
        Some(built) => built,
        None => {
            own = Built::new(view);
            &own
        }
    };
    let condition = condition::<V>(request, built)?;
    let mut statement = queryset.filter(condition).into_query();
    project(&mut statement);
    let row = if built.lookup_is_unique {
        request.db().query_one(&statement).await?
    } else {
        let mut rows = request.db().query_all(statement.limit(2)).await?;
        if rows.len() > 1 {
            return Err(ApiError::internal(format!(
                "several rows have the value of the path that `{}` looks up: its `lookup_field` \
                 must be unique among the rows of the queryset",
                std::any::type_name::<V>(),
            )));
        }
        rows.pop()
    };
    row.ok_or_else(ApiError::object_not_found)
}

/// That the key has the value of the path. A value that cannot be a key is no object.
fn condition<V: GenericView>(request: &Request, built: &Built<V>) -> Result<Condition> {
    let view = std::any::type_name::<V>();
    let key = built.key.as_ref().map_err(|no_key| {
        ApiError::internal(match no_key {
            NoKey::Column(column) => format!(
                "`{view}` looks up its object by the column `{}`, whose values a path cannot \
                 name: override `lookup_field`, or look it up yourself in `get_object`",
                column.as_str(),
            ),
            NoKey::Own => format!(
                "`{view}` says `Lookup::Own`, and its `get_object` asks for the default lookup: \
                 find the object with `ObjectLookup::by`, or name a `lookup_field`"
            ),
        })
    })?;
    let kwarg = built.lookup_url_kwarg;
    let text = request.kwargs().get(kwarg).ok_or_else(|| {
        ApiError::internal(format!(
            "`{view}` looks up its object by the capture `{kwarg}`, which the path `{}` does not \
             have: name the capture so, or override `lookup_field` or `lookup_url_kwarg`",
            request.route().pattern,
        ))
    })?;
    key.condition(text).ok_or_else(ApiError::object_not_found)
}
