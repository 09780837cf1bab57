//! Letters without their case, to compare names by.
//!
//! The tables of Unicode for that are 17 KiB of a component that may have 1024. Here are the Latin, Greek and Cyrillic
//! letters of living languages (The Unicode Standard 17, blocks Basic Latin to Cyrillic Supplement without the letters of
//! phonetic alphabets and of old texts, and Latin Extended Additional); others are compared as they are.

/// The text in small letters.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().map(small).collect()
}

fn small(letter: char) -> char {
    let code = u32::from(letter);
    let small = match code {
        // The small letters follow as a row.
        0x41..=0x5a | 0xc0..=0xd6 | 0xd8..=0xde | 0x391..=0x3a1 | 0x3a3..=0x3ab | 0x410..=0x42f => code + 32,
        0x400..=0x40f => code + 80,
        0x388..=0x38a => code + 37,
        0x38e..=0x38f => code + 63,
        // Each small letter follows its capital one.
        0x100..=0x12f | 0x132..=0x137 | 0x14a..=0x177 => code | 1,
        0x460..=0x481 | 0x48a..=0x4bf | 0x4d0..=0x52f | 0x1e00..=0x1e95 | 0x1ea0..=0x1eff => code | 1,
        0x1a0..=0x1a5 | 0x1de..=0x1ef | 0x1f8..=0x21f | 0x222..=0x233 => code | 1,
        0x139..=0x148 | 0x179..=0x17e | 0x1cd..=0x1dc | 0x4c1..=0x4ce => code + code % 2,
        // The small letter at the end of a word.
        0x3c2 => 0x3c3,
        // Those whose small letter was there before.
        0x18f => 0x259,
        0x1af => 0x1b0,
        0x178 => 0xff,
        0x386 => 0x3ac,
        0x38c => 0x3cc,
        0x4c0 => 0x4cf,
        0x1e9e => 0xdf,
        _ => code,
    };
    char::from_u32(small).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_blocks_become_small_as_unicode_says() {
        let blocks = [
            0..0x180,
            0x1a0..0x1a6,
            0x1cd..0x1f0,
            0x1f8..0x220,
            0x222..0x234,
            0x386..0x3ac,
            0x400..0x530,
            0x1e00..0x1f00,
        ];
        let differs = |letter: &char| letter.to_lowercase().to_string() != small(*letter).to_string();
        let different: Vec<char> = blocks.into_iter().flatten().filter_map(char::from_u32).filter(differs).collect();
        // Becomes two letters.
        assert_eq!(different, ['\u{130}']);
    }

    #[test]
    fn words_are_folded_and_other_letters_stay() {
        assert_eq!(fold("GESCHÄFTSFÜHRUNG Straße"), "geschäftsführung straße");
        assert_eq!(fold("Бухгалтерія ΟΔΟΣ"), "бухгалтерія οδοσ");
        assert_eq!(fold("ȚARA ƏLIYEV ƯU ĐÃI"), fold("țara əliyev ưu đãi"));
        assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
        assert_eq!(fold("営業部 Ａ"), "営業部 Ａ");
    }
}
