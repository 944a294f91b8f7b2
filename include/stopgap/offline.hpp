// Offline codes: what a server answers to a request code.
#ifndef STOPGAP_OFFLINE_HPP
#define STOPGAP_OFFLINE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "../stopgap.h"
#include "code.hpp"
#include "enrolment.hpp"
#include "key_ring.hpp"
#include "purpose.hpp"
#include "record.hpp"
#include "result.hpp"
#include "time.hpp"
#include "validity.hpp"

STOPGAP_NAMESPACE_BEGIN

// How far a machine's clock may be from the server's. Change what is to be different.
struct locate_policy {
    // How long ago the code may have been shown; 60 minutes.
    std::chrono::minutes past;
    // How far ahead of the server the machine may be; 5 minutes.
    std::chrono::minutes ahead;
    // How far either way to look, only to tell a wrong clock from a mistyped code; a day.
    std::chrono::minutes diagnose;

    locate_policy() noexcept : locate_policy(stopgap_locate_policy_default()) {}
    explicit locate_policy(const stopgap_locate_policy& value) noexcept
        : past(value.past_minutes), ahead(value.ahead_minutes), diagnose(value.diagnose_minutes) {}

    // As C has it.
    [[nodiscard]] stopgap_locate_policy c() const noexcept {
        return {detail::count<std::uint16_t>(past), detail::count<std::uint16_t>(ahead),
                detail::count<std::uint16_t>(diagnose)};
    }
};

// Whose request code it is.
struct located {
    // The index of the key.
    std::size_t index;
    // When its machine showed the code, by that machine's clock.
    stopgap::minute shown;
};

// Finds out which of a user's keys shows the request code that was typed.
[[nodiscard]] inline returns<located>
locate(detail::span<const enrolment_key> keys, std::string_view typed, time instant,
       const locate_policy& policy = {}, const alphabet& symbols = alphabet::unambiguous()) {
    detail::reply reply;
    std::vector<const stopgap_enrolment_key*> all;
    for (const enrolment_key& key : keys) {
        all.push_back(key.c());
    }
    const stopgap_locate_policy figures = policy.c();
    stopgap_located place = {};
    reply.status = stopgap_locate(all.data(), all.size(), typed.data(), typed.size(), &symbols.c(),
                                  &figures, to_unix(instant), &place, &reply.why);
    return reply.with(located{place.index, detail::minute_at(place.minute)});
}

// An offline code, and what it was made for: write all but the code to the log.
struct answer {
    // To be read to the person at the machine.
    stopgap::code code;
    // Which enrolment, and so which machine, asked.
    std::size_t index;
    stopgap::purpose purpose;
    stopgap::validity validity;
    // When the machine showed the request code, by its own clock.
    stopgap::minute shown;
    // Until when the lock will be open, if the machine is in the zone that was given.
    stopgap::time expires_at;
};

// How a server reads request codes and writes offline codes: locks of one day, the
// unambiguous alphabet. Change what is to be different; the machine must have the same
// alphabet.
struct offline_policy {
    stopgap::alphabet alphabet;
    // How long the lock is to last.
    stopgap::validity validity;
    // How far a machine's clock may be off.
    locate_policy locate;

    offline_policy() noexcept : offline_policy(stopgap_offline_policy_default()) {}
    explicit offline_policy(const stopgap_offline_policy& value) noexcept
        : alphabet(value.alphabet), validity(value.validity), locate(value.locate) {}

    // Answers the request code that a user reads from a machine, of all the user's
    // enrolments. Nothing is kept, and an answer cannot be recalled. Whether the actor may
    // is for you to ask: action::answer_request.
    [[nodiscard]] returns<stopgap::answer>
    answer(const key_ring& ring, std::string_view user, detail::span<const enrolment> enrolments,
           std::string_view typed, purpose what, time instant, std::string_view zone = {}) const {
        detail::reply reply;
        const stopgap_offline_policy policy = c();
        detail::secret<stopgap_answer> given;
        reply.status = stopgap_offline_answer(
            &policy, ring.c(), user.data(), user.size(), enrolments.c(), enrolments.size(),
            typed.data(), typed.size(), static_cast<stopgap_purpose>(what), to_unix(instant),
            zone.data(), zone.size(), &given.c(), &reply.why);
        const stopgap_answer& all = given.c();
        return reply.with(stopgap::answer{
            stopgap::code(all.code), all.index, static_cast<stopgap::purpose>(all.purpose),
            stopgap::validity(all.validity), detail::minute_at(all.minute),
            from_unix(all.expires_at)});
    }

    // As C has it.
    [[nodiscard]] stopgap_offline_policy c() const noexcept {
        return {alphabet.c(), validity.number(), locate.c()};
    }
};

STOPGAP_NAMESPACE_END

#endif
