//! Tests with undefined behaviour, each of which a watcher must see.

use std::{mem, ptr, sync, thread};

#[test]
fn reads_past_the_end() {
    let bytes = vec![1_u8; 4];
    assert!(unsafe { bytes.as_ptr().add(4).read() } < 255);
}

#[test]
fn writes_while_borrowed() {
    let mut byte = 1_u8;
    let place = &raw mut byte;
    let borrowed = unsafe { &*place };
    unsafe { place.write(2) };
    assert_ne!(*borrowed, 9);
}

#[test]
fn races() {
    static mut SUM: u64 = 0;
    let start = sync::Barrier::new(4);
    let rounds = if cfg!(miri) { 10 } else { 10_000 };
    let add = || {
        start.wait();
        (0..rounds).for_each(|_| unsafe {
            let sum = ptr::read_volatile(&raw const SUM);
            ptr::write_volatile(&raw mut SUM, sum + 1);
            thread::yield_now();
        });
    };
    thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(&add)));
    });
}

#[test]
#[allow(deprecated, invalid_value)]
fn leaves_a_number_uninitialized() {
    let number: u32 = unsafe { mem::uninitialized() };
    assert!(number <= u32::MAX);
}
