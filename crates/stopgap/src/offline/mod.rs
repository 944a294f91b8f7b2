//! Codes for a machine that cannot reach the server (SPEC, "Request codes", "Offline
//! codes", "Redeeming").
//!
//! Server and machine share an [`EnrolmentKey`](crate::EnrolmentKey). The machine's
//! [`Agent`] shows a [`RequestCode`], the server's [`OfflinePolicy`] finds the machine and
//! [answers](OfflinePolicy::answer), and the agent [redeems](Agent::redeem) the answer
//! once.

mod agent;
mod agent_policy;
mod answer;
mod enrolment;
mod lock;
mod ocra;
mod request;
mod request_error;
mod state;

pub use agent::{Agent, Redeemed, Step};
pub use agent_policy::AgentPolicy;
pub use answer::{Answer, OfflinePolicy};
pub use enrolment::Enrolment;
pub use lock::PasswordOnlyLock;
pub use ocra::{DATA_INPUT_LEN, SUITE};
pub use request::{LocatePolicy, Located, RequestCode, minute_of, seconds_left};
pub use request_error::RequestError;
pub use state::{SealedState, StateError};
