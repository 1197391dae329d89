//! Views over an entity.

use std::{any::TypeId, cell::Cell, sync::Arc};

use restflow_exceptions::{ApiError, Result};
use restflow_fields::{FieldKind, FieldType};
use restflow_filters::{FilterBackends, QueryParams};
use restflow_pagination::{CountCache, Envelope, Page, PageQuery, PageRequest, Paginator};
use restflow_serializers::{
    Key, KeyOf, ListLimits, ModelSerializer, Representation, RestEntity, SerializerClass,
    ValidatedMany,
};
use sea_orm::{EntityTrait, Order, Select};

use crate::{
    ApiView, GenericDescription, LookupField, ObjectLookup, Request, Response,
    action_config::ActionQueryset, api_view::resolve, bulk, defaults, dispatch::unfollowed,
    key::Key as LookupKey, lookup::NoKey, metadata::ObjectCheck, nesting, responses::represent_all,
};

/// A queryset of the view `V`: a `Select` of its entity.
pub type Queryset<V> = Select<<V as GenericView>::Entity>;

/// The validated body of a view: what a write hook gets, sets further columns on, and saves.
pub type Validated<V> = restflow_serializers::Validated<<V as GenericView>::Entity>;

/// One row of the view `V`: the model of its entity.
pub type Instance<V> = <<V as GenericView>::Entity as EntityTrait>::Model;

/// A view over an entity: where its rows come from, how one is looked up, what shows them.
///
/// Where an action's rows and serializer come from, the first that is there: the
/// [`ActionConfig`](crate::ActionConfig) of the action, the hooks
/// [`get_queryset`](Self::get_queryset) and
/// [`get_serializer_class`](ApiView::get_serializer_class), the attributes
/// [`queryset`](Self::queryset) and [`Serializer`](Self::Serializer). A view cannot be without.
///
/// The host of the five model mixins. Two types are required; the attributes (nouns) are read
/// once when the view is put on a path, the hooks (`get_…` and verbs) run for each request.
///
/// DRF: `rest_framework.generics.GenericAPIView`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a generic view",
    label = "no entity and no serializer are known",
    note = "write `impl GenericView for {Self} {{ type Entity = …; type Serializer = …; }}`",
    note = "its rows are all of the entity, those of `fn queryset(&self)` or `async fn get_queryset(&self, request)`, or for one action those of its `ActionConfig`",
    note = "a view without an entity has no model mixins: it answers with handlers of its own, see `#[handlers]` and `#[actions]`"
)]
pub trait GenericView: ApiView {
    /// The SeaORM entity whose rows the view shows.
    type Entity: RestEntity;

    /// The serializer that reads and writes them, a serializer of the same entity.
    type Serializer: ModelSerializer<Entity = Self::Entity>;

    /// The rows of the view, before filters. All rows of the entity by default.
    ///
    /// For rows that depend on the request override [`get_queryset`](Self::get_queryset).
    fn queryset(&self) -> Queryset<Self> {
        Self::Entity::find()
    }

    /// The column that the path addresses, the primary key by default. Any unique column will
    /// do: `fn lookup_field(&self) -> LookupField<Self> { category::Column::Slug.into() }`. A view
    /// that overrides [`get_object`](Self::get_object) and needs no such capture says
    /// [`Lookup::Own`](crate::Lookup::Own).
    fn lookup_field(&self) -> LookupField<Self> {
        LookupField::<Self>::PrimaryKey
    }

    /// The name of the capture of the path that holds the value, `None` for the name of the
    /// lookup field (`pk`, `slug`).
    fn lookup_url_kwarg(&self) -> Option<&'static str> {
        None
    }

    /// A regular expression that the value of the path must match whole, `None` for any text
    /// without slash and dot (DRF: `lookup_value_regex`). A value that does not match is no path
    /// at all.
    fn lookup_value_pattern(&self) -> Option<&'static str> {
        None
    }

    /// The backends that narrow and order the rows, applied in order. None by default.
    fn filter_backends(&self) -> FilterBackends<Self::Entity> {
        FilterBackends::new()
    }

    /// The paginator of lists. That of the [settings](crate::Settings::pagination_class) by
    /// default, and none there; without one, `None`, a list is answered whole.
    fn pagination_class(&self) -> Option<Paginator> {
        Some(Paginator::from_settings())
    }

    /// The rows of this request, before filters.
    ///
    /// Overridden to scope rows to the user or to the parent of a nested route. Build on
    /// [`defaults::get_queryset`], as one calls `super().get_queryset()`, and the queryset of an
    /// [`ActionConfig`](crate::ActionConfig) is narrowed too; without it an action's queryset
    /// takes the place of what this method returns (its error stays the answer). Handlers ask
    /// [`resolved_queryset`](GenericViewExt::resolved_queryset), which knows the `ActionConfig`.
    ///
    /// Default: [`defaults::get_queryset`].
    fn get_queryset(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<Queryset<Self>>> + Send {
        defaults::get_queryset(self, request)
    }

    /// Narrows and orders `queryset` by the filter backends. A new backend is usually the better
    /// choice than overriding it.
    ///
    /// Default: [`defaults::filter_queryset`].
    fn filter_queryset(
        &self,
        request: &Request,
        queryset: Queryset<Self>,
    ) -> impl Future<Output = Result<Queryset<Self>>> + Send {
        defaults::filter_queryset(self, request, queryset)
    }

    /// One page of `queryset` in the columns of `class`, or the queryset itself where pagination is
    /// off. A new paginator is usually the better choice than overriding it.
    ///
    /// Default: [`defaults::paginate_queryset`].
    fn paginate_queryset(
        &self,
        request: &Request,
        queryset: Queryset<Self>,
        class: SerializerClass,
    ) -> impl Future<Output = Result<PaginatedQueryset<Self::Entity>>> + Send {
        defaults::paginate_queryset(self, request, queryset, class)
    }

    /// The answer with one page: what the paginator puts around the rows. Overridden to add to
    /// the response; a new paginator changes the body.
    ///
    /// Default: [`defaults::get_paginated_response`].
    fn get_paginated_response(
        &self,
        request: &Request,
        envelope: Envelope,
        results: Box<dyn Representation>,
    ) -> Response {
        defaults::get_paginated_response(self, request, envelope, results)
    }

    /// The object of the path: queryset, filters, lookup, one row, object permissions. A missing
    /// row, and a value that cannot be a key, are 404.
    ///
    /// Awaited it is the row: `self.get_object(request).await?`. Overridden only when the lookup
    /// itself changes, with [`ObjectLookup::by`]; to change the rows that are searched override
    /// [`get_queryset`](Self::get_queryset). The lines of `{warehouse}/lines/{sku}/`:
    ///
    /// ```
    /// use restflow::prelude::*;
    /// # mod line {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "line")]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key, auto_increment = false)]
    /// #         pub warehouse: String,
    /// #         #[sea_orm(primary_key, auto_increment = false)]
    /// #         pub sku: String,
    /// #         pub quantity: i32,
    /// #     }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// # #[derive(ModelSerializer)]
    /// # #[serializer(entity = line::Entity)]
    /// # struct LineSerializer {
    /// #     quantity: i32,
    /// # }
    ///
    /// #[derive(RetrieveApiView)]
    /// struct LineDetail;
    ///
    /// impl ApiView for LineDetail {}
    ///
    /// impl GenericView for LineDetail {
    ///     type Entity = line::Entity;
    ///     type Serializer = LineSerializer;
    ///
    ///     fn lookup_field(&self) -> LookupField<Self> {
    ///         Lookup::Own
    ///     }
    ///
    ///     fn get_object<'a>(&'a self, request: &'a Request) -> ObjectLookup<'a, Self> {
    ///         ObjectLookup::new(self, request).by(async move {
    ///             let kwargs = request.kwargs();
    ///             let queryset = self.resolved_queryset(request).await?;
    ///             let line = self
    ///                 .filter_queryset(request, queryset)
    ///                 .await?
    ///                 .filter(line::Column::Warehouse.eq(kwargs.get("warehouse")))
    ///                 .filter(line::Column::Sku.eq(kwargs.get("sku")))
    ///                 .one(request.db())
    ///                 .await?;
    ///             line.ok_or_else(ApiError::object_not_found)
    ///         })
    ///     }
    /// }
    ///
    /// struct Warehouses;
    ///
    /// impl UrlConf for Warehouses {
    ///     fn urls() -> Urls {
    ///         Urls::new().path("{warehouse}/lines/{sku}/", LineDetail)
    ///     }
    /// }
    /// # let _ = restflow::routers::RouteTable::of::<Warehouses>();
    /// ```
    ///
    /// A rule about the object is best an [`ObjectPermission`](crate::ObjectPermission), put into
    /// [`get_permissions`](ApiView::get_permissions) where it depends on the view or the request.
    /// It may answer with any error, and every action asks it, also `retrieve`, which loads the
    /// whole row only where such a rule looks at it:
    ///
    /// ```
    /// use restflow::prelude::*;
    /// # mod product {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "product")]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         pub price: i32,
    /// #     }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// # #[derive(ModelSerializer)]
    /// # #[serializer(entity = product::Entity)]
    /// # struct ProductSerializer {
    /// #     id: i32,
    /// #     price: i32,
    /// # }
    ///
    /// /// Nobody learns that dearer products exist.
    /// struct UpTo(i32);
    ///
    /// impl ObjectPermission<product::Model> for UpTo {
    ///     async fn has_object_permission(
    ///         &self,
    ///         _request: &Request,
    ///         product: &product::Model,
    ///     ) -> Result<bool> {
    ///         if product.price > self.0 {
    ///             return Err(ApiError::object_not_found());
    ///         }
    ///         Ok(true)
    ///     }
    /// }
    ///
    /// #[derive(ModelViewSet)]
    /// struct Products {
    ///     limit: i32,
    /// }
    ///
    /// impl ApiView for Products {
    ///     fn get_permissions(&self, request: &Request) -> Permissions {
    ///         let permissions = defaults::get_permissions(self, request);
    ///         if request.user().is_staff() {
    ///             return permissions;
    ///         }
    ///         permissions.with_object(UpTo(self.limit))
    ///     }
    /// }
    /// # impl GenericView for Products {
    /// #     type Entity = product::Entity;
    /// #     type Serializer = ProductSerializer;
    /// # }
    /// #
    /// # struct Api;
    /// #
    /// # impl UrlConf for Api {
    /// #     fn urls() -> Urls {
    /// #         let mut router = SimpleRouter::new();
    /// #         router.register("products", Products { limit: 10 });
    /// #         Urls::new().include("", router)
    /// #     }
    /// # }
    /// # let _ = restflow::routers::RouteTable::of::<Api>();
    /// ```
    ///
    /// An action with permissions of its own, from its [`ActionConfig`](crate::ActionConfig) or
    /// `#[action]`, does not ask `get_permissions`: name the rule there, too. A rule about another
    /// type than the view's rows is not asked; among the
    /// [`permission_classes`](ApiView::permission_classes) it is refused at start-up.
    ///
    /// Default: [`defaults::get_object`].
    fn get_object<'a>(&'a self, request: &'a Request) -> ObjectLookup<'a, Self> {
        defaults::get_object(self, request)
    }

    /// The body, validated by the request serializer: for a new row (`instance` is `None`), a
    /// full update, or with `partial` an update of the fields that were sent.
    ///
    /// Overridden for a check across rows that create and update share; a check of the body alone
    /// belongs in the serializer.
    ///
    /// Where the view is [nested](crate::NestedUnder) by a foreign key, the default puts the key of
    /// the parent of the path into the body, in the place of what the client sent for it, so that
    /// it need not be sent and the rules judge it.
    ///
    /// Default: [`defaults::validated`].
    fn validated(
        &self,
        request: &Request,
        instance: Option<Instance<Self>>,
        partial: bool,
    ) -> impl Future<Output = Result<Validated<Self>>> + Send {
        defaults::validated(self, request, instance, partial)
    }
}

/// What every generic view can do: helpers that are called, never overridden.
pub trait GenericViewExt: GenericView {
    /// The rows that an action starts from: [`get_queryset`](GenericView::get_queryset), or the queryset
    /// of the action's [`ActionConfig`](crate::ActionConfig), which wins. Where the view is
    /// [nested](crate::NestedUnder), only those of the parent of the path, wherever they come from.
    fn resolved_queryset(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<Queryset<Self>>> + Send {
        resolve_queryset(self, request)
    }

    /// The row with the key of the parent of the path, where the view is
    /// [nested](crate::NestedUnder) under one by a foreign key; unchanged elsewhere.
    ///
    /// `create`, [`validated`](GenericView::validated) of a new row and
    /// [`validated_many`](Self::validated_many) have done it; call it where you make a row by other
    /// means. The key takes the place of what the client sent. Fails with a 400 where there is no
    /// such parent and this can be known, for the grandparents of the path are asked, too, with one
    /// query; else the database says so when the row is saved.
    fn with_parent(
        &self,
        request: &Request,
        row: Validated<Self>,
    ) -> impl Future<Output = Result<Validated<Self>>> + Send {
        nesting::with_parent::<Self>(request, row)
    }

    /// The body as a list of new rows, validated by the request serializer: what an action that
    /// creates several rows in one request saves, all or none.
    ///
    /// The errors are an object by position, of the inputs that failed, also where two of them
    /// claim the same unique value. What they ask of the database is one query for each 500
    /// questions, but for the rows that nested objects of `replace` and `upsert` name, which are
    /// read with one query for each list of them. What [`validated`](GenericView::validated) is
    /// overridden for is not asked. Of a [nested](crate::NestedUnder) view the rows belong to the
    /// parent of the path; where the relation to it is no foreign key of theirs it fails with an
    /// internal error, for they would belong to nobody. DRF: `get_serializer(data=…, many=True)`.
    ///
    /// ```
    /// use restflow::{prelude::*, serializers::ListLimits};
    /// # mod product {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "product")]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         pub name: String,
    /// #         pub owner_id: i64,
    /// #     }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// # #[derive(ModelSerializer)]
    /// # #[serializer(entity = product::Entity)]
    /// # struct ProductSerializer {
    /// #     #[serializer(read_only)]
    /// #     id: i32,
    /// #     name: String,
    /// # }
    /// # #[derive(ReadOnlyModelViewSet)]
    /// # struct ProductViewSet;
    /// # impl ApiView for ProductViewSet {}
    /// # impl GenericView for ProductViewSet {
    /// #     type Entity = product::Entity;
    /// #     type Serializer = ProductSerializer;
    /// # }
    /// #[actions]
    /// impl ProductViewSet {
    ///     /// Create several products.
    ///     #[action(detail = false, methods("post"))]
    ///     async fn bulk(&self, request: &Request) -> Result<Response> {
    ///         let limits = ListLimits { max_length: Some(100), ..ListLimits::default() };
    ///         let products = self
    ///             .validated_many(request, limits)
    ///             .await?
    ///             .set(product::Column::OwnerId, request.user().id())
    ///             .save(request)
    ///             .await?;
    ///         self.serialized_response(request, products)
    ///             .status(StatusCode::CREATED)
    ///             .await
    ///     }
    /// }
    /// #
    /// # struct Api;
    /// #
    /// # impl UrlConf for Api {
    /// #     fn urls() -> Urls {
    /// #         let mut router = SimpleRouter::new();
    /// #         router.register("products", ProductViewSet);
    /// #         Urls::new().include("", router)
    /// #     }
    /// # }
    /// # let _ = restflow::routers::RouteTable::of::<Api>();
    /// ```
    fn validated_many(
        &self,
        request: &Request,
        limits: ListLimits,
    ) -> impl Future<Output = Result<ValidatedMany<Self::Entity>>> + Send {
        bulk::validated_many(self, request, limits)
    }

    /// The body as a list of changes to rows of the view, each with the primary key of its row in
    /// the field of the request serializer that shows it. With `partial` only the sent fields are
    /// updated.
    ///
    /// The rows are those that the client may list (the queryset of the view or the action, and
    /// its filters) and may change:
    /// [`check_object_permissions`](ApiView::check_object_permissions) is asked for each. A key of
    /// any other row is an error at the position of its input. Of a [nested](crate::NestedUnder)
    /// view the rows stay with their parent.
    fn validated_updates(
        &self,
        request: &Request,
        partial: bool,
        limits: ListLimits,
    ) -> impl Future<Output = Result<ValidatedMany<Self::Entity>>> + Send
    where
        KeyOf<Self::Entity>: Key + FieldType,
    {
        bulk::validated_updates(self, request, partial, limits)
    }

    /// 200 with `queryset`, through [`paginate_queryset`](GenericView::paginate_queryset), the response
    /// serializer and [`get_paginated_response`](GenericView::get_paginated_response); what `list` ends
    /// with.
    ///
    /// The rows are those of the view's entity, filtered already, and the hooks of the view say how
    /// they are paged and what stands around them. For rows of another entity, or to choose
    /// serializer, paginator or headers for one answer, there is
    /// [`paginated_response`](crate::ApiViewExt::paginated_response), which asks neither hook.
    fn list_response(
        &self,
        request: &Request,
        queryset: Queryset<Self>,
    ) -> impl Future<Output = Result<Response>> + Send {
        async move {
            let class = resolve::response_serializer_class(self, request)?;
            let queryset = match self.paginate_queryset(request, queryset, class).await? {
                PaginatedQueryset::Page(page) => {
                    return self.represent_page(request, page, class).await;
                }
                PaginatedQueryset::Off(queryset) => queryset,
            };
            let post_fetches = self.get_post_fetches(request);
            let context = self
                .get_serializer_context(request)
                .with_post_fetches(&post_fetches);
            let results = represent_all(queryset, class, &context).await?;
            Ok(Response::from_representation(results))
        }
    }

    /// 200 with a page that [`paginate_queryset`](GenericView::paginate_queryset) has read in the
    /// columns of `class`, through `class`, the context and the post-fetches of the view, and
    /// [`get_paginated_response`](GenericView::get_paginated_response).
    ///
    /// For a `list` that does something between the page and the answer; else
    /// [`list_response`](Self::list_response) does both:
    ///
    /// ```
    /// # use restflow::prelude::*;
    /// # mod product {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "product")]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #     }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// # #[derive(ModelSerializer)]
    /// # #[serializer(entity = product::Entity)]
    /// # struct ProductSerializer {
    /// #     id: i32,
    /// # }
    /// # #[derive(ListApiView)]
    /// # #[overrides(ListModelMixin)]
    /// # struct Products;
    /// # impl ApiView for Products {}
    /// # impl GenericView for Products {
    /// #     type Entity = product::Entity;
    /// #     type Serializer = ProductSerializer;
    /// # }
    /// impl ListModelMixin for Products {
    ///     async fn list(&self, request: &Request) -> Result<Response> {
    ///         let products = self.resolved_queryset(request).await?;
    ///         let products = self.filter_queryset(request, products).await?;
    ///         let class = self.resolved_response_serializer(request)?;
    ///         let page = self.paginate_queryset(request, products, class).await?.into_page();
    ///         let page = page.filter(|page| !page.rows.is_empty());
    ///         let page = page.ok_or_else(ApiError::not_found)?;
    ///         self.represent_page(request, page, class).await
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// DRF: `get_serializer(page, many=True)` and `get_paginated_response(serializer.data)`.
    fn represent_page(
        &self,
        request: &Request,
        page: Page,
        class: SerializerClass,
    ) -> impl Future<Output = Result<Response>> + Send {
        async move {
            let post_fetches = self.get_post_fetches(request);
            let context = self
                .get_serializer_context(request)
                .with_post_fetches(&post_fetches);
            let results = class.represent_rows(page.rows, &context).await?;
            Ok(self.get_paginated_response(request, page.envelope, results))
        }
    }
}

impl<V: GenericView> GenericViewExt for V {}

tokio::task_local! {
    /// The view that is asked for its queryset here, and whether it has asked for the default.
    static ASKED: (TypeId, Cell<bool>);
    /// The views whose action's callable runs here.
    static IN_ACTION: Vec<TypeId>;
}

/// The rows that a list or a lookup starts from: [`GenericView::get_queryset`], unless the action
/// has a queryset of its own that the override does not build on; of a nested view those of the
/// parent of the path.
pub(crate) async fn resolve_queryset<V: GenericView>(
    view: &V,
    request: &Request,
) -> Result<Queryset<V>> {
    let asking = async {
        let queryset = view.get_queryset(request).await?;
        Ok::<_, ApiError>((queryset, ASKED.with(|(_, for_default)| for_default.get())))
    };
    let asked = (TypeId::of::<V>(), Cell::new(false));
    let (mut queryset, builds_on_default) = ASKED.scope(asked, asking).await?;
    if !builds_on_default && action_queryset::<V>(request).is_some() {
        queryset = action_or_own_queryset(view, request).await?;
    }
    nesting::scoped::<V>(request, queryset)
}

/// The queryset of the action, else the view's, for an override that builds on it.
pub(crate) async fn default_queryset<V: GenericView>(
    view: &V,
    request: &Request,
) -> Result<Queryset<V>> {
    let is_asked = ASKED.try_with(|(view, for_default)| {
        let is_asked = *view == TypeId::of::<V>();
        for_default.set(for_default.get() || is_asked);
        is_asked
    });
    let queryset = action_or_own_queryset(view, request).await?;
    match is_asked {
        Ok(true) => Ok(queryset),
        // Nobody asks where a handler calls the default by itself, and nobody else restricts it.
        _ => nesting::scoped::<V>(request, queryset),
    }
}

/// The queryset of the action, else the view's. A callable of an action that asks for the view's
/// queryset gets it, and not itself again.
async fn action_or_own_queryset<V: GenericView>(
    view: &V,
    request: &Request,
) -> Result<Queryset<V>> {
    let mut running = IN_ACTION.try_with(Clone::clone).unwrap_or_default();
    match action_queryset::<V>(request) {
        Some(configured) if !running.contains(&TypeId::of::<V>()) => {
            running.push(TypeId::of::<V>());
            let queryset = (configured.0)(view, request);
            IN_ACTION.scope(running, queryset).await
        }
        _ => Ok(view.queryset()),
    }
}

fn action_queryset<V: GenericView>(request: &Request) -> Option<&ActionQueryset<V>> {
    let queryset = request.route().overrides.queryset.as_deref()?;
    queryset.downcast_ref()
}

type Column<V> = <<V as GenericView>::Entity as EntityTrait>::Column;

/// The attributes that requests ask for, read when the view was put on its path.
pub(crate) struct Built<V: GenericView> {
    pub(crate) filter_backends: FilterBackends<V::Entity>,
    /// Whether no two rows of the table have one value of the path.
    pub(crate) lookup_is_unique: bool,
    pub(crate) looks_up_primary_key: bool,
    /// The key of the lookup.
    pub(crate) key: Result<LookupKey<Column<V>>, NoKey<Column<V>>>,
    pub(crate) lookup_url_kwarg: &'static str,
}

impl<V: GenericView> Built<V> {
    pub(crate) fn new(view: &V) -> Self {
        let lookup = view.lookup_field();
        Self {
            filter_backends: view.filter_backends(),
            lookup_is_unique: lookup.is_unique::<V::Entity>(),
            looks_up_primary_key: lookup.is_primary_key::<V::Entity>(),
            key: lookup.key::<V::Entity>(),
            lookup_url_kwarg: view.lookup_url_kwarg().unwrap_or_else(|| lookup.name()),
        }
    }
}

/// What was built of the view `V`; `None` where a handler of another view asks it for its rows.
pub(crate) fn built<V: GenericView>(request: &Request) -> Option<&Built<V>> {
    let generic = request.route().view.generic.as_ref()?;
    generic.built.downcast_ref()
}

/// The ordering that the client has chosen among those of the view that the request has arrived
/// at, if the rows of that view are of `E`: a cursor pages by it. Empty without one.
///
/// # Errors
/// Fails for an ordering that the paginator cannot follow. The check at the start sees those
/// paginators that are attributes, and not those that are chosen for a request.
pub(crate) fn chosen_ordering<E: RestEntity>(
    request: &Request,
    paginator: &Paginator,
) -> Result<Vec<(E::Column, Order)>> {
    let generic = request.route().view.generic.as_ref();
    let backends = generic
        .and_then(|generic| generic.filter_backends.downcast_ref::<FilterBackends<E>>())
        .filter(|backends| !backends.is_empty());
    let Some(backends) = backends else {
        return Ok(Vec::new());
    };
    let context = request.filter_context();
    if let Some(paginator) = paginator.pages_by_columns()
        && let Some(backend) = backends.ordered_by_expressions(&context)
    {
        return Err(ApiError::internal(unfollowed(paginator, backend)));
    }
    Ok(backends.ordering(&context).unwrap_or_default())
}

/// One page of any `queryset` in the columns of `class`. `ordering` is what the query is ordered
/// by, as far as it is known, for paginators that page by it.
pub(crate) async fn paginate<E: RestEntity>(
    request: &Request,
    paginator: &Paginator,
    queryset: Select<E>,
    ordering: Vec<(E::Column, Order)>,
    class: SerializerClass,
) -> Result<Page> {
    let count_cache = || request.shared::<CountCache>();
    let query = PageQuery::new(queryset, request.db())
        .project(|statement| class.project(statement))
        .ordering(ordering)
        .with_count_cache(&count_cache);
    let url = request.absolute_uri();
    let page_request = PageRequest::new(&url, request.query_params().as_pairs());
    let Some(generic) = &request.route().view.generic else {
        return paginator.paginate(query, &page_request).await;
    };
    let is_filter = |name: &str| {
        let list = QueryParams::element(name).map_or(name, |(list, _)| list);
        generic.filter_names.contains(name) || generic.filter_names.contains(list)
    };
    let page_request = page_request.filtered_by(&is_filter);
    paginator.paginate(query, &page_request).await
}

/// What [`GenericView::paginate_queryset`] makes of a queryset.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is returned, and a box would be one more for everybody"
)]
#[derive(Debug)]
pub enum PaginatedQueryset<E: EntityTrait> {
    /// One page of it, which has been read.
    Page(Page),
    /// The queryset as it came, unread: pagination is off.
    Off(Select<E>),
}

impl<E: EntityTrait> PaginatedQueryset<E> {
    /// The page, or `None` where pagination is off.
    #[must_use]
    pub fn into_page(self) -> Option<Page> {
        match self {
            Self::Page(page) => Some(page),
            Self::Off(_) => None,
        }
    }
}

/// Reads the attributes of a generic view, once.
pub(crate) fn describe<V: GenericView>(view: &V) -> GenericDescription {
    let built = Built::new(view);
    let filter_parameters = built.filter_backends.parameters();
    let check: ObjectCheck<V> =
        |view, request| Box::pin(async move { view.get_object(request).await.map(drop) });
    GenericDescription {
        serializer: SerializerClass::of::<V::Serializer>(),
        model: TypeId::of::<Instance<V>>(),
        paginator: view.pagination_class(),
        filter_names: filter_parameters.iter().map(|it| it.name.clone()).collect(),
        filter_parameters,
        lookup_url_kwarg: built.lookup_url_kwarg,
        own_lookup: matches!(built.key, Err(NoKey::Own)),
        looks_up_primary_key: built.looks_up_primary_key,
        lookup_value_pattern: view.lookup_value_pattern(),
        lookup_kind: built
            .key
            .as_ref()
            .map_or(FieldKind::String, LookupKey::kind),
        table: sea_orm::EntityName::table_name(&V::Entity::default()),
        orders_by_expressions: built.filter_backends.orders_by_expressions(),
        cannot_follow: {
            let columns = built.filter_backends.ordering_columns();
            Arc::new(move |paginator, database| {
                columns.iter().find_map(|(backend, column)| {
                    let problem = paginator.cannot_follow(*column, database)?;
                    Some(format!("{problem}; `{backend}` may order the list by it"))
                })
            })
        },
        filters_misconfigured: {
            let backends = built.filter_backends.clone();
            Arc::new(move |database| backends.misconfigured(database))
        },
        filter_backends: Arc::new(built.filter_backends.clone()),
        built: Arc::new(built),
        object_check: Arc::new(check),
    }
}
