// The throttle of a server.
#include "check.hpp"

#include <memory>

using namespace test;
using stopgap::purpose;
using stopgap::status;
using stopgap::throttle;
using stopgap::throttle_policy;

static void policies() {
    throttle_policy policy;
    CHECK(policy.free_failures == 5 && policy.hard_limit == 100);
    CHECK(policy.first_delay == minutes(1) && policy.max_delay == hours(1));
    // A duration that does not fit C's integers becomes the nearest that does.
    policy.first_delay = seconds(-1);
    policy.max_delay = seconds(std::int64_t{1} << 40);
    CHECK(policy.c().first_delay_seconds == 0 && policy.c().max_delay_seconds == UINT32_MAX);
    CHECK(throttle_policy(policy.c()).max_delay == seconds(UINT32_MAX));
}

static void lockouts() {
    const throttle_policy policy;
    throttle own;
    CHECK(!own.locked_until() && own.failures() == 0);
    for (int failures = 0; failures < 5; ++failures) {
        CHECK(STATUS(own.check(policy, now)) == status::ok);
        CHECK(STATUS(own.fail(policy, now)) == status::ok);
    }
    const auto why = failure([&] { return own.check(policy, now); });
    CHECK(why->status() == status::throttled && why->time() == now + minutes(1));
    CHECK(own.failures() == 5 && own.locked_until() == now + minutes(1));
    throttle kept(own.c());
    CHECK(STATUS(kept.check(policy, now)) == status::throttled);
    // A clock that was ahead leaves at most the longest lockout.
    CHECK(STATUS(kept.check(policy, now - hours(24))) == status::throttled);
    CHECK(kept.locked_until() == now - hours(23));
    kept.reset();
    CHECK(STATUS(kept.check(policy, now)) == status::ok);
    const auto ages = stopgap::from_unix(std::int64_t{1} << 60);
    CHECK(STATUS(own.fail(policy, ages)) == status::time_out_of_range);
}

static void guarded() {
    const auto keys = ring();
    const throttle_policy policy;
    throttle own;
    auto issued = value(stopgap::online_policy().issue(keys, {"mira"}, now));
    const stopgap::code& code = issued.code;
    stopgap::online_grant& grant = issued.grant;
    int made = 0;
    const auto with = [&](std::string_view typed, purpose what) {
        return own.guard(policy, now, [&] {
            ++made;
            return grant.verify(keys, {"mira", typed, what}, now);
        });
    };
    for (int failures = 0; failures < 4; ++failures) {
        CHECK(STATUS(with("0000-0000-0000", purpose::reset)) == status::unknown);
    }
    // A typo is no guess.
    CHECK(STATUS(with("0000", purpose::reset)) == status::wrong_length);
    CHECK(own.failures() == 4);
    CHECK(value(with(code.reveal(), purpose::bypass)).purpose == purpose::bypass);
    CHECK(own.failures() == 0 && made == 6);
    for (int failures = 0; failures < 5; ++failures) {
        CHECK(STATUS(with("0000-0000-0000", purpose::reset)) == status::unknown);
    }
    const auto why = failure([&] { return with(code.reveal(), purpose::bypass); });
    CHECK(why->status() == status::throttled && why->time() == now + minutes(1));
    CHECK(made == 11);
}

// Attempts may return values that only move, and nothing.
static void any_value() {
    const throttle_policy policy;
    throttle own;
    const auto moved = own.guard(policy, now, []() -> stopgap::returns<std::unique_ptr<int>> {
        return std::make_unique<int>(7);
    });
#ifdef STOPGAP_NO_EXCEPTIONS
    CHECK(**moved == 7);
#else
    CHECK(*moved == 7);
#endif
    const auto keys = ring();
    auto issued = value(stopgap::online_policy().issue(keys, {"mira"}, now));
    CHECK(STATUS(own.guard(policy, now, [&] { return issued.grant.revoke(keys, now); })) == status::ok);
    const auto ages = stopgap::from_unix(std::int64_t{1} << 60);
    CHECK(STATUS(own.guard(policy, ages, [&] { return issued.grant.revoke(keys, now); })) ==
          status::time_out_of_range);
}

static void sealed() {
    const auto keys = ring();
    const throttle_policy policy;
    throttle own;
    CHECK(STATUS(own.fail(policy, now)) == status::ok);
    const auto record = value(stopgap::user_throttle::seal(keys, "mira", own));
    CHECK(record.user() == "mira" && record.key_id() == 1 && record.info().failures == 1);
    const std::string kept = value(record.bytes());
    const auto read = value(stopgap::user_throttle::from_bytes(kept));
    CHECK(value(read.open(keys, "mira")).failures() == 1 && read.tag() == record.tag());
    CHECK(STATUS(read.open(keys, "olaf")) == status::tampered);
    CHECK(STATUS(read.open(keys, "")) == status::name_empty);
    CHECK(refuses_edits<stopgap::user_throttle>(
        kept, [&](const auto& edited) { return STATUS(edited.open(keys, "mira")); }));
    CHECK(STATUS(stopgap::user_throttle::seal(keys, "", own)) == status::name_empty);
}

void throttles() {
    sealed();
    policies();
    lockouts();
    guarded();
    any_value();
}
