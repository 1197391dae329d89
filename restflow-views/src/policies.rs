//! The list behind each kind of policy: authenticators, permissions, throttles, parsers and
//! renderers.

use std::sync::Arc;

/// Policies in order, or the promise to take those of the API's settings.
pub(crate) struct PolicyList<P: ?Sized> {
    items: Vec<Arc<P>>,
    inherits: bool,
}

impl<P: ?Sized> PolicyList<P> {
    pub(crate) const fn new() -> Self {
        Self {
            items: Vec::new(),
            inherits: false,
        }
    }

    pub(crate) const fn from_settings() -> Self {
        Self {
            items: Vec::new(),
            inherits: true,
        }
    }

    pub(crate) fn with(mut self, policy: Arc<P>) -> Self {
        self.items.push(policy);
        self
    }

    /// This list, or that of the settings if it stands for them; what was added to it comes last.
    pub(crate) fn or_settings(self, settings: &Self) -> Self {
        if !self.inherits {
            return self;
        }
        let mut items = settings.items.clone();
        items.extend(self.items);
        Self {
            items,
            inherits: false,
        }
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Arc<P>> {
        self.items.iter()
    }

    pub(crate) const fn len(&self) -> usize {
        self.items.len()
    }
}

impl<P: ?Sized> Clone for PolicyList<P> {
    fn clone(&self) -> Self {
        Self {
            items: self.items.clone(),
            inherits: self.inherits,
        }
    }
}
