//! Memory that is lent to C functions, and looked at afterwards: what was to be written,
//! and that nothing else was.

use std::{
    ffi::c_char,
    mem::{MaybeUninit, align_of, size_of},
    ptr, slice,
};

use chrono::{DateTime, Utc};
use stopgap_c::{
    error::stopgap_error,
    status::{
        STOPGAP_BUFFER_TOO_SMALL, STOPGAP_INVALID_LENGTH, STOPGAP_INVALID_UTF8, STOPGAP_MISALIGNED,
        STOPGAP_NULL_ARGUMENT, STOPGAP_OK, stopgap_status,
    },
    time::STOPGAP_NEVER,
};

use crate::draw::Draw;

/// What memory holds that nobody wrote to.
const CANARY: u8 = 0xA5;
/// How much of it stands before and behind an output.
const AROUND: usize = 32;

/// A failure with its details, as the header says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) status: stopgap_status,
    pub(super) position: usize,
    pub(super) expected: usize,
    pub(super) found: usize,
    pub(super) time: i64,
    pub(super) index: usize,
    pub(super) minutes: i32,
    pub(super) key_id: u32,
    pub(super) role: u32,
    pub(super) action: u32,
    pub(super) callback: i32,
}

impl From<stopgap_status> for Failure {
    fn from(status: stopgap_status) -> Self {
        Self {
            status,
            position: 0,
            expected: 0,
            found: 0,
            time: STOPGAP_NEVER,
            index: 0,
            minutes: 0,
            key_id: 0,
            role: 0,
            action: 0,
            callback: 0,
        }
    }
}

impl Failure {
    pub(super) fn at(status: stopgap_status, position: usize) -> Self {
        Self {
            position,
            ..status.into()
        }
    }

    pub(super) fn found(status: stopgap_status, found: usize) -> Self {
        Self {
            found,
            ..status.into()
        }
    }

    pub(super) fn when(status: stopgap_status, time: Option<DateTime<Utc>>) -> Self {
        Self {
            time: time.map_or(STOPGAP_NEVER, |time| time.timestamp()),
            ..status.into()
        }
    }
}

pub(super) type Outcome<T = ()> = Result<T, Failure>;

/// Makes a call, sometimes without `error`: its status, and the details, which are
/// written only where it fails, are what they should be.
pub(super) fn call<T>(
    draw: &mut Draw<'_>,
    expected: &Outcome<T>,
    call: impl FnOnce(*mut stopgap_error) -> stopgap_status,
) {
    let mut error = Slot::<stopgap_error>::new();
    let told = draw.number(0..=3_u8) > 0;
    let pointer = if told {
        error.pointer()
    } else {
        ptr::null_mut()
    };
    let status = call(pointer);
    let written = error.take(told && expected.is_err());
    let failure = expected.as_ref().err().copied();
    assert_eq!(status, failure.map_or(STOPGAP_OK, |failure| failure.status));
    if let Some(error) = written {
        let found = Failure {
            status: error.status,
            position: error.position,
            expected: error.expected,
            found: error.found,
            time: error.time,
            index: error.index,
            minutes: error.minutes,
            key_id: error.key_id,
            role: error.role,
            action: error.action,
            callback: error.callback,
        };
        assert_eq!(Some(found), failure);
    }
}

/// Where a struct is to be written, with canaries around it.
#[repr(C)]
pub(super) struct Slot<T: Copy> {
    before: [u8; AROUND],
    value: MaybeUninit<T>,
    behind: [u8; AROUND],
}

impl<T: Copy> Slot<T> {
    pub(super) fn new() -> Self {
        let mut slot = Self {
            before: [CANARY; AROUND],
            value: MaybeUninit::uninit(),
            behind: [CANARY; AROUND],
        };
        // SAFETY: a `MaybeUninit<T>` is as many bytes.
        unsafe { ptr::write_bytes(slot.value.as_mut_ptr().cast::<u8>(), CANARY, size_of::<T>()) };
        slot
    }

    pub(super) fn pointer(&mut self) -> *mut T {
        self.value.as_mut_ptr()
    }

    /// A pointer that may be wrong, and the failure that it is.
    pub(super) fn perhaps(&mut self, draw: &mut Draw<'_>) -> (*mut T, Outcome) {
        match draw.number(0..=31_u8) {
            30 => (ptr::null_mut(), Err(STOPGAP_NULL_ARGUMENT.into())),
            31 if align_of::<T>() > 1 => {
                let pointer = self.pointer().cast::<u8>().wrapping_add(1).cast();
                (pointer, Err(STOPGAP_MISALIGNED.into()))
            }
            _ => (self.pointer(), Ok(())),
        }
    }

    /// The value, where one was to be written; else that none was.
    pub(super) fn take(&self, written: bool) -> Option<T> {
        for byte in self.before.iter().chain(&self.behind) {
            assert_eq!(*byte, CANARY, "written beside an output");
        }
        if written {
            // SAFETY: the call has written it; if it has not, any bytes are a `T` here:
            // numbers, arrays of them, and pointers, which are then wrong.
            return Some(unsafe { self.value.assume_init() });
        }
        let start = self.value.as_ptr().cast::<u8>();
        // SAFETY: all of it was written, by `new`.
        let bytes = unsafe { slice::from_raw_parts(start, size_of::<T>()) };
        assert!(bytes.iter().all(|byte| *byte == CANARY), "written in vain");
        None
    }
}

/// Bytes that are lent, in memory of just their length; or a pointer and a length that
/// are none.
#[derive(Debug)]
pub(super) struct Lent {
    bytes: Box<[u8]>,
    fault: u8,
}

impl Lent {
    pub(super) fn new(draw: &mut Draw<'_>, bytes: &[u8]) -> Self {
        let fault = draw.number(0..=63);
        let bytes = bytes.into();
        Self { bytes, fault }
    }

    pub(super) fn pointer<T>(&self) -> *const T {
        match self.fault {
            61 | 62 => ptr::null(),
            _ => self.bytes.as_ptr().cast(),
        }
    }

    pub(super) fn length(&self) -> usize {
        match self.fault {
            62 => 0,
            // More than there can be.
            63 => usize::MAX - self.bytes.len(),
            _ => self.bytes.len(),
        }
    }

    /// The bytes that the function is to see.
    pub(super) fn bytes(&self) -> Outcome<&[u8]> {
        match self.fault {
            61 if self.bytes.is_empty() => Ok(&[]),
            61 => Err(STOPGAP_NULL_ARGUMENT.into()),
            62 => Ok(&[]),
            63 => Err(STOPGAP_INVALID_LENGTH.into()),
            _ => Ok(&self.bytes),
        }
    }

    pub(super) fn text(&self) -> Outcome<&str> {
        utf8(self.bytes()?)
    }
}

pub(super) fn utf8(bytes: &[u8]) -> Outcome<&str> {
    str::from_utf8(bytes).map_err(|error| Failure::at(STOPGAP_INVALID_UTF8, error.valid_up_to()))
}

/// Where bytes are to be written, and perhaps how many it takes.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    capacity: usize,
    is_null: bool,
    needed: Slot<usize>,
    asks: bool,
}

impl Buffer {
    pub(super) fn new(draw: &mut Draw<'_>, most: usize) -> Self {
        let capacity = draw.number(0..=most);
        Self {
            bytes: vec![CANARY; capacity + 2 * AROUND],
            capacity,
            is_null: draw.number(0..=15_u8) == 15,
            needed: Slot::new(),
            asks: draw.coin(),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn pointer<T>(&mut self) -> *mut T {
        if self.is_null {
            ptr::null_mut()
        } else {
            self.bytes[AROUND..].as_mut_ptr().cast()
        }
    }

    pub(super) fn needed(&mut self) -> *mut usize {
        if self.asks {
            self.needed.pointer()
        } else {
            ptr::null_mut()
        }
    }

    /// That it is somewhere.
    pub(super) fn check(&self) -> Outcome {
        if self.is_null && self.capacity > 0 {
            Err(STOPGAP_NULL_ARGUMENT.into())
        } else {
            Ok(())
        }
    }

    /// Whether so many bytes fit in.
    pub(super) fn fits(&self, size: usize) -> Outcome {
        if size > self.capacity {
            Err(STOPGAP_BUFFER_TOO_SMALL.into())
        } else {
            Ok(())
        }
    }

    /// After the call: just what was to be written is there, and no byte more.
    pub(super) fn holds(&self, written: &[u8]) {
        let mut expected = vec![CANARY; self.bytes.len()];
        expected[AROUND..AROUND + written.len()].copy_from_slice(written);
        assert_eq!(self.bytes, expected, "{} bytes", self.capacity);
    }

    /// The same for a text with its NUL, or the failure to make one: and the capacity
    /// that it takes, which is also told where it does not fit.
    pub(super) fn holds_text(&self, text: &Outcome<String>) {
        let needed = self.needed.take(self.asks && text.is_ok());
        let Ok(text) = text else {
            self.holds(b"");
            return;
        };
        let size = text.len() + 1;
        assert_eq!(needed, self.asks.then_some(size));
        if self.fits(size).is_ok() {
            self.holds(&[text.as_bytes(), b"\0"].concat());
        } else {
            self.holds(b"");
        }
    }
}

/// A text in a struct, up to its NUL.
pub(super) fn field(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| *byte == 0);
    &text[..end.unwrap_or(text.len())]
}

/// The bytes of a struct that has no padding.
pub(super) fn image<T: Copy>(value: &T) -> &[u8] {
    // SAFETY: the header promises that it has none.
    unsafe { slice::from_raw_parts(ptr::from_ref(value).cast(), size_of::<T>()) }
}

pub(super) fn chars<const N: usize>(bytes: [u8; N]) -> [c_char; N] {
    bytes.map(|byte| c_char::from_ne_bytes([byte]))
}
