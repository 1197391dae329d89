//! Finds the values in the text of a JSON document.
//!
//! What it does not take is no document, and `serde_json` says why: so nothing here knows a
//! message, and in doubt it gives up.

use crate::document::Node;

/// A document that was read.
pub(crate) struct Scanned {
    pub(crate) text: Box<str>,
    /// The texts that had escapes, without them.
    pub(crate) unescaped: String,
    pub(crate) nodes: Vec<Node>,
}

/// How deep lists and objects may stand in each other. `serde_json` has the same limit.
const MAX_DEPTH: u8 = 127;

/// What is in front of the values is counted in 32 bits.
const MAX_LEN: usize = u32::MAX as usize;

/// The most nodes for which there is room before they are found: one kilobyte.
const MAX_GUESS: usize = 64;

pub(crate) fn scan(text: &str) -> Option<Scanned> {
    if text.len() >= MAX_LEN {
        return None;
    }
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        unescaped: String::new(),
        nodes: Vec::with_capacity((text.len() / 8 + 4).min(MAX_GUESS)),
    };
    scanner.value(MAX_DEPTH)?;
    if scanner.skip_space().is_some() {
        return None;
    }
    Some(Scanned {
        text: text.into(),
        unescaped: scanner.unescaped,
        nodes: scanner.nodes,
    })
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    unescaped: String,
    nodes: Vec<Node>,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Goes on to what is no white space, and looks at it.
    fn skip_space(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    fn value(&mut self, depth: u8) -> Option<()> {
        match self.skip_space()? {
            b'"' => self.string(),
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.list(depth.checked_sub(1)?),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word(b"true", Node::Bool(true)),
            b'f' => self.word(b"false", Node::Bool(false)),
            b'n' => self.word(b"null", Node::Null),
            _ => None,
        }
    }

    fn word(&mut self, word: &[u8], node: Node) -> Option<()> {
        if !self.bytes[self.at..].starts_with(word) {
            return None;
        }
        self.at += word.len();
        self.nodes.push(node);
        Some(())
    }

    fn object(&mut self, depth: u8) -> Option<()> {
        let place = self.nodes.len();
        self.nodes.push(Node::Object { len: 0, nodes: 0 });
        self.at += 1;
        let mut len = 0;
        let mut next = self.skip_space()?;
        if next != b'}' {
            loop {
                if next != b'"' {
                    return None;
                }
                self.string()?;
                if self.skip_space()? != b':' {
                    return None;
                }
                self.at += 1;
                self.value(depth)?;
                len += 1;
                match self.skip_space()? {
                    b',' => self.at += 1,
                    b'}' => break,
                    _ => return None,
                }
                next = self.skip_space()?;
            }
        }
        self.at += 1;
        let nodes = self.count_from(place);
        self.nodes[place] = Node::Object { len, nodes };
        Some(())
    }

    fn list(&mut self, depth: u8) -> Option<()> {
        let place = self.nodes.len();
        self.nodes.push(Node::List { len: 0, nodes: 0 });
        self.at += 1;
        let mut len = 0;
        if self.skip_space()? != b']' {
            loop {
                self.value(depth)?;
                len += 1;
                match self.skip_space()? {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return None,
                }
            }
        }
        self.at += 1;
        let nodes = self.count_from(place);
        self.nodes[place] = Node::List { len, nodes };
        Some(())
    }

    /// How many nodes were found after the one at `place`: fewer than there are bytes.
    fn count_from(&self, place: usize) -> u32 {
        (self.nodes.len() - place - 1) as u32
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        let is_negative = self.bytes[start] == b'-';
        if is_negative {
            self.at += 1;
        }
        let first = self.at;
        let mut whole = Some(0_u64);
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            let digit = u64::from(byte - b'0');
            whole = whole.and_then(|whole| whole.checked_mul(10)?.checked_add(digit));
            self.at += 1;
        }
        let count = self.at - first;
        if count == 0 || (count > 1 && self.bytes[first] == b'0') {
            return None;
        }
        if self.peek() == Some(b'.') {
            whole = None;
            self.at += 1;
            if self.digits() == 0 {
                return None;
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            whole = None;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return None;
            }
        }
        let node = match whole {
            Some(whole) if !is_negative => Node::Unsigned(whole),
            // Zero has no negative, but as a float.
            Some(whole @ 1..=0x8000_0000_0000_0000) => {
                Node::Negative((whole as i64).wrapping_neg())
            }
            _ => {
                let number: f64 = self.text[start..self.at].parse().ok()?;
                Node::Float(Some(number).filter(|number| number.is_finite())?)
            }
        };
        self.nodes.push(node);
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        let start = self.at + 1;
        let end = self.special(start);
        match *self.bytes.get(end)? {
            b'"' => {
                self.at = end + 1;
                self.nodes.push(Node::Text {
                    start: start as u32,
                    len: (end - start) as u32,
                });
                Some(())
            }
            b'\\' => self.string_with_escapes(start, end),
            _ => None,
        }
    }

    /// The next quote, backslash or control character, or the end.
    fn special(&self, from: usize) -> usize {
        const ONES: u64 = u64::from_ne_bytes([1; 8]);
        const HIGH: u64 = ONES << 7;
        let has_zero = |word: u64| word.wrapping_sub(ONES) & !word;

        let mut at = from;
        // Eight at once; a borrow may mark bytes above the first that is special, and none below.
        while let Some(chunk) = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*chunk);
            let quote = has_zero(word ^ (ONES * u64::from(b'"')));
            let backslash = has_zero(word ^ (ONES * u64::from(b'\\')));
            let control = word.wrapping_sub(ONES * 0x20) & !word;
            let found = (quote | backslash | control) & HIGH;
            if found != 0 {
                return at + found.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest.iter().position(is_special).unwrap_or(rest.len())
    }

    /// Goes on with a text at its first backslash.
    #[cold]
    fn string_with_escapes(&mut self, start: usize, backslash: usize) -> Option<()> {
        let first = self.unescaped.len();
        let (mut from, mut end) = (start, backslash);
        loop {
            self.unescaped.push_str(&self.text[from..end]);
            match *self.bytes.get(end)? {
                b'"' => break,
                b'\\' => {}
                _ => return None,
            }
            self.at = end + 1;
            let c = self.escape()?;
            self.unescaped.push(c);
            from = self.at;
            end = self.special(from);
        }
        self.at = end + 1;
        self.nodes.push(Node::Unescaped {
            start: first as u32,
            len: (self.unescaped.len() - first) as u32,
        });
        Some(())
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Option<char> {
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hex()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    // The second half of a pair alone is no character.
                    return char::from_u32(unit);
                }
                if !self.bytes[self.at..].starts_with(b"\\u") {
                    return None;
                }
                self.at += 2;
                let low = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                return char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + low);
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, digit| {
            Some(unit << 4 | char::from(*digit).to_digit(16)?)
        })
    }
}
