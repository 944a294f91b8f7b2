// The machine's side of one enrolment.
#ifndef STOPGAP_AGENT_HPP
#define STOPGAP_AGENT_HPP

#include <chrono>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../stopgap.h"
#include "callback.hpp"
#include "code.hpp"
#include "enrolment.hpp"
#include "handle.hpp"
#include "purpose.hpp"
#include "record.hpp"
#include "result.hpp"
#include "throttle.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// The figures of an agent: the protocol's. Change what is to be different.
struct agent_policy {
    // The symbols of request codes and offline codes; the server's too.
    stopgap::alphabet alphabet;
    // When the door closes upon failures.
    throttle_policy throttle;
    // How far the clock may be set back; 120 seconds.
    std::chrono::seconds clock_tolerance;
    // How long ago the request code may have been shown; 30 minutes.
    std::chrono::minutes window;
    // How far back to look, only to tell a late code from a wrong one; a day.
    std::chrono::minutes diagnose;

    agent_policy() noexcept : agent_policy(stopgap_agent_policy_default()) {}
    explicit agent_policy(const stopgap_agent_policy& value) noexcept
        : alphabet(value.alphabet), throttle(value.throttle),
          clock_tolerance(value.clock_tolerance_seconds), window(value.window_minutes),
          diagnose(value.diagnose_minutes) {}

    // As C has it.
    [[nodiscard]] stopgap_agent_policy c() const noexcept {
        return {alphabet.c(), throttle.c(), detail::count<std::uint32_t>(clock_tolerance),
                detail::count<std::uint16_t>(window), detail::count<std::uint16_t>(diagnose)};
    }
};

// What an agent remembers: write its bytes() to where the machine's users cannot write.
// Nothing in it is secret; an older copy put back brings redeemed codes back to life.
class sealed_state : public detail::record<stopgap_sealed_state> {
public:
    using record::record;
};

// Shows request codes and redeems offline codes. One thread at a time; several may use it
// as const together.
//
// A `keep` is called with the sealed_state to keep, safely on the disk, before anyone acts
// on what was decided. It returns true, or nothing, where it could; where it returns false
// the call fails with status::callback_failed, and where it throws that is thrown: the code
// may be spent, and the lock is not open.
class agent : public detail::handle<stopgap_agent, stopgap_agent_free> {
public:
    using handle::handle;

    // The agent of an enrolment that was just made; one that was used before must be
    // resumed instead, or it would redeem codes again.
    [[nodiscard]] static returns<agent> make(const enrolment_key& key,
                                             const agent_policy& policy = {}) {
        detail::reply reply;
        const stopgap_agent_policy figures = policy.c();
        stopgap_agent* made = nullptr;
        reply.status = stopgap_agent_new(key.c(), &figures, &made, &reply.why);
        return reply.with(agent(made));
    }

    // The agent as it was when it sealed these bytes. Where they do not open, what to do
    // is for an administrator to say.
    [[nodiscard]] static returns<agent> resume(const enrolment_key& key, std::string_view state,
                                               const agent_policy& policy = {}) {
        detail::reply reply;
        const stopgap_agent_policy figures = policy.c();
        stopgap_agent* resumed = nullptr;
        reply.status =
            stopgap_agent_resume(key.c(), &figures, reinterpret_cast<const std::uint8_t*>(state.data()),
                                 state.size(), &resumed, &reply.why);
        return reply.with(agent(resumed));
    }

    // The state to keep, as the last call gave it to `keep`.
    [[nodiscard]] returns<sealed_state> seal() const {
        detail::reply reply;
        stopgap_sealed_state state = {};
        reply.status = stopgap_agent_seal(c(), &state, &reply.why);
        return reply.with(sealed_state(state));
    }

    // The request code to show now; another one in seconds_left(instant).
    [[nodiscard]] returns<code> request_code(time instant) const {
        detail::reply reply;
        code request;
        reply.status = stopgap_agent_request_code(c(), to_unix(instant), &request.c(), &reply.why);
        return reply.with(std::move(request));
    }

    // Redeems the offline code that a person typed: opens the lock, on the wall clock of
    // the zone, and tells until when.
    template <class Keep>
    [[nodiscard]] returns<time> redeem(std::string_view typed, purpose what, time instant,
                                       Keep&& keep, std::string_view zone = {}) {
        return kept_until(keep, [&](const stopgap_keep* callback, std::int64_t* until,
                                    stopgap_error* why) {
            return stopgap_agent_redeem(c(), typed.data(), typed.size(),
                                        static_cast<stopgap_purpose>(what), to_unix(instant),
                                        zone.data(), zone.size(), callback, until, why);
        });
    }

    // Until when the lock is open, or status::no_lock: name and password do not suffice.
    template <class Keep>
    [[nodiscard]] returns<time> lock(time instant, Keep&& keep) {
        return kept_until(keep, [&](const stopgap_keep* callback, std::int64_t* until,
                                    stopgap_error* why) {
            return stopgap_agent_lock(c(), to_unix(instant), callback, until, why);
        });
    }

    // Opens the lock that the server granted for an online code, from granted::lock, and
    // tells until when.
    template <class Keep>
    returns<time> open_lock(time granted_until, time instant, Keep&& keep) {
        return kept_until(keep, [&](const stopgap_keep* callback, std::int64_t* until,
                                    stopgap_error* why) {
            return stopgap_agent_open_lock(c(), to_unix(granted_until), to_unix(instant), callback,
                                           until, why);
        });
    }

    // Clears the lock: the lost factor came back.
    template <class Keep>
    returns<void> clear_lock(Keep&& keep) {
        return kept(keep, stopgap_agent_clear_lock);
    }

    // Forgets all failures: an administrator opens the door.
    template <class Keep>
    returns<void> reset_throttle(Keep&& keep) {
        return kept(keep, stopgap_agent_reset_throttle);
    }

private:
    template <class Keep, class Call>
    returns<time> kept_until(Keep& keep, Call call) {
        detail::reply reply;
        detail::keeper<sealed_state, Keep> keeping(keep);
        const stopgap_keep callback = keeping.c();
        std::int64_t until = 0;
        reply.status = call(&callback, &until, &reply.why);
        keeping.release();
        return reply.with(from_unix(until));
    }

    template <class Keep>
    returns<void> kept(Keep& keep, decltype(stopgap_agent_clear_lock)& call) {
        detail::reply reply;
        detail::keeper<sealed_state, Keep> keeping(keep);
        const stopgap_keep callback = keeping.c();
        reply.status = call(c(), &callback, &reply.why);
        keeping.release();
        return reply.done();
    }
};

STOPGAP_NAMESPACE_END

#endif
