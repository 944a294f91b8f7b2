//! The server's file of records, in the layout of `store.h`: the portable bytes of grants,
//! enrolments and throttles.

use stopgap::{OnlineGrant, Record, Sealed, offline::Enrolment};

/// The number of each that the file has room for.
const ROOM: usize = 256;
/// The room of a record in bytes.
const KEPT: usize = 768;
const ENROLMENTS: usize = ROOM * KEPT;

/// The whole file.
pub(crate) struct Records<'a>(pub(crate) &'a mut Vec<u8>);

impl Records<'_> {
    /// Returns the sealed grant of an index.
    pub(crate) fn grant(&self, index: usize) -> Sealed<OnlineGrant> {
        self.record(index * KEPT)
    }

    /// Adds a grant of Rust.
    pub(crate) fn add_grant(&mut self, sealed: &Sealed<OnlineGrant>) {
        let bytes = sealed.to_bytes();
        let mut places = (0..ROOM).map(|index| index * KEPT);
        let place = places.find(|place| self.length(*place) == 0).unwrap();
        self.set(place, &u16::try_from(bytes.len()).unwrap().to_be_bytes());
        self.set(place + 2, &bytes);
    }

    /// Returns the only enrolment, sealed.
    pub(crate) fn enrolment(&self) -> Sealed<Enrolment> {
        assert_eq!(self.length(ENROLMENTS + KEPT), 0);
        self.record(ENROLMENTS)
    }

    fn length(&self, place: usize) -> usize {
        let bytes = self.0[place..place + 2].try_into().unwrap();
        u16::from_be_bytes(bytes).into()
    }

    fn record<R: Record>(&self, place: usize) -> Sealed<R> {
        let start = place + 2;
        Sealed::from_bytes(&self.0[start..start + self.length(place)]).unwrap()
    }

    fn set(&mut self, offset: usize, bytes: &[u8]) {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
    }
}
