// Online codes, from issue to revocation.
#include "check.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace test;
using stopgap::online_grant;
using stopgap::online_policy;
using stopgap::purpose;
using stopgap::status;
using stopgap::validity;
using stopgap::verification;
using stopgap::verification_request;
using stopgap::verify_request;

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
    CHECK(STATUS(own.issue(keys, {"mira"}, now)) == status::no_uses);
    own.max_uses = 1;
    own.purposes = {};
    CHECK(STATUS(own.issue(keys, {"mira"}, now)) == status::no_purpose);
    own.purposes = purpose::reset;
    own.format.length = 33;
    CHECK(STATUS(own.issue(keys, {"mira"}, now)) == status::code_length);
    own.format.length = 16;
    own.not_before = now - hours(24 * 40);
    const auto why = failure([&] { return own.issue(keys, {"mira"}, now); });
    CHECK(why->status() == status::never_valid && why->time());
    CHECK(STATUS(usual.issue(keys, {""}, now)) == status::name_empty);
    CHECK(STATUS(usual.issue(keys, {"mira"}, now, "Mars/Phobos")) == status::unknown_zone);
}

static void round_trip() {
    const auto keys = ring();
    online_policy policy;
    policy.max_uses = 2;
    policy.purposes = purpose::bypass | purpose::reset;
    policy.not_before = now + hours(1);
    auto issued = value(policy.issue(keys, {"mira"}, now, "Europe/Berlin"));
    const stopgap::code& code = issued.code;
    online_grant& grant = issued.grant;

    CHECK(grant.user() == "mira" && grant.purposes() == policy.purposes);
    CHECK(grant.issued_at() == now && grant.not_before() == now + hours(1));
    CHECK(grant.expires_at() == now + hours(25) && !grant.revoked_at());
    CHECK(grant.max_uses() == 2u && grant.uses() == 0 && grant.key_id() == 1);
    CHECK(grant.format().length == 12);
    CHECK(STATUS(grant.open(keys)) == status::ok);

    const auto later = now + hours(2);
    const verify_request asked = {"mira", code.reveal(), purpose::bypass};
    const auto early = failure([&] { return grant.verify(keys, asked, now); });
    CHECK(early->status() == status::not_yet_valid && early->time() == now + hours(1));
    const auto refused = [&](const stopgap::key_ring& by, std::string_view user,
                             std::string_view typed, purpose what) {
        return STATUS(grant.verify(by, {user, typed, what}, later));
    };
    CHECK(refused(keys, "mira", code.reveal(), purpose::register_factor) ==
          status::wrong_purpose);
    CHECK(refused(keys, "olaf", code.reveal(), purpose::reset) == status::unknown);
    CHECK(refused(keys, " ", code.reveal(), purpose::reset) == status::name_blank);
    CHECK(refused(keys, "\xFF", code.reveal(), purpose::reset) == status::name_invalid_unicode);
    CHECK(refused(keys, "mira", "0000-0000-0000", purpose::reset) == status::unknown);
    CHECK(refused(ring(2), "mira", code.reveal(), purpose::reset) == status::key_missing);

    const stopgap::tag before = grant.tag();
    const auto first = value(grant.verify(keys, asked, later));
    CHECK(first.purpose == purpose::bypass && first.expires_at == now + hours(25));
    CHECK(first.uses_left == 1u && grant.uses() == 1);
    CHECK(first.password_only_until == now + hours(25));
    // The tag is the version of the record.
    CHECK(grant.tag() != before && !(grant.tag() == before));

    // A record that was written to a file and read again.
    const std::string kept = value(grant.bytes());
    online_grant read = value(online_grant::from_bytes(kept));
    CHECK(STATUS(online_grant::from_bytes(kept + "x")) == status::record_bytes);
    CHECK(STATUS(online_grant::from_bytes("")) == status::record_bytes);
    CHECK(STATUS(verification::from_bytes(kept)) == status::record_bytes);
    CHECK(read.tag() == grant.tag() && read.id() == grant.id());
    const verify_request reset = {"mira", code.reveal(), purpose::reset};
    const auto second = value(read.verify(keys, reset, later));
    CHECK(second.uses_left == 0u && !second.password_only_until);
    CHECK(STATUS(read.verify(keys, reset, later)) == status::used_up);
    const auto late = failure([&] { return grant.verify(keys, reset, now + hours(25)); });
    CHECK(late->status() == status::expired && late->time() == now + hours(25));
}

// A request has optional members; without them it is the same.
static void requests() {
    const auto keys = ring();
    auto issued = value(online_policy().issue(
        keys, {"mira", "192.0.2.7", "5f0c-1", "lost token", "INC-4711"}, now));
    verify_request all = {"mira", issued.code.reveal(), purpose::reset};
    online_grant grant = std::move(issued.grant);
    CHECK(STATUS(grant.verify(keys, all, now)) == status::ok);
    all.source_address = "192.0.2.7";
    all.request_id = "5f0c-2";
    all.reason = "logon";
    all.ticket = "INC-4712";
    CHECK(STATUS(grant.verify(keys, all, now)) == status::ok);
    all.ticket = "\xFF";
    CHECK(STATUS(grant.verify(keys, all, now)) == status::invalid_utf8);
#if __cplusplus >= 202002L
    CHECK(STATUS(grant.verify(keys,
                              {.user = "mira",
                               .text = issued.code.reveal(),
                               .purpose = purpose::reset,
                               .request_id = "5f0c-3"},
                              now)) == status::ok);
    CHECK(STATUS(online_policy().issue(keys, {.user = "mira", .ticket = "INC-4713"}, now)) ==
          status::ok);
#endif
}

static void revoked() {
    const auto keys = ring();
    auto issued = value(online_policy().issue(keys, {"mira"}, now));
    online_grant& grant = issued.grant;
    const verify_request asked = {"mira", issued.code.reveal(), purpose::reset};
    CHECK(!grant.max_uses());
    CHECK(!value(grant.verify(keys, asked, now)).uses_left);
    CHECK(STATUS(grant.check_not_ended(keys, now)) == status::ok);
    CHECK(STATUS(grant.revoke(ring(2), now)) == status::key_missing);
    CHECK(STATUS(grant.revoke(keys, now + hours(1))) == status::ok);
    CHECK(grant.revoked_at() == now + hours(1));
    const auto why = failure([&] { return grant.verify(keys, asked, now + hours(2)); });
    CHECK(why->status() == status::revoked && why->time() == now + hours(1));
    CHECK(STATUS(grant.check_not_ended(keys, now)) == status::revoked);
}

static void tampered() {
    const auto keys = ring();
    const auto issued = value(online_policy().issue(keys, {"mira"}, now));
    const verify_request asked = {"mira", issued.code.reveal(), purpose::reset};
    std::string kept = value(issued.grant.bytes());
    CHECK(refuses_edits<online_grant>(
        kept, [&](const online_grant& edited) { return STATUS(edited.open(keys)); }));
    // The time of revocation, before the tag: the first byte of no time is 0x80.
    kept[kept.size() - 40] = '\0';
    online_grant edited = value(online_grant::from_bytes(kept));
    CHECK(edited.revoked_at() == stopgap::from_unix(0));
    kept = value(issued.grant.bytes());
    ++kept[kept.size() - 41]; // The uses.
    edited = value(online_grant::from_bytes(kept));
    CHECK(edited.uses() == 1);
    CHECK(STATUS(edited.open(keys)) == status::tampered);
    CHECK(STATUS(edited.verify(keys, asked, now)) == status::tampered);
    CHECK(STATUS(edited.revoke(keys, now)) == status::tampered);
    CHECK(STATUS(edited.check_not_ended(keys, now)) == status::tampered);
    CHECK(STATUS(stopgap::verify_any(edited, keys, asked, now)) == status::tampered);
    CHECK(!edited.revoked_at() && edited.uses() == 1);
    const auto tenant = value(keys.tenant("acme"));
    CHECK(STATUS(issued.grant.open(tenant)) == status::tampered);
}

static void one_of_several() {
    const auto keys = ring();
    auto first = value(online_policy().issue(keys, {"mira"}, now));
    auto second = value(online_policy().issue(keys, {"mira"}, now));
    CHECK(first.grant.id() != second.grant.id());
    std::vector<online_grant> grants;
    grants.push_back(std::move(first.grant));
    grants.push_back(std::move(second.grant));
    const verify_request asked = {"mira", second.code.reveal(), purpose::reset};
    const auto found = value(stopgap::verify_any(grants, keys, asked, now));
    CHECK(found.index == 1 && found.granted.purpose == purpose::reset);
    CHECK(STATUS(stopgap::verify_any(grants[0], keys, asked, now)) == status::unknown);
    // A moved-from grant has no record, and no members.
    CHECK(STATUS(first.grant.open(keys)) == status::null_argument);
    CHECK(STATUS(first.grant.bytes()) == status::null_argument);
    CHECK(first.grant.user().empty() && first.grant.uses() == 0);
    CHECK(STATUS(stopgap::verify_any(first.grant, keys, asked, now)) == status::null_argument);
    grants.clear();
    CHECK(STATUS(stopgap::verify_any(grants, keys, asked, now)) == status::unknown);
}

// A format of your own keeps its alphabet in the records.
static void own_alphabets() {
    const auto keys = ring();
    online_policy policy;
    policy.format.alphabet = value(stopgap::alphabet::make(
        "23456789ABCDEFGH", stopgap::look_alikes(stopgap::look_alike::o_as_zero)));
    policy.format.length = 14;
    policy.format.check_symbol = true;
    const auto issued = value(policy.issue(keys, {"mira"}, now));
    std::string kept = value(issued.grant.bytes());
    stopgap::format format = value(online_grant::from_bytes(kept)).format();
    CHECK(format.alphabet.symbols() == "23456789ABCDEFGH" && format.check_symbol);
    CHECK(STATUS(format.normalize(issued.code.reveal())) == status::ok);
    kept = value(value(stopgap::preset::seal(keys, "own", policy)).bytes());
    const auto opened = value(value(stopgap::preset::from_bytes(kept)).open(keys, "own"));
    CHECK(opened.format.alphabet.symbols() == "23456789ABCDEFGH");
    CHECK(STATUS(opened.format.normalize(issued.code.reveal())) == status::ok);
    // A struct of C without an alphabet has hexadecimal digits.
    stopgap_format plain = stopgap_format_online();
    plain.alphabet = nullptr;
    const stopgap::format read(plain);
    CHECK(read.alphabet.symbols() == "0123456789ABCDEF");
}

static void rings() {
    auto keys = ring();
    const auto master = value(stopgap::master_key::generate());
    auto old = value(online_policy().issue(keys, {"mira"}, now));
    CHECK(STATUS(keys.add(1, master)) == status::key_duplicate);
    CHECK(STATUS(keys.add(2, master)) == status::ok);
    CHECK(value(keys.primary_id()) == 2);

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
    CHECK(STATUS(keys.retire(2)) == status::key_primary);
    CHECK(STATUS(keys.retire(1)) == status::ok);
    const auto why = failure([&] { return keys.retire(1); });
    CHECK(why->status() == status::key_missing && why->key_id() == 1);
    CHECK(STATUS(old.grant.verify(keys, {"mira", old.code.reveal(), purpose::reset}, now)) ==
          status::key_missing);
}

static void verifications() {
    const auto keys = ring();
    const auto issued = value(online_policy().issue(keys, {"mira"}, now));
    const stopgap::code& code = issued.code;
    verification_request asked = {"mira", "7f3a", purpose::reset, code, "granted"};
    const verification kept = value(verification::seal(keys, asked, now));
    CHECK(kept.user() == "mira" && kept.idempotency_key() == "7f3a" && kept.key_id() == 1);
    CHECK(kept.purpose() == purpose::reset && kept.answered_at() == now);
    const std::string bytes = value(kept.bytes());
    const auto read = value(verification::from_bytes(bytes));
    CHECK(read.tag() == kept.tag());
    CHECK(value(read.replay(keys, asked, now)) == "granted");
    CHECK(value(read.open(keys)) == "granted");
    CHECK(refuses_edits<verification>(
        bytes, [&](const verification& edited) { return STATUS(edited.open(keys)); }));
    CHECK(refuses_edits<verification>(
        bytes, [&](const verification& edited) { return STATUS(edited.replay(keys, asked, now)); }));
    CHECK(STATUS(read.replay(keys, asked, now + minutes(10))) ==
          status::idempotency_key_expired);
    asked.lasting = stopgap::max_replay;
    CHECK(STATUS(read.replay(keys, asked, now + minutes(10))) == status::ok);
    asked.purpose = purpose::bypass;
    CHECK(STATUS(read.replay(keys, asked, now)) == status::idempotency_key_reused);
    const auto refused = [&](std::string_view user, std::string_view key) {
        const verification_request other = {user, key, purpose::reset, code};
        const auto went = STATUS(verification::seal(keys, other, now));
        return went == status::ok ? STATUS(read.replay(keys, other, now)) : went;
    };
    CHECK(refused("mira", "7f3a") == status::ok);
    CHECK(refused("olaf", "7f3a") == status::tampered);
    CHECK(refused("mira", "7f3b") == status::tampered);
    CHECK(refused("", "7f3a") == status::name_empty);
    CHECK(refused(std::string_view("mira\0", 5), "7f3a") == status::name_control_character);
    CHECK(refused("mira", "") == status::invalid_idempotency_key);
    CHECK(STATUS(read.open(ring(2))) == status::key_missing);
}

static void presets() {
    const auto keys = ring();
    online_policy visitors;
    visitors.max_uses = 1;
    visitors.validity = validity::hours(8);
    const auto sealed = value(stopgap::preset::seal(keys, "visitor", visitors));
    CHECK(sealed.name() == "visitor" && sealed.key_id() == 1);
    const std::string bytes = value(sealed.bytes());
    const auto read = value(stopgap::preset::from_bytes(bytes));
    CHECK(refuses_edits<stopgap::preset>(
        bytes, [&](const auto& edited) { return STATUS(edited.open(keys, "visitor")); }));
    const auto opened = value(read.open(keys, "visitor"));
    CHECK(opened.max_uses == 1u && opened.validity == validity::hours(8));
    CHECK(read.tag() == sealed.tag());
    CHECK(STATUS(read.open(keys, "guest")) == status::tampered);
    CHECK(STATUS(read.open(ring(2), "visitor")) == status::key_missing);
    visitors.max_uses = 0;
    CHECK(STATUS(stopgap::preset::seal(keys, "visitor", visitors)) == status::no_uses);
}

void online() {
    policies();
    round_trip();
    requests();
    revoked();
    tampered();
    one_of_several();
    own_alphabets();
    rings();
    verifications();
    presets();
}
