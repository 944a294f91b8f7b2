//! The check symbol: ISO/IEC 7064, hybrid system MOD 17,16.

/// Returns the check nibble of the nibbles before it.
///
/// The standard works modulo 17 and 16 with the remainder 0 read as 16. Written
/// with additions and masks alone, it neither branches on secret nibbles nor
/// divides them.
pub(crate) fn check_symbol(nibbles: impl IntoIterator<Item = u8>) -> u8 {
    let product = nibbles.into_iter().fold(16_u8, |product, nibble| {
        // (product + nibble) mod 16, in 1..=16 instead of 0..=15.
        let sum = (product.wrapping_add(nibble).wrapping_sub(1) & 0x0F).wrapping_add(1);
        double_mod_17(sum)
    });
    // The symbol that makes the last sum 1 modulo 16.
    17_u8.wrapping_sub(product) & 0x0F
}

/// Returns twice `sum` modulo 17; the sum is 1 to 16.
fn double_mod_17(sum: u8) -> u8 {
    let doubled = sum << 1;
    let reduced = doubled.wrapping_sub(17);
    // All ones if the subtraction went below zero.
    let borrowed = 0_u8.wrapping_sub(reduced >> 7);
    (doubled & borrowed) | (reduced & !borrowed)
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]
mod tests {
    use super::*;

    /// Computes the check symbol by the recursion of the standard, with its divisions.
    fn by_the_book(nibbles: &[u8]) -> u8 {
        let mut product = 16_u32;
        for nibble in nibbles {
            let mut sum = (product + u32::from(*nibble)) % 16;
            if sum == 0 {
                sum = 16;
            }
            product = (sum * 2) % 17;
        }
        u8::try_from((17 - product) % 16).unwrap()
    }

    #[test]
    fn masks_agree_with_the_standard_on_all_of_four_nibbles() {
        for value in 0..=u16::MAX {
            let nibbles = [12, 8, 4, 0].map(|shift| (value >> shift).to_be_bytes()[1] & 0x0F);
            assert_eq!(check_symbol(nibbles), by_the_book(&nibbles), "{nibbles:?}");
        }
    }

    #[test]
    fn every_single_error_is_caught() {
        for value in 0..=u16::MAX {
            let nibbles = [12, 8, 4, 0].map(|shift| (value >> shift).to_be_bytes()[1] & 0x0F);
            let check = check_symbol(nibbles);
            for place in 0..4 {
                let mut wrong = nibbles;
                wrong[place] ^= 1 + u8::try_from(value % 15).unwrap();
                assert_ne!(check_symbol(wrong), check);
            }
        }
    }
}
