//! The reply of `stopgap key retire --compromised`.

use std::io;

use serde::Serialize;
use stopgap::{KeyId, Name, offline::Enrolment};
use stopgap_registry::{Compromised, SecurityRecord};

use crate::{
    cell::Cell,
    code_list::Listed,
    column::Column,
    counted::counted,
    in_words::{access, words},
    plain::Plain,
    show::{Reply, Screen},
    table::Table,
};

static COLUMNS: [Column; 4] = [
    Column::new("ENDED"),
    Column::new("USER OR ACCESS").cut(14),
    Column::new("ID OR NAME").cut(10),
    Column::new("DETAIL").rank(1).cut(10),
];

/// A compromised key, and the records that were ended with it.
#[derive(Serialize)]
pub(crate) struct Ended<'a> {
    key: KeyId,
    /// `false` if the person at the terminal did not confirm.
    retired: bool,
    codes: Vec<Listed<'a>>,
    security_codes: &'a [SecurityRecord],
    machines: &'a [Enrolment],
    presets: &'a [Name],
    #[serde(skip)]
    tenant: &'a Name,
}

impl<'a> Ended<'a> {
    pub(crate) fn new(
        key: KeyId,
        ended: &'a Compromised,
        tenant: &'a Name,
        screen: &Screen,
    ) -> Self {
        let codes = ended.codes.iter();
        Self {
            key,
            retired: true,
            codes: codes.map(|code| Listed::new(code, screen.now)).collect(),
            security_codes: &ended.security_codes,
            machines: &ended.machines,
            presets: &ended.presets,
            tenant,
        }
    }

    /// Returns the reply if nothing was done.
    pub(crate) const fn nothing(key: KeyId, tenant: &'a Name) -> Self {
        Self {
            key,
            retired: false,
            codes: Vec::new(),
            security_codes: &[],
            machines: &[],
            presets: &[],
            tenant,
        }
    }

    fn table(&self, screen: &Screen) -> Table {
        let mut table = Table::new(&COLUMNS);
        for code in &self.codes {
            let record = code.record;
            let until = screen.clock(record.expires_at);
            let cells: [Cell; 4] = [
                "online code".into(),
                record.user.as_str().into(),
                record.id.into(),
                format!("{}, until {until}", words(record.purposes)).into(),
            ];
            table.row(cells, false);
        }
        for code in self.security_codes {
            let cells: [Cell; 4] = [
                "security code".into(),
                access(&code.access).into(),
                code.id.into(),
                code.description.as_str().into(),
            ];
            table.row(cells, false);
        }
        for machine in self.machines {
            let cells = [
                "enrolment".to_owned(),
                machine.user.to_string(),
                machine.machine.to_string(),
                format!("generation {}", machine.generation),
            ];
            table.row(cells, false);
        }
        for preset in self.presets {
            table.row(["preset", "-", preset.as_str(), "-"], false);
        }
        table
    }
}

impl Reply for Ended<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let (key, tenant) = (self.key, Plain(self.tenant.as_str()));
        if !self.retired {
            return screen.line(format_args!("Key {key} is not retired; nothing was ended."));
        }
        let table = self.table(screen);
        let ended = counted(table.len(), "record");
        screen.line(format_args!(
            "Retired key {key}, and removed it from the key file. \
            This ended {ended} of the tenant {tenant}."
        ))?;
        if table.is_empty() {
            return Ok(());
        }
        screen.table(&table, false)
    }
}
