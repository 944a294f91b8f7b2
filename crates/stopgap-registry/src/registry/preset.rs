//! Presets: named policies, so that a help desk says `lost-token` and not eight flags.

use stopgap::{Action, Actor, Name, OnlinePolicy};

use super::{EventParts, Registry};
use crate::{error::Error, event::EventKind};

impl Registry {
    /// Sets the preset of a name.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] if the policy is not valid, [`Error::Forbidden`] below an
    /// administrator, [`Error::InvalidName`], [`Error::Refused`] if the clock is wrong,
    /// [`Error::Store`].
    pub fn set_preset(
        &self,
        actor: &Actor,
        name: &str,
        policy: &OnlinePolicy,
    ) -> Result<(), Error> {
        let name = Name::new(name)?;
        let parts = EventParts::about(EventKind::SetPreset, &name);
        self.act(actor, Action::ManagePreset, parts, |act| {
            policy.validate()?;
            act.rows.add_format(&policy.format)?;
            Ok(act.rows.set_preset(&name, policy)?)
        })
    }

    /// Returns the preset of a name. This needs no role, and is not logged.
    ///
    /// # Errors
    ///
    /// [`Error::NoPreset`], [`Error::InvalidName`], [`Error::Store`].
    pub fn preset(&self, name: &str) -> Result<OnlinePolicy, Error> {
        let name = Name::new(name)?;
        let mut preset = None;
        self.store.read(&self.tenant, &mut |rows| {
            preset = rows.preset(&name)?;
            Ok(())
        })?;
        preset.ok_or(Error::NoPreset)
    }

    /// Returns all presets, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Refused`] if the clock is
    /// wrong, [`Error::Store`].
    pub fn presets(&self, actor: &Actor) -> Result<Vec<(Name, OnlinePolicy)>, Error> {
        let parts = EventParts::new(EventKind::ListPresets);
        self.act(actor, Action::IssueCode, parts, |act| {
            Ok(act.rows.presets()?)
        })
    }

    /// Removes a preset. Codes that were issued by it do not change.
    ///
    /// # Errors
    ///
    /// [`Error::NoPreset`]; otherwise as [`set_preset`](Self::set_preset).
    pub fn remove_preset(&self, actor: &Actor, name: &str) -> Result<(), Error> {
        let name = Name::new(name)?;
        let parts = EventParts::about(EventKind::RemovePreset, &name);
        self.act(actor, Action::ManagePreset, parts, |act| {
            if act.rows.remove_preset(&name)? {
                Ok(())
            } else {
                Err(Error::NoPreset)
            }
        })
    }
}
