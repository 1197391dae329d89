//! What the requests of one API share.

use std::sync::{Arc, Mutex, PoisonError};

use http::Extensions;

/// Values that live as long as one API, one of each type, see
/// [`Request::shared`](crate::Request::shared). Clones are the same state.
#[derive(Debug, Clone, Default)]
pub struct SharedState(Arc<Mutex<Extensions>>);

impl SharedState {
    pub(crate) fn get<T: Clone + Default + Send + Sync + 'static>(&self) -> T {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.get_or_insert_default::<T>().clone()
    }
}
