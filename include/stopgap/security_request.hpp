// Requests to create and to replace security codes.
#ifndef STOPGAP_SECURITY_REQUEST_HPP
#define STOPGAP_SECURITY_REQUEST_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "../stopgap.h"
#include "access.hpp"
#include "mode.hpp"
#include "role.hpp"
#include "scopes.hpp"
#include "text.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// A request to create a security code: `{who, access, scopes}`, or in C++20 also
// `{.who = who, .access = access, .scopes = scopes, .description = "nightly report"}`. It
// borrows its texts; an empty one is left out.
struct security_request {
    // The actor, a super administrator.
    actor who;
    stopgap::access access;
    // The scopes to which the code is limited, or scopes::unlimited().
    stopgap::scopes scopes;
    // The description: one line of at most 1,024 bytes.
    std::string_view description = {};
    // The expiry, if it is not 24 hours after the creation.
    std::optional<time> expires_at = std::nullopt;
    // `true` for a code that does not expire. It has no `expires_at` then.
    bool permanent = false;
    // The prefix of the code's text; empty for "stopgap".
    std::string_view prefix = {};
    // The network address from which the request came. No code depends on this member and
    // on those that follow: they are for logs and rules.
    std::string_view source_address = {};
    // The caller's id of the request.
    std::string_view request_id = {};
    // The reason for which the code is created.
    std::string_view reason = {};
    // The ticket of the help desk.
    std::string_view ticket = {};

    // Returns the struct of C, which borrows the texts and the source of random numbers.
    [[nodiscard]] stopgap_security_request c(const stopgap_random* random) const noexcept {
        stopgap_security_request all = {};
        all.size = sizeof all;
        all.actor = who.c();
        all.scopes = scopes.c();
        all.same_as = detail::text(access.user());
        all.access = access.level();
        all.permanent = permanent ? 1 : 0;
        all.expires_at = expires_at ? to_unix(*expires_at) : 0;
        all.description = detail::text(description);
        if (!prefix.empty()) {
            all.prefix = detail::text(prefix);
        }
        all.random = random;
        all.source_address = detail::text(source_address);
        all.request_id = detail::text(request_id);
        all.reason = detail::text(reason);
        all.ticket = detail::text(ticket);
        return all;
    }
};

// A request to replace a security code by a new one: `{who, overlap}`.
struct rotate_request {
    // The actor, a super administrator.
    actor who;
    // The time for which the old code stays valid beside the new one, unless it expires
    // earlier. With 0 it expires at once.
    std::chrono::seconds overlap = std::chrono::seconds(0);
    // The expiry of the new code. Without it the code is permanent like the old one, or expires
    // after 24 hours if the old one has an expiry.
    std::optional<time> expires_at = std::nullopt;
    // `true` for a new code that does not expire. It has no `expires_at` then.
    bool permanent = false;
    // The prefix of the new code's text; empty for "stopgap".
    std::string_view prefix = {};

    // Returns the struct of C, which borrows the texts.
    [[nodiscard]] stopgap_rotate_request c() const noexcept {
        stopgap_rotate_request all = {};
        all.size = sizeof all;
        all.actor = who.c();
        all.overlap_seconds = detail::count<std::uint64_t>(overlap);
        all.expires_at = expires_at ? to_unix(*expires_at) : 0;
        all.permanent = permanent ? 1 : 0;
        if (!prefix.empty()) {
            all.prefix = detail::text(prefix);
        }
        return all;
    }
};

STOPGAP_NAMESPACE_END

#endif
