//! Who the users are, and how they log in.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::header::AUTHORIZATION;
use restflow::prelude::*;

use crate::entities::{token, user};

impl AuthUser for user::Model {
    fn id(&self) -> sea_orm::Value {
        self.id.into()
    }

    fn username(&self) -> &str {
        &self.username
    }

    fn is_active(&self) -> bool {
        self.is_active
    }

    fn is_staff(&self) -> bool {
        self.is_staff
    }
}

/// `Authorization: Token <key>`.
pub(crate) fn token() -> TokenAuthentication<token::Entity, user::Entity> {
    TokenAuthentication::new(token::Column::Key)
}

/// HTTP Basic with user name and password (DRF: `BasicAuthentication`, with its messages).
pub(crate) struct BasicAuthentication;

impl Authentication for BasicAuthentication {
    async fn authenticate(&self, request: &Request) -> Result<Option<Authenticated>> {
        let Some((username, password)) = credentials(request)? else {
            return Ok(None);
        };
        let user = user::Entity::find()
            .filter(user::Column::Username.eq(username))
            .one(request.db())
            .await?;
        match user {
            Some(user) if user.is_active && user.password == password => {
                Ok(Some(Authenticated::new(User::new(user))))
            }
            _ => Err(ApiError::authentication_failed(
                "Invalid username/password.",
            )),
        }
    }

    fn authenticate_header(&self) -> Option<&str> {
        Some("Basic realm=\"api\"")
    }
}

/// The decoded name and password; `None` without a header of this scheme.
fn credentials(request: &Request) -> Result<Option<(String, String)>> {
    let Some(header) = request.headers().get(AUTHORIZATION) else {
        return Ok(None);
    };
    let header = String::from_utf8_lossy(header.as_bytes());
    let mut words = header.split_ascii_whitespace();
    if !words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("basic"))
    {
        return Ok(None);
    }
    let encoded = match (words.next(), words.next()) {
        (Some(encoded), None) => encoded,
        (None, _) => {
            return Err(ApiError::authentication_failed(
                "Invalid basic header. No credentials provided.",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(ApiError::authentication_failed(
                "Invalid basic header. Credentials string should not contain spaces.",
            ));
        }
    };
    let malformed = || {
        ApiError::authentication_failed(
            "Invalid basic header. Credentials not correctly base64 encoded.",
        )
    };
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| malformed())?;
    let decoded = match String::from_utf8(bytes) {
        Ok(text) => text,
        // DRF falls back to Latin-1, where each byte is a character.
        Err(error) => error
            .as_bytes()
            .iter()
            .map(|byte| char::from(*byte))
            .collect(),
    };
    let (username, password) = decoded.split_once(':').ok_or_else(malformed)?;
    Ok(Some((username.to_owned(), password.to_owned())))
}
