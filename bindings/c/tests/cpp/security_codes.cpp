// Security codes and their lives.
#include "check.hpp"

using namespace test;
using stopgap::access;
using stopgap::actor;
using stopgap::life;
using stopgap::life_event;
using stopgap::life_kind;
using stopgap::role;
using stopgap::security_code;
using stopgap::status;

static constexpr actor root = {"root", role::super_administrator};

static role knows(std::string_view user) {
    return user == "boss" ? role::super_administrator : role::help_desk;
}

static void lives() {
    const life begun = value(life::begin(now));
    CHECK(begun.expires_at() == now + hours(24) && !begun.permanent() && !begun.deleted());
    CHECK(value(begun.state(now)).kind == life_kind::active);
    const auto over = value(begun.state(now + hours(25)));
    CHECK(over.kind == life_kind::expired && over.time == now + hours(24));
    CHECK(value(begun.state(now + hours(24 * 9))).kind == life_kind::gone);

    const life longer = value(begun.edit(now + hours(48), now));
    CHECK(longer.expires_at() == now + hours(48));
    CHECK(STATUS(begun.edit(now, now)) == status::expiry_not_in_future);
    const life endless = value(begun.apply(life_event::make_permanent, now));
    CHECK(endless.permanent() && !endless.expires_at());
    CHECK(value(endless.state(now)).kind == life_kind::permanent);
    CHECK(value(endless.apply(life_event::reset, now)).expires_at() == now + hours(24));
    CHECK(STATUS(begun.apply(life_event::reactivate, now)) == status::already_active);
    const auto later = now + hours(30);
    CHECK(STATUS(begun.apply(life_event::make_permanent, later)) == status::reactivate_first);
    CHECK(value(begun.apply(life_event::describe, later)).expires_at() == now + hours(24));
    CHECK(value(begun.apply(life_event::reactivate, later)).expires_at() == later + hours(24));
    const life gone = value(begun.apply(life_event::remove, now));
    CHECK(gone.deleted() && life(gone.c()).deleted() && !gone.expires_at());
    CHECK(STATUS(gone.apply(life_event::reset, now)) == status::not_found);
    CHECK(STATUS(life::begin(stopgap::time::max())) == status::time_out_of_range);
}

static void accesses() {
    const auto all = value(access::super_administrator().scope(knows));
    CHECK(all.role == role::super_administrator && !all.limited && !all.user);
    const auto some = value(access::same_as("mira").scope(knows));
    CHECK(some.role == role::help_desk && !some.limited && some.user == "mira");
    const auto less = value(access::same_as("boss").scope(knows));
    CHECK(less.role == role::user && less.limited);
    CHECK(STATUS(access::same_as("").scope(knows)) == status::name_empty);
}

static void round_trip() {
    const auto keys = ring();
    CHECK(STATUS(security_code::create(keys, actor{"mira", role::administrator},
                                       access::super_administrator(), "", now)) ==
          status::forbidden);
    auto created =
        value(security_code::create(keys, root, access::same_as("mira"), "the backup", now));
    const stopgap::code& code = created.code;
    security_code& record = created.record;
    CHECK(record.created_at() == now && record.life().expires_at() == now + hours(24));
    CHECK(record.key_id() == 1 && record.description() == "the backup");
    CHECK(record.access().level() == STOPGAP_ACCESS_SAME_AS && record.access().user() == "mira");
    const auto digests = value(keys.security_digests(code));
    const auto digest = record.digest();
    CHECK(digests.size() == 1 && digests[0].digest.bytes() == digest.bytes());

    const auto scope = value(record.authenticate(keys, code.reveal(), knows, now));
    CHECK(scope.role == role::help_desk && scope.user == "mira");
    CHECK(STATUS(record.authenticate(keys, std::string(32, 'A'), knows, now)) == status::unknown);
    CHECK(value(record.state(now)).kind == life_kind::active);

    const auto before = value(record.tag(keys));
    CHECK(STATUS(record.apply(root, life_event::make_permanent, now)) == status::ok);
    CHECK(STATUS(record.check_tag(keys, before)) == status::tampered);
    CHECK(STATUS(record.check_tag(keys, value(record.tag(keys)))) == status::ok);
    CHECK(STATUS(record.edit(root, now + hours(2), now)) == status::ok);
    CHECK(record.life().expires_at() == now + hours(2));
    CHECK(STATUS(record.edit(actor{"mira"}, now + hours(4), now)) == status::forbidden);
    CHECK(STATUS(record.describe(root, "the old backup", now)) == status::ok);
    const auto kept = stopgap::from_bytes<security_code>(record.bytes());
    CHECK(kept->description() == "the old backup");
    const auto why = failure([&] { return record.describe(root, "a\nb", now); });
    CHECK(why->status() == status::description_control_character && why->position() == 1);
    CHECK(STATUS(record.authenticate(keys, code.reveal(), knows, now + hours(3))) ==
          status::expired);
    CHECK(STATUS(record.apply(root, life_event::remove, now)) == status::ok);
    CHECK(STATUS(record.authenticate(keys, code.reveal(), knows, now)) == status::unknown);
}

void security_codes() {
    lives();
    accesses();
    round_trip();
}
