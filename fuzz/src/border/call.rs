//! Calls of C functions: the status, the details and the outputs must be those of the
//! core.

use std::{ffi::c_char, fmt::Debug, ptr};

use stopgap_c::{
    error::stopgap_error,
    status::{STOPGAP_OK, stopgap_status},
};

use super::{
    failure::{Failure, Outcome, status},
    layout::image,
    memory::{Buffer, Slot},
};
use crate::draw::Draw;

/// Calls a C function. `[text]` passes a text, and `[bytes;]` a pointer and a length.
macro_rules! c {
    (@ $function:ident ($($done:expr),*)) => {
        // SAFETY: the call follows the header, except for faults that the function must
        // find.
        unsafe { $function($($done),*) }
    };
    (@ $function:ident ($($done:expr),*) [$text:expr] $(, $($rest:tt)*)?) => {
        c!(@ $function ($($done,)* $text.argument()) $($($rest)*)?)
    };
    (@ $function:ident ($($done:expr),*) [$bytes:expr;] $(, $($rest:tt)*)?) => {
        c!(@ $function ($($done,)* $bytes.pointer(), $bytes.length()) $($($rest)*)?)
    };
    (@ $function:ident ($($done:expr),*) $argument:expr $(, $($rest:tt)*)?) => {
        c!(@ $function ($($done,)* $argument) $($($rest)*)?)
    };
    ($function:ident, $($arguments:tt)*) => {
        c!(@ $function () $($arguments)*)
    };
}
pub(super) use c;

/// Calls a function, sometimes without `error`, which is written only on failure.
#[track_caller]
pub(super) fn call<T>(
    draw: &mut Draw<'_>,
    expected: &Outcome<T>,
    function: impl FnOnce(*mut stopgap_error) -> stopgap_status,
) {
    let mut error = Slot::<stopgap_error>::new();
    let told = draw.number(0..=3_u8) > 0;
    let mut place = ptr::null_mut();
    if told {
        place = error.pointer();
    }
    assert_eq!(function(place), status(expected));
    let failure = expected.as_ref().err().copied().filter(|_| told);
    let written = error.take(failure.is_some());
    assert_eq!(written.map(Failure), failure);
}

/// Calls a function that cannot fail here.
#[track_caller]
pub(super) fn succeed(function: impl FnOnce(*mut stopgap_error) -> stopgap_status) {
    assert_eq!(function(ptr::null_mut()), STOPGAP_OK);
}

/// A handle, freed when it is dropped.
pub(super) struct Handle<T> {
    pub(super) pointer: *mut T,
    pub(super) free: unsafe extern "C" fn(*mut *mut T),
}

impl<T> Handle<T> {
    pub(super) fn new(
        free: unsafe extern "C" fn(*mut *mut T),
        make: impl FnOnce(*mut *mut T, *mut stopgap_error) -> stopgap_status,
    ) -> Self {
        let mut pointer = ptr::null_mut();
        succeed(|error| make(&raw mut pointer, error));
        Self { pointer, free }
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        let free = self.free;
        c!(free, &raw mut self.pointer);
        assert!(self.pointer.is_null());
    }
}

/// Calls a function with one output, sometimes with a wrong pointer, for which it must
/// fail. Returns the output; `says` of it must be the expected value.
#[track_caller]
pub(super) fn output<T: Copy, E: Debug + PartialEq>(
    draw: &mut Draw<'_>,
    expected: impl FnOnce() -> Outcome<E>,
    says: impl FnOnce(T) -> E,
    function: impl FnOnce(*mut T, *mut stopgap_error) -> stopgap_status,
) -> Option<T> {
    output_in(draw, Slot::new(), expected, says, function)
}

/// Calls a function with one output that begins with its size, as [`output`] does.
#[track_caller]
pub(super) fn sized_output<T: Copy, E: Debug + PartialEq>(
    draw: &mut Draw<'_>,
    expected: impl FnOnce() -> Outcome<E>,
    says: impl FnOnce(T) -> E,
    function: impl FnOnce(*mut T, *mut stopgap_error) -> stopgap_status,
) -> Option<T> {
    output_in(draw, Slot::sized(), expected, says, function)
}

#[track_caller]
fn output_in<T: Copy, E: Debug + PartialEq>(
    draw: &mut Draw<'_>,
    mut slot: Slot<T>,
    expected: impl FnOnce() -> Outcome<E>,
    says: impl FnOnce(T) -> E,
    function: impl FnOnce(*mut T, *mut stopgap_error) -> stopgap_status,
) -> Option<T> {
    if let Some(wrong) = slot.wrong_pointer(draw) {
        assert_ne!(function(wrong, ptr::null_mut()), STOPGAP_OK);
        return slot.take(false);
    }
    let (expected, place) = (expected(), slot.pointer());
    call(draw, &expected, |error| function(place, error));
    let written = slot.take(expected.is_ok());
    assert_eq!(written.map(says), expected.ok());
    written
}

/// Calls a function that writes a text.
#[track_caller]
pub(super) fn text_output(
    draw: &mut Draw<'_>,
    mut buffer: Buffer,
    text: Outcome<String>,
    function: impl FnOnce(*mut c_char, usize, *mut usize, *mut stopgap_error) -> stopgap_status,
) {
    let text = buffer.check().and(text);
    let fits = text.clone().and_then(|text| buffer.fits(text.len() + 1));
    call(draw, &fits, |error| {
        function(buffer.pointer(), buffer.capacity, buffer.needed(), error)
    });
    buffer.holds_text(&text);
}

/// Calls a function that changes a record. The record must then be the expected one;
/// after a failure it must be unchanged.
#[track_caller]
pub(super) fn change<T: Copy>(
    draw: &mut Draw<'_>,
    record: T,
    expected: Outcome<T>,
    function: impl FnOnce(*mut T, *mut stopgap_error) -> stopgap_status,
) {
    let mut changed = record;
    call(draw, &expected, |error| function(&raw mut changed, error));
    assert_eq!(image(&changed), image(&expected.unwrap_or(record)));
}
