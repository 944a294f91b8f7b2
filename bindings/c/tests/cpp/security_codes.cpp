// Security codes and their lifecycle.
#include "check.hpp"

using namespace test;
using stopgap::access;
using stopgap::actor;
using stopgap::lifecycle_event;
using stopgap::lifecycle_kind;
using stopgap::role;
using stopgap::security_code;
using stopgap::status;

static constexpr actor root = {"root", role::super_administrator};

static role knows(std::string_view user) {
    return user == "boss" ? role::super_administrator : role::help_desk;
}

static void scopes() {
    const auto all = stopgap::scopes::unlimited();
    CHECK(all.is_unlimited() && all.list().empty() && all.contains("orders:read"));
    const auto keys = ring();
    const auto limited = [&](std::string_view list) {
        return security_code::create(
            keys, {root, access::super_administrator(), stopgap::scopes(list)}, now);
    };
    const auto created = value(limited("orders:write orders:read orders:write"));
    const auto two = created.record.scopes();
    CHECK(!two.is_unlimited() && two.list() == "orders:read orders:write");
    CHECK(two.contains("orders:read") && !two.contains("orders:*") && !two.contains(""));
    CHECK(STATUS(limited("")) == status::scopes_empty);
    const auto why = failure([&] { return limited("a  b"); });
    CHECK(why->status() == status::scope_invalid && why->index() == 1);
    std::string many;
    for (int number = 0; number < 33; ++number) {
        many += (number == 0 ? "" : " ") + std::to_string(number);
    }
    CHECK(STATUS(limited(many)) == status::scopes_too_many);
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

static const stopgap::security_format format;

static stopgap::security_request of_mira(std::string_view description = {}) {
    return {root, access::same_as("mira"), stopgap::scopes::unlimited(), description};
}

static void lifecycle() {
    const auto keys = ring();
    auto created = value(security_code::create(keys, of_mira(), now));
    security_code& record = created.record;
    CHECK(record.expires_at() == now + hours(24) && !record.permanent() && !record.deleted());
    CHECK(value(record.state(keys, now)).kind == lifecycle_kind::active);
    const auto over = value(record.state(keys, now + hours(25)));
    CHECK(over.kind == lifecycle_kind::expired && over.expires_at == now + hours(24));
    CHECK(value(record.state(keys, now + hours(24 * 9))).kind == lifecycle_kind::gone);

    const auto apply = [&](lifecycle_event event, stopgap::time at) {
        return STATUS(record.apply(keys, root, event, at));
    };
    CHECK(apply(lifecycle_event::reactivate, now) == status::already_active);
    const auto later = now + hours(30);
    CHECK(apply(lifecycle_event::make_permanent, later) == status::reactivate_first);
    CHECK(apply(lifecycle_event::reactivate, later) == status::ok);
    CHECK(record.expires_at() == later + hours(24));
    CHECK(STATUS(record.edit(keys, root, later, later)) == status::expiry_not_in_future);
    CHECK(STATUS(record.edit(keys, root, later + hours(48), later)) == status::ok);
    CHECK(record.expires_at() == later + hours(48));
    CHECK(apply(lifecycle_event::make_permanent, later) == status::ok);
    CHECK(record.permanent() && !record.expires_at());
    CHECK(value(record.state(keys, later)).kind == lifecycle_kind::permanent);
    CHECK(apply(lifecycle_event::reset, later) == status::ok);
    CHECK(record.expires_at() == later + hours(24));
    CHECK(apply(lifecycle_event::remove, later) == status::ok);
    CHECK(record.deleted() && !record.expires_at());
    CHECK(apply(lifecycle_event::reset, later) == status::not_found);
    CHECK(STATUS(security_code::create(keys, of_mira(), stopgap::time::max())) ==
          status::time_out_of_range);
}

static void accesses() {
    const auto keys = ring();
    const auto authenticated = [&](stopgap::access level) {
        const auto created =
            value(security_code::create(keys, {root, level, stopgap::scopes::unlimited()}, now));
        return value(
            created.record.authenticate(keys, format, created.text.reveal(), knows, now));
    };
    const auto all = authenticated(access::super_administrator());
    CHECK(all.role == role::super_administrator && !all.limited && !all.user);
    const auto some = authenticated(access::same_as("mira"));
    CHECK(some.role == role::help_desk && !some.limited && some.user == "mira");
    const auto less = authenticated(access::same_as("boss"));
    CHECK(less.role == role::user && less.limited);
    CHECK(STATUS(security_code::create(
              keys, {root, access::same_as(""), stopgap::scopes::unlimited()}, now)) ==
          status::name_empty);
}

static void round_trip() {
    const auto keys = ring();
    const stopgap::scopes limits("backups:write");
    auto by_mira = of_mira();
    by_mira.who = {"mira", role::administrator};
    CHECK(STATUS(security_code::create(keys, by_mira, now)) == status::forbidden);
    stopgap::security_request request = {root, access::same_as("mira"), limits, "the backup"};
    request.ticket = "INC-4711";
    auto created = value(security_code::create(keys, request, now));
    const stopgap::security_text& text = created.text;
    security_code& record = created.record;
    CHECK(record.created_at() == now && record.expires_at() == now + hours(24));
    CHECK(record.key_id() == 1 && record.description() == "the backup");
    CHECK(record.access().user() == "mira" && record.access().level() == STOPGAP_ACCESS_SAME_AS);
    CHECK(record.scopes().contains("backups:write"));
    const auto code = value(format.read(text.reveal()));
    const auto digests = value(keys.security_digests(code));
    const auto digest = record.digest();
    CHECK(digests[0].digest.bytes() == digest.bytes());

    const auto authenticated =
        value(record.authenticate(keys, format, text.reveal(), knows, now + hours(1)));
    CHECK(authenticated.role == role::help_desk && authenticated.user == "mira");
    CHECK(authenticated.scopes.contains("backups:write"));
    const auto guess = value(format.text(
        value(format.read("stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7"))));
    CHECK(STATUS(record.authenticate(keys, format, guess.reveal(), knows, now)) ==
          status::unknown);

    const stopgap::tag before = record.tag();
    CHECK(STATUS(record.describe(keys, root, "the old backup", now)) == status::ok);
    CHECK(record.tag() != before && STATUS(record.open(keys)) == status::ok);
    CHECK(STATUS(record.edit(keys, actor{"mira"}, now + hours(4), now)) == status::forbidden);
    std::string stored = value(record.bytes());
    const auto kept = value(security_code::from_bytes(stored));
    CHECK(kept.description() == "the old backup" && kept.id() == record.id());
    const auto why = failure([&] { return record.describe(keys, root, "a\nb", now); });
    CHECK(why->status() == status::description_control_character && why->position() == 1);

    CHECK(STATUS(security_code::from_bytes(stored.substr(1))) == status::record_bytes);
    CHECK(STATUS(security_code::from_bytes({})) == status::record_bytes);
    stored[stored.find("the old backup")] = 'T';
    auto edited = value(security_code::from_bytes(stored));
    CHECK(edited.description() == "The old backup");
    CHECK(STATUS(edited.open(keys)) == status::tampered);
    CHECK(STATUS(edited.state(keys, now)) == status::tampered);
    CHECK(STATUS(edited.authenticate(keys, format, text.reveal(), knows, now)) ==
          status::tampered);
    CHECK(STATUS(edited.apply(keys, root, lifecycle_event::make_permanent, now)) ==
          status::tampered);
    CHECK(STATUS(edited.describe(keys, root, "the backup", now)) == status::tampered);

    CHECK(STATUS(record.authenticate(keys, format, text.reveal(), knows, now + hours(24))) ==
          status::expired);
    auto own = of_mira();
    own.prefix = "acme";
    const auto other = value(security_code::create(keys, own, now));
    CHECK(other.text.reveal().substr(0, 5) == "acme_");
}

static void expiries() {
    const auto keys = ring();
    auto request = of_mira();
    request.permanent = true;
    auto created = value(security_code::create(keys, request, now));
    security_code& old = created.record;
    CHECK(old.permanent() && !old.expires_at());
    auto rotated = value(old.rotate(keys, {root, hours(1)}, now));
    CHECK(old.expires_at() == now + hours(1) && rotated.record.permanent());
    CHECK(old.id() != rotated.record.id() && rotated.record.access().user() == "mira");
    CHECK(STATUS(rotated.record.authenticate(keys, format, rotated.text.reveal(), knows, now)) ==
          status::ok);
    CHECK(STATUS(old.rotate(keys, {actor{"mira"}, hours(1)}, now)) == status::forbidden);
    request.expires_at = now + hours(2);
    CHECK(STATUS(security_code::create(keys, request, now)) == status::invalid_value);
    request.permanent = false;
    CHECK(value(security_code::create(keys, request, now)).record.expires_at() == now + hours(2));
    const security_code taken = std::move(old);
    CHECK(taken.access().user() == "mira");
    CHECK(STATUS(old.open(keys)) == status::null_argument && old.description().empty());
}

void security_codes() {
    expiries();
    lifecycle();
    accesses();
    scopes();
    texts();
    round_trip();
}
