//! A function that a test checks, one that no test checks, and one that a mutant makes
//! endless.

pub fn tested(a: u8, b: u8) -> bool {
    a < b
}

pub fn untested(a: u8, b: u8) -> bool {
    a < b
}

pub fn endless(mut n: u8) -> u8 {
    let mut steps = 0_u8;
    while n > 0 {
        n -= 1;
        steps = steps.wrapping_add(1);
    }
    steps
}

#[test]
fn only_one_function_is_checked() {
    assert!(tested(1, 2) && !tested(2, 2) && !tested(3, 2));
    untested(1, 2);
    assert_eq!(endless(3), 3);
}
