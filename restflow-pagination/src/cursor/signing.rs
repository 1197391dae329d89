//! Keys that make tokens evident of tampering.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The bytes of a signature in a token: half of what HMAC-SHA-256 gives, see RFC 2104 §5.
pub(super) const SIGNATURE: usize = 16;

/// What RFC 2104 §3 advises against is a key that is shorter than the hash; what can be guessed is
/// much shorter than this.
const SHORTEST: usize = 16;

/// The key that signs, and others whose signatures are accepted; none signs nothing.
#[derive(Clone, Default)]
pub(super) struct SigningKeys(Vec<Hmac<Sha256>>);

impl SigningKeys {
    /// # Panics
    /// When the key is too short.
    #[track_caller]
    pub(super) fn one(key: &[u8]) -> Self {
        Self(vec![mac(key)])
    }

    /// # Panics
    /// When there is no key that signs, or one is too short.
    #[track_caller]
    pub(super) fn accept(&mut self, key: &[u8]) {
        assert!(
            !self.0.is_empty(),
            "CursorPagination::signing_key_fallbacks has no key to fall back from; \
             call CursorPagination::signing_key with the key that signs first"
        );
        self.0.push(mac(key));
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The signature, if anything signs.
    pub(super) fn sign(&self, bytes: &[u8]) -> Option<[u8; SIGNATURE]> {
        let signature = self.0.first()?.clone().chain_update(bytes).finalize();
        let (signature, _) = signature.as_bytes().split_first_chunk()?;
        Some(*signature)
    }

    /// The bytes in front of their signature, in constant time; all of them if nothing signs.
    pub(super) fn verified<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        if self.is_empty() {
            return Some(bytes);
        }
        let (bytes, signature) = bytes.split_last_chunk::<SIGNATURE>()?;
        let is_signed = |mac: &Hmac<Sha256>| {
            let signed = mac.clone().chain_update(bytes);
            signed.verify_truncated_left(signature).is_ok()
        };
        self.0.iter().any(is_signed).then_some(bytes)
    }
}

#[track_caller]
fn mac(key: &[u8]) -> Hmac<Sha256> {
    assert!(
        key.len() >= SHORTEST,
        "the signing key of CursorPagination has {} bytes; it needs at least {SHORTEST} that nobody \
         can guess, such as those of `openssl rand -hex 32`, read from the settings of the server",
        key.len()
    );
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    // The same key may sign other things elsewhere.
    mac.chain_update(b"restflow cursor")
}

impl fmt::Debug for SigningKeys {
    /// Without the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef";
    const OTHER: &[u8] = b"0123456789abcdeg";

    #[test]
    fn what_is_signed_is_accepted_by_its_keys_only() {
        let keys = SigningKeys::one(KEY);
        let mut token = b"token".to_vec();
        token.extend(keys.sign(b"token").expect("a key signs"));
        assert_eq!(keys.verified(&token), Some(&b"token"[..]));

        let other = SigningKeys::one(OTHER);
        assert_eq!(other.verified(&token), None);
        let mut rotated = other;
        rotated.accept(KEY);
        assert_eq!(rotated.verified(&token), Some(&b"token"[..]));
        assert_ne!(rotated.sign(b"token"), keys.sign(b"token"));

        for index in 0..token.len() {
            let mut bent = token.clone();
            bent[index] ^= 1;
            assert_eq!(keys.verified(&bent), None);
        }
        assert_eq!(keys.verified(b"short"), None);
        assert_eq!(SigningKeys::default().verified(b"any"), Some(&b"any"[..]));
        assert_eq!(format!("{keys:?}"), "1 keys");
    }

    #[test]
    #[should_panic(expected = "has 15 bytes; it needs at least 16")]
    fn a_short_key_is_refused() {
        let _ = SigningKeys::one(&KEY[1..]);
    }

    #[test]
    #[should_panic(expected = "call CursorPagination::signing_key")]
    fn a_fallback_needs_a_key() {
        SigningKeys::default().accept(KEY);
    }
}
