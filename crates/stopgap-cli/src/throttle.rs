//! `stopgap throttle`: failed attempts and lockouts.

use std::io;

use serde::Serialize;
use stopgap::{Name, Refusal, Throttle, ThrottlePolicy};
use stopgap_registry::UserThrottle;

use crate::{
    args::{ListFlags, ThrottleCommand, ThrottleFilters},
    cell::Cell,
    column::Column,
    failure::Failure,
    filters::ThrottleFilter,
    home::Home,
    plain::Plain,
    show::{Reply, Screen},
    table::Table,
};

static COLUMNS: [Column; 4] = [
    Column::new("USER").cut(8),
    Column::new("STATE"),
    Column::new("FAILURES").rank(1),
    Column::new("UNTIL"),
];

pub(crate) fn run(
    command: ThrottleCommand,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    let (user, mut throttle) = match command {
        ThrottleCommand::List {
            filters,
            limit,
            list: flags,
        } => return list(&filters, limit, &flags, home, screen),
        ThrottleCommand::Show { user } => {
            let throttle = registry.throttle(actor, user.as_str())?;
            (user, throttle)
        }
        ThrottleCommand::Reset { user, .. } => {
            registry.unlock(actor, user.as_str())?;
            (user, Throttle::default())
        }
    };
    let refusal = throttle.check(&ThrottlePolicy::default(), screen.now).err();
    screen.done(&Shown {
        user,
        throttle,
        locked: refusal.is_some(),
        refusal,
    })
}

fn list(
    filters: &ThrottleFilters,
    limit: usize,
    flags: &ListFlags,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    screen.view = flags.view(&COLUMNS)?;
    let filter = ThrottleFilter::new(filters);
    // One more than is shown, to know whether there are more.
    let one_more = limit.saturating_add(1);
    let is_wanted = |throttle: &UserThrottle| filter.matches(throttle);
    let throttles = home
        .registry
        .throttles(&home.actor, None, one_more, is_wanted);
    let mut throttles = throttles?;
    let more = throttles.len() > limit;
    throttles.truncate(limit);
    screen.done(&List { throttles, more })
}

#[derive(Serialize)]
struct List {
    throttles: Vec<UserThrottle>,
    more: bool,
}

impl Reply for List {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let mut table = Table::new(&COLUMNS);
        for one in &self.throttles {
            let until = one.throttle.locked_until;
            let (state, until) = match (one.is_tampered, one.is_locked) {
                (true, _) => ("tampered", "unlocked".into()),
                (false, true) => ("locked", until.map_or("unlocked".into(), Cell::Time)),
                (false, false) => ("not locked", "-".into()),
            };
            let cells: [Cell; 4] = [
                one.user.as_str().into(),
                state.into(),
                one.throttle.failures.to_string().into(),
                until,
            ];
            table.row(cells, !one.is_locked);
        }
        screen.table(&table, self.more)
    }
}

#[derive(Serialize)]
struct Shown {
    user: Name,
    #[serde(flatten)]
    throttle: Throttle,
    locked: bool,
    #[serde(skip)]
    refusal: Option<Refusal>,
}

impl Reply for Shown {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let user = Plain(self.user.as_str());
        let failures = match self.throttle.failures {
            0 => "no failures".into(),
            1 => "one failure".into(),
            many => format!("{many} failures"),
        };
        let lockout = match self.refusal {
            None => "not locked out".into(),
            Some(Refusal::Throttled { until: Some(until) }) => {
                format!("locked out until {}", screen.time(until))
            }
            Some(_) => "locked out until an administrator unlocks".into(),
        };
        screen.line(format_args!("{user}: {failures}; {lockout}."))
    }
}
