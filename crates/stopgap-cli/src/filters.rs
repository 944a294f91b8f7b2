//! The filters of lists.

use chrono::{DateTime, Utc};
use stopgap::{Access, Name, Purpose, offline::Enrolment};
use stopgap_registry::{CodeRecord, CodeState, SecurityRecord, UserThrottle};

use crate::{
    args::{CodeFilters, MachineFilters, SecurityFilters, ThrottleFilters},
    failure::Failure,
    in_words::{access, words},
    moment::Moment,
    show::Screen,
    zone::Zone,
};

/// A text that is searched for without regard to case.
struct Search(Option<String>);

impl Search {
    fn new(text: Option<&str>) -> Self {
        Self(text.map(str::to_lowercase))
    }

    /// Returns `true` if one of the texts has it, or if nothing is searched for.
    fn finds(&self, texts: &[&str]) -> bool {
        let Some(wanted) = &self.0 else {
            return true;
        };
        let mut texts = texts.iter();
        texts.any(|text| text.to_lowercase().contains(wanted))
    }
}

fn instant(moment: Option<Moment>, screen: &Screen) -> Result<Option<DateTime<Utc>>, Failure> {
    let instant = moment.map(|moment| moment.after(screen.now, Zone::Here));
    Ok(instant.transpose()?)
}

/// The filter of online codes.
pub(crate) struct CodeFilter {
    states: Vec<CodeState>,
    user: Option<Name>,
    purpose: Option<Purpose>,
    expires_before: Option<DateTime<Utc>>,
    search: Search,
    now: DateTime<Utc>,
}

impl CodeFilter {
    pub(crate) fn new(filters: &CodeFilters, screen: &Screen) -> Result<Self, Failure> {
        Ok(Self {
            states: filters.state.clone(),
            user: filters.user.clone(),
            purpose: filters.purpose,
            expires_before: instant(filters.expires_before, screen)?,
            search: Search::new(filters.search.as_deref()),
            now: screen.now,
        })
    }

    pub(crate) fn matches(&self, code: &CodeRecord) -> bool {
        let (id, purposes) = (code.id.to_string(), words(code.purposes));
        let texts = [id.as_str(), code.user.as_str(), purposes.as_str()];
        (self.states.is_empty() || self.states.contains(&code.state(self.now)))
            && self.user.as_ref().is_none_or(|user| *user == code.user)
            && self
                .purpose
                .is_none_or(|wanted| code.purposes.contains(wanted))
            && self.expires_before.is_none_or(|end| code.expires_at < end)
            && self.search.finds(&texts)
    }
}

/// The filter of security codes.
pub(crate) struct SecurityFilter {
    states: Vec<String>,
    user: Option<Name>,
    expires_before: Option<DateTime<Utc>>,
    search: Search,
}

impl SecurityFilter {
    pub(crate) fn new(filters: &SecurityFilters, screen: &Screen) -> Result<Self, Failure> {
        Ok(Self {
            states: filters.state.clone(),
            user: filters.user.clone(),
            expires_before: instant(filters.expires_before, screen)?,
            search: Search::new(filters.search.as_deref()),
        })
    }

    pub(crate) fn matches(&self, code: &SecurityRecord) -> bool {
        let user = match &code.access {
            Access::SameAs(user) => Some(user),
            Access::SuperAdministrator => None,
        };
        let ends_before = |end| code.expires_at().is_some_and(|expires_at| expires_at < end);
        let (id, access) = (code.id.to_string(), access(&code.access));
        let mut texts = vec![id.as_str(), access.as_str(), code.description.as_str()];
        texts.extend(code.scopes.iter());
        (self.states.is_empty() || self.states.iter().any(|state| state == code.state.as_str()))
            && self.user.as_ref().is_none_or(|wanted| user == Some(wanted))
            && self.expires_before.is_none_or(ends_before)
            && self.search.finds(&texts)
    }
}

/// The filter of machines.
pub(crate) struct MachineFilter {
    is_retired: Option<bool>,
    search: Search,
}

impl MachineFilter {
    pub(crate) fn new(filters: &MachineFilters) -> Self {
        Self {
            is_retired: filters.state.as_ref().map(|state| state == "retired"),
            search: Search::new(filters.search.as_deref()),
        }
    }

    pub(crate) fn matches(&self, machine: &Enrolment) -> bool {
        let is_retired = machine.retired_at.is_some();
        let texts = [machine.user.as_str(), machine.machine.as_str()];
        self.is_retired.is_none_or(|wanted| wanted == is_retired) && self.search.finds(&texts)
    }
}

/// The filter of throttles.
pub(crate) struct ThrottleFilter {
    locked: bool,
    search: Search,
}

impl ThrottleFilter {
    pub(crate) fn new(filters: &ThrottleFilters) -> Self {
        Self {
            locked: filters.locked,
            search: Search::new(filters.search.as_deref()),
        }
    }

    pub(crate) fn matches(&self, throttle: &UserThrottle) -> bool {
        (throttle.is_locked || !self.locked) && self.search.finds(&[throttle.user.as_str()])
    }
}
