//! The C binding, the core, and the words in which every check of the border is written.

pub(super) use stopgap::{offline::*, *};
pub(super) use stopgap_c::{
    access::*, agent::*, alphabet::*, answer::*, code::*, enrolment::*, enrolment_key::*, error::*,
    format::*, grant::*, granted::*, issue::stopgap_online_issue, key_ring::*, language::*,
    locate::*, master_key::*, message::*, online_policy::*, preset::*, purpose::*,
    random::stopgap_random, request::*, rights::*, scopes::*, security_code::*,
    security_request::*, security_text::*, status::*, text::*, throttle::*, time::*,
    user_throttle::*, validity::*, verification::*,
};

pub(super) use super::{
    call::{Handle, c, call, change, output, sized_output, succeed, text_output},
    failure::{Failure, Outcome, role_number, status},
    layout::{bytes, chars, context, image},
    memory::{Buffer, Lent, Slot},
    value::*,
};
pub(super) use crate::draw::{Draw, Same};
