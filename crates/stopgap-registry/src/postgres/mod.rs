//! A registry's store on PostgreSQL.
#![cfg_attr(
    not(test),
    expect(dead_code, reason = "the store that uses it is yet to come")
)]

mod address;
mod parameters;
mod tls;
