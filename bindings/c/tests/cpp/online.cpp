// Online codes, from issue to revocation.
#include "check.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

using namespace test;
using stopgap::online_grant;
using stopgap::online_policy;
using stopgap::purpose;
using stopgap::status;
using stopgap::validity;

static void policies() {
    const online_policy usual;
    CHECK(usual.validity == validity::days(1) && usual.purposes == stopgap::all_purposes);
    CHECK(!usual.max_uses && !usual.not_before && usual.format.length == 12);
    online_policy own;
    own.validity = validity::month();
    own.purposes = purpose::bypass;
    own.max_uses = 3;
    own.not_before = now + hours(1);
    own.format = stopgap::format::offline();
    const online_policy same(own.c());
    CHECK(same.validity == own.validity && same.purposes == own.purposes);
    CHECK(same.max_uses == own.max_uses && same.not_before == own.not_before);
    CHECK(same.format.length == own.format.length);

    const auto keys = ring();
    own.max_uses = 0;
    CHECK(STATUS(own.issue(keys, "mira", now)) == status::no_uses);
    own.max_uses = 1;
    own.purposes = {};
    CHECK(STATUS(own.issue(keys, "mira", now)) == status::no_purpose);
    own.purposes = purpose::reset;
    own.format.length = 33;
    CHECK(STATUS(own.issue(keys, "mira", now)) == status::code_length);
    own.format.length = 16;
    own.not_before = now - hours(24 * 40);
    const auto why = failure([&] { return own.issue(keys, "mira", now); });
    CHECK(why->status() == status::never_valid && why->time());
    CHECK(STATUS(usual.issue(keys, "", now)) == status::name_empty);
    CHECK(STATUS(usual.issue(keys, "mira", now, "Mars/Phobos")) == status::unknown_zone);
}

static void round_trip() {
    const auto keys = ring();
    online_policy policy;
    policy.max_uses = 2;
    policy.purposes = purpose::bypass | purpose::reset;
    policy.not_before = now + hours(1);
    auto issued = value(policy.issue(keys, "mira", now, "Europe/Berlin"));
    const stopgap::code& code = issued.code;
    stopgap::online_grant& grant = issued.grant;

    CHECK(grant.user() == "mira" && grant.purposes() == policy.purposes);
    CHECK(grant.issued_at() == now && grant.not_before() == now + hours(1));
    CHECK(grant.expires_at() == now + hours(25) && !grant.revoked_at());
    CHECK(grant.max_uses() == 2u && grant.uses() == 0 && grant.key_id() == 1);
    CHECK(grant.format().length == 12);

    const auto later = now + hours(2);
    const auto early = failure(
        [&] { return grant.check(keys, "mira", code.reveal(), purpose::bypass, now); });
    CHECK(early->status() == status::not_yet_valid && early->time() == now + hours(1));
    CHECK(STATUS(grant.check(keys, "mira", code.reveal(), purpose::register_factor, later)) ==
          status::wrong_purpose);
    CHECK(STATUS(grant.check(keys, "olaf", code.reveal(), purpose::reset, later)) ==
          status::unknown);
    CHECK(STATUS(grant.check(keys, " ", code.reveal(), purpose::reset, later)) ==
          status::name_blank);
    CHECK(STATUS(grant.check(keys, "\xFF", code.reveal(), purpose::reset, later)) ==
          status::name_invalid_unicode);
    CHECK(STATUS(grant.check(keys, "mira", "0000-0000-0000", purpose::reset, later)) ==
          status::unknown);
    CHECK(STATUS(grant.check(ring(2), "mira", code.reveal(), purpose::reset, later)) ==
          status::key_missing);

    const auto first = value(grant.verify(keys, "mira", code.reveal(), purpose::bypass, later));
    CHECK(first.purpose == purpose::bypass && first.expires_at == now + hours(25));
    CHECK(first.uses_left == 1u && grant.uses() == 1);
    CHECK(value(first.lock()) == now + hours(25));

    // A record that was written to a file and read again.
    const std::string kept(grant.bytes());
    online_grant read = *stopgap::from_bytes<online_grant>(kept);
    CHECK(!stopgap::from_bytes<online_grant>(kept + "x"));
    const auto second = value(read.verify(keys, "mira", code.reveal(), purpose::reset, later));
    CHECK(second.uses_left == 0u);
    CHECK(STATUS(second.lock()) == status::wrong_purpose);
    CHECK(STATUS(read.verify(keys, "mira", code.reveal(), purpose::reset, later)) ==
          status::used_up);
    const auto late = failure([&] {
        return grant.check(keys, "mira", code.reveal(), purpose::reset, now + hours(25));
    });
    CHECK(late->status() == status::expired && late->time() == now + hours(25));
}

static void revoked() {
    const auto keys = ring();
    auto issued = value(online_policy().issue(keys, "mira", now));
    const stopgap::code& code = issued.code;
    stopgap::online_grant& grant = issued.grant;
    const stopgap::tag before = value(grant.tag(keys));
    CHECK(!grant.max_uses());
    CHECK(!value(grant.check(keys, "mira", code.reveal(), purpose::reset, now)).uses_left);
    CHECK(STATUS(grant.check_tag(keys, before)) == status::ok);
    CHECK(STATUS(grant.revoke(now + hours(1))) == status::ok);
    CHECK(grant.revoked_at() == now + hours(1));
    CHECK(STATUS(grant.check_tag(keys, before)) == status::tampered);
    const stopgap::tag after(value(grant.tag(keys)).c());
    CHECK(STATUS(grant.check_tag(keys, after)) == status::ok);
    CHECK(STATUS(grant.check_tag(ring(2), after)) == status::key_missing);
    const auto why = failure([&] {
        return grant.verify(keys, "mira", code.reveal(), purpose::reset, now + hours(2));
    });
    CHECK(why->status() == status::revoked && why->time() == now + hours(1));
}

static void one_of_several() {
    const auto keys = ring();
    auto first = value(online_policy().issue(keys, "mira", now));
    auto second = value(online_policy().issue(keys, "mira", now));
    std::vector<online_grant> grants = {first.grant, second.grant};
    const auto found = value(stopgap::verify_any(grants, keys, "mira", second.code.reveal(),
                                                 purpose::reset, now));
    CHECK(found.index == 1 && found.granted.purpose == purpose::reset);
    CHECK(STATUS(stopgap::verify_any(first.grant, keys, "mira", second.code.reveal(),
                                     purpose::reset, now)) == status::unknown);
    grants.clear();
    CHECK(STATUS(stopgap::verify_any(grants, keys, "mira", second.code.reveal(), purpose::reset,
                                     now)) == status::unknown);
}

static void from_a_database() {
    const auto keys = ring();
    auto issued = value(online_policy().issue(keys, "mira", now));
    const stopgap::code& code = issued.code;
    stopgap::online_grant& grant = issued.grant;
    stopgap_online_grant row = grant.c();
    CHECK(stopgap::put(row.user, "mira"));
    CHECK(!stopgap::put(row.user, std::string(256, 'x')));
    CHECK(!stopgap::put(row.user, std::string_view("mi\0ra", 5)));
    CHECK(stopgap::put(row.user, std::string_view(row.user, 4)));
    CHECK(std::string_view(row.user) == "mira");
    online_grant read(row);
    CHECK(STATUS(read.verify(keys, "mira", code.reveal(), purpose::reset, now)) == status::ok);
    std::fill(std::begin(row.user), std::end(row.user), 'x');
    const online_grant endless(row);
    CHECK(endless.user().size() == STOPGAP_NAME_SIZE);
    CHECK(STATUS(endless.tag(keys)) == status::not_terminated);
}

static void rings() {
    auto keys = ring();
    const auto master = value(stopgap::master_key::generate());
    const auto old = value(online_policy().issue(keys, "mira", now));
    CHECK(STATUS(keys.rotate(1, master)) == status::key_duplicate);
    CHECK(STATUS(keys.rotate(2, master)) == status::ok);
    CHECK(value(keys.newest_id()) == 2);

    const auto values = value(keys.check_values());
    CHECK(values.size() == 2 && values[0].key_id == 2 && values[1].key_id == 1);
    const auto digests = value(keys.online_digests("mira", old.code));
    const stopgap::digest kept = old.grant.digest();
    CHECK(digests.size() == 2 && digests[1].digest.bytes() == kept.bytes());
    const auto others = value(keys.online_digests("olaf", old.code));
    CHECK(others[1].digest.bytes() != digests[1].digest.bytes());
    CHECK(STATUS(keys.online_digests("", old.code)) == status::name_empty);

    const auto tenant = value(keys.tenant("acme"));
    const auto tenants = value(tenant.check_values());
    CHECK(tenants[0].digest.bytes() != values[0].digest.bytes());
    CHECK(STATUS(keys.tenant("")) == status::name_empty);
    CHECK(STATUS(keys.retire(2)) == status::key_newest);
    CHECK(STATUS(keys.retire(1)) == status::ok);
    const auto why = failure([&] { return keys.retire(1); });
    CHECK(why->status() == status::key_missing && why->key_id() == 1);
    CHECK(STATUS(old.grant.check(keys, "mira", old.code.reveal(), purpose::reset, now)) ==
          status::key_missing);
}

static void attempts() {
    const auto keys = ring();
    const auto issued = value(online_policy().issue(keys, "mira", now));
    const stopgap::code& code = issued.code;
    const stopgap::attempt asked = {"7f3a", "mira", purpose::reset, code, "granted", 1};
    const stopgap::tag kept = value(asked.tag(keys));
    CHECK(STATUS(asked.check_tag(keys, kept)) == status::ok);
    const stopgap::attempt other = {"7f3a", "mira", purpose::reset, code, "refused", 1};
    CHECK(STATUS(other.check_tag(keys, kept)) == status::tampered);
    const stopgap::attempt elsewhere = {"7f3a", "mira", purpose::reset, code, "granted", 2};
    CHECK(STATUS(elsewhere.tag(keys)) == status::key_missing);
}

void online() {
    policies();
    round_trip();
    revoked();
    one_of_several();
    from_a_database();
    rings();
    attempts();
}
