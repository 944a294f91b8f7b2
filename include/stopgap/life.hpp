// The lifetime of a security code.
#ifndef STOPGAP_LIFE_HPP
#define STOPGAP_LIFE_HPP

#include <optional>

#include "../stopgap.h"
#include "result.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// The state of a security code.
enum class life_kind : stopgap_life_kind {
    // The code authenticates until it expires.
    active = STOPGAP_LIFE_ACTIVE,
    // The code authenticates and does not expire.
    permanent = STOPGAP_LIFE_PERMANENT,
    // The code expired less than 7 days ago and can be reactivated.
    expired = STOPGAP_LIFE_EXPIRED,
    // The code was deleted, or expired 7 days ago or more.
    gone = STOPGAP_LIFE_GONE,
};

// The state of a security code at an instant.
struct life_state {
    life_kind kind;
    // The expiry, future or past.
    std::optional<stopgap::time> time;

    explicit life_state(const stopgap_life_state& value) noexcept
        : kind(static_cast<life_kind>(value.kind)), time(detail::maybe_time(value.time)) {}
};

// An event of the lifecycle of a security code. To change the expiry use edit, which takes
// the instant.
enum class life_event : stopgap_life_event {
    make_permanent = STOPGAP_LIFE_MAKE_PERMANENT,
    // Restart the 24-hour lifetime.
    reset = STOPGAP_LIFE_RESET,
    // Reactivate an expired code for 24 hours.
    reactivate = STOPGAP_LIFE_REACTIVATE,
    // Change the description; security_code::describe takes the text.
    describe = STOPGAP_LIFE_DESCRIBE,
    remove = STOPGAP_LIFE_DELETE,
};

// A lifetime: its expiry, or permanent, or deleted.
class life {
public:
    explicit life(stopgap_life number) noexcept : number_(number) {}

    // Begins a lifetime of 24 hours from now, as every security code has at first.
    [[nodiscard]] static returns<life> begin(time instant) {
        detail::reply reply;
        stopgap_life number = 0;
        reply.status = stopgap_life_begin(to_unix(instant), &number, &reply.why);
        return reply.with(life(number));
    }

    // Returns the state at an instant.
    [[nodiscard]] returns<life_state> state(time instant) const {
        detail::reply reply;
        stopgap_life_state stands = {};
        reply.status = stopgap_life_state_at(number_, to_unix(instant), &stands, &reply.why);
        return reply.with(life_state(stands));
    }

    // Returns the lifetime after an event: store it in place of this one.
    [[nodiscard]] returns<life> apply(life_event event, time instant) const {
        return after(static_cast<stopgap_life_event>(event), STOPGAP_NEVER, instant);
    }

    // Returns the lifetime with another expiry; a permanent one is no longer permanent.
    [[nodiscard]] returns<life> edit(time expires_at, time instant) const {
        return after(STOPGAP_LIFE_EDIT, to_unix(expires_at), instant);
    }

    // The expiry, unless the lifetime is permanent or was deleted.
    [[nodiscard]] std::optional<time> expires_at() const noexcept {
        if (permanent() || deleted()) {
            return std::nullopt;
        }
        return from_unix(number_);
    }
    [[nodiscard]] bool permanent() const noexcept { return number_ == STOPGAP_PERMANENT; }
    [[nodiscard]] bool deleted() const noexcept { return number_ == STOPGAP_DELETED; }
    // Returns the number of C.
    [[nodiscard]] stopgap_life c() const noexcept { return number_; }

private:
    [[nodiscard]] returns<life> after(stopgap_life_event event, std::int64_t expires_at,
                                      time instant) const {
        detail::reply reply;
        stopgap_life next = 0;
        reply.status = stopgap_life_apply(number_, event, expires_at, to_unix(instant), &next,
                                          &reply.why);
        return reply.with(life(next));
    }

    stopgap_life number_;
};

STOPGAP_NAMESPACE_END

#endif
