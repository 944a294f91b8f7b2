// The record of a preset: a named policy.
#ifndef STOPGAP_PRESET_HPP
#define STOPGAP_PRESET_HPP

#include <cstdint>
#include <string_view>

#include "../stopgap.h"
#include "key_ring.hpp"
#include "online.hpp"
#include "record.hpp"
#include "result.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// The sealed record of a preset, a named policy. Open it before you issue by the policy.
class preset
    : public detail::sealed<stopgap_preset, stopgap_preset_free, stopgap_preset_to_bytes,
                            stopgap_preset_from_bytes, struct stopgap_preset_info,
                            stopgap_preset_info> {
public:
    using sealed::sealed;

    // Reads a record of its bytes(). open checks the tag.
    [[nodiscard]] static returns<preset> from_bytes(std::string_view bytes) {
        return read<preset>(bytes);
    }

    // Seals a policy under a name. Check first that the actor may do this:
    // action::manage_preset.
    [[nodiscard]] static returns<preset> seal(const key_ring& ring, std::string_view name,
                                              const online_policy& policy) {
        detail::reply reply;
        const stopgap_online_policy all = policy.c();
        stopgap_preset* made = nullptr;
        reply.status = stopgap_preset_seal(ring.c(), detail::text(name), &all, &made,
                                           &reply.why);
        return reply.with(preset(made));
    }

    // Checks the tag and the name, and returns the policy.
    [[nodiscard]] returns<online_policy> open(const key_ring& ring, std::string_view name) const {
        detail::reply reply;
        stopgap_online_policy policy = stopgap_online_policy_default();
        reply.status = stopgap_preset_open(c(), ring.c(), detail::text(name), &policy,
                                           &reply.why);
        return reply.with(online_policy(policy));
    }

    [[nodiscard]] std::string_view name() const& noexcept {
        return detail::view(members().name);
    }
    std::string_view name() const&& = delete;
    [[nodiscard]] stopgap::tag tag() const noexcept { return stopgap::tag(members().tag); }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return members().key_id; }
};

STOPGAP_NAMESPACE_END

#endif
