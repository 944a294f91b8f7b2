//! The tables of a store.

/// A table of a store, with the rows of all tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The latest time that registries have seen, the formats and the settings of a tenant.
    Tenants,
    /// The keys of a tenant, by their check values.
    Keys,
    /// The state of the server's keys, for all tenants.
    RingKeys,
    /// Named policies.
    Presets,
    /// Users' heads: their throttles and the numbers of their changes.
    Heads,
    /// Online codes.
    Codes,
    /// Verifications under an idempotency key.
    Verifications,
    /// Machines.
    Machines,
    /// Security codes.
    SecurityCodes,
    /// The audit log.
    Events,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 10] = [
        Self::Tenants,
        Self::Keys,
        Self::RingKeys,
        Self::Presets,
        Self::Heads,
        Self::Codes,
        Self::Verifications,
        Self::Machines,
        Self::SecurityCodes,
        Self::Events,
    ];
}
