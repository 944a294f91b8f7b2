// The life of a security code.
#ifndef STOPGAP_LIFE_HPP
#define STOPGAP_LIFE_HPP

#include <optional>

#include "../stopgap.h"
#include "result.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// Where a security code stands.
enum class life_kind : stopgap_life_kind {
    // It authenticates until it expires.
    active = STOPGAP_LIFE_ACTIVE,
    // It authenticates for good.
    permanent = STOPGAP_LIFE_PERMANENT,
    // It expired less than 7 days ago and can be reactivated.
    expired = STOPGAP_LIFE_EXPIRED,
    // It was deleted, or expired 7 days ago or more.
    gone = STOPGAP_LIFE_GONE,
};

// Where a security code stands at an instant.
struct life_state {
    life_kind kind;
    // When it expires, or expired.
    std::optional<stopgap::time> time;

    explicit life_state(const stopgap_life_state& value) noexcept
        : kind(static_cast<life_kind>(value.kind)), time(detail::maybe_time(value.time)) {}
};

// What a super administrator does to a security code. To give it another expiry there is
// edit, which brings the instant.
enum class life_event : stopgap_life_event {
    make_permanent = STOPGAP_LIFE_MAKE_PERMANENT,
    // Let it live 24 hours from now.
    reset = STOPGAP_LIFE_RESET,
    // Bring an expired one back for 24 hours.
    reactivate = STOPGAP_LIFE_REACTIVATE,
    // Whether it could be described anew; security_code::describe brings the words.
    describe = STOPGAP_LIFE_DESCRIBE,
    remove = STOPGAP_LIFE_DELETE,
};

// What is kept of a life: when it ends, that it is permanent, or that it was deleted.
class life {
public:
    explicit life(stopgap_life number) noexcept : number_(number) {}

    // 24 hours from now, as every security code begins.
    [[nodiscard]] static returns<life> begin(time instant) {
        detail::reply reply;
        stopgap_life number = 0;
        reply.status = stopgap_life_begin(to_unix(instant), &number, &reply.why);
        return reply.with(life(number));
    }

    // Where it stands.
    [[nodiscard]] returns<life_state> state(time instant) const {
        detail::reply reply;
        stopgap_life_state stands = {};
        reply.status = stopgap_life_state_at(number_, to_unix(instant), &stands, &reply.why);
        return reply.with(life_state(stands));
    }

    // The life after an event: keep it in place of this one.
    [[nodiscard]] returns<life> apply(life_event event, time instant) const {
        return after(static_cast<stopgap_life_event>(event), STOPGAP_NEVER, instant);
    }

    // The life with another expiry; a permanent one is permanent no longer.
    [[nodiscard]] returns<life> edit(time expires_at, time instant) const {
        return after(STOPGAP_LIFE_EDIT, to_unix(expires_at), instant);
    }

    // When it expires, unless it is permanent or was deleted.
    [[nodiscard]] std::optional<time> expires_at() const noexcept {
        if (permanent() || deleted()) {
            return std::nullopt;
        }
        return from_unix(number_);
    }
    [[nodiscard]] bool permanent() const noexcept { return number_ == STOPGAP_PERMANENT; }
    [[nodiscard]] bool deleted() const noexcept { return number_ == STOPGAP_DELETED; }
    // As C has it.
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
