// Words, times, validities and errors.
#include "check.hpp"

using namespace test;
using stopgap::action;
using stopgap::purpose;
using stopgap::role;
using stopgap::status;
using stopgap::validity;

static void purposes() {
    CHECK(value(stopgap::parse_purpose("ByPass")) == purpose::bypass);
    CHECK(STATUS(stopgap::parse_purpose("fun")) == status::no_such_purpose);
    CHECK(value(stopgap::to_string(purpose::register_factor)) == "register");
    CHECK(STATUS(stopgap::to_string(static_cast<purpose>(3))) == status::invalid_value);

    const stopgap::purposes two = purpose::reset | purpose::bypass;
    CHECK(two.contains(purpose::bypass) && !two.contains(purpose::register_factor));
    CHECK((two | purpose::register_factor) == stopgap::all_purposes);
    CHECK(two != stopgap::all_purposes && two.bits() == 5);
    CHECK(stopgap::purposes().empty() && !two.empty());
}

static void languages() {
    CHECK(value(stopgap::parse_language("de-AT")) == stopgap::language::german);
    CHECK(STATUS(stopgap::parse_language("POSIX")) == status::no_such_language);
}

static void roles() {
    CHECK(value(stopgap::parse_role("help_desk")) == role::help_desk);
    CHECK(STATUS(stopgap::parse_role("king")) == status::no_such_role);
    CHECK(value(stopgap::to_string(role::super_administrator)) == "super_administrator");
    CHECK(stopgap::may(role::help_desk, action::issue_code));
    CHECK(!stopgap::may(role::help_desk, action::manage_key));
    CHECK(STATUS(stopgap::require(role::administrator, action::read_log)) == status::ok);
    const auto why =
        failure([] { return stopgap::require(role::help_desk, action::accept_clock); });
    CHECK(why->status() == status::forbidden);
    CHECK(why->role() == role::help_desk && why->action() == action::accept_clock);
}

static void times() {
    CHECK(stopgap::to_unix(now) == 1797778800);
    using milliseconds = std::chrono::milliseconds;
    const auto before = std::chrono::time_point<std::chrono::system_clock, milliseconds>() -
                        milliseconds(1);
    CHECK(stopgap::at(before) == stopgap::from_unix(-1));
    CHECK(stopgap::now() > now - hours(24 * 365 * 10));
    CHECK(stopgap::minute_of(now + seconds(59)) == now);
    CHECK(stopgap::seconds_left(now + seconds(59)) == seconds(1));
#if __cplusplus >= 202002L
    static_assert(std::is_same_v<stopgap::time, std::chrono::sys_seconds>);
#endif
}

static void validities() {
    CHECK(value(validity::parse("7 days")) == validity::days(7));
    CHECK(value(validity::parse("1mo")) == validity::month());
    CHECK(value(validity::month().text()) == "P1M");
    CHECK(validity::days(1) != validity::days(2));
    CHECK(value(validity::parse("1h30m")) == validity::minutes(90));
    CHECK(value(validity::minutes(90).text()) == "PT90M");
    CHECK(value(validity::hours(24).text()) == "PT24H");
    CHECK(value(validity::hours(2).expires_at(now, "Europe/Berlin")) == now + hours(2));
    CHECK(value(validity::days(1).expires_at(now)) == now + hours(24));
    // Over the night in which the clocks go forward, a day has 23 hours.
    const stopgap::time march = stopgap::from_unix(1774706400); // 2026-03-28T14:00:00Z
    CHECK(value(validity::days(1).expires_at(march, "Europe/Berlin")) == march + hours(23));
    CHECK(STATUS(validity::days(1).expires_at(now, "Mars/Phobos")) == status::unknown_zone);
    // Numbers with another meaning are no numbers of days, minutes or hours.
    CHECK(STATUS(validity::days(STOPGAP_VALIDITY_MONTH).text()) == status::validity_days);
    CHECK(STATUS(validity::days(STOPGAP_VALIDITY_MINUTES + 1).text()) == status::validity_days);
    CHECK(STATUS(validity::minutes(UINT32_MAX).text()) == status::validity_minutes);
    CHECK(STATUS(validity::minutes(1441).text()) == status::validity_minutes);
    CHECK(STATUS(validity::hours(UINT32_MAX / 60 + 2).text()) == status::validity_minutes);
    const auto why = failure([] { return validity::parse("40d"); });
    CHECK(why->status() == status::validity_days && why->found() == 40);
}

static void errors() {
    const auto why = failure([] { return validity::parse("soon"); });
    CHECK(std::string_view(why->name()) == "STOPGAP_ERR_VALIDITY_FORM");
    CHECK(why->details().status == STOPGAP_ERR_VALIDITY_FORM);
    CHECK(!why->time() && why->expected() == 0 && why->index() == 0 && why->key_id() == 0);
    CHECK(why->minutes() == minutes(0));
    CHECK(std::string_view(stopgap::name(status::expired)) == "STOPGAP_ERR_EXPIRED");
    CHECK(why->message() == stopgap::message(status::validity_form));

    stopgap_error lockout = {};
    lockout.status = STOPGAP_ERR_THROTTLED;
    lockout.time = stopgap::to_unix(now);
    const stopgap::error locked(lockout);
    CHECK(locked.time() == now);
    const std::string in_utc = locked.public_message();
    CHECK(in_utc.find("15:00") != std::string::npos);
    CHECK(locked.public_message("Europe/Berlin").find("16:00") != std::string::npos);
    CHECK(locked.public_message("Mars/Phobos") == in_utc);
    const std::string french = locked.public_message("Europe/Berlin", stopgap::language::french);
    CHECK(french == "Trop de tentatives. Réessayez le 20/12/2026 à 16:00:00 (UTC+01:00).");
    const auto unknown = static_cast<stopgap::language>(5);
    CHECK(locked.public_message({}, unknown) == stopgap::message(status::throttled));
    // A struct that was filled in wrongly by hand still has a sentence.
    lockout.status = STOPGAP_ERR_EXPIRED;
    lockout.time = STOPGAP_NEVER;
    CHECK(stopgap::error(lockout).message() == stopgap::message(status::expired));
    CHECK(stopgap::error(lockout).public_message() == stopgap::message(status::expired));
    CHECK(stopgap::class_of(status::expired) == stopgap::status_class::refused);
    CHECK(locked.status_class() == stopgap::status_class::locked_out);
}

void words() {
    purposes();
    languages();
    roles();
    times();
    validities();
    errors();
}
