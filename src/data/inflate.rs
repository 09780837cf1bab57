//! DEFLATE (RFC 1951), unpacked in the simplest way that is right: bit by bit, with canonical Huffman codes.
//!
//! Of our own, because a library brings 15 KB for speed that tables of 100 KB do not need.

/// A canonical Huffman code: how many codes there are of each length, and the symbols in the order of their codes.
struct Code {
    counts: [u16; 16],
    symbols: Vec<u16>,
}

/// The bits of a stream, the lowest of each byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// In which order the lengths of the code of lengths come (section 3.2.7).
const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Unpacks a stream of at most `most` bytes; `None` when it is damaged, cut off or longer.
pub(super) fn inflate(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let (mut bits, mut out) = (Bits { bytes, at: 0 }, Vec::with_capacity(most));
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => stored(&mut bits, &mut out)?,
            1 => block(&mut bits, &mut out, &fixed(), &Code::new(&[5; 30]), most)?,
            2 => {
                let (literals, distances) = dynamic(&mut bits)?;
                block(&mut bits, &mut out, &literals, &distances, most)?;
            }
            _ => return None,
        }
        if out.len() > most {
            return None;
        }
        if last {
            return Some(out);
        }
    }
}

fn stored(bits: &mut Bits<'_>, out: &mut Vec<u8>) -> Option<()> {
    bits.at = bits.at.next_multiple_of(8);
    let length = bits.take(16)?;
    if bits.take(16)? != !length & 0xffff {
        return None;
    }
    let from = bits.at / 8;
    out.extend_from_slice(bits.bytes.get(from..from + length)?);
    bits.at += length * 8;
    Some(())
}

fn block(bits: &mut Bits<'_>, out: &mut Vec<u8>, literals: &Code, distances: &Code, most: usize) -> Option<()> {
    while out.len() <= most {
        match literals.read(bits)? {
            256 => return Some(()),
            literal @ 0..256 => out.push(u8::try_from(literal).ok()?),
            285 => copy(bits, out, distances, 258)?,
            symbol => {
                let length = 3 + stepped(bits, symbol - 257, 4)?;
                copy(bits, out, distances, length)?;
            }
        }
    }
    None
}

/// A value from its symbol and the bits behind it. Symbols come in groups of `group`, each group but the first two with
/// one bit more than the last (section 3.2.5).
fn stepped(bits: &mut Bits<'_>, symbol: usize, group: usize) -> Option<usize> {
    if symbol < 2 * group {
        return Some(symbol);
    }
    let more = symbol / group - 1;
    Some(((group + symbol % group) << more) + bits.take(more)?)
}

fn copy(bits: &mut Bits<'_>, out: &mut Vec<u8>, distances: &Code, length: usize) -> Option<()> {
    let symbol = distances.read(bits)?;
    let back = 1 + stepped(bits, symbol, 2)?;
    let from = out.len().checked_sub(back)?;
    // What is copied may reach into what this copies.
    for at in from..from + length {
        out.push(*out.get(at)?);
    }
    Some(())
}

fn fixed() -> Code {
    let length = |symbol| match symbol {
        0..144 => 8,
        144..256 => 9,
        256..280 => 7,
        _ => 8,
    };
    Code::new(&(0..288).map(length).collect::<Vec<u8>>())
}

fn dynamic(bits: &mut Bits<'_>) -> Option<(Code, Code)> {
    let (literals, distances, many) = (bits.take(5)? + 257, bits.take(5)? + 1, bits.take(4)? + 4);
    let mut lengths = [0; 19];
    for place in ORDER.iter().take(many) {
        *lengths.get_mut(usize::from(*place))? = u8::try_from(bits.take(3)?).ok()?;
    }
    let code = Code::new(&lengths);
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < literals + distances {
        let (length, times) = match code.read(bits)? {
            16 => (*lengths.last()?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (u8::try_from(length).ok()?, 1),
        };
        lengths.resize(lengths.len() + times, length);
    }
    let (literals, rest) = lengths.split_at_checked(literals)?;
    Some((Code::new(literals), Code::new(rest.get(..distances)?)))
}

impl Bits<'_> {
    fn take(&mut self, many: usize) -> Option<usize> {
        let mut value = 0;
        for place in 0..many {
            let byte = *self.bytes.get(self.at / 8)?;
            value |= usize::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Some(value)
    }
}

impl Code {
    /// The code in which each symbol has this length; 0: the symbol does not occur.
    fn new(lengths: &[u8]) -> Self {
        let (mut counts, mut symbols) = ([0; 16], Vec::new());
        for (length, count) in (1_u8..).zip(counts.iter_mut().skip(1)) {
            let before = symbols.len();
            symbols.extend((0..).zip(lengths).filter(|(_, of)| **of == length).map(|(symbol, _)| symbol));
            *count = u16::try_from(symbols.len() - before).unwrap_or_default();
        }
        Self { counts, symbols }
    }

    fn read(&self, bits: &mut Bits<'_>) -> Option<usize> {
        let (mut code, mut first, mut place) = (0_usize, 0_usize, 0_usize);
        for count in self.counts.iter().skip(1) {
            code |= bits.take(1)?;
            let count = usize::from(*count);
            if code < first + count {
                return self.symbols.get(place + (code - first)).map(|symbol| usize::from(*symbol));
            }
            place += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn streams_of_every_kind_of_block_are_unpacked() {
        let text = b"a rose is a rose is a rose".repeat(40);
        // Level 0 stores; a short text takes the fixed code, a long one a code of its own.
        for (bytes, level) in [(&text[..], 0), (&text[..7], 9), (&text[..], 9), (include_bytes!("products.tsv"), 10)] {
            assert_eq!(inflate(&compress_to_vec(bytes, level), bytes.len()).as_deref(), Some(bytes), "{level}");
        }
    }

    #[test]
    fn what_is_longer_than_was_said_is_refused() {
        let packed = compress_to_vec(&[7; 5000], 9);
        assert!(inflate(&packed, 5000).is_some());
        assert_eq!(inflate(&packed, 4999), None);
    }

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked(bytes in prop::collection::vec(0_u8..12, 0..3000), level in 0_u8..11) {
            prop_assert_eq!(inflate(&compress_to_vec(&bytes, level), bytes.len()), Some(bytes));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = inflate(&bytes, 10_000);
        }
    }
}
