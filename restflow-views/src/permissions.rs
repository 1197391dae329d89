//! Who may do what.

use std::{
    any::{Any, TypeId},
    fmt,
    marker::PhantomData,
    sync::Arc,
};

use futures_util::future::BoxFuture;
use http::Method;
use restflow_exceptions::Result;

use crate::{ObjectRef, Request, policies::PolicyList};

/// A rule that allows or denies a request before its handler runs.
///
/// A rule that only compares just returns; code that blocks goes into
/// [`blocking`](crate::blocking).
///
/// DRF: `rest_framework.permissions.BasePermission.has_permission`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a permission",
    note = "implement `Permission`: `async fn has_permission(&self, request: &Request) -> Result<bool>`"
)]
pub trait Permission: Send + Sync + 'static {
    /// Whether the request may go on. An `Err` is answered as that error.
    fn has_permission(&self, request: &Request) -> impl Future<Output = Result<bool>> + Send;

    /// The text of the 403 instead of the default one.
    fn message(&self) -> Option<&str> {
        None
    }

    /// The stable code of the 403 instead of `permission_denied`.
    fn code(&self) -> Option<&str> {
        None
    }

    /// Whether the rule can deny a client without credentials, which decides whether the OpenAPI
    /// document asks for them. `true` by default; only `AllowAny` and rules like it say no.
    fn requires_authentication(&self, method: &Method) -> bool {
        let _ = method;
        true
    }
}

/// A rule about one object of type `M`, usually an entity's `Model`, checked once the object is
/// known.
///
/// It is put on a view with [`Permissions::with_object`]; on a view of another entity it is
/// refused when the view is put on a path. It is not a [`Permission`] by itself, so that it cannot
/// be listed as one by mistake, without its rule.
///
/// DRF: `BasePermission.has_object_permission`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a permission about `{M}`",
    note = "implement `ObjectPermission<{M}>`: `async fn has_object_permission(&self, request: &Request, object: &{M}) -> Result<bool>`"
)]
pub trait ObjectPermission<M>: Send + Sync + 'static {
    /// Whether the request may go on before the object is known. Everybody may by default.
    fn has_permission(&self, request: &Request) -> impl Future<Output = Result<bool>> + Send {
        let _ = request;
        async { Ok(true) }
    }

    /// The text of the 403 instead of the default one.
    fn message(&self) -> Option<&str> {
        None
    }

    /// The stable code of the 403 instead of `permission_denied`.
    fn code(&self) -> Option<&str> {
        None
    }

    /// Whether the request may go on with `object`.
    fn has_object_permission(
        &self,
        request: &Request,
        object: &M,
    ) -> impl Future<Output = Result<bool>> + Send;
}

/// The boxed twin of [`Permission`] and [`ObjectPermission`].
trait DynPermission: Send + Sync {
    fn has_permission<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<bool>>;
    fn has_object_permission<'a>(
        &'a self,
        request: &'a Request,
        object: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Result<bool>>;
    /// The type of the objects that the rule looks at.
    fn object_type(&self) -> Option<ObjectType>;
    fn message(&self) -> Option<&str>;
    fn code(&self) -> Option<&str>;
    fn requires_authentication(&self, method: &Method) -> bool;
    fn name(&self) -> &'static str;
}

/// What an object permission looks at.
struct ObjectType {
    id: TypeId,
    name: &'static str,
}

struct ViewLevel<P>(P);

impl<P: Permission> DynPermission for ViewLevel<P> {
    fn has_permission<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.0.has_permission(request))
    }

    fn has_object_permission<'a>(
        &'a self,
        _request: &'a Request,
        _object: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(true) })
    }

    fn object_type(&self) -> Option<ObjectType> {
        None
    }

    fn message(&self) -> Option<&str> {
        self.0.message()
    }

    fn code(&self) -> Option<&str> {
        self.0.code()
    }

    fn requires_authentication(&self, method: &Method) -> bool {
        self.0.requires_authentication(method)
    }

    fn name(&self) -> &'static str {
        std::any::type_name::<P>()
    }
}

struct ObjectLevel<P, M>(P, PhantomData<fn(M)>);

impl<P, M> DynPermission for ObjectLevel<P, M>
where
    P: ObjectPermission<M>,
    M: Send + Sync + 'static,
{
    fn has_permission<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<bool>> {
        Box::pin(self.0.has_permission(request))
    }

    fn has_object_permission<'a>(
        &'a self,
        request: &'a Request,
        object: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Result<bool>> {
        match object.downcast_ref::<M>() {
            Some(object) => Box::pin(self.0.has_object_permission(request, object)),
            None => Box::pin(async { Ok(true) }),
        }
    }

    fn object_type(&self) -> Option<ObjectType> {
        Some(ObjectType {
            id: TypeId::of::<M>(),
            name: std::any::type_name::<M>(),
        })
    }

    fn message(&self) -> Option<&str> {
        self.0.message()
    }

    fn code(&self) -> Option<&str> {
        self.0.code()
    }

    fn requires_authentication(&self, _method: &Method) -> bool {
        true
    }

    fn name(&self) -> &'static str {
        std::any::type_name::<P>()
    }
}

/// The permissions of a view or an action; all of them must allow the request, in order.
///
/// ```
/// use restflow_views::{IsAdminUser, IsAuthenticated, Permissions};
///
/// let one: Permissions = IsAuthenticated.into();
/// let both = Permissions::new().with(IsAuthenticated).with(IsAdminUser);
/// assert_eq!((one.len(), both.len()), (1, 2));
/// ```
#[derive(Clone)]
pub struct Permissions(PolicyList<dyn DynPermission>);

/// The outcome of a check: the permission that said no.
#[derive(Debug)]
pub(crate) struct Denial {
    pub(crate) message: Option<String>,
    pub(crate) code: Option<String>,
}

impl Permissions {
    /// No permission: everybody may do everything (DRF: `permission_classes = []`).
    #[must_use]
    pub const fn new() -> Self {
        Self(PolicyList::new())
    }

    /// Those of the API's settings, which take the place of this value when the view is put on a
    /// path; what is added to it comes after them.
    #[must_use]
    pub const fn from_settings() -> Self {
        Self(PolicyList::from_settings())
    }

    pub(crate) fn or_settings(self, settings: &Self) -> Self {
        Self(self.0.or_settings(&settings.0))
    }

    /// Adds a rule about requests.
    #[must_use]
    pub fn with(self, permission: impl Permission) -> Self {
        Self(self.0.with(Arc::new(ViewLevel(permission))))
    }

    /// Adds a rule about requests and about objects of type `M`, usually an entity's `Model`.
    #[must_use]
    pub fn with_object<M>(self, permission: impl ObjectPermission<M>) -> Self
    where
        M: Send + Sync + 'static,
    {
        Self(
            self.0
                .with(Arc::new(ObjectLevel(permission, PhantomData::<fn(M)>))),
        )
    }

    /// How many rules there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no rule.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Whether a client without credentials can be denied, see
    /// [`Permission::requires_authentication`].
    #[must_use]
    pub fn requires_authentication(&self, method: &Method) -> bool {
        self.0
            .iter()
            .any(|permission| permission.requires_authentication(method))
    }

    /// Whether one of the rules looks at the object, so that the whole row must be loaded.
    #[must_use]
    pub fn checks_objects(&self) -> bool {
        self.0
            .iter()
            .any(|permission| permission.object_type().is_some())
    }

    /// A rule about objects that are not of the type `model`, with the name of theirs.
    pub(crate) fn misfit(&self, model: TypeId) -> Option<(&'static str, &'static str)> {
        self.0.iter().find_map(|permission| {
            let object = permission
                .object_type()
                .filter(|object| object.id != model)?;
            Some((permission.name(), object.name))
        })
    }

    pub(crate) async fn check(&self, request: &Request) -> Result<Option<Denial>> {
        for permission in self.0.iter() {
            if !permission.has_permission(request).await? {
                return Ok(Some(Denial::of(permission.as_ref())));
            }
        }
        Ok(None)
    }

    pub(crate) async fn check_object(
        &self,
        request: &Request,
        object: ObjectRef<'_>,
    ) -> Result<Option<Denial>> {
        let looks_at_it = |object_type: ObjectType| object_type.id == object.type_id();
        for permission in self.0.iter() {
            if permission.object_type().is_some_and(looks_at_it)
                && !permission
                    .has_object_permission(request, object.value().await?)
                    .await?
            {
                return Ok(Some(Denial::of(permission.as_ref())));
            }
        }
        Ok(None)
    }
}

impl Denial {
    fn of(permission: &dyn DynPermission) -> Self {
        Self {
            message: permission.message().map(str::to_owned),
            code: permission.code().map(str::to_owned),
        }
    }
}

impl Default for Permissions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|permission| permission.name()))
            .finish()
    }
}

impl<P: Permission> From<P> for Permissions {
    fn from(permission: P) -> Self {
        Self::new().with(permission)
    }
}

macro_rules! permissions_from_tuple {
    ($($name:ident),+) => {
        impl<$($name: Permission),+> From<($($name,)+)> for Permissions {
            fn from(list: ($($name,)+)) -> Self {
                #[allow(non_snake_case, reason = "one binding for each type parameter")]
                let ($($name,)+) = list;
                Self::new()$(.with($name))+
            }
        }
    };
}

permissions_from_tuple!(A, B);
permissions_from_tuple!(A, B, C);
permissions_from_tuple!(A, B, C, D);

/// Allows every request (DRF: `AllowAny`).
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAny;

impl Permission for AllowAny {
    async fn has_permission(&self, _request: &Request) -> Result<bool> {
        Ok(true)
    }

    fn requires_authentication(&self, _method: &Method) -> bool {
        false
    }
}

/// Allows requests with an authenticated user (DRF: `IsAuthenticated`).
#[derive(Debug, Clone, Copy, Default)]
pub struct IsAuthenticated;

impl Permission for IsAuthenticated {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(request.user().is_authenticated())
    }
}

/// Allows requests of the staff (DRF: `IsAdminUser`).
#[derive(Debug, Clone, Copy, Default)]
pub struct IsAdminUser;

impl Permission for IsAdminUser {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(request.user().is_staff())
    }
}

/// Allows reading (`GET`, `HEAD`, `OPTIONS`) to everybody and the rest to authenticated users
/// (DRF: `IsAuthenticatedOrReadOnly`).
#[derive(Debug, Clone, Copy, Default)]
pub struct IsAuthenticatedOrReadOnly;

impl Permission for IsAuthenticatedOrReadOnly {
    async fn has_permission(&self, request: &Request) -> Result<bool> {
        Ok(is_safe(request.method()) || request.user().is_authenticated())
    }

    fn requires_authentication(&self, method: &Method) -> bool {
        !is_safe(method)
    }
}

/// DRF: `rest_framework.permissions.SAFE_METHODS`.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
