//! The URLs of a viewset, with typed keys.

use std::any::{TypeId, type_name};

use restflow_fields::FieldKind;
use restflow_views::{GenericView, Result, Under, UrlBase, UrlValues};
use sea_orm::{
    EntityTrait, PrimaryKeyTrait,
    prelude::{Date, Decimal, Uuid},
};

/// Where a viewset stands among the URLs, for their types.
///
/// Implemented by the derives of viewsets: at the top of a router, or with `#[nested_under(P)]`
/// below the detail of `P`. The keys are those of the primary key, or of the type that
/// `#[lookup_key(String)]` names where `lookup_field` is another column.
#[diagnostic::on_unimplemented(
    message = "the URLs of `{Self}` are not known by their types",
    note = "derive `ViewSet`, `ModelViewSet` or `ReadOnlyModelViewSet`, or implement `Place` beside `ViewSet`",
    note = "any route can be reversed by its name: `request.reverse(\"product-detail\", &[(\"pk\", \"7\")])`"
)]
pub trait Place: Sized + 'static {
    /// The keys of the parents as a tuple, the outermost first; `()` at the top of a router.
    type Parents;

    /// What the key of an object is: [`ByPrimaryKey`], or [`By<String>`](By).
    type Lookup;
}

/// The objects of a viewset are addressed by their primary key.
#[derive(Debug)]
pub enum ByPrimaryKey {}

/// The objects of a viewset are addressed by a key of the type `K`.
#[derive(Debug)]
pub struct By<K>(std::marker::PhantomData<fn() -> K>);

/// The type of the key by which the objects of `V` are addressed.
#[diagnostic::on_unimplemented(
    message = "the type of the keys of `{V}` is not known",
    note = "a viewset without an entity says it itself: `#[lookup_key(String)]` beside the derive of the viewset"
)]
pub trait LookupKey<V> {
    /// The type.
    type Key: PathKey;
}

#[diagnostic::do_not_recommend]
impl<V: GenericView> LookupKey<V> for ByPrimaryKey
where
    <<V::Entity as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType: PathKey,
{
    type Key = <<V::Entity as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;
}

impl<V, K: PathKey> LookupKey<V> for By<K> {
    type Key = K;
}

/// A tuple with one more key behind: what a nested viewset adds to the keys of its parent.
pub trait Push<K> {
    /// The longer tuple.
    type Pushed;
}

/// The keys of the path of one object of `V`, the outermost first.
pub type PathOf<V> =
    <<V as Place>::Parents as Push<<<V as Place>::Lookup as LookupKey<V>>::Key>>::Pushed;

/// A key as it is written in a path.
///
/// For whole numbers, texts, UUIDs, dates, decimals, and tuples of them, which are written with
/// commas. Implement it for a key type of your own.
pub trait PathKey {
    /// What the key is in the document: a whole number, a UUID, or a text for all else. A
    /// `#[lookup_key(…)]` of another kind than the column that is looked up is refused at
    /// start-up; of `None`, the default, nothing is known, and it is believed.
    const KIND: Option<FieldKind> = None;

    /// The text, not percent-encoded.
    fn to_text(&self) -> String;
}

/// A value that is the key `K`, or a reference to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the key of an object whose key is `{K}`",
    label = "the path takes `{K}` here",
    note = "the key is that of the primary key; a viewset with another `lookup_field` names its type: `#[lookup_key(String)]`"
)]
pub trait IntoKey<K> {
    /// The text in the path, not percent-encoded.
    fn into_text(self) -> String;
}

/// The key of an object of the viewset `V`: a value of the type of its primary key, or of the type
/// that `#[lookup_key(…)]` names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the key of an object of `{V}`",
    note = "the key is that of the primary key; a viewset with another `lookup_field` names its type: `#[lookup_key(String)]`"
)]
pub trait KeyFor<V> {
    /// The text in the path, not percent-encoded.
    fn into_text(self) -> String;
}

impl<V: Place, T> KeyFor<V> for T
where
    V::Lookup: LookupKey<V>,
    T: IntoKey<<V::Lookup as LookupKey<V>>::Key>,
{
    fn into_text(self) -> String {
        IntoKey::into_text(self)
    }
}

/// The keys of the parents of a nested viewset: the key of one, or a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not the keys of the parents, which are `{Keys}`",
    label = "the path takes `{Keys}` here",
    note = "`under` takes the key of the parent, or a tuple of the keys of all parents, the outermost first"
)]
pub trait PathFor<Keys> {
    /// The texts in the path, not percent-encoded.
    fn into_texts(self) -> Vec<String>;
}

impl<A: IntoKey<K>, K> PathFor<(K,)> for A {
    fn into_texts(self) -> Vec<String> {
        vec![self.into_text()]
    }
}

/// A value of a capture of an action's own path: a text, a whole number, a UUID.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value of a path",
    note = "texts, whole numbers and UUIDs are; it is checked against the pattern of the capture"
)]
pub trait PathParam {
    /// The text, not percent-encoded.
    fn into_text(self) -> String;
}

/// That a viewset has no parents, so that its URLs need no keys of parents.
#[diagnostic::on_unimplemented(
    message = "the viewset is nested, and its URLs need the keys of its parents: `{Self}`",
    label = "below which row?",
    note = "write `request.under(parent_key)` instead of `request`"
)]
pub trait NoParents {}

impl NoParents for () {}

/// Where URLs of the viewset `V` are made: a request (absolute ones), the table of routes (paths),
/// or either [`under`](UrlBase::under) the keys of the parents.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no place where URLs of `{V}` are made",
    note = "pass the request for an absolute URL, or `RouteTable::of::<…>()` for a path; for a nested viewset `request.under(parent_key)`"
)]
pub trait At<V> {
    /// Reverses a route of `V`, which is not yet below parents.
    fn reverse(self, url_name: &str, values: UrlValues) -> Result<String>;
}

impl<V: Place, B: UrlBase> At<V> for &B
where
    V::Parents: NoParents,
{
    fn reverse(self, url_name: &str, values: UrlValues) -> Result<String> {
        reverse::<V, B>(self, url_name, &values)
    }
}

impl<V: Place, B: UrlBase, K: PathFor<V::Parents>> At<V> for Under<'_, B, K> {
    fn reverse(self, url_name: &str, values: UrlValues) -> Result<String> {
        let parents = self.keys.into_texts();
        reverse::<V, B>(self.base, url_name, &UrlValues { parents, ..values })
    }
}

fn reverse<V: 'static, B: UrlBase>(base: &B, url_name: &str, values: &UrlValues) -> Result<String> {
    let view = (TypeId::of::<V>(), type_name::<V>());
    let path = base
        .urls()
        .reverse_view(view, url_name, values, base.current())?;
    Ok(base.url_of(path))
}

/// The URLs of a viewset.
///
/// Made for the current request they are absolute, made for the table of routes they are paths:
///
/// ```
/// use restflow::{prelude::*, routers::RouteTable};
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
/// #     #[serializer(read_only)]
/// #     id: i32,
/// # }
///
/// #[derive(ModelViewSet)]
/// struct ProductViewSet;
/// # impl ApiView for ProductViewSet {}
/// # impl GenericView for ProductViewSet {
/// #     type Entity = product::Entity;
/// #     type Serializer = ProductSerializer;
/// # }
///
/// #[actions]
/// impl ProductViewSet {
///     #[action(detail = true, url_path = "prices/{currency:[a-z]{3}}")]
///     async fn price(&self, request: &Request) -> Result<Response> {
///         let links = [ProductViewSet::list_url(request)?, ProductViewSet::detail_url(request, 7)?];
///         Ok(Response::new(links))
///     }
/// }
/// # struct Shop;
/// #
/// # impl UrlConf for Shop {
/// #     fn urls() -> Urls {
/// #         let mut router = SimpleRouter::new();
/// #         router.register("products", ProductViewSet);
/// #         Urls::new().include("api/", router)
/// #     }
/// # }
///
/// # fn main() -> Result<()> {
/// let urls = RouteTable::of::<Shop>();
/// assert_eq!(ProductViewSet::detail_url(urls, 7)?, "/api/products/7/");
/// assert_eq!(ProductViewSet::price_url(urls, 7, "eur")?, "/api/products/7/prices/eur/");
/// assert!(ProductViewSet::price_url(urls, 7, "euro").is_err());
/// # Ok(())
/// # }
/// ```
///
/// `#[actions]` gives each action a function `{name}_url`, with the key where the action is a
/// detail, and an argument for each capture of its `url_path`. The captures of a prefix
/// (`include("{tenant}/", …)`) are filled from the current request; a viewset that is included
/// several times is reversed where the request is.
///
/// All fail with an internal error, whose text for the log names the reason, when no router has the
/// route, or a value does not match the pattern of its capture and would lead nowhere.
///
/// DRF: `reverse("product-detail", kwargs={"pk": 7}, request=request)`.
pub trait ViewSetUrls: Place {
    /// The URL of the list.
    fn list_url(at: impl At<Self>) -> Result<String> {
        at.reverse("list", UrlValues::default())
    }

    /// The URL of one object.
    fn detail_url(at: impl At<Self>, key: impl KeyFor<Self>) -> Result<String> {
        let key = Some(key.into_text());
        at.reverse(
            "detail",
            UrlValues {
                key,
                ..UrlValues::default()
            },
        )
    }
}

impl<V: Place> ViewSetUrls for V {}

/// The URL of a custom action, for generated code.
pub fn action_url<V>(
    at: impl At<V>,
    url_name: &str,
    key: Option<String>,
    parameters: Vec<String>,
) -> Result<String> {
    let values = UrlValues {
        key,
        parameters,
        ..UrlValues::default()
    };
    at.reverse(url_name, values)
}

impl<K: PathKey> IntoKey<K> for K {
    fn into_text(self) -> String {
        self.to_text()
    }
}

impl<K: PathKey> IntoKey<K> for &K {
    fn into_text(self) -> String {
        self.to_text()
    }
}

impl IntoKey<String> for &str {
    fn into_text(self) -> String {
        self.to_owned()
    }
}

impl PathParam for &str {
    fn into_text(self) -> String {
        self.to_owned()
    }
}

macro_rules! path_keys {
    ($($kind:ident: $($ty:ty)*;)*) => {$($(
        impl PathKey for $ty {
            const KIND: Option<FieldKind> = Some(FieldKind::$kind);

            fn to_text(&self) -> String {
                self.to_string()
            }
        }

        impl PathParam for $ty {
            fn into_text(self) -> String {
                self.to_string()
            }
        }

        impl PathParam for &$ty {
            fn into_text(self) -> String {
                self.to_string()
            }
        }
    )*)*};
}

path_keys! {
    Integer: i8 i16 i32 i64 u8 u16 u32 u64;
    Uuid: Uuid;
    String: bool String Decimal Date;
}

macro_rules! tuples {
    ($($($name:ident $key:ident),+;)*) => {$(
        impl<$($name: PathKey),+> PathKey for ($($name,)+) {
            const KIND: Option<FieldKind> = Some(FieldKind::String);

            fn to_text(&self) -> String {
                #[allow(non_snake_case, reason = "named after the types")]
                let ($($name,)+) = self;
                [$($name.to_text()),+].join(",")
            }
        }

        impl<$($name: IntoKey<$key>, $key),+> PathFor<($($key,)+)> for ($($name,)+) {
            fn into_texts(self) -> Vec<String> {
                #[allow(non_snake_case, reason = "named after the types")]
                let ($($name,)+) = self;
                vec![$($name.into_text()),+]
            }
        }
    )*};
}

tuples! {
    A KA, B KB;
    A KA, B KB, C KC;
    A KA, B KB, C KC, D KD;
    A KA, B KB, C KC, D KD, E KE;
    A KA, B KB, C KC, D KD, E KE, F KF;
}

macro_rules! pushes {
    ($(($($name:ident),*))*) => {$(
        impl<$($name,)* K> Push<K> for ($($name,)*) {
            type Pushed = ($($name,)* K,);
        }
    )*};
}

pushes! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) }
