//! `stopgap online show`: all fields of a code.

use std::io;

use serde::Serialize;
use stopgap_registry::IdPrefix;

use crate::{
    code_list::{Listed, uses},
    failure::Failure,
    home::Home,
    in_words::words,
    plain::Plain,
    show::{Reply, Screen},
};

pub(crate) fn show(id: &IdPrefix, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let record = home.registry.find_code(&home.actor, id)?;
    let record = Listed::new(&record, screen.now);
    screen.done(&Shown { record })
}

#[derive(Serialize)]
struct Shown<'a> {
    record: Listed<'a>,
}

impl Reply for Shown<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let record = self.record.record;
        let valid_from = match record.not_before {
            Some(first) => screen.time(first),
            None => "issue".into(),
        };
        let fields = [
            ("id", record.id.to_string()),
            ("state", self.record.state.as_str().into()),
            ("user", Plain(record.user.as_str()).to_string()),
            ("purposes", words(record.purposes)),
            ("uses", uses(record)),
            ("issued", screen.time(self.record.issued_at)),
            ("valid from", valid_from),
            ("expires", screen.time(record.expires_at)),
            ("revoked", screen.time_or_none(record.revoked_at)),
            ("number", record.number.to_string()),
            ("key", record.key_id.to_string()),
        ];
        for (name, value) in fields {
            screen.line(format_args!("{name:<10}  {value}"))?;
        }
        Ok(())
    }
}
