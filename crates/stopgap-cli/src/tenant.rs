//! `stopgap tenant`: the tenants of a store.

use std::io;

use serde::Serialize;
use stopgap::Name;

use crate::{
    args::{Globals, TenantCommand},
    column::Column,
    failure::Failure,
    home::{Home, Opening},
    plain::Plain,
    show::{Reply, Screen},
    table::Table,
};

pub(crate) fn run(
    command: TenantCommand,
    globals: &Globals,
    opening: &Opening,
    screen: &mut Screen,
) -> Result<(), Failure> {
    match command {
        TenantCommand::Add { name, .. } => {
            Home::add_tenant(globals, opening, &name)?;
            screen.done(&Added { tenant: name })
        }
        TenantCommand::List => {
            let home = Home::open(globals, opening)?;
            screen.done(&List {
                tenants: home.registry.tenants(&home.actor)?,
            })
        }
    }
}

static COLUMNS: [Column; 1] = [Column::new("TENANT")];

#[derive(Serialize)]
struct Added {
    tenant: Name,
}

impl Reply for Added {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let tenant = Plain(self.tenant.as_str());
        screen.line(format_args!("Added the tenant {tenant}."))
    }
}

#[derive(Serialize)]
struct List {
    tenants: Vec<Name>,
}

impl Reply for List {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let mut table = Table::new(&COLUMNS);
        for tenant in &self.tenants {
            table.row([tenant.as_str()], false);
        }
        screen.table(&table, false)
    }
}
