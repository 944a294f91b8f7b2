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
class user_throttle
    : public detail::sealed<stopgap_user_throttle, stopgap_user_throttle_free,
                            stopgap_user_throttle_to_bytes, stopgap_user_throttle_from_bytes,
                            struct stopgap_user_throttle_info, stopgap_user_throttle_info> {
public:
    using sealed::sealed;

    // Reads a record of its bytes(). open checks the tag.
    [[nodiscard]] static returns<user_throttle> from_bytes(std::string_view bytes) {
        return read<user_throttle>(bytes);
    }

    // Seals the throttle of a user under the primary key.
    [[nodiscard]] static returns<user_throttle> seal(const key_ring& ring, std::string_view user,
                                                     const throttle& state) {
        detail::reply reply;
        stopgap_user_throttle* made = nullptr;
        reply.status = stopgap_user_throttle_seal(ring.c(), detail::text(user), &state.c(),
                                                  &made, &reply.why);
        return reply.with(user_throttle(made));
    }

    // Checks the tag and the user, and returns the throttle.
    [[nodiscard]] returns<throttle> open(const key_ring& ring, std::string_view user) const {
        detail::reply reply;
        throttle state;
        reply.status = stopgap_user_throttle_open(c(), ring.c(), detail::text(user), &state.c(),
                                                  &reply.why);
        return reply.with(state);
    }

    [[nodiscard]] std::string_view user() const& noexcept {
        return detail::view(members().user);
    }
    std::string_view user() const&& = delete;
    [[nodiscard]] stopgap::tag tag() const noexcept { return stopgap::tag(members().tag); }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return members().key_id; }
};

STOPGAP_NAMESPACE_END

#endif
