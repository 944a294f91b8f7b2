//! The server's file of records, in the layout of `store.h`: the structs of the header as
//! they are in memory.

use stopgap::{
    Alphabet, CodeDigest, CodeFormat, KeyId, Name, OnlineGrant, Purposes, RecordId, RecordTag,
    Sealed,
    chrono::{DateTime, Utc},
    offline::Enrolment,
};

/// The number of each that the file has room for.
const ROOM: usize = 256;
const NAME: usize = 256;
const GRANT: usize = 416;
const GRANTS: usize = 8;
const ENROLMENTS: usize = GRANTS + ROOM * GRANT;

/// C's numbers for no time and for any number of uses.
const NEVER: i64 = i64::MIN;
const UNLIMITED: u32 = u32::MAX;

/// The whole file.
pub(crate) struct Records<'a>(pub(crate) &'a mut Vec<u8>);

impl Records<'_> {
    pub(crate) fn grants(&self) -> usize {
        self.number(0).try_into().unwrap()
    }

    /// Returns the sealed grant of an index.
    pub(crate) fn grant(&self, index: usize) -> Sealed<OnlineGrant> {
        let at = |offset| GRANTS + index * GRANT + offset;
        let alphabet = Alphabet::new(&self.text(at(48))).unwrap();
        let length = self.number(at(72)).try_into().unwrap();
        let mut format = CodeFormat::new(alphabet, length);
        format.check_symbol = self.number(at(76)) != 0;
        let max_uses = self.number(at(40));
        let grant = OnlineGrant {
            id: RecordId::from_bytes(self.bytes(at(80))),
            issued_at: self.time(at(0)).unwrap(),
            not_before: self.time(at(8)),
            expires_at: self.time(at(16)).unwrap(),
            revoked_at: self.time(at(24)),
            key_id: KeyId(self.number(at(32))),
            purposes: Purposes::from_bits(self.number(at(36)).try_into().unwrap()).unwrap(),
            max_uses: (max_uses != UNLIMITED).then_some(max_uses),
            uses: self.number(at(44)),
            format,
            digest: CodeDigest::from_bytes(self.bytes(at(96))),
            user: Name::new(self.text(at(160))).unwrap(),
        };
        Sealed::from_parts(grant, RecordTag::from_bytes(self.bytes(at(128))))
    }

    /// Adds a grant of Rust, with the format of the first one.
    pub(crate) fn add_grant(&mut self, sealed: Sealed<OnlineGrant>) {
        let (grant, tag) = sealed.into_parts();
        let index = self.grants();
        let at = |offset| GRANTS + index * GRANT + offset;
        let format = self.bytes::<32>(GRANTS + 48);
        let time =
            |instant: Option<DateTime<Utc>>| instant.map_or(NEVER, |instant| instant.timestamp());
        self.set(0, &(self.number(0) + 1).to_ne_bytes());
        self.set(at(0), &grant.issued_at.timestamp().to_ne_bytes());
        self.set(at(8), &time(grant.not_before).to_ne_bytes());
        self.set(at(16), &grant.expires_at.timestamp().to_ne_bytes());
        self.set(at(24), &time(grant.revoked_at).to_ne_bytes());
        self.set(at(32), &grant.key_id.0.to_ne_bytes());
        self.set(at(36), &u32::from(grant.purposes.bits()).to_ne_bytes());
        self.set(at(40), &grant.max_uses.unwrap_or(UNLIMITED).to_ne_bytes());
        self.set(at(44), &grant.uses.to_ne_bytes());
        self.set(at(48), &format);
        self.set(at(80), grant.id.as_bytes());
        self.set(at(96), grant.digest.as_bytes());
        self.set(at(128), tag.as_bytes());
        self.set(at(160), grant.user.as_str().as_bytes());
    }

    /// Returns the first enrolment, sealed.
    pub(crate) fn enrolment(&self) -> Sealed<Enrolment> {
        assert_eq!(self.number(4), 1);
        let at = |offset| ENROLMENTS + offset;
        let enrolment = Enrolment {
            enrolled_at: self.time(at(0)).unwrap(),
            retired_at: self.time(at(8)),
            key_id: KeyId(self.number(at(16))),
            generation: self.number(at(20)),
            user: Name::new(self.text(at(56))).unwrap(),
            machine: Name::new(self.text(at(56 + NAME))).unwrap(),
        };
        Sealed::from_parts(enrolment, RecordTag::from_bytes(self.bytes(at(24))))
    }

    fn bytes<const N: usize>(&self, offset: usize) -> [u8; N] {
        self.0[offset..offset + N].try_into().unwrap()
    }

    fn number(&self, offset: usize) -> u32 {
        u32::from_ne_bytes(self.bytes(offset))
    }

    fn time(&self, offset: usize) -> Option<DateTime<Utc>> {
        let seconds = i64::from_ne_bytes(self.bytes(offset));
        (seconds != NEVER).then(|| DateTime::from_timestamp(seconds, 0).unwrap())
    }

    fn text(&self, offset: usize) -> String {
        let text = self.0[offset..].split(|byte| *byte == 0).next().unwrap();
        String::from_utf8(text.to_vec()).unwrap()
    }

    fn set(&mut self, offset: usize, bytes: &[u8]) {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
    }
}
