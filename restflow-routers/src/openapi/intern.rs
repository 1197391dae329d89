//! Text that lives as long as the process, as poem-openapi's registry wants it.

use std::{
    collections::HashSet,
    sync::{Mutex, OnceLock, PoisonError},
};

/// `text` for ever. Each text is leaked once, so the leak is bounded by the routes of the program.
pub(crate) fn intern(text: &str) -> &'static str {
    static TEXTS: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let mut texts = TEXTS
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.get(text) {
        return known;
    }
    let text: &'static str = Box::leak(text.into());
    texts.insert(text);
    text
}
