//! The tenants of a store.

use stopgap::{Action, Actor, Name};

use super::{Registry, loaded::Needs, parts::EventParts};
use crate::{error::Error, event::EventKind};

impl Registry {
    /// Returns the tenants of the store, by name. [`Builder::add_tenant`](crate::Builder::add_tenant)
    /// adds one.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] if the clock is
    /// wrong, [`Error::Store`].
    pub fn tenants(&self, actor: &Actor) -> Result<Vec<Name>, Error> {
        let parts = EventParts::new(EventKind::ListTenants);
        let (action, needs) = (Action::ManageTenant, Needs::new());
        self.act(actor, action, &parts, &needs, |_, _| Ok(()))?;
        Ok(self.store.tenants()?)
    }
}
