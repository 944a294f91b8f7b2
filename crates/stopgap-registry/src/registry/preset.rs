//! Presets: named policies, so that a help desk says `lost-token` and not eight flags.

use stopgap::{Action, Actor, Name, OnlinePolicy, Preset, Sealed};

use super::{Registry, loaded::Needs, online::add_format, parts::EventParts};
use crate::{error::Error, event::EventKind, record::Table, store::Selection};

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
        let mut needs = Needs::new().use_keys();
        let slot = needs.get::<Sealed<Preset>>(vec![(&name).into()]);
        self.act(actor, Action::ManagePreset, &parts, &needs, |act, _| {
            let preset = Preset::seal(act.ring, name.clone(), *policy)?;
            act.may_issue()?;
            let loaded = act.loaded.one(slot)?;
            add_format(act, policy.format);
            act.put(&preset, loaded.as_ref());
            Ok(())
        })
    }

    /// Returns the preset of a name. This needs no role, and is not logged.
    ///
    /// # Errors
    ///
    /// [`Error::NoPreset`], [`Error::InvalidName`], [`Error::Refused`] with `tampered` or
    /// `key_missing`, [`Error::Store`].
    pub fn preset(&self, name: &str) -> Result<OnlinePolicy, Error> {
        let name = Name::new(name)?;
        let mut needs = Needs::new();
        let slot = needs.get::<Sealed<Preset>>(vec![(&name).into()]);
        self.look(&needs, |act| {
            let preset = act.loaded.one(slot)?.ok_or(Error::NoPreset)?;
            Ok(preset.policy(act.ring, name.as_str())?)
        })
    }

    /// Returns all presets, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Refused`] with `tampered` or
    /// `key_missing` if one of them is so (the event names it; set or remove it), or if the
    /// clock is wrong, [`Error::Store`].
    pub fn presets(&self, actor: &Actor) -> Result<Vec<(Name, OnlinePolicy)>, Error> {
        let parts = EventParts::new(EventKind::ListPresets);
        let mut needs = Needs::new();
        let slot = needs.select::<Sealed<Preset>>(Selection::all(Table::Presets));
        self.act(actor, Action::IssueCode, &parts, &needs, |act, parts| {
            let mut presets = Vec::new();
            for preset in act.loaded.all(slot)? {
                let name = preset.unverified().name.clone();
                let policy = preset.policy(act.ring, name.as_str()).inspect_err(|_| {
                    parts.subject = Some(name.to_string());
                })?;
                presets.push((name, policy));
            }
            Ok(presets)
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
        let mut needs = Needs::new();
        let slot = needs.get::<Sealed<Preset>>(vec![(&name).into()]);
        self.act(actor, Action::ManagePreset, &parts, &needs, |act, _| {
            let loaded = act.loaded.one(slot)?.ok_or(Error::NoPreset)?;
            act.delete(&loaded);
            Ok(())
        })
    }
}
