//! Memory that is lent to C functions, with canaries around the parts that they may
//! write.

use std::{
    borrow::Cow,
    mem::{MaybeUninit, align_of, size_of},
    ptr,
};

use stopgap_c::status::{
    STOPGAP_ERR_BUFFER_TOO_SMALL, STOPGAP_ERR_INVALID_LENGTH, STOPGAP_ERR_INVALID_UTF8,
    STOPGAP_ERR_NAME_INVALID_UNICODE, STOPGAP_ERR_NULL_ARGUMENT,
};

use stopgap_c::text::stopgap_text;

use super::{
    failure::{Failure, Outcome},
    layout::image,
};
use crate::draw::Draw;

/// The byte of memory that no function has written.
const CANARY: u8 = 0xA5;
/// Canaries before and after an output.
const AROUND: usize = 32;

/// An output, with canaries around it.
#[repr(C)]
pub(super) struct Slot<T: Copy> {
    before: [u8; AROUND],
    value: MaybeUninit<T>,
    behind: [u8; AROUND],
    /// The size with which the value begins; 0 if it begins otherwise.
    size: usize,
}

impl<T: Copy> Slot<T> {
    pub(super) fn new() -> Self {
        let mut slot = Self {
            before: [CANARY; AROUND],
            value: MaybeUninit::uninit(),
            behind: [CANARY; AROUND],
            size: 0,
        };
        // SAFETY: a `MaybeUninit<T>` is as many bytes.
        unsafe { ptr::write_bytes(slot.value.as_mut_ptr().cast::<u8>(), CANARY, size_of::<T>()) };
        slot
    }

    /// Returns an output that begins with its size.
    pub(super) fn sized() -> Self {
        let mut slot = Self::new();
        slot.size = size_of::<T>();
        // SAFETY: the value begins with a `usize`.
        unsafe { slot.pointer().cast::<usize>().write(slot.size) };
        slot
    }

    pub(super) fn pointer(&mut self) -> *mut T {
        self.value.as_mut_ptr()
    }

    /// Returns a wrong pointer now and then.
    pub(super) fn wrong_pointer(&mut self, draw: &mut Draw<'_>) -> Option<*mut T> {
        match draw.number(0..=31_u8) {
            30 => Some(ptr::null_mut()),
            31 if align_of::<T>() > 1 => Some(self.pointer().wrapping_byte_add(1)),
            _ => None,
        }
    }

    /// Returns the value if the function had to write one; otherwise checks that it
    /// wrote nothing.
    pub(super) fn take(&self, written: bool) -> Option<T> {
        let around = self.before.iter().chain(&self.behind);
        assert!(
            around.eq(&[CANARY; 2 * AROUND]),
            "written outside of an output"
        );
        if written {
            // SAFETY: the call has written it; if it has not, any bytes are a `T` here:
            // numbers, arrays of them, and pointers, which are then wrong.
            return Some(unsafe { self.value.assume_init() });
        }
        let mut bytes = image(&self.value);
        if self.size > 0 {
            let (size, others) = bytes.split_at(size_of::<usize>());
            assert_eq!(size, self.size.to_ne_bytes());
            bytes = others;
        }
        assert!(
            bytes.iter().all(|byte| *byte == CANARY),
            "written although the call failed"
        );
        None
    }
}

/// Bytes that are lent, in memory of exactly their length; sometimes with a wrong pointer
/// or length.
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
            // More bytes than a memory block can have.
            63 => usize::MAX - 1 - self.bytes.len(),
            _ => self.bytes.len(),
        }
    }

    /// Returns the bytes as a text of C.
    pub(super) fn argument(&self) -> stopgap_text {
        stopgap_text {
            ptr: self.pointer(),
            len: self.length(),
        }
    }

    /// Returns the bytes that the function must see.
    pub(super) fn bytes(&self) -> Outcome<&[u8]> {
        match self.fault {
            61 if !self.bytes.is_empty() => Err(STOPGAP_ERR_NULL_ARGUMENT.into()),
            61 | 62 => Ok(&[]),
            63 => Err(STOPGAP_ERR_INVALID_LENGTH.into()),
            _ => Ok(&self.bytes),
        }
    }

    pub(super) fn text(&self) -> Outcome<&str> {
        utf8(self.bytes()?)
    }

    /// Returns the text of a name, which the core checks further.
    pub(super) fn name(&self) -> Outcome<&str> {
        name_utf8(self.bytes()?)
    }

    /// Returns the text that a person typed. If the bytes are not text, it uses only the
    /// first 257.
    pub(super) fn typed(&self) -> Outcome<Cow<'_, str>> {
        let bytes = self.bytes()?;
        let text = str::from_utf8(bytes).map(Cow::from);
        Ok(text.unwrap_or_else(|_| String::from_utf8_lossy(&bytes[..bytes.len().min(257)])))
    }
}

pub(super) fn utf8(bytes: &[u8]) -> Outcome<&str> {
    str::from_utf8(bytes)
        .map_err(|error| Failure::at(STOPGAP_ERR_INVALID_UTF8, error.valid_up_to()))
}

pub(super) fn name_utf8(bytes: &[u8]) -> Outcome<&str> {
    str::from_utf8(bytes).map_err(|_| STOPGAP_ERR_NAME_INVALID_UNICODE.into())
}

/// A buffer for bytes, and an output for the capacity that they need.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    pub(super) capacity: usize,
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

    pub(super) fn pointer<T>(&mut self) -> *mut T {
        if self.is_null {
            return ptr::null_mut();
        }
        self.bytes[AROUND..].as_mut_ptr().cast()
    }

    pub(super) fn needed(&mut self) -> *mut usize {
        if self.asks {
            self.needed.pointer()
        } else {
            ptr::null_mut()
        }
    }

    /// Returns the failure if the pointer is wrong.
    pub(super) fn check(&self) -> Outcome {
        if self.is_null && self.capacity > 0 {
            return Err(STOPGAP_ERR_NULL_ARGUMENT.into());
        }
        Ok(())
    }

    pub(super) fn fits(&self, size: usize) -> Outcome {
        if size > self.capacity {
            return Err(STOPGAP_ERR_BUFFER_TOO_SMALL.into());
        }
        Ok(())
    }

    /// Checks after a call that these bytes were written, and no other.
    pub(super) fn holds(&self, written: &[u8]) {
        let mut expected = vec![CANARY; self.bytes.len()];
        expected[AROUND..AROUND + written.len()].copy_from_slice(written);
        assert_eq!(self.bytes, expected, "{} bytes", self.capacity);
    }

    /// Checks after a call that the bytes were written if they fit, and that the needed
    /// capacity was written if the pointers are right.
    pub(super) fn holds_bytes(&self, bytes: &[u8], is_asked: bool) {
        let needed = self.needed.take(self.asks && is_asked);
        assert_eq!(needed, (self.asks && is_asked).then_some(bytes.len()));
        let fits = is_asked && self.fits(bytes.len()).is_ok();
        self.holds(if fits { bytes } else { &[] });
    }

    /// Checks after a call that the text and its NUL were written if they fit, and that
    /// the needed capacity was written if there is a text.
    pub(super) fn holds_text(&self, text: &Outcome<String>) {
        let text = text
            .as_ref()
            .ok()
            .map(|text| [text.as_bytes(), b"\0"].concat());
        let needed = self.needed.take(self.asks && text.is_some());
        let size = text.as_ref().map(Vec::len);
        assert_eq!(needed, size.filter(|_| self.asks));
        let written = text.filter(|text| self.fits(text.len()).is_ok());
        self.holds(&written.unwrap_or_default());
    }
}
