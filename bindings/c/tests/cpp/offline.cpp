// Enrolments, request codes and answers.
#include "check.hpp"

#include <algorithm>
#include <array>
#include <vector>

using namespace test;
using stopgap::enrolment;
using stopgap::enrolment_key;
using stopgap::offline_policy;
using stopgap::purpose;
using stopgap::status;
using stopgap::validity;

static void enrolments() {
    const auto keys = ring();
    enrolment machine = value(enrolment::make(keys, "mira", "laptop", now));
    const std::string stored = value(machine.bytes());
    const enrolment first = value(enrolment::from_bytes(stored));
    CHECK(first.user() == "mira" && first.machine() == "laptop");
    CHECK(first.key_id() == 1 && first.generation() < std::uint32_t{1} << 31);
    CHECK(first.enrolled_at() == now && !first.retired_at());
    CHECK(STATUS(machine.next(keys, now + hours(1))) == status::ok);
    CHECK(machine.generation() == first.generation() + 1 && machine.machine() == "laptop");
    CHECK(machine.enrolled_at() == now + hours(1) && machine.tag() != first.tag());
    CHECK(value(enrolment::from_bytes(value(machine.bytes()))).generation() ==
          machine.generation());
    CHECK(machine.info().generation == machine.generation());
    CHECK(STATUS(enrolment::from_bytes("")) == status::record_bytes);
    CHECK(STATUS(enrolment::make(keys, "mira", "", now)) == status::name_empty);
    CHECK(STATUS(first.key(ring(2))) == status::key_missing);
    CHECK(STATUS(machine.retire(keys, now + hours(2))) == status::ok);
    CHECK(machine.retired_at() == now + hours(2));
    CHECK(STATUS(machine.key(keys)) == status::revoked);
    CHECK(STATUS(machine.open(keys)) == status::ok);
    std::string edited = stored;
    edited.back() = static_cast<char>(edited.back() ^ 1);
    enrolment taken_back = value(enrolment::from_bytes(edited));
    CHECK(STATUS(taken_back.open(keys)) == status::tampered);
    CHECK(STATUS(taken_back.key(keys)) == status::tampered);
    CHECK(STATUS(taken_back.next(keys, now)) == status::tampered);
    CHECK(STATUS(taken_back.retire(keys, now)) == status::tampered);

    enrolment last = value(enrolment::migrate(keys, "mira", "laptop", UINT32_MAX, now));
    CHECK(last.generation() == UINT32_MAX && STATUS(last.key(keys)) == status::ok);
    CHECK(STATUS(last.next(keys, now)) == status::no_generation);
    const enrolment moved = std::move(last);
    CHECK(moved.generation() == UINT32_MAX);
    CHECK(last.user().empty() && STATUS(last.open(keys)) == status::null_argument);
}

static void keys_of_enrolments() {
    const auto keys = ring();
    const auto key = value(value(enrolment::make(keys, "mira", "laptop", now)).key(keys));
    const auto bytes = value(key.reveal());
    const auto hex = bytes.hex();
    const auto same = value(enrolment_key::from_bytes(bytes.data(), bytes.size()));
    const auto again = value(enrolment_key::from_hex(hex.reveal()));
    const auto minute = stopgap::minute_of(now);
    const auto shown = value(key.request_code(minute));
    CHECK(value(same.request_code(minute)).c().text == shown.reveal());
    const auto answer = value(key.offline_code(minute, purpose::bypass, validity::days(2)));
    CHECK(value(again.offline_code(minute, purpose::bypass, validity::days(2))).c().text ==
          answer.reveal());
    CHECK(STATUS(key.offline_code(minute, purpose::bypass, validity::days(0))) ==
          status::validity_days);
    CHECK(STATUS(key.offline_code(minute, purpose::bypass, validity::hours(2))) ==
          status::offline_validity);
    const std::string digits(64, '7');
    const auto file = value(stopgap::enrolment_file::read(
        R"({"stopgap":"enrolment","version":1,"user":"alice","machine":"m","generation":3,)"
        R"("used":false,"key":")" +
        digits + R"("})"));
    CHECK(file.user == "alice" && file.machine == "m" && file.generation == 3 && !file.used);
    CHECK(STATUS(file.key.request_code(minute)) == status::ok);
    CHECK(STATUS(stopgap::enrolment_file::read("{}")) == status::enrolment_file);
    const auto input = value(key.ocra_data_input(minute, purpose::bypass, validity::days(2)));
    const std::string_view suite = "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M";
    CHECK(std::equal(suite.begin(), suite.end(), input.begin()));
    CHECK(STATUS(enrolment_key::from_bytes(bytes.data(), 31)) == status::key_wrong_length);
    CHECK(STATUS(enrolment_key::from_hex("xy")) == status::key_wrong_hex_length);

    std::vector<enrolment_key> all;
    all.push_back(value(enrolment_key::from_hex(std::string(64, '7'))));
    all.push_back(value(enrolment_key::from_hex(hex.reveal())));
    const auto place = value(stopgap::locate(all, shown.reveal(), now));
    CHECK(place.index == 1 && place.shown == minute && !place.late);
    CHECK(value(stopgap::locate(all, shown.reveal(), now + minutes(31))).late);
    all.clear();
    CHECK(STATUS(stopgap::locate(all, shown.reveal(), now)) == status::not_enrolled);
}

static void policies() {
    offline_policy policy;
    CHECK(policy.validity == validity::days(1) && policy.locate.past == minutes(60));
    CHECK(policy.locate.ahead == minutes(5) && policy.locate.diagnose == minutes(1440));
    CHECK(policy.locate.window == minutes(30));
    policy.validity = validity::days(3);
    policy.locate.past = hours(24 * 365);
    policy.alphabet = stopgap::alphabet::hex();
    const offline_policy same(policy.c());
    CHECK(same.validity == validity::days(3) && same.locate.past == minutes(65535));
    CHECK(same.alphabet.symbols() == "0123456789ABCDEF");
}

static void answers() {
    const auto keys = ring();
    const std::array<enrolment, 2> machines = {value(enrolment::make(keys, "mira", "laptop", now)),
                                               value(enrolment::make(keys, "mira", "desktop", now))};
    const auto minute = stopgap::minute_of(now - minutes(3));
    const auto shown = value(value(machines[1].key(keys)).request_code(minute));
    const offline_policy policy;
    const auto asking = [&](purpose what) {
        return stopgap::verify_request{"mira", shown.reveal(), what};
    };
    const auto given =
        value(policy.answer(keys, machines, asking(purpose::bypass), now, "Europe/Berlin"));
    CHECK(given.index == 1 && given.purpose == purpose::bypass && given.shown == minute);
    CHECK(given.validity == validity::days(1) && given.expires_at == minute + hours(24));
    CHECK(given.code.reveal().size() == 19 && !given.late);
    // A single enrolment, and none.
    const auto reset = value(policy.answer(keys, machines[1], asking(purpose::reset), now));
    CHECK(reset.index == 0 && !reset.expires_at);
    CHECK(STATUS(policy.answer(keys, machines, {"", shown.reveal(), purpose::reset}, now)) ==
          status::name_empty);
    offline_policy hours_long;
    hours_long.validity = validity::hours(8);
    CHECK(STATUS(hours_long.answer(keys, machines, asking(purpose::bypass), now)) ==
          status::offline_validity);
    CHECK(STATUS(policy.answer(keys, std::vector<enrolment>(), asking(purpose::reset), now)) ==
          status::not_enrolled);
    CHECK(STATUS(policy.answer(keys, machines[0], asking(purpose::reset), now)) ==
          status::unrecognised);
    CHECK(STATUS(policy.answer(keys, machines, asking(purpose::register_factor), now)) ==
          status::wrong_purpose);
    const auto why = failure([&] {
        return policy.answer(keys, machines, asking(purpose::reset), now - minutes(23));
    });
    CHECK(why->status() == status::clock_skew && why->index() == 1);
    CHECK(why->minutes() == minutes(20));
}

void offline() {
    enrolments();
    keys_of_enrolments();
    policies();
    answers();
}
