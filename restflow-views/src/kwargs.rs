//! The values that a path gives to its captures.

/// The captured values of the path, percent-decoded, in the order of the path.
///
/// `/products/{product_pk}/reviews/{pk}/` yields `product_pk` and `pk`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kwargs(Vec<(&'static str, String)>);

impl Kwargs {
    /// The value of the capture `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find_map(|(key, value)| (*key == name).then_some(value.as_str()))
    }

    /// All captures in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Whether the path has no captures.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(&'static str, String)> for Kwargs {
    fn from_iter<I: IntoIterator<Item = (&'static str, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
