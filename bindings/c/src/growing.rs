//! Structs that can grow: each begins with its size, as the caller knows it.
//!
//! The caller gives requests, and gets outputs.

use std::{
    mem::{MaybeUninit, align_of, size_of},
    ptr, slice,
};

use crate::{error::Outcome, error::found, guard::lent, status::STOPGAP_ERR_INVALID_VALUE};

/// A struct of the caller to which later versions may append members.
///
/// # Safety
///
/// The struct is `repr(C)`, its first member is its size as a `usize`, and a struct full
/// of zeros is a value.
pub(crate) unsafe trait Growing: Copy {
    /// The size of the members that every caller gives.
    const OLDEST: usize;
}

/// The largest size that is believed; a member that was not initialized is larger.
const LARGEST: usize = 4_096;

/// Returns a copy of the caller's struct. Members that an older caller does not know are
/// zeros; those of a newer caller that this library does not know must be zeros.
///
/// # Safety
///
/// A pointer that is not NULL points to as many bytes as its first member says, which are
/// not changed meanwhile.
#[inline]
pub(crate) unsafe fn grown<T: Growing>(pointer: *const T) -> Outcome<T> {
    // SAFETY: the caller's promise.
    let size = unsafe { size_of_caller::<T>(pointer)? };
    if size == size_of::<T>() {
        // Nearly always; a copy of a fixed size is the fastest.
        // SAFETY: the caller's promise.
        return Ok(unsafe { pointer.read_unaligned() });
    }
    let known = size.min(size_of::<T>());
    let mut copy = MaybeUninit::<T>::zeroed();
    // SAFETY: there are that many bytes in both places; zeros are a value, and so are the
    // caller's members.
    let (copy, newer) = unsafe {
        let from = pointer.cast::<u8>();
        ptr::copy_nonoverlapping(from, copy.as_mut_ptr().cast::<u8>(), known);
        let newer = slice::from_raw_parts(from.add(known), size.saturating_sub(known));
        (copy.assume_init(), newer)
    };
    if newer.iter().any(|byte| *byte != 0) {
        return Err(found(STOPGAP_ERR_INVALID_VALUE, size));
    }
    Ok(copy)
}

/// Returns the size of the caller's struct.
///
/// # Safety
///
/// A pointer that is not NULL points to a `usize`.
unsafe fn size_of_caller<T: Growing>(pointer: *const T) -> Outcome<usize> {
    // SAFETY: the caller's promise; the size is the first member.
    let size = unsafe { *lent(pointer.cast::<usize>())? };
    let whole_members = size.checked_rem(align_of::<T>()) == Some(0);
    if !(T::OLDEST..=LARGEST).contains(&size) || !whole_members {
        return Err(found(STOPGAP_ERR_INVALID_VALUE, size));
    }
    Ok(size)
}

/// The place of an output that begins with its size.
pub(crate) struct GrownOutput<T> {
    place: *mut T,
    size: usize,
}

/// Returns the place of an output that begins with its size.
///
/// # Safety
///
/// A pointer that is not NULL points to a size, and to as many bytes as it says, which can
/// be written.
pub(crate) unsafe fn grown_output<T: Growing>(place: *mut T) -> Outcome<GrownOutput<T>> {
    // SAFETY: the caller's promise.
    let size = unsafe { size_of_caller::<T>(place)? };
    Ok(GrownOutput { place, size })
}

impl<T: Growing> GrownOutput<T> {
    /// Writes the members that the caller knows, behind the size, and zeros in place of
    /// those that this library does not know.
    pub(crate) fn write(self, value: &T) {
        let known = self.size.min(size_of::<T>());
        let first = size_of::<usize>();
        // SAFETY: both have that many bytes, which were promised when this was made.
        unsafe {
            let (from, to) = (ptr::from_ref(value).cast::<u8>(), self.place.cast::<u8>());
            ptr::copy_nonoverlapping(from.add(first), to.add(first), known.saturating_sub(first));
            to.add(known)
                .write_bytes(0, self.size.saturating_sub(known));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Small {
        size: usize,
        first: usize,
        second: usize,
    }

    // SAFETY: as the trait demands.
    unsafe impl Growing for Small {
        const OLDEST: usize = 2 * size_of::<usize>();
    }

    #[repr(C)]
    struct Large {
        small: Small,
        third: usize,
    }

    fn read(size: usize, third: usize) -> Outcome<Small> {
        let (first, second) = (7, 8);
        let small = Small {
            size,
            first,
            second,
        };
        let large = Large { small, third };
        // SAFETY: the larger struct begins with the smaller one.
        unsafe { grown((&raw const large).cast::<Small>()) }
    }

    #[test]
    fn a_size_is_that_of_another_version() {
        let word = size_of::<usize>();
        let members =
            |size, third| read(size, third).map_or((0, 0), |small| (small.first, small.second));
        assert_eq!(members(2 * word, 9), (7, 0), "an older caller");
        assert_eq!(members(3 * word, 9), (7, 8), "this version");
        assert_eq!(members(4 * word, 0), (7, 8), "a newer caller");
        for (size, third) in [(4 * word, 9), (0, 0), (word, 0), (3 * word - 1, 0)] {
            let refused = read(size, third).map(|_| ()).unwrap_err();
            assert_eq!(refused.status, STOPGAP_ERR_INVALID_VALUE, "{size}");
            assert_eq!(refused.found, size);
        }
        let refused = read(LARGEST + word, 0).map(|_| ()).unwrap_err();
        assert_eq!(refused.status, STOPGAP_ERR_INVALID_VALUE);
    }

    fn written(size: usize) -> Outcome<[usize; 4]> {
        let mut place = [size, 1, 2, 3];
        // SAFETY: the larger struct begins with the smaller one.
        let output = unsafe { grown_output(place.as_mut_ptr().cast::<Small>()) }?;
        output.write(&Small {
            size: 0,
            first: 7,
            second: 8,
        });
        Ok(place)
    }

    #[test]
    fn an_output_has_the_members_that_the_caller_knows() {
        let word = size_of::<usize>();
        let known = |words| written(words * word).unwrap();
        assert_eq!(known(2), [2 * word, 7, 2, 3], "an older caller");
        assert_eq!(known(3), [3 * word, 7, 8, 3], "this version");
        assert_eq!(known(4), [4 * word, 7, 8, 0], "a newer caller");
        for size in [0, word, 3 * word - 1, usize::MAX] {
            let refused = written(size).unwrap_err();
            assert_eq!(refused.status, STOPGAP_ERR_INVALID_VALUE, "{size}");
        }
    }
}
