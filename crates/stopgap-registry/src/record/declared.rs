//! The declarations of all tables.

use std::fmt;

use serde::{Serialize, Serializer};
use stopgap::Name;

use super::{
    code, declaration::Declaration, event, head, key, machine, preset, ring_key, security_code,
    table::Table, tenant, verification,
};

impl Table {
    /// Returns the declaration.
    #[must_use]
    pub const fn declaration(self) -> &'static Declaration {
        match self {
            Self::Tenants => &tenant::TABLE,
            Self::Keys => &key::TABLE,
            Self::RingKeys => &ring_key::TABLE,
            Self::Presets => &preset::TABLE,
            Self::Heads => &head::TABLE,
            Self::Codes => &code::TABLE,
            Self::Verifications => &verification::TABLE,
            Self::Machines => &machine::TABLE,
            Self::SecurityCodes => &security_code::TABLE,
            Self::Events => &event::TABLE,
        }
    }

    /// Returns the name in SQL, which never changes: `online_codes`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.declaration().name
    }

    /// Returns the tenant to whom a tenant's rows of this table belong: the empty text, which
    /// is no tenant's name, if the table is store-wide.
    #[must_use]
    pub fn owner(self, tenant: &Name) -> &str {
        if self.declaration().is_store_wide {
            ""
        } else {
            tenant.as_str()
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
