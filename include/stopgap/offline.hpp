// Offline codes: a server's answers to request codes.
#ifndef STOPGAP_OFFLINE_HPP
#define STOPGAP_OFFLINE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "../stopgap.h"
#include "code.hpp"
#include "enrolment.hpp"
#include "key_ring.hpp"
#include "purpose.hpp"
#include "record.hpp"
#include "request.hpp"
#include "result.hpp"
#include "text.hpp"
#include "time.hpp"
#include "validity.hpp"

STOPGAP_NAMESPACE_BEGIN

// The minutes of a machine's clock that a server tries: the default ones, to be changed.
struct locate_policy {
    // The time before now that is tried; 60 minutes.
    std::chrono::minutes past;
    // The time after now that is tried; 5 minutes.
    std::chrono::minutes ahead;
    // The time either way that is tried last, to tell a wrong clock from a mistyped code; a
    // day.
    std::chrono::minutes diagnose;
    // The window of the machine's agent: an older request is late; 30 minutes.
    std::chrono::minutes window;

    locate_policy() noexcept : locate_policy(stopgap_locate_policy_default()) {}
    explicit locate_policy(const stopgap_locate_policy& value) noexcept
        : past(value.past_minutes), ahead(value.ahead_minutes), diagnose(value.diagnose_minutes),
          window(value.window_minutes) {}

    // Returns the struct of C.
    [[nodiscard]] stopgap_locate_policy c() const noexcept {
        return {detail::count<std::uint16_t>(past), detail::count<std::uint16_t>(ahead),
                detail::count<std::uint16_t>(diagnose), detail::count<std::uint16_t>(window)};
    }
};

// The enrolment that shows a request code.
struct located {
    // The index of the key.
    std::size_t index;
    // The minute at which the machine showed the code, by its own clock.
    stopgap::minute shown;
    // `true` if the request is older than the agent's window.
    bool late;
};

// Finds the key that shows the request code that was typed.
[[nodiscard]] inline returns<located>
locate(detail::span<const enrolment_key> keys, std::string_view typed, time instant,
       const locate_policy& policy = {}, const alphabet& symbols = alphabet::unambiguous()) {
    detail::reply reply;
    const std::vector<stopgap_enrolment_key*> all = keys.handles();
    const stopgap_locate_policy figures = policy.c();
    stopgap_located place = {};
    stopgap_locate_request request = {};
    request.size = sizeof request;
    request.typed = detail::text(typed);
    request.keys = all.data();
    request.count = all.size();
    request.alphabet = symbols.c();
    request.policy = &figures;
    reply.status = stopgap_locate(&request, to_unix(instant), &place, &reply.why);
    return reply.with(located{place.index, detail::minute_at(place.minute), place.late != 0});
}

// An offline code, and the request that it answers. Write all but the code to the log.
struct answer {
    // To be read to the person at the machine.
    stopgap::code code;
    // The index of the enrolment, and so of the machine, that asked.
    std::size_t index;
    stopgap::purpose purpose;
    stopgap::validity validity;
    // The minute at which the machine showed the request code, by its own clock.
    stopgap::minute shown;
    // The end of the lock, if the machine is in the zone that was given; `std::nullopt` for
    // purpose::reset, which changes no lock.
    std::optional<stopgap::time> expires_at;
    // `true` if the request is older than the agent's window, so that the machine may refuse
    // the code.
    bool late;
};

// The policy by which a server answers request codes: locks of one day, the unambiguous
// alphabet. Change some members; the machine must have the same alphabet.
struct offline_policy {
    stopgap::alphabet alphabet;
    // The validity of the lock, in days or a month.
    stopgap::validity validity;
    // The minutes of a machine's clock that are tried.
    locate_policy locate;

    offline_policy() noexcept : offline_policy(stopgap_offline_policy_default()) {}
    explicit offline_policy(const stopgap_offline_policy& value)
        : alphabet(value.alphabet), validity(value.validity), locate(value.locate) {}

    // Answers the request code that a user reads from a machine. Enrolments of other users
    // and retired ones are skipped. There is nothing to store, and an answer cannot be
    // revoked. Check first that the actor may do this: action::answer_request.
    [[nodiscard]] returns<stopgap::answer>
    answer(const key_ring& ring, detail::span<const enrolment> enrolments,
           const verify_request& request, time instant, std::string_view zone = {}) const {
        detail::reply reply;
        const std::vector<stopgap_enrolment*> machines = enrolments.handles();
        const stopgap_offline_policy policy = c();
        stopgap_answer_request asked = request.for_answer();
        asked.enrolments = machines.data();
        asked.count = machines.size();
        asked.policy = &policy;
        asked.zone = detail::text(zone);
        detail::secret<stopgap_answer> given;
        reply.status = stopgap_offline_answer(ring.c(), &asked, to_unix(instant), &given.c(),
                                              &reply.why);
        const stopgap_answer& all = given.c();
        return reply.with(stopgap::answer{
            stopgap::code(all.code), all.index, static_cast<stopgap::purpose>(all.purpose),
            stopgap::validity(all.validity), detail::minute_at(all.minute),
            detail::maybe_time(all.expires_at), all.late != 0});
    }

    // Returns the struct of C.
    [[nodiscard]] stopgap_offline_policy c() const noexcept {
        return {alphabet.c(), validity.number(), locate.c()};
    }
};

STOPGAP_NAMESPACE_END

#endif
