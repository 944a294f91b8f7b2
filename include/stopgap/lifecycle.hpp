// The state of a security code, and the events of its lifecycle.
#ifndef STOPGAP_LIFECYCLE_HPP
#define STOPGAP_LIFECYCLE_HPP

#include <cstdint>
#include <optional>

#include "../stopgap.h"
#include "mode.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// The state of a security code.
enum class lifecycle_kind : std::uint32_t {
    // The code authenticates until it expires.
    active = STOPGAP_LIFECYCLE_ACTIVE,
    // The code authenticates and does not expire.
    permanent = STOPGAP_LIFECYCLE_PERMANENT,
    // The code expired less than 7 days ago and can be reactivated.
    expired = STOPGAP_LIFECYCLE_EXPIRED,
    // The code was deleted, or expired 7 days ago or more.
    gone = STOPGAP_LIFECYCLE_GONE,
};

// The state of a security code at an instant.
struct lifecycle_state {
    lifecycle_kind kind;
    // The expiry of an active or an expired code.
    std::optional<stopgap::time> expires_at;

    explicit lifecycle_state(const stopgap_lifecycle_state& value) noexcept
        : kind(static_cast<lifecycle_kind>(value.kind)), expires_at(detail::maybe_time(value.expires_at)) {}
};

// An event of the lifecycle of a security code. To change the expiry use
// security_code::edit, and to change the description security_code::describe.
enum class lifecycle_event : std::uint32_t {
    make_permanent = STOPGAP_EVENT_MAKE_PERMANENT,
    // Restart the 24-hour lifetime.
    reset = STOPGAP_EVENT_RESET,
    // Reactivate an expired code for 24 hours.
    reactivate = STOPGAP_EVENT_REACTIVATE,
    remove = STOPGAP_EVENT_DELETE,
};

STOPGAP_NAMESPACE_END

#endif
