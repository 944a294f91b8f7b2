//! Out of memory as a status.
//!
//! Rust ends the process if an allocation fails. This allocator therefore has a reserve: each
//! call of the library begins with some room on its stack, and an allocation for which the
//! system has no memory is made there. What a call leaves to its caller must not lie in the
//! reserve, which ends with the call: [`settle`] stands before each such write, and returns
//! STOPGAP_ERR_OUT_OF_MEMORY if the reserve was needed.
//!
//! The room suffices for the texts and records of one call. A call whose need grows with its
//! arguments asks for more by [`with_room`].

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::{Cell, UnsafeCell},
    mem::MaybeUninit,
    ptr,
};

use crate::{error::Outcome, status::STOPGAP_ERR_OUT_OF_MEMORY};

/// The room of each call in bytes.
const ROOM: usize = 16 * 1_024;

/// The allocator of the system, and the reserves of the calls that are running.
struct Reserving;

#[global_allocator]
static ALLOCATOR: Reserving = Reserving;

thread_local! {
    /// The innermost reserve of this thread.
    static INNERMOST: Cell<*const Reserve> = const { Cell::new(ptr::null()) };
}

/// Memory in which allocations are made, one after another, if the system has none.
struct Reserve {
    /// The reserve that was the innermost one before.
    outer: *const Self,
    start: *mut u8,
    size: usize,
    used: Cell<usize>,
}

impl Reserve {
    fn take(&self, layout: Layout) -> Option<*mut u8> {
        let used = self.used.get();
        let gap = self.start.wrapping_add(used).align_offset(layout.align());
        let begin = used.checked_add(gap)?;
        let end = begin.checked_add(layout.size())?;
        if end > self.size {
            return None;
        }
        self.used.set(end);
        Some(self.start.wrapping_add(begin))
    }

    fn owns(&self, block: *mut u8) -> bool {
        block.addr().wrapping_sub(self.start.addr()) < self.size
    }
}

/// Returns the first of the reserves of this thread, from the innermost one, for which this
/// holds.
fn find<T>(mut test: impl FnMut(&Reserve) -> Option<T>) -> Option<T> {
    let mut reserve = INNERMOST.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: a reserve leaves the list before it ends.
    while let Some(here) = unsafe { reserve.as_ref() } {
        if let Some(found) = test(here) {
            return Some(found);
        }
        reserve = here.outer;
    }
    None
}

fn is_reserved(block: *mut u8) -> bool {
    find(|reserve| reserve.owns(block).then_some(())).is_some()
}

// SAFETY: blocks are the system's, or parts of a reserve that nothing else uses.
unsafe impl GlobalAlloc for Reserving {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let block = unsafe { System.alloc(layout) };
        if block.is_null() {
            return find(|reserve| reserve.take(layout)).unwrap_or(block);
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !is_reserved(block) {
            // SAFETY: the caller's promise, and the block is the system's.
            unsafe { System.dealloc(block, layout) }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_reserved(block) {
            // SAFETY: the caller's promise, and the block is the system's.
            let moved = unsafe { System.realloc(block, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: the caller's promise.
        unsafe {
            let larger = Layout::from_size_align_unchecked(size, layout.align());
            let moved = self.alloc(larger);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

/// Makes a reserve the innermost one until it is dropped.
struct Entered<'a>(&'a Reserve);

impl<'a> Entered<'a> {
    fn new(reserve: &'a Reserve) -> Self {
        INNERMOST.set(reserve);
        Self(reserve)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        INNERMOST.set(self.0.outer);
    }
}

fn run<T>(start: *mut u8, size: usize, call: impl FnOnce() -> T) -> T {
    let reserve = Reserve {
        outer: INNERMOST.get(),
        start,
        size,
        used: Cell::new(0),
    };
    let _entered = Entered::new(&reserve);
    call()
}

/// Runs a call of the library with a reserve.
#[inline]
pub(crate) fn with_reserve<T>(call: impl FnOnce() -> T) -> T {
    let room = UnsafeCell::new([MaybeUninit::<u8>::uninit(); ROOM]);
    run(room.get().cast(), ROOM, call)
}

/// Runs a part of a call that may need this many bytes: if they are many, they must be there
/// before the part begins. The part fails if a reserve was needed.
pub(crate) fn with_room<T>(bytes: usize, call: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    if bytes <= ROOM / 2 {
        let value = call()?;
        settle()?;
        return Ok(value);
    }
    let layout = Layout::array::<u128>(bytes.div_ceil(size_of::<u128>()).max(1))
        .map_err(|_| STOPGAP_ERR_OUT_OF_MEMORY)?;
    // SAFETY: the layout has a size.
    let room = unsafe { System.alloc(layout) };
    if room.is_null() {
        return Err(STOPGAP_ERR_OUT_OF_MEMORY.into());
    }
    let outcome = run(room, layout.size(), || {
        let value = call()?;
        settle()?;
        Ok(value)
    });
    // SAFETY: allocated above with this layout.
    unsafe { System.dealloc(room, layout) };
    outcome
}

/// Checks that no reserve of this call was needed, before the call leaves a value with
/// allocations to its caller.
pub(crate) fn settle() -> Outcome {
    match find(|reserve| (reserve.used.get() > 0).then_some(())) {
        None => Ok(()),
        Some(()) => Err(STOPGAP_ERR_OUT_OF_MEMORY.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(layout: Layout) -> Option<*mut u8> {
        find(|reserve| reserve.take(layout))
    }

    #[test]
    fn a_reserve_lends_aligned_parts_until_it_is_used_up() {
        with_reserve(|| {
            assert!(settle().is_ok());
            let mut last = ptr::null_mut::<u8>();
            for align in [1, 2, 8, 16, 64] {
                let part = taken(Layout::from_size_align(3, align).unwrap()).unwrap();
                assert!(part.addr().is_multiple_of(align) && part > last);
                assert!(is_reserved(part));
                last = part;
            }
            assert_eq!(settle().unwrap_err().status, STOPGAP_ERR_OUT_OF_MEMORY);
            assert!(taken(Layout::array::<u8>(ROOM).unwrap()).is_none());
            // A callback calls the library once more.
            with_reserve(|| {
                assert!(is_reserved(last), "of the outer call");
                assert!(taken(Layout::new::<[u8; ROOM]>()).is_some());
            });
        });
        assert!(settle().is_ok() && !is_reserved(Box::into_raw(Box::new(0))));
    }

    #[test]
    fn a_block_moves_from_the_reserve_to_the_system() {
        let outcome = with_room(ROOM, || {
            let layout = Layout::from_size_align(8, 8).unwrap();
            let part = taken(layout).unwrap();
            // SAFETY: a block of this allocator.
            unsafe {
                part.write_bytes(7, 8);
                let moved = ALLOCATOR.realloc(part, layout, 1_000);
                assert!(!is_reserved(moved));
                assert_eq!(moved.cast::<[u8; 8]>().read(), [7; 8]);
                ALLOCATOR.dealloc(moved, Layout::from_size_align(1_000, 8).unwrap());
            }
            Ok(())
        });
        // Its value could lie in the reserve.
        assert_eq!(outcome.unwrap_err().status, STOPGAP_ERR_OUT_OF_MEMORY);
        assert!(with_room(usize::MAX, || Ok(())).is_err());
    }
}
