// The record of a user's throttle on a server.
#ifndef STOPGAP_USER_THROTTLE_HPP
#define STOPGAP_USER_THROTTLE_HPP

#include <cstdint>
#include <string_view>

#include "../stopgap.h"
#include "key_ring.hpp"
#include "record.hpp"
#include "result.hpp"
#include "text.hpp"
#include "throttle.hpp"

STOPGAP_NAMESPACE_BEGIN

// The sealed record of a user's throttle, which binds it to the user. Open it before you use
// the throttle, and seal the throttle after each change.
class user_throttle : public detail::record<stopgap_user_throttle> {
public:
    using record::record;

    // Seals the throttle of a user under the primary key.
    [[nodiscard]] static returns<user_throttle> seal(const key_ring& ring, std::string_view user,
                                                     const throttle& state) {
        detail::reply reply;
        stopgap_user_throttle sealed = {};
        reply.status = stopgap_user_throttle_seal(ring.c(), detail::text(user), &state.c(),
                                                  &sealed, &reply.why);
        return reply.with(user_throttle(sealed));
    }

    // Checks the tag and the user, and returns the throttle.
    [[nodiscard]] returns<throttle> open(const key_ring& ring, std::string_view user) const {
        detail::reply reply;
        throttle state;
        reply.status = stopgap_user_throttle_open(&c(), ring.c(), detail::text(user),
                                                  &state.c(), &reply.why);
        return reply.with(state);
    }

    [[nodiscard]] std::string_view user() const& noexcept { return detail::field(c().user); }
    std::string_view user() const&& = delete;
    [[nodiscard]] stopgap::tag tag() const noexcept { return stopgap::tag(c().tag); }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return c().key_id; }
};

STOPGAP_NAMESPACE_END

#endif
