//! The C binding, the core, and the words in which every check of the border is written.

pub(super) use stopgap::{offline::*, *};
pub(super) use stopgap_c::{
    agent::*, alphabet::*, answer::*, code::*, digest::*, enrolment::*, enrolment_key::*, error::*,
    format::*, grant::*, granted::*, key_ring::*, life::*, master_key::*, message::*, purpose::*,
    request::*, rights::*, scope::*, security_code::*, status::*, throttle::*, time::*,
    validity::*,
};

pub(super) use super::{
    call::{Handle, c, call, change, output, succeed, text_output},
    failure::{Failure, Outcome, role_number, status},
    layout::{bytes, chars, context, image},
    memory::{Buffer, Lent, Slot},
    value::*,
};
pub(super) use crate::draw::{Draw, Same};
