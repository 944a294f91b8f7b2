//! Structs that can grow: each begins with its size, as the caller knows it.

use std::{
    mem::{MaybeUninit, align_of, size_of},
    ptr, slice,
};

use crate::{
    error::found,
    guard::{Outcome, lent},
    status::STOPGAP_ERR_INVALID_VALUE,
};

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
pub(crate) unsafe fn grown<T: Growing>(pointer: *const T) -> Outcome<T> {
    // SAFETY: the caller's promise; the size is the first member.
    let size = unsafe { *lent(pointer.cast::<usize>())? };
    let refused = || found(STOPGAP_ERR_INVALID_VALUE, size);
    let whole_members = size.checked_rem(align_of::<T>()) == Some(0);
    if !(T::OLDEST..=LARGEST).contains(&size) || !whole_members {
        return Err(refused());
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
        return Err(refused());
    }
    Ok(copy)
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
}
