//! A small text on the stack, so that numbers and times are written without allocating.

/// Room for the longest decimal (31 bytes of digits, point and sign, and 28 zeros) and any time.
const CAPACITY: usize = 64;

/// ASCII text that is built front to back.
#[derive(Debug)]
pub(crate) struct AsciiText {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl AsciiText {
    pub(crate) fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            length: 0,
        }
    }

    /// Appends one ASCII character.
    pub(crate) fn push(&mut self, byte: u8) {
        debug_assert!(byte.is_ascii());
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    /// Appends a number, with zeros in front up to `width`.
    pub(crate) fn push_number(&mut self, mut number: u128, width: usize) {
        let mut digits = [b'0'; 40];
        let mut start = digits.len();
        while number > u128::from(u64::MAX) {
            start -= 1;
            digits[start] += (number % 10) as u8;
            number /= 10;
        }
        // 64-bit division is many times as fast.
        let mut number = number as u64;
        while number > 0 {
            start -= 1;
            digits[start] += (number % 10) as u8;
            number /= 10;
        }
        let start = start.min(digits.len() - width);
        for digit in &digits[start..] {
            self.push(*digit);
        }
    }

    /// Inserts a point in front of the last `places` digits.
    pub(crate) fn point_before_last(&mut self, places: usize) {
        let at = self.length - places;
        self.bytes.copy_within(at..self.length, at + 1);
        self.bytes[at] = b'.';
        self.length += 1;
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).expect("only ASCII is appended")
    }
}
