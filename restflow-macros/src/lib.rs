//! The derives and attributes of restflow: thin adapters over the traits of
//! the library crates. They are documented where those crates, and the
//! `restflow` facade, re-export them.

mod actions;
mod choices;
mod docs;
mod entity_serializer;
mod filter_set;
mod generics;
mod handlers;
mod http_methods;
mod mixins;
mod model_filter_set;
mod model_serializer;
mod overrides;
mod place;
mod serializer;
mod viewset;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemImpl, parse_macro_input};

fn emit(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}

macro_rules! derives {
    ($($(#[$meta:meta])* $function:ident = $name:ident [$($helper:ident),*] => $expand:expr;)*) => {$(
        $(#[$meta])*
        #[proc_macro_derive($name, attributes($($helper),*))]
        pub fn $function(input: TokenStream) -> TokenStream {
            let input = parse_macro_input!(input as DeriveInput);
            emit($expand(&input))
        }
    )*};
}

derives! {
    /// Derives `Serializer` for a struct without an entity: validation of input, and a
    /// description for OPTIONS and the OpenAPI document.
    ///
    /// The attributes are those of [`ModelSerializer`](derive@ModelSerializer), as far as they
    /// need no entity; `restflow::serializers` has the whole list.
    ///
    /// ```
    /// use restflow::prelude::*;
    ///
    /// /// What to archive.
    /// #[derive(Debug, Serializer)]
    /// struct IdsSerializer {
    ///     #[serializer(allow_empty = false)]
    ///     #[validate(length(max = 20), each(range(min = 1)))]
    ///     ids: Vec<i32>,
    /// }
    /// # fn main() {}
    /// ```
    derive_serializer = Serializer [serializer, validate] => serializer::expand;
    /// Derives `ModelSerializer` (and `Serializer`) for a struct over an entity: validation of
    /// input, saving, reading of exactly its columns, and a description.
    ///
    /// On the struct: `#[serializer(entity = product::Entity)]`, and by choice `name`,
    /// `validate = path`. On a field: `read_only`, `write_only`, `required`, `default`, `unique`,
    /// `related = Entity`, `slug_field`, `source`, `nested`, `rename`,
    /// `decimal(max_digits, decimal_places)`, `allow_blank`, `allow_empty`, `label`, `help_text`,
    /// `column`, and the rules of the validator crate as `#[validate(…)]`.
    /// `restflow::serializers` has the whole list with what each means.
    ///
    /// It generates `{Name}Data`, the input as it was sent: every writable field as an `Option`.
    derive_model_serializer = ModelSerializer [serializer, validate] => model_serializer::expand;
    /// Makes an enum a field type with choices: a SeaORM `ActiveEnum` with the values of its
    /// column, any other enum with values of its own. MultipleChoice takes either.
    ///
    /// On the enum: `#[choice(rename_all = "snake_case")]` for texts of the variants' names. On a
    /// variant: `#[choice(value = "a")]` or `#[choice(value = 3)]`, and `label = "…"` for people.
    ///
    /// ```
    /// # use restflow::prelude::*;
    /// #[derive(Debug, Clone, Choices)]
    /// #[choice(rename_all = "snake_case")]
    /// enum Size {
    ///     Small,
    ///     #[choice(label = "Very large", value = "xl")]
    ///     ExtraLarge,
    /// }
    ///
    /// #[derive(Debug, Serializer)]
    /// struct ShirtSerializer {
    ///     size: Size,
    /// }
    /// # fn main() {}
    /// ```
    derive_choices = Choices [choice] => choices::expand;
    /// Derives `FilterSet` from the typed fields of a struct.
    derive_filter_set = FilterSet [filterset, filter] => filter_set::expand;
    /// Implements the trait `ViewSet`: routes exactly the mixins that the type implements, and
    /// its custom actions. Its doc comment describes the viewset in OPTIONS and in the document.
    ///
    /// Mixins in the same derive list take their defaults:
    /// `#[derive(ViewSet, ListModelMixin, RetrieveModelMixin)]`.
    ///
    /// The path of one object of a viewset without an entity has the capture `pk`, a text without
    /// slash and dot. `#[viewset(lookup_url_kwarg = "slug", lookup_value_pattern = "[a-z-]+")]`
    /// changes that.
    ///
    /// `#[nested_under(ProductViewSet)]` restricts it to the rows of the parent of the path, and
    /// `#[nested_under(ProductViewSet, resolve_parents)]` looks the parents up first, see
    /// [`restflow::routers`](https://docs.rs/restflow-routers). `#[lookup_key(String)]` says of
    /// which type the keys in its URLs are, where `lookup_field` is not the primary key.
    derive_view_set = ViewSet [viewset, nested_under, lookup_key] => viewset::expand;
    /// A viewset with all six default actions. `#[overrides(CreateModelMixin)]` leaves a mixin
    /// to be written by hand. `#[nested_under(…)]` and `#[lookup_key(…)]` as with
    /// [`ViewSet`](derive@ViewSet).
    derive_model_view_set = ModelViewSet [overrides, nested_under, lookup_key] => viewset::expand_model;
    /// A viewset with `list` and `retrieve`. `#[overrides(ListModelMixin)]` leaves a mixin to be
    /// written by hand. `#[nested_under(…)]` and `#[lookup_key(…)]` as with
    /// [`ViewSet`](derive@ViewSet).
    derive_read_only_model_view_set = ReadOnlyModelViewSet [overrides, nested_under, lookup_key] => viewset::expand_read_only_model;
    /// Implements `ListModelMixin` with its defaults.
    derive_list_model_mixin = ListModelMixin [] => |input| mixins::expand(input, "ListModelMixin");
    /// Implements `CreateModelMixin` with its defaults.
    derive_create_model_mixin = CreateModelMixin [] => |input| mixins::expand(input, "CreateModelMixin");
    /// Implements `RetrieveModelMixin` with its defaults.
    derive_retrieve_model_mixin = RetrieveModelMixin [] => |input| mixins::expand(input, "RetrieveModelMixin");
    /// Implements `UpdateModelMixin` with its defaults.
    derive_update_model_mixin = UpdateModelMixin [] => |input| mixins::expand(input, "UpdateModelMixin");
    /// Implements `DestroyModelMixin` with its defaults.
    derive_destroy_model_mixin = DestroyModelMixin [] => |input| mixins::expand(input, "DestroyModelMixin");
    /// GET lists.
    derive_list_api_view = ListApiView [overrides] => |input| generics::expand(input, "ListApiView");
    /// POST creates.
    derive_create_api_view = CreateApiView [overrides] => |input| generics::expand(input, "CreateApiView");
    /// GET retrieves.
    derive_retrieve_api_view = RetrieveApiView [overrides] => |input| generics::expand(input, "RetrieveApiView");
    /// PUT and PATCH update.
    derive_update_api_view = UpdateApiView [overrides] => |input| generics::expand(input, "UpdateApiView");
    /// DELETE destroys.
    derive_destroy_api_view = DestroyApiView [overrides] => |input| generics::expand(input, "DestroyApiView");
    /// GET lists, POST creates.
    derive_list_create_api_view = ListCreateApiView [overrides] => |input| generics::expand(input, "ListCreateApiView");
    /// GET retrieves, PUT and PATCH update.
    derive_retrieve_update_api_view = RetrieveUpdateApiView [overrides] => |input| generics::expand(input, "RetrieveUpdateApiView");
    /// GET retrieves, DELETE destroys.
    derive_retrieve_destroy_api_view = RetrieveDestroyApiView [overrides] => |input| generics::expand(input, "RetrieveDestroyApiView");
    /// GET retrieves, PUT and PATCH update, DELETE destroys.
    derive_retrieve_update_destroy_api_view = RetrieveUpdateDestroyApiView [overrides] => |input| generics::expand(input, "RetrieveUpdateDestroyApiView");
}

/// Collects the actions that a viewset writes itself: the methods with `#[action(…)]`, and those
/// named after a default action, which need no attribute: `list` and `create` answer GET and POST
/// of the list, `retrieve`, `update`, `partial_update` and `destroy` answer GET, PUT, PATCH and
/// DELETE of one object, whose key is in `request.kwargs()`.
///
/// | argument | meaning |
/// |---|---|
/// | `detail = true` | behind the lookup of one object; `false`: beside the list. Required |
/// | `methods("post")` | the HTTP methods; `get` by default |
/// | `url_path = "…"` | the last part of the path instead of the method's name; may have captures: `related/{kind:[a-z]+}` |
/// | `url_name = "…"` | the last part of the URL's name |
/// | `name = "…"` or `suffix = "…"` | what OPTIONS calls it, and the document where there is no doc comment, instead of the method's name in words; a suffix stands behind the name of the viewset |
/// | `description = "…"` | what describes it in OPTIONS instead of the doc comment |
/// | `mapping = "set_price"` | shares the path of that action, for other methods |
/// | `list` | the document says that a page of rows is answered |
/// | `status = 202` | the document says that a success has this status; 200 by default, 204 for `delete` |
/// | `serializer = T`, `permission_classes = …`, … | the nine fields of an `ActionConfig`, which wins over them |
///
/// Each action gets a function `{name}_url` that makes its URL of typed keys and parameters, see
/// `restflow::viewsets::ViewSetUrls`; one of the same name in the block takes its place.
///
/// ```
/// use restflow::prelude::*;
///
/// #[derive(ViewSet)]
/// struct HealthViewSet;
///
/// impl ApiView for HealthViewSet {}
///
/// #[actions]
/// impl HealthViewSet {
///     /// Says that the server is alive.
///     #[action(detail = false)]
///     async fn ping(&self, _request: &Request) -> Result<Response> {
///         Ok(Response::new("pong"))
///     }
/// }
/// # fn main() {}
/// ```
///
/// A resource that no table holds:
///
/// ```
/// use restflow::prelude::*;
///
/// const PLANETS: [&str; 2] = ["Venus", "Mars"];
///
/// #[derive(ViewSet)]
/// #[viewset(lookup_url_kwarg = "index", lookup_value_pattern = "[0-9]+")]
/// struct PlanetViewSet;
///
/// impl ApiView for PlanetViewSet {}
///
/// #[actions]
/// impl PlanetViewSet {
///     /// The planets, from the sun outwards.
///     async fn list(&self, _request: &Request) -> Result<Response> {
///         Ok(Response::new(PLANETS))
///     }
///
///     async fn retrieve(&self, request: &Request) -> Result<Response> {
///         let index = request.kwargs().get("index").and_then(|index| index.parse().ok());
///         let planet = index.and_then(|index: usize| PLANETS.get(index));
///         Ok(Response::new(planet.ok_or_else(ApiError::not_found)?))
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn actions(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemImpl);
    emit(actions::expand(attribute.into(), item))
}

/// Binds the `get`, `post`, `put`, `patch` and `delete` methods of an impl block to the HTTP
/// methods of a view. The doc comment of the block describes the view.
///
/// ```
/// use restflow::prelude::*;
///
/// struct Echo;
///
/// impl ApiView for Echo {}
///
/// #[handlers]
/// impl Echo {
///     async fn post(&self, request: &Request) -> Result<Response> {
///         let data = request.data().await?;
///         Ok(Response::new(data.as_json().cloned()))
///     }
/// }
/// # fn main() {}
/// ```
///
/// A handler that answers like the action of a mixin says so by `#[handler(…)]` with `list`,
/// `create`, `retrieve`, `update`, `partial_update` or `destroy`. It changes nothing of the answer:
/// the OpenAPI document then has the parameters, the body, the status and the rows of that action
/// (another status by `#[handler(create, status = 202)]`), and what could not work (a lookup without its capture) is refused at start-up.
///
/// ```
/// use restflow::prelude::*;
/// # mod note {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "note")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # #[derive(ModelSerializer)]
/// # #[serializer(entity = note::Entity)]
/// # struct NoteSerializer {
/// #     id: i32,
/// # }
///
/// #[derive(ListModelMixin)]
/// struct Notes;
///
/// impl ApiView for Notes {}
///
/// impl GenericView for Notes {
///     type Entity = note::Entity;
///     type Serializer = NoteSerializer;
/// }
///
/// #[handlers]
/// impl Notes {
///     #[handler(list)]
///     async fn get(&self, request: &Request) -> Result<Response> {
///         self.list(request).await
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn handlers(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemImpl);
    emit(handlers::expand(attribute.into(), item))
}

/// Writes a serializer whose fields are the columns of an entity, on the model of the entity.
///
/// DRF: a `ModelSerializer` with nothing but a `class Meta`. The section of the same name in
/// `restflow::serializers` has the arguments and what follows from the attributes of a column.
///
/// ```
/// mod product {
///     use restflow::prelude::{sea_orm::{self, entity::prelude::*}, *};
///
///     /// A product for sale.
///     #[model_serializer(ProductSerializer, exclude(cost), read_only(created_at))]
///     #[model_serializer(ProductSummarySerializer, fields(id, name))]
///     #[sea_orm::model]
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
///     #[sea_orm(table_name = "product")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i32,
///         #[sea_orm(column_type = "String(StringLen::N(200))")]
///         pub name: String,
///         #[sea_orm(unique)]
///         pub sku: String,
///         pub cost: Decimal,
///         pub created_at: DateTimeUtc,
///     }
///
///     impl ActiveModelBehavior for ActiveModel {}
/// }
/// # use restflow::prelude::*;
/// # fn main() {
/// # let fields = product::ProductSerializer::fields();
/// # let names: Vec<_> = fields.iter().map(|field| field.name.as_ref()).collect();
/// # assert_eq!(names, ["id", "name", "sku", "created_at"]);
/// # }
/// ```
#[proc_macro_attribute]
pub fn model_serializer(attribute: TokenStream, item: TokenStream) -> TokenStream {
    emit(entity_serializer::expand(attribute.into(), item.into()))
}

/// Writes a filter set by the columns of an entity, on the model of the entity.
///
/// drf-restflow: a `FilterSet` with nothing but a `class Meta`. The first argument is its name. Then
/// say which columns: `fields = "__all__"`, `exclude(cost)` for all but some, or
/// `fields(name, price(lookups(comparison)))`. `extra(price(lookups(comparison)))` adds to single
/// columns of the first two. The other arguments are those of `#[filterset(…)]`, see
/// `restflow::filters::FilterSet`. A foreign key goes by the name of its relation. `"__all__"` and
/// `exclude` leave out columns of arrays, of bytes and of JSON, which have no filter of themselves:
/// add one by hand, `with(JsonFilter::new("data", Column::Data).has_key())`.
///
/// A column that is added to the entity later is a filter, too, and a client that filters by a
/// column learns about its values: prefer `fields(…)` where there are secrets.
///
/// ```
/// mod product {
///     use restflow::prelude::{sea_orm::{self, entity::prelude::*}, *};
///
///     #[model_filter_set(ProductFilterSet, exclude(cost), extra(name(lookups(text))), order_by(name))]
///     #[sea_orm::model]
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
///     #[sea_orm(table_name = "product")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i32,
///         pub name: String,
///         pub cost: Decimal,
///         pub data: Json,
///     }
///
///     impl ActiveModelBehavior for ActiveModel {}
/// }
/// # use restflow::prelude::*;
/// # fn main() {
/// # let parameters = product::ProductFilterSet::filters().parameters();
/// # let names: Vec<_> = parameters.iter().map(|parameter| parameter.name.as_ref()).collect();
/// # assert_eq!(names.len(), 2 + 2 + 10 + 1);
/// # assert!(names.contains(&"name__icontains!") && !names.contains(&"cost"));
/// # }
/// ```
#[proc_macro_attribute]
pub fn model_filter_set(attribute: TokenStream, item: TokenStream) -> TokenStream {
    emit(model_filter_set::expand(attribute.into(), item.into()))
}
