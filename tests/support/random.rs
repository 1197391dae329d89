//! Pseudo-random choices.

#![allow(dead_code, unreachable_pub, reason = "shared by tests")]

/// A pseudo-random sequence (xorshift), the same in each run.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    pub fn one_of<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }

    /// Nothing in one of four cases.
    pub fn maybe<T: Clone>(&mut self, values: &[T]) -> Option<T> {
        (self.below(4) != 0).then(|| self.one_of(values))
    }
}
