//! Codes for a machine that cannot reach the server (SPEC, "Request codes",
//! "Offline codes", "Redeeming").
//!
//! Server and machine share an [`EnrolmentKey`](crate::EnrolmentKey). The
//! machine's [`Agent`] shows a [`RequestCode`], the server's [`OfflinePolicy`]
//! finds out which machine that is and [answers](OfflinePolicy::answer) it, and
//! the agent [redeems](Agent::redeem) the answer once.

mod agent;
mod answer;
mod enrolment;
mod lock;
mod ocra;
mod request;
mod state;

pub use agent::{Agent, AgentPolicy, Redeemed, Step};
pub use answer::{Answer, AnswerError, OfflinePolicy};
pub use enrolment::{Enrolment, GenerationsExhausted};
pub use lock::Lock;
pub use ocra::{DATA_INPUT_LEN, SUITE};
pub use request::{
    LocateError, LocatePolicy, Located, RequestCode, locate, minute_of, seconds_left,
};
pub use state::{SealedState, StateError};
