// The agent of a machine.
#ifndef STOPGAP_AGENT_HPP
#define STOPGAP_AGENT_HPP

#include <chrono>
#include <cstdint>
#include <optional>
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
#include "text.hpp"
#include "throttle.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// The policy of an agent: the default one, to be changed.
struct agent_policy {
    // The symbols of request codes and offline codes, the same as at the server.
    stopgap::alphabet alphabet;
    // The lockouts after failures.
    throttle_policy throttle;
    // The time by which the clock may be set back; 120 seconds.
    std::chrono::seconds clock_tolerance;
    // The time for which an offline code is accepted after its request; 30 minutes.
    std::chrono::minutes window;
    // The time before now that is tried only to tell a late code from a wrong one; a day.
    std::chrono::minutes diagnose;

    agent_policy() noexcept : agent_policy(stopgap_agent_policy_default()) {}
    explicit agent_policy(const stopgap_agent_policy& value)
        : alphabet(value.alphabet), throttle(value.throttle),
          clock_tolerance(value.clock_tolerance_seconds), window(value.window_minutes),
          diagnose(value.diagnose_minutes) {}

    // Returns the struct of C.
    [[nodiscard]] stopgap_agent_policy c() const noexcept {
        return {alphabet.c(), throttle.c(), detail::count<std::uint32_t>(clock_tolerance),
                detail::count<std::uint16_t>(window), detail::count<std::uint16_t>(diagnose)};
    }
};

// The memory of an agent: write its bytes() to a place where the machine's users cannot
// write. Nothing in it is secret. An older copy put back makes redeemed codes valid again.
class sealed_state : public detail::record<stopgap_sealed_state> {
public:
    using record::record;
};

// Shows request codes and redeems offline codes. Use it from one thread at a time; several
// may use it as const together.
//
// A `keep` is called with the sealed_state, which it stores safely on disk before the
// decision is told. It returns true or nothing if it could. If it returns false, the call
// fails with status::callback_failed; if it throws, the exception leaves the call: the code
// may be used up, and the lock is not active.
class agent : public detail::handle<stopgap_agent, stopgap_agent_free> {
public:
    using handle::handle;

    // Makes the agent of a new enrolment. Resume an agent that was used before, otherwise
    // it redeems its codes again.
    [[nodiscard]] static returns<agent> make(const enrolment_key& key,
                                             const agent_policy& policy = {}) {
        detail::reply reply;
        const stopgap_agent_policy figures = policy.c();
        stopgap_agent* made = nullptr;
        reply.status = stopgap_agent_new(key.c(), &figures, &made, &reply.why);
        return reply.with(agent(made));
    }

    // Makes the agent that sealed these bytes. If they do not open, an administrator must
    // decide.
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

    // Returns the state as it is now.
    [[nodiscard]] returns<sealed_state> seal() const {
        detail::reply reply;
        stopgap_sealed_state state = {};
        reply.status = stopgap_agent_seal(c(), &state, &reply.why);
        return reply.with(sealed_state(state));
    }

    // Returns the request code to show now; the next one follows in seconds_left(instant).
    [[nodiscard]] returns<code> request_code(time instant) const {
        detail::reply reply;
        code request;
        reply.status = stopgap_agent_request_code(c(), to_unix(instant), &request.c(), &reply.why);
        return reply.with(std::move(request));
    }

    // Redeems the offline code that a person typed. For purpose::bypass it activates the
    // password-only lock, on the wall clock of the zone, and returns its end. For purpose::reset the
    // password may be reset now, and no lock changes: std::nullopt.
    template <class Keep>
    [[nodiscard]] returns<std::optional<time>> redeem(std::string_view typed, purpose what,
                                                      time instant, Keep&& keep,
                                                      std::string_view zone = {}) {
        return kept_until<std::optional<time>>(
            keep, [&](const stopgap_keep* callback, std::int64_t* until, stopgap_error* why) {
                stopgap_redeem_request request = {};
                request.size = sizeof request;
                request.typed = detail::text(typed);
                request.purpose = static_cast<stopgap_purpose>(what);
                request.zone = detail::text(zone);
                return stopgap_agent_redeem(c(), &request, to_unix(instant), callback, until,
                                            why);
            });
    }

    // Returns the end of the active password-only lock, or fails with status::no_lock: for
    // display. Nothing changes; call log_on when a person logs on.
    [[nodiscard]] returns<time> lock(time instant) const {
        detail::reply reply;
        std::int64_t until = 0;
        reply.status = stopgap_agent_lock(c(), to_unix(instant), &until, &reply.why);
        return reply.with(from_unix(until));
    }

    // Raises the clock floor, and returns the end of the active password-only lock, or fails
    // with status::no_lock: name and password are not enough. `keep` is called only if the
    // stored clock floor lags by a minute or more, if the lock has ended since, or if an
    // earlier state could not be stored.
    template <class Keep>
    [[nodiscard]] returns<time> log_on(time instant, Keep&& keep) {
        return kept_until<time>(keep, [&](const stopgap_keep* callback, std::int64_t* until,
                                          stopgap_error* why) {
            return stopgap_agent_log_on(c(), to_unix(instant), callback, until, why);
        });
    }

    // Activates the password-only lock that the server granted for an online code,
    // granted::password_only_until, if it ends after the active one. Returns the end of the
    // lock that is active then.
    template <class Keep>
    returns<time> activate(time granted_until, time instant, Keep&& keep) {
        return kept_until<time>(keep, [&](const stopgap_keep* callback, std::int64_t* until,
                                          stopgap_error* why) {
            return stopgap_agent_activate(c(), to_unix(granted_until), to_unix(instant), callback,
                                          until, why);
        });
    }

    // Clears the password-only lock, because the lost factor returned.
    template <class Keep>
    returns<void> clear_lock(Keep&& keep) {
        return kept(keep, stopgap_agent_clear_lock);
    }

    // Forgets all failures: an administrator unlocks.
    template <class Keep>
    returns<void> unlock(Keep&& keep) {
        return kept(keep, stopgap_agent_unlock);
    }

private:
    static void read(std::int64_t until, time& end) { end = from_unix(until); }
    static void read(std::int64_t until, std::optional<time>& end) {
        end = detail::maybe_time(until);
    }

    template <class End, class Keep, class Call>
    returns<End> kept_until(Keep& keep, Call call) {
        detail::reply reply;
        detail::keeper<sealed_state, Keep> keeping(keep);
        const stopgap_keep callback = keeping.c();
        std::int64_t until = 0;
        reply.status = call(&callback, &until, &reply.why);
        keeping.release();
        End end = {};
        read(until, end);
        return reply.with(end);
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
