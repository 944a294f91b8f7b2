// Functions of the program that C calls: their results and their exceptions.
#include "check.hpp"

#include <array>
#include <typeinfo>

using namespace test;
using stopgap::agent;
using stopgap::purpose;
using stopgap::role;
using stopgap::status;

static agent fresh() {
    return value(agent::make(value(stopgap::enrolment_key::from_hex(std::string(64, '7')))));
}

static constexpr stopgap::actor root = {"root", role::super_administrator};

static stopgap::security_request of_mira() {
    return {root, stopgap::access::same_as("mira"), stopgap::scopes::unlimited()};
}

static void say_no() {
    agent asked = fresh();
    const auto why = failure(
        [&] { return asked.clear_lock([](const stopgap::sealed_state&) { return false; }); });
    CHECK(why->status() == status::callback_failed && why->details().callback == 1);
    CHECK(STATUS(asked.clear_lock([](const stopgap::sealed_state&) { return true; })) ==
          status::ok);
#ifdef STOPGAP_NO_EXCEPTIONS
    const auto cannot = [](const stopgap::sealed_state&) -> stopgap::result<void> {
        return stopgap::error(stopgap_error{});
    };
    CHECK(STATUS(asked.clear_lock(cannot)) == status::callback_failed);
    const auto can = [](const stopgap::sealed_state&) { return stopgap::result<void>(); };
    CHECK(STATUS(asked.clear_lock(can)) == status::ok);
#endif

    const auto dry = [](std::uint8_t*, std::size_t) { return false; };
    CHECK(STATUS(stopgap::master_key::generate(dry)) == status::callback_failed);
    CHECK(STATUS(stopgap::online_policy().issue(ring(), {"mira"}, now, {}, dry)) ==
          status::callback_failed);

    const auto keys = ring();
    const stopgap::security_format format;
    const auto made = value(stopgap::security_code::create(keys, of_mira(), now));
    const auto authenticate = [&](auto role_of) {
        return made.record.authenticate(keys, format, made.text.reveal(), role_of, now);
    };
    const auto stranger = [](std::string_view) { return std::optional<role>(); };
    CHECK(STATUS(authenticate(stranger)) == status::callback_failed);
    const auto nonsense = [](std::string_view) { return static_cast<role>(9); };
    CHECK(STATUS(authenticate(nonsense)) == status::invalid_value);
}

static void give_numbers() {
    const auto one = value(stopgap::online_policy().issue(ring(), {"mira"}, now, {}, sevens));
    CHECK(one.code.reveal() == "7777-7777-7777");
    const auto two = value(stopgap::security_code::create(
        ring(), of_mira(), now,
        [](std::uint8_t* bytes, std::size_t length) { sevens(bytes, length); }));
    CHECK(two.text.reveal().substr(0, 12) == "stopgap_7777");
    const auto three = value(stopgap::enrolment::make(ring(), "mira", "laptop", now, sevens));
    CHECK(three.generation() == 0x77777777 / 2);
}

#ifndef STOPGAP_NO_EXCEPTIONS

struct no_space {
    int errno_value;
};

// Returns `true` if the exception of a callback leaves the call unchanged.
template <class Call>
static bool arrives(Call call) {
    try {
        static_cast<void>(call());
    } catch (const no_space& thrown) {
        return thrown.errno_value == 28;
    }
    return false;
}

static void throws() {
    agent asked = fresh();
    const auto keep = [](const stopgap::sealed_state&) { throw no_space{28}; };
    CHECK(arrives([&] { return asked.clear_lock(keep); }));
    CHECK(arrives([&] { return asked.unlock(keep); }));
    CHECK(arrives([&] { return asked.activate(now + hours(1), now, keep); }));
    CHECK(arrives([&] { return asked.log_on(now, keep); }));
    CHECK(arrives([&] {
        return asked.redeem("ZZZZ-ZZZZ-ZZZZ-ZZZZ", purpose::bypass, now, keep);
    }));
    // The agent can be used afterwards.
    CHECK(STATUS(asked.log_on(now, [](const stopgap::sealed_state&) {})) != status::panic);

    const auto random = [](std::uint8_t*, std::size_t) { throw no_space{28}; };
    CHECK(arrives([&] { return stopgap::master_key::generate(random); }));
    const auto keys = ring();
    CHECK(arrives([&] { return stopgap::online_policy().issue(keys, {"mira"}, now, {}, random); }));
    CHECK(arrives([&] {
        return stopgap::security_code::create(keys, of_mira(), now, random);
    }));
    CHECK(arrives([&] { return stopgap::enrolment::make(keys, "mira", "laptop", now, random); }));

    const auto role_of = [](std::string_view) -> role { throw no_space{28}; };
    const stopgap::security_format format;
    const auto made = stopgap::security_code::create(keys, of_mira(), now);
    CHECK(arrives([&] {
        return made.record.authenticate(keys, format, made.text.reveal(), role_of, now);
    }));

    stopgap::throttle own;
    CHECK(arrives([&] { return own.guard({}, now, []() -> int { throw no_space{28}; }); }));
    CHECK(own.failures() == 0);
}

// Returns `true` if a call throws this class and no other, with its message.
template <class As, class Call>
static bool thrown_as(status expected, Call call) {
    try {
        static_cast<void>(call());
    } catch (const As& why) {
        const std::exception& base = why;
        return typeid(why) == typeid(As) && why.status() == expected &&
               base.what() == why.message();
    } catch (...) {
        return false;
    }
    return false;
}

static void classes() {
    const auto keys = ring();
    CHECK(thrown_as<stopgap::misuse>(status::invalid_utf8,
                                     [&] { return stopgap::validity::parse("\xFF"); }));
    CHECK(thrown_as<stopgap::mistyped>(
        status::wrong_length, [&] { return stopgap::format::online().normalize("3F9A"); }));
    auto issued = stopgap::online_policy().issue(keys, {"mira"}, now);
    CHECK(thrown_as<stopgap::refused>(status::expired, [&] {
        return issued.grant.verify(keys, {"mira", issued.code.reveal(), purpose::reset},
                                   now + hours(24));
    }));
    CHECK(thrown_as<stopgap::refused>(status::not_enrolled, [&] {
        return stopgap::offline_policy().answer(keys, std::array<stopgap::enrolment, 0>(),
                                                {"mira", "ZW4F-RK37", purpose::reset}, now);
    }));
    CHECK(thrown_as<stopgap::refused>(status::forbidden, [] {
        stopgap::require(role::user, stopgap::action::purge);
        return 0;
    }));
    stopgap::throttle locked;
    for (int guess = 0; guess < 5; ++guess) {
        locked.fail({}, now);
    }
    CHECK(thrown_as<stopgap::locked_out>(status::throttled, [&] {
        locked.check({}, now);
        return 0;
    }));
    CHECK(thrown_as<stopgap::wrong_clock>(status::time_out_of_range, [&] {
        return stopgap::online_policy().issue(keys, {"mira"}, stopgap::time::max());
    }));
    CHECK(thrown_as<stopgap::damaged>(status::record_bytes,
                                      [] { return stopgap::security_code::from_bytes("x"); }));
    CHECK(thrown_as<stopgap::system_failure>(status::callback_failed, [] {
        return stopgap::master_key::generate([](std::uint8_t*, std::size_t) { return false; });
    }));
    CHECK(thrown_as<stopgap::invalid>(status::name_empty, [&] { return keys.tenant(""); }));
    CHECK(thrown_as<stopgap::invalid>(status::key_not_hex, [] {
        return stopgap::master_key::from_hex(std::string(64, 'g'));
    }));
    CHECK(thrown_as<stopgap::invalid>(status::unknown_zone, [&] {
        return stopgap::online_policy().issue(keys, {"mira"}, now, "Mars/Phobos");
    }));
    static_assert(!std::is_base_of_v<stopgap::misuse, stopgap::refused>);

    // Every sentence fits into what(), however large its numbers are.
    for (int number = 0; number < 800; ++number) {
        stopgap_error all = {};
        all.status = static_cast<stopgap_status>(number);
        all.time = stopgap::to_unix(now);
        all.position = all.expected = all.found = all.index = SIZE_MAX;
        all.minutes = INT32_MIN;
        all.key_id = UINT32_MAX;
        all.role = STOPGAP_ROLE_SUPER_ADMINISTRATOR;
        all.action = STOPGAP_ACTION_MANAGE_SECURITY_CODE;
        all.callback = INT32_MIN;
        const stopgap::error why(all);
        CHECK(why.what() == why.message());
    }
}

#endif

void callbacks() {
    say_no();
    give_numbers();
#ifndef STOPGAP_NO_EXCEPTIONS
    throws();
    classes();
#endif
}
