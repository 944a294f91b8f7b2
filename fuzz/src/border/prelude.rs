//! The C binding, the core, and the words in which every check of the border is written.

pub(super) use stopgap::{offline::*, *};
pub(super) use stopgap_c::{
    access::*, agent::*, alphabet::*, answer::*, code::*, enrolment::*, enrolment_key::*, error::*,
    format::*, grant::*, granted::*, key_ring::*, language::*, locate::*, master_key::*,
    message::*, online_policy::*, purpose::*, request::*, rights::*, scopes::*, security_code::*,
    security_text::*, status::*, throttle::*, time::*, user_throttle::*, validity::*,
    verification::*,
};

pub(super) use super::{
    call::{Handle, c, call, change, output, succeed, text_output},
    failure::{Failure, Outcome, role_number, status},
    layout::{bytes, chars, context, image},
    memory::{Buffer, Lent, Slot},
    value::*,
};
pub(super) use crate::draw::{Draw, Same};
