//! The server's file of records, in the layout of `store.h`: the portable bytes of grants and
//! throttles, and the structs of enrolments as they are in memory.

use stopgap::{
    KeyId, Name, OnlineGrant, RecordTag, Sealed,
    chrono::{DateTime, Utc},
    offline::Enrolment,
};

/// The number of each that the file has room for.
const ROOM: usize = 256;
const NAME: usize = 256;
const GRANT: usize = 512;
const GRANTS: usize = 8;
const ENROLMENTS: usize = GRANTS + ROOM * GRANT;

/// C's number for no time.
const NEVER: i64 = i64::MIN;

/// The whole file.
pub(crate) struct Records<'a>(pub(crate) &'a mut Vec<u8>);

impl Records<'_> {
    pub(crate) fn grants(&self) -> usize {
        self.number(0).try_into().unwrap()
    }

    /// Returns the sealed grant of an index.
    pub(crate) fn grant(&self, index: usize) -> Sealed<OnlineGrant> {
        let place = GRANTS + index * GRANT;
        let length = usize::from(u16::from_be_bytes(self.bytes(place)));
        Sealed::from_bytes(&self.0[place + 2..place + 2 + length]).unwrap()
    }

    /// Adds a grant of Rust.
    pub(crate) fn add_grant(&mut self, sealed: &Sealed<OnlineGrant>) {
        let bytes = sealed.to_bytes();
        let place = GRANTS + self.grants() * GRANT;
        self.set(0, &(self.number(0) + 1).to_ne_bytes());
        self.set(place, &u16::try_from(bytes.len()).unwrap().to_be_bytes());
        self.set(place + 2, &bytes);
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
