// The machine's side, from enrolment to restart.
#include "check.hpp"

using namespace test;
using stopgap::agent;
using stopgap::agent_policy;
using stopgap::purpose;
using stopgap::status;

namespace {

struct machine {
    stopgap::key_ring keys = ring();
    stopgap::enrolment enrolled = value(stopgap::enrolment::make(keys, "mira", "laptop", now));
    stopgap::enrolment_key key = value(enrolled.key(keys));
    std::string state;

    // Stores the state.
    auto keep() {
        return [this](const stopgap::sealed_state& sealed) { state = sealed.bytes(); };
    }

    stopgap::code answer(const agent& shows, stopgap::time at, purpose what = purpose::bypass) {
        const auto request = value(shows.request_code(at));
        auto given = value(stopgap::offline_policy().answer(
            keys, enrolled, {"mira", request.reveal(), what}, at));
        return std::move(given.code);
    }
};

} // namespace

static void policies() {
    agent_policy policy;
    CHECK(policy.clock_tolerance == seconds(120) && policy.window == minutes(30));
    CHECK(policy.diagnose == minutes(1440) && policy.throttle.free_failures == 5);
    policy.clock_tolerance = minutes(5);
    policy.alphabet = stopgap::alphabet::hex();
    const agent_policy same(policy.c());
    CHECK(same.clock_tolerance == seconds(300));
    machine here;
    const agent own = value(agent::make(here.key, policy));
    const auto request = value(own.request_code(now));
    CHECK(request.reveal().find_first_not_of("0123456789ABCDEF-") == std::string_view::npos);
}

static void redeemed_once() {
    machine here;
    agent first = value(agent::make(here.key));
    CHECK(STATUS(first.log_on(now, here.keep())) == status::no_lock);
    const auto code = here.answer(first, now);
    const auto until =
        value(first.redeem(code.reveal(), purpose::bypass, now, here.keep(), "Europe/Berlin"));
    CHECK(until == now + hours(24));
    // The query changes nothing; logging on stores the time.
    const stopgap::agent& shown = first;
    const auto before = here.state;
    CHECK(value(shown.lock(now + hours(23))) == until);
    const auto unchanged = value(first.seal());
    CHECK(unchanged.bytes() == before);
    CHECK(value(first.log_on(now + std::chrono::seconds(59), here.keep())) == until);
    CHECK(here.state == before);
    CHECK(value(first.log_on(now + hours(23), here.keep())) == until);
    CHECK(here.state != before);
    CHECK(STATUS(shown.lock(now)) == status::clock_rolled_back);
    CHECK(STATUS(shown.lock(now + hours(24))) == status::no_lock);
    const auto sealed = value(first.seal());
    CHECK(sealed.bytes() == here.state);

    // A restarted agent remembers all that.
    agent again = value(agent::resume(here.key, here.state));
    CHECK(value(again.log_on(now + hours(23), here.keep())) == until);
    CHECK(STATUS(again.redeem(code.reveal(), purpose::bypass, now + hours(23), here.keep())) ==
          status::used_up);
    CHECK(STATUS(again.log_on(now + hours(24), here.keep())) == status::no_lock);
    const auto back =
        failure([&] { return again.log_on(now, here.keep()); });
    CHECK(back->status() == status::clock_rolled_back && back->time() == now + hours(24));
}

static void refused() {
    machine here;
    agent asked = value(agent::make(here.key));
    const auto code = here.answer(asked, now);
    CHECK(STATUS(asked.redeem(code.reveal(), purpose::register_factor, now, here.keep())) ==
          status::wrong_purpose);
    CHECK(STATUS(asked.redeem("ZZZZ", purpose::bypass, now, here.keep())) == status::wrong_length);
    CHECK(STATUS(asked.redeem(code.reveal(), purpose::bypass, now, here.keep())) == status::ok);
    CHECK(STATUS(asked.redeem(code.reveal(), purpose::bypass, now, here.keep())) ==
          status::used_up);
    CHECK(STATUS(asked.clear_lock(here.keep())) == status::ok);
    CHECK(STATUS(asked.log_on(now, here.keep())) == status::no_lock);

    const auto guess = [&] {
        return asked.redeem("ZZZZ-ZZZZ-ZZZZ-ZZZZ", purpose::bypass, now, here.keep());
    };
    for (int failures = 0; failures < 5; ++failures) {
        CHECK(test::status_of(guess) == status::unknown);
    }
    CHECK(test::status_of(guess) == status::throttled);
    CHECK(STATUS(asked.unlock(here.keep())) == status::ok);
    CHECK(test::status_of(guess) == status::unknown);
}

static void a_reset_has_no_lock() {
    machine here;
    agent asked = value(agent::make(here.key));
    const auto code = here.answer(asked, now, purpose::reset);
    CHECK(!value(asked.redeem(code.reveal(), purpose::reset, now, here.keep())));
    CHECK(STATUS(asked.log_on(now, here.keep())) == status::no_lock);
    CHECK(STATUS(asked.redeem(code.reveal(), purpose::reset, now, here.keep())) ==
          status::used_up);
}

static void activated_by_an_online_code() {
    machine here;
    agent asked = value(agent::make(here.key));
    CHECK(value(asked.activate(now + hours(5), now, here.keep())) == now + hours(5));
    CHECK(value(asked.log_on(now, here.keep())) == now + hours(5));
    // One that has ended changes nothing.
    CHECK(value(asked.activate(now, now, here.keep())) == now + hours(5));
    CHECK(STATUS(asked.clear_lock(here.keep())) == status::ok);
    CHECK(STATUS(asked.activate(now, now, here.keep())) == status::no_lock);
}

static void states() {
    machine here;
    const agent sealed = value(agent::make(here.key));
    const auto state = value(sealed.seal());
    std::string bytes(state.bytes());
    CHECK(bytes.size() == STOPGAP_SEALED_STATE_SIZE);
    bytes[40] = static_cast<char>(bytes[40] ^ 1);
    CHECK(STATUS(agent::resume(here.key, bytes)) == status::state_does_not_open);
    CHECK(STATUS(agent::resume(here.key, "short")) == status::state_wrong_length);
    CHECK(STATUS(agent::resume(here.key, {})) == status::state_wrong_length);
    const auto other = value(stopgap::enrolment_key::from_hex(std::string(64, '7')));
    CHECK(STATUS(agent::resume(other, state.bytes())) == status::state_does_not_open);
}

static void moved() {
    machine here;
    agent first = value(agent::make(here.key));
    agent second = std::move(first);
    CHECK(STATUS(first.seal()) == status::null_argument);
    CHECK(STATUS(first.request_code(now)) == status::null_argument);
    CHECK(STATUS(first.redeem("", purpose::bypass, now, here.keep())) == status::null_argument);
    CHECK(STATUS(second.seal()) == status::ok);
    first = std::move(second);
    CHECK(STATUS(first.seal()) == status::ok);
    stopgap::enrolment_key gone = std::move(here.key);
    CHECK(STATUS(agent::make(here.key)) == status::null_argument);
    CHECK(STATUS(agent::make(gone)) == status::ok);
}

void agents() {
    policies();
    redeemed_once();
    refused();
    a_reset_has_no_lock();
    activated_by_an_online_code();
    states();
    moved();
}
