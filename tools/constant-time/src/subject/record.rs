//! Tags of records.

use stopgap::{RecordTag, Refusal};

use super::{
    expect,
    online::{grant, ring, security_code},
    wrong,
};
use crate::{
    case::{Case, kept_wrong, random, with_keys},
    tool::{Tool, Wrong},
};

/// A digest that the records of all classes have; here it is the tag that is kept.
fn digest() -> [u8; 32] {
    random(9)
}

fn tag(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    let tag = grant(digest())?.tag(&ring(*key)).map_err(wrong)?;
    Ok(*tag.as_bytes())
}

pub(super) fn fits_cases() -> Result<Vec<Case>, Wrong> {
    with_keys(|key| Ok((tag(key)?, String::new())))
}

pub(super) fn fits(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    check(case, tool, Ok(()))
}

pub(super) fn tampered_cases() -> Result<Vec<Case>, Wrong> {
    kept_wrong("", tag)
}

pub(super) fn tampered(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    check(case, tool, Err(Refusal::Tampered))
}

/// The tag of an online code is checked; then both kinds of tags are made.
fn check(case: &Case, tool: &mut Tool, expected: Result<(), Refusal>) -> Result<(), Wrong> {
    let keys = ring(tool.secret(case.key));
    let grant = grant(tool.secret(digest()))?;
    let kept = RecordTag::from_bytes(tool.secret(case.kept));
    let verdict = tool.measure(|| grant.check_tag(&keys, &kept));
    expect(tool, verdict, &expected)?;
    let record = security_code(tool.secret(digest()));
    for made in [grant.tag(&keys), record.tag(&keys)] {
        tool.came_of_secret(made.map_err(wrong)?.as_bytes())?;
    }
    Ok(())
}
