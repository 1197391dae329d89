//! Who a client is, read from its request.

use std::{any::Any, fmt, marker::PhantomData, sync::Arc};

use futures_util::future::BoxFuture;
use http::header::AUTHORIZATION;
use restflow_exceptions::{ApiError, Result};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, Related};

use crate::{AuthUser, Request, User, policies::PolicyList};

/// What an authenticator found: the user, and the credentials that named it.
#[derive(Clone)]
pub struct Authenticated {
    /// The user of the request.
    pub user: User,
    pub(crate) auth: Option<Arc<dyn Any + Send + Sync>>,
}

impl Authenticated {
    /// A user who was named by nothing that a view could want to see.
    #[must_use]
    pub const fn new(user: User) -> Self {
        Self { user, auth: None }
    }

    /// The same with what the client authenticated with, for [`Request::auth`].
    #[must_use]
    pub fn with_auth(mut self, auth: impl Any + Send + Sync) -> Self {
        self.auth = Some(Arc::new(auth));
        self
    }
}

impl fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The credentials are a secret.
        f.debug_struct("Authenticated")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// How the OpenAPI document names an authenticator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityScheme {
    /// The name of the scheme in the document.
    pub name: &'static str,
    /// `http` or `apiKey`.
    pub ty: &'static str,
    /// For `http`: the scheme of the `Authorization` header (`basic`, `bearer`).
    pub scheme: Option<&'static str>,
    /// For `apiKey`: the header that carries the key.
    pub header: Option<&'static str>,
    /// What a client has to send.
    pub description: &'static str,
}

/// Reads the user of a request from its credentials.
///
/// The authenticators of a view are asked in order; the first that finds credentials decides.
/// Code that blocks goes into [`blocking`](crate::blocking).
///
/// DRF: `rest_framework.authentication.BaseAuthentication`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an authenticator",
    note = "implement `Authentication`: `async fn authenticate(&self, request: &Request) -> Result<Option<Authenticated>>`"
)]
pub trait Authentication: Send + Sync + 'static {
    /// The user, `None` when the request has no credentials of this kind, or an error
    /// ([`ApiError::authentication_failed`]) when it has wrong ones.
    fn authenticate(
        &self,
        request: &Request,
    ) -> impl Future<Output = Result<Option<Authenticated>>> + Send;

    /// The `WWW-Authenticate` challenge of a 401. `None` turns a missing login into a 403, as in
    /// DRF. Only the first authenticator of a view is asked.
    fn authenticate_header(&self) -> Option<&str> {
        None
    }

    /// The scheme in the OpenAPI document; `None` leaves it out.
    fn security_scheme(&self) -> Option<SecurityScheme> {
        None
    }
}

trait DynAuthentication: Send + Sync {
    fn authenticate<'a>(
        &'a self,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Option<Authenticated>>>;
    fn authenticate_header(&self) -> Option<&str>;
    fn security_scheme(&self) -> Option<SecurityScheme>;
    fn name(&self) -> &'static str;
}

impl<A: Authentication> DynAuthentication for A {
    fn authenticate<'a>(
        &'a self,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Option<Authenticated>>> {
        Box::pin(Authentication::authenticate(self, request))
    }

    fn authenticate_header(&self) -> Option<&str> {
        Authentication::authenticate_header(self)
    }

    fn security_scheme(&self) -> Option<SecurityScheme> {
        Authentication::security_scheme(self)
    }

    fn name(&self) -> &'static str {
        std::any::type_name::<A>()
    }
}

/// The authenticators of a view, asked in order.
#[derive(Clone)]
pub struct Authenticators(PolicyList<dyn DynAuthentication>);

impl Authenticators {
    /// No authenticator: every request is anonymous.
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

    /// Adds an authenticator, asked after those before it.
    #[must_use]
    pub fn with(self, authentication: impl Authentication) -> Self {
        Self(self.0.with(Arc::new(authentication)))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// The challenge of the first authenticator, see [`Authentication::authenticate_header`].
    #[must_use]
    pub fn authenticate_header(&self) -> Option<&str> {
        self.0.iter().next()?.authenticate_header()
    }

    /// The schemes for the OpenAPI document, in order.
    pub fn security_schemes(&self) -> impl Iterator<Item = SecurityScheme> {
        self.0
            .iter()
            .filter_map(|authentication| authentication.security_scheme())
    }

    pub(crate) async fn authenticate(&self, request: &Request) -> Result<Option<Authenticated>> {
        for authentication in self.0.iter() {
            if let Some(found) = authentication.authenticate(request).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

impl Default for Authenticators {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Authenticators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|authentication| authentication.name()))
            .finish()
    }
}

impl<A: Authentication> From<A> for Authenticators {
    fn from(authentication: A) -> Self {
        Self::new().with(authentication)
    }
}

/// Token authentication against a table: `Authorization: Token <key>`.
///
/// `T` is the entity of the tokens, `U` that of the users; one query by the key column of `T`
/// finds the user through the relation from `T` to `U`.
///
/// DRF: `rest_framework.authentication.TokenAuthentication`, with its messages.
///
/// ```no_run
/// # mod token {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "token")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key, auto_increment = false)]
/// #         pub key: String,
/// #         pub user_id: i32,
/// #         #[sea_orm(belongs_to, from = "user_id", to = "id")]
/// #         pub user: BelongsTo<super::user::Entity>,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # mod user {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "user")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// #     impl restflow_views::AuthUser for Model {
/// #         fn id(&self) -> sea_orm::Value { self.id.into() }
/// #     }
/// # }
/// use restflow_views::{Settings, TokenAuthentication};
///
/// fn settings() -> Settings {
///     Settings::new().authentication_classes(
///         TokenAuthentication::<token::Entity, user::Entity>::new(token::Column::Key),
///     )
/// }
/// # fn main() {}
/// ```
pub struct TokenAuthentication<T: EntityTrait, U: EntityTrait> {
    key: T::Column,
    keyword: &'static str,
    user: PhantomData<fn() -> U>,
}

impl<T: EntityTrait, U: EntityTrait> TokenAuthentication<T, U> {
    /// Tokens are looked up in the column `key`, which should be unique or the primary key.
    pub const fn new(key: T::Column) -> Self {
        Self {
            key,
            keyword: "Token",
            user: PhantomData,
        }
    }

    /// The word before the key, `Token` by default; it is compared without regard to case.
    #[must_use]
    pub const fn keyword(mut self, keyword: &'static str) -> Self {
        self.keyword = keyword;
        self
    }
}

impl<T: EntityTrait, U: EntityTrait> fmt::Debug for TokenAuthentication<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAuthentication")
            .field("key", &self.key)
            .field("keyword", &self.keyword)
            .finish_non_exhaustive()
    }
}

impl<T, U> Authentication for TokenAuthentication<T, U>
where
    T: EntityTrait + Related<U>,
    T::Column: Send + Sync,
    U: EntityTrait,
    U::Model: AuthUser + Send + Sync,
{
    async fn authenticate(&self, request: &Request) -> Result<Option<Authenticated>> {
        let Some(key) = credentials(request, self.keyword)? else {
            return Ok(None);
        };
        let user = U::find()
            .join_rev(JoinType::InnerJoin, T::to())
            .filter(self.key.eq(key))
            .all(request.db())
            .await?
            .pop()
            .ok_or_else(|| ApiError::authentication_failed("Invalid token."))?;
        if !user.is_active() {
            return Err(ApiError::authentication_failed("User inactive or deleted."));
        }
        Ok(Some(
            Authenticated::new(User::new(user)).with_auth(key.to_owned()),
        ))
    }

    fn authenticate_header(&self) -> Option<&str> {
        Some(self.keyword)
    }

    fn security_scheme(&self) -> Option<SecurityScheme> {
        Some(SecurityScheme {
            name: "tokenAuth",
            ty: "apiKey",
            scheme: None,
            header: Some("Authorization"),
            description: "Token-based authentication with required prefix \"Token\".",
        })
    }
}

/// The one word behind `keyword` in the `Authorization` header; `None` when the header is missing
/// or of another scheme.
fn credentials<'a>(request: &'a Request, keyword: &str) -> Result<Option<&'a str>> {
    let Some(header) = request.headers().get(AUTHORIZATION) else {
        return Ok(None);
    };
    let Ok(header) = header.to_str() else {
        return Err(ApiError::authentication_failed(
            "Invalid token header. Token string should not contain invalid characters.",
        ));
    };
    let mut words = header.split_ascii_whitespace();
    if !words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case(keyword))
    {
        return Ok(None);
    }
    match (words.next(), words.next()) {
        (None, _) => Err(ApiError::authentication_failed(
            "Invalid token header. No credentials provided.",
        )),
        (Some(key), None) => Ok(Some(key)),
        (Some(_), Some(_)) => Err(ApiError::authentication_failed(
            "Invalid token header. Token string should not contain spaces.",
        )),
    }
}
