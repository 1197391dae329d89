//! Who makes a request.

use std::{any::Any, fmt, sync::Arc};

use sea_orm::Value;

/// The account behind a request, implemented by the application's user model.
///
/// Only [`id`](Self::id) is required. The other methods have the defaults of an ordinary active
/// user, so a model without such columns needs nothing more.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a user",
    note = "implement `AuthUser` for the model of the user table: `id` is the only required method"
)]
pub trait AuthUser: Any + Send + Sync {
    /// The primary key of the account, as it is stored in foreign keys to it.
    fn id(&self) -> Value;

    /// The name to show, empty by default.
    fn username(&self) -> &str {
        ""
    }

    /// Whether the account may log in at all. An authenticator refuses a user that is not active.
    fn is_active(&self) -> bool {
        true
    }

    /// Whether the account belongs to the staff; what `IsAdminUser` asks for. `false` by default.
    fn is_staff(&self) -> bool {
        false
    }
}

/// The user of a request: an account, or nobody (DRF: `AnonymousUser`).
#[derive(Clone, Default)]
pub struct User(Option<Arc<dyn AuthUser>>);

impl User {
    /// The user behind `account`.
    pub fn new(account: impl AuthUser) -> Self {
        Self(Some(Arc::new(account)))
    }

    /// Nobody: what a request without credentials has.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self(None)
    }

    /// Whether there is an account.
    #[must_use]
    pub const fn is_authenticated(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the account belongs to the staff; `false` for nobody.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.0.as_ref().is_some_and(|account| account.is_staff())
    }

    /// The primary key of the account, or a null for nobody, ready to be stored in a foreign key
    /// or compared with one.
    #[must_use]
    pub fn id(&self) -> Value {
        self.0
            .as_ref()
            .map_or(Value::BigInt(None), |account| account.id())
    }

    /// The name of the account, empty for nobody.
    #[must_use]
    pub fn username(&self) -> &str {
        self.0.as_ref().map_or("", |account| account.username())
    }

    /// The account as the application's own user model, or `None` for nobody and for a user of
    /// another type.
    #[must_use]
    pub fn model<M: AuthUser>(&self) -> Option<&M> {
        let account: &dyn Any = self.0.as_deref()?;
        account.downcast_ref()
    }
}

impl fmt::Debug for User {
    /// Only the key: the row of a user holds what no log should.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(account) => f.debug_tuple("User").field(&account.id()).finish(),
            None => f.write_str("User(anonymous)"),
        }
    }
}
