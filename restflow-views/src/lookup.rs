//! From a value of the path to one row.

use std::{fmt, future::IntoFuture};

use futures_util::future::BoxFuture;
use restflow_exceptions::{ApiError, Result};
use restflow_serializers::{Representation, SerializerClass};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IdenStatic, Iterable,
    PrimaryKeyToColumn, QueryFilter, QueryTrait, Select,
};

use crate::{
    ApiViewExt, GenericView, Instance, Request,
    api_view::resolve,
    generic_view::{Built, built, resolve_queryset},
    key::Key,
};

/// The column that the path of the view `V` addresses; a column converts into it.
pub type LookupField<V> = Lookup<<<V as GenericView>::Entity as EntityTrait>::Column>;

/// The primary key, or a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<C> {
    /// The primary key. A composite one is written with commas: `/lines/7,2/`. Its texts must not
    /// contain commas; such a row has no path and is not found. Look it up yourself then, in
    /// [`get_object`](GenericView::get_object).
    PrimaryKey,
    /// A unique column.
    Column(C),
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
            Self::PrimaryKey => "pk",
            Self::Column(column) => column.as_str(),
        }
    }

    /// Fails with the first column whose values no path can name.
    pub(crate) fn key<E: EntityTrait<Column = C>>(&self) -> Result<Key<C>, C> {
        match self {
            Self::PrimaryKey => {
                Key::new(E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column))
            }
            Self::Column(column) => Key::new([*column]),
        }
    }
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
    pub fn by(mut self, find: impl Future<Output = Result<Instance<V>>> + Send + 'a) -> Self {
        self.found_by = Some(Box::pin(find));
        self
    }

    /// The object in the columns and the form of `class`, with one query (and one for each
    /// relation that it shows). The whole row is loaded only where a permission looks at it, or
    /// where the lookup is not the default one.
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
        let mut statement = select_object(view, request).await?.into_query();
        class.project(&mut statement);
        let row = request.db().query_one(&statement).await?;
        let row = row.ok_or_else(ApiError::object_not_found)?;
        class.represent_row(row, &context).await
    }

    async fn find(self) -> Result<Instance<V>> {
        let Self {
            view,
            request,
            found_by,
        } = self;
        let object = match found_by {
            Some(find) => find.await?,
            // Not `.one()`: it binds a LIMIT, which a lookup by a unique column does not need.
            None => {
                let statement = select_object(view, request).await?.into_query();
                let row = request.db().query_one(&statement).await?;
                let row = row.ok_or_else(ApiError::object_not_found)?;
                Instance::<V>::from_query_result(&row, "")?
            }
        };
        view.check_object_permissions(request, &object).await?;
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

/// Queryset, filters and the condition of the path.
async fn select_object<V: GenericView>(view: &V, request: &Request) -> Result<Select<V::Entity>> {
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
    let kwarg = built.lookup_url_kwarg;
    let Some(text) = request.kwargs().get(kwarg) else {
        return Err(ApiError::internal(format!(
            "`{}` looks up its object by the capture `{kwarg}`, which the path `{}` does not \
             have: name the capture so, or override `lookup_field` or `lookup_url_kwarg`",
            std::any::type_name::<V>(),
            request.route().pattern,
        )));
    };
    let key = built.key.as_ref().map_err(|column| {
        ApiError::internal(format!(
            "`{}` looks up its object by the column `{}`, whose values a path cannot name: \
             override `lookup_field`, or look it up yourself in `get_object`",
            std::any::type_name::<V>(),
            column.as_str(),
        ))
    })?;
    let condition = key.condition(text).ok_or_else(ApiError::object_not_found)?;
    Ok(queryset.filter(condition))
}
