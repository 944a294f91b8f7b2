// Security codes and their lifetimes.
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
    const auto all = value(access::super_administrator().rights(knows));
    CHECK(all.role == role::super_administrator && !all.limited && !all.user);
    const auto some = value(access::same_as("mira").rights(knows));
    CHECK(some.role == role::help_desk && !some.limited && some.user == "mira");
    const auto less = value(access::same_as("boss").rights(knows));
    CHECK(less.role == role::user && less.limited);
    CHECK(STATUS(access::same_as("").rights(knows)) == status::name_empty);
}

static void scopes() {
    const auto all = stopgap::scopes::unlimited();
    CHECK(all.is_unlimited() && all.size() == 0 && all.contains("orders:read"));
    const auto two = value(stopgap::scopes::parse("orders:write orders:read orders:write"));
    CHECK(!two.is_unlimited() && two.size() == 2);
    CHECK(two[0] == "orders:read" && two[1] == "orders:write" && two[2].empty());
    CHECK(two.contains("orders:read") && !two.contains("orders:*"));
    CHECK(STATUS(stopgap::scopes::parse("")) == status::scopes_empty);
    const auto why = failure([] { return stopgap::scopes::parse("a  b"); });
    CHECK(why->status() == status::scope_invalid && why->index() == 1);
    std::string many;
    for (int number = 0; number < 33; ++number) {
        many += (number == 0 ? "" : " ") + std::to_string(number);
    }
    CHECK(STATUS(stopgap::scopes::parse(many)) == status::scopes_too_many);
}

static void texts() {
    const stopgap::security_format format;
    const auto code = value(format.read("stopgap_C73E7C2106E664166E61EB3B998604DE141FDCD7"));
    const auto text = value(format.text(code));
    CHECK(text.reveal() == "stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7");
    CHECK(STATUS(format.read("stopgap_d73e7c2106e664166e61eb3b998604de141fdcd7")) ==
          status::check_failed);
    stopgap::security_format own("acme");
    CHECK(STATUS(own.read(text.reveal())) == status::unexpected_symbol);
    CHECK(STATUS(own.accept("stopgap").read(text.reveal())) == status::ok);
    const auto other = value(own.text(code));
    CHECK(other.reveal().substr(0, 5) == "acme_");
    const auto why = failure([&] { return own.accept("Acme").read(text.reveal()); });
    CHECK(why->status() == status::prefix_invalid && why->index() == 2);
    CHECK(STATUS(stopgap::security_format(std::string(99, 'a')).text(code)) != status::ok);
    CHECK(STATUS(format.text(value(stopgap::format::online().normalize("3F9A77C201BE")))) ==
          status::wrong_length);
}

static void round_trip() {
    const auto keys = ring();
    const auto limits = value(stopgap::scopes::parse("backups:write"));
    CHECK(STATUS(security_code::create(keys, actor{"mira", role::administrator},
                                       access::super_administrator(), limits, "", now)) ==
          status::forbidden);
    CHECK(STATUS(security_code::create(keys, root, access::super_administrator(),
                                       stopgap::scopes(stopgap_scopes{}), "", now)) ==
          status::scopes_empty);
    auto created = value(
        security_code::create(keys, root, access::same_as("mira"), limits, "the backup", now));
    const stopgap::code& code = created.code;
    security_code& record = created.record;
    CHECK(record.created_at() == now && record.life().expires_at() == now + hours(24));
    CHECK(record.key_id() == 1 && record.description() == "the backup");
    CHECK(record.access().level() == STOPGAP_ACCESS_SAME_AS && record.access().user() == "mira");
    const auto digests = value(keys.security_digests(code));
    const auto digest = record.digest();
    CHECK(digests.size() == 1 && digests[0].digest.bytes() == digest.bytes());

    const stopgap::security_format format;
    const stopgap::secret_text text = value(format.text(code));
    const auto found = value(record.authenticate(keys, format, text.reveal(), knows, now));
    CHECK(found.rights.role == role::help_desk && found.rights.user == "mira");
    CHECK(found.scopes.size() == 1 && record.scopes().contains("backups:write"));
    CHECK(STATUS(record.authenticate(keys, format, code.reveal(), knows, now)) ==
          status::unexpected_symbol);
    const auto guess = value(
        format.text(value(format.read("stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7"))));
    CHECK(STATUS(record.authenticate(keys, format, guess.reveal(), knows, now)) ==
          status::unknown);
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
    CHECK(STATUS(record.authenticate(keys, format, text.reveal(), knows, now + hours(3))) ==
          status::expired);
    CHECK(STATUS(record.apply(root, life_event::remove, now)) == status::ok);
    CHECK(STATUS(record.authenticate(keys, format, text.reveal(), knows, now)) == status::unknown);
}

void security_codes() {
    lives();
    accesses();
    scopes();
    texts();
    round_trip();
}
