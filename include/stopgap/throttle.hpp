// Failed attempts and lockouts.
#ifndef STOPGAP_THROTTLE_HPP
#define STOPGAP_THROTTLE_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "../stopgap.h"
#include "callback.hpp"
#include "result.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// The figures of a throttle: 5 failures, a minute that doubles up to an hour, no end after
// 100 failures. Change some.
struct throttle_policy {
    // Failures after which attempts are locked out.
    std::uint32_t free_failures;
    // The first lockout; each further failure doubles it.
    std::chrono::seconds first_delay;
    // The longest lockout with an end.
    std::chrono::seconds max_delay;
    // Failures after which the lockout has no end.
    std::uint32_t hard_limit;

    throttle_policy() noexcept : throttle_policy(stopgap_throttle_policy_default()) {}
    explicit throttle_policy(const stopgap_throttle_policy& value) noexcept
        : free_failures(value.free_failures), first_delay(value.first_delay_seconds),
          max_delay(value.max_delay_seconds), hard_limit(value.hard_limit) {}

    // Returns the struct of C.
    [[nodiscard]] stopgap_throttle_policy c() const noexcept {
        return {free_failures, detail::count<std::uint32_t>(first_delay),
                detail::count<std::uint32_t>(max_delay), hard_limit};
    }
};

// The failed attempts of one user on a server. Seal it as a user_throttle, and store that
// beside the codes that it guards.
class throttle {
public:
    // Makes a throttle without failures.
    throttle() noexcept : throttle(stopgap_throttle_new()) {}
    explicit throttle(const stopgap_throttle& value) noexcept : c_(value) {}

    // Returns the struct of C.
    [[nodiscard]] const stopgap_throttle& c() const noexcept { return c_; }
    [[nodiscard]] stopgap_throttle& c() noexcept { return c_; }

    [[nodiscard]] std::uint32_t failures() const noexcept { return c().failures; }
    // The end of the last lockout; `std::nullopt` if there was none, or if it
    // has no end.
    [[nodiscard]] std::optional<time> locked_until() const noexcept {
        return detail::maybe_time(c().locked_until);
    }

    // Fails with status::throttled during a lockout. An end that a clock ahead of time has
    // set is changed: store the throttle afterwards, also after a failure.
    returns<void> check(const throttle_policy& policy, time instant) {
        detail::reply reply;
        const stopgap_throttle_policy figures = policy.c();
        reply.status = stopgap_throttle_check(&c(), &figures, to_unix(instant), &reply.why);
        return reply.done();
    }

    // Counts a failure. Call it after status::unknown only.
    returns<void> fail(const throttle_policy& policy, time instant) {
        detail::reply reply;
        const stopgap_throttle_policy figures = policy.c();
        reply.status = stopgap_throttle_fail(&c(), &figures, to_unix(instant), &reply.why);
        return reply.done();
    }

    // Forgets all failures: after a success, or if an administrator unlocks.
    void reset() noexcept { c() = stopgap_throttle_new(); }

    // Runs an attempt, which calls Stopgap, unless attempts are locked out. A success clears
    // the failures, status::unknown counts as one, and any other status changes nothing. It
    // returns the result of the attempt. Store the throttle afterwards, also after a
    // failure.
    template <class Attempt>
    auto guard(const throttle_policy& policy, time instant, Attempt&& attempt)
        -> decltype(attempt()) {
        using said = decltype(attempt());
        guarded<said, std::remove_reference_t<Attempt>> tried(attempt);
        detail::reply reply;
        const stopgap_throttle_policy figures = policy.c();
        reply.status = stopgap_throttle_guard(&c(), &figures, to_unix(instant),
                                              &decltype(tried)::call, &tried, &reply.why);
        return tried.answer(reply);
    }

private:
#ifdef STOPGAP_NO_EXCEPTIONS
    // An attempt that returns a result.
    template <class Said, class Attempt>
    class guarded {
    public:
        explicit guarded(Attempt& attempt) noexcept : attempt_(attempt) {}

        static stopgap_status call(void* context) noexcept {
            guarded& self = *static_cast<guarded*>(context);
            self.said_.emplace(self.attempt_());
            return *self.said_
                       ? STOPGAP_OK
                       : static_cast<stopgap_status>(self.said_->error().status());
        }

        Said answer(const detail::reply& reply) {
            return said_ ? *std::move(said_) : Said(error(reply.why));
        }

    private:
        Attempt& attempt_;
        std::optional<Said> said_;
    };
#else
    // An attempt that throws on failure.
    template <class Said, class Attempt>
    class guarded {
    public:
        explicit guarded(Attempt& attempt) noexcept : attempt_(attempt) {}

        static stopgap_status call(void* context) noexcept {
            guarded& self = *static_cast<guarded*>(context);
            stopgap_status status = STOPGAP_ERR_CALLBACK_FAILED;
            self.held_back_.run([&]() -> std::int32_t {
                try {
                    self.run();
                } catch (const error& why) {
                    status = static_cast<stopgap_status>(why.status());
                    throw;
                }
                status = STOPGAP_OK;
                return 0;
            });
            return status;
        }

        Said answer(const detail::reply& reply) {
            held_back_.release();
            if constexpr (std::is_void_v<Said>) {
                reply.done();
            } else {
                if (reply.status != STOPGAP_OK) {
                    detail::raise(reply.why);
                }
                return *std::move(said_);
            }
        }

    private:
        void run() {
            if constexpr (std::is_void_v<Said>) {
                attempt_();
            } else {
                said_.emplace(attempt_());
            }
        }

        Attempt& attempt_;
        std::optional<std::conditional_t<std::is_void_v<Said>, bool, Said>> said_;
        detail::held_back held_back_;
    };
#endif

    stopgap_throttle c_;
};

STOPGAP_NAMESPACE_END

#endif
