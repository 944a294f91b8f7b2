// The door of a server.
#include "check.hpp"

#include <memory>

using namespace test;
using stopgap::purpose;
using stopgap::status;
using stopgap::throttle;
using stopgap::throttle_policy;

static void policies() {
    throttle_policy policy;
    CHECK(policy.free == 5 && policy.hard_limit == 100);
    CHECK(policy.first_delay == minutes(1) && policy.max_delay == hours(1));
    // What C's integers cannot hold becomes the nearest that they can.
    policy.first_delay = seconds(-1);
    policy.max_delay = seconds(std::int64_t{1} << 40);
    CHECK(policy.c().first_delay_seconds == 0 && policy.c().max_delay_seconds == UINT32_MAX);
    CHECK(throttle_policy(policy.c()).max_delay == seconds(UINT32_MAX));
}

static void doors() {
    const throttle_policy policy;
    throttle door;
    CHECK(!door.closed_until() && door.failures() == 0);
    for (int failures = 0; failures < 5; ++failures) {
        CHECK(STATUS(door.check(policy, now)) == status::ok);
        CHECK(STATUS(door.fail(policy, now)) == status::ok);
    }
    const auto why = failure([&] { return door.check(policy, now); });
    CHECK(why->status() == status::throttled && why->time() == now + minutes(1));
    CHECK(door.failures() == 5 && door.closed_until() == now + minutes(1));
    throttle kept = *stopgap::from_bytes<throttle>(door.bytes());
    CHECK(STATUS(kept.check(policy, now)) == status::throttled);
    kept.reset();
    CHECK(STATUS(kept.check(policy, now)) == status::ok);
    const auto ages = stopgap::from_unix(std::int64_t{1} << 60);
    CHECK(STATUS(door.fail(policy, ages)) == status::time_out_of_range);
}

static void guarded() {
    const auto keys = ring();
    const throttle_policy policy;
    throttle door;
    auto issued = value(stopgap::online_policy().issue(keys, "mira", now));
    const stopgap::code& code = issued.code;
    stopgap::online_grant& grant = issued.grant;
    int made = 0;
    const auto with = [&](std::string_view typed, purpose what) {
        return door.guard(policy, now, [&] {
            ++made;
            return grant.verify(keys, "mira", typed, what, now);
        });
    };
    for (int failures = 0; failures < 4; ++failures) {
        CHECK(STATUS(with("0000-0000-0000", purpose::reset)) == status::unknown);
    }
    // A typo is no guess.
    CHECK(STATUS(with("0000", purpose::reset)) == status::wrong_length);
    CHECK(door.failures() == 4);
    CHECK(value(with(code.reveal(), purpose::bypass)).purpose == purpose::bypass);
    CHECK(door.failures() == 0 && made == 6);
    for (int failures = 0; failures < 5; ++failures) {
        CHECK(STATUS(with("0000-0000-0000", purpose::reset)) == status::unknown);
    }
    const auto why = failure([&] { return with(code.reveal(), purpose::bypass); });
    CHECK(why->status() == status::throttled && why->time() == now + minutes(1));
    CHECK(made == 11);
}

// What moves only, and nothing at all, come through the door as well.
static void any_value() {
    const throttle_policy policy;
    throttle door;
    const auto moved = door.guard(policy, now, []() -> stopgap::returns<std::unique_ptr<int>> {
        return std::make_unique<int>(7);
    });
#ifdef STOPGAP_NO_EXCEPTIONS
    CHECK(**moved == 7);
#else
    CHECK(*moved == 7);
#endif
    const auto keys = ring();
    auto issued = value(stopgap::online_policy().issue(keys, "mira", now));
    CHECK(STATUS(door.guard(policy, now, [&] { return issued.grant.revoke(now); })) == status::ok);
    const auto ages = stopgap::from_unix(std::int64_t{1} << 60);
    CHECK(STATUS(door.guard(policy, ages, [&] { return issued.grant.revoke(now); })) ==
          status::time_out_of_range);
}

void throttles() {
    policies();
    doors();
    guarded();
    any_value();
}
