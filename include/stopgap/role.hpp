// Roles and actions.
#ifndef STOPGAP_ROLE_HPP
#define STOPGAP_ROLE_HPP

#include <cstdint>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "result.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// The role of a person, from the fewest rights to the most.
enum class role : std::uint32_t {
    user = STOPGAP_ROLE_USER,
    help_desk = STOPGAP_ROLE_HELP_DESK,
    administrator = STOPGAP_ROLE_ADMINISTRATOR,
    super_administrator = STOPGAP_ROLE_SUPER_ADMINISTRATOR,
};

// An action that needs a role. Calls about security codes check it themselves; before other
// calls check it with may or require.
enum class action : std::uint32_t {
    issue_code = STOPGAP_ACTION_ISSUE_CODE,
    revoke_code = STOPGAP_ACTION_REVOKE_CODE,
    answer_request = STOPGAP_ACTION_ANSWER_REQUEST,
    read_user = STOPGAP_ACTION_READ_USER,
    manage_machine = STOPGAP_ACTION_MANAGE_MACHINE,
    reset_throttle = STOPGAP_ACTION_RESET_THROTTLE,
    manage_preset = STOPGAP_ACTION_MANAGE_PRESET,
    read_log = STOPGAP_ACTION_READ_LOG,
    purge = STOPGAP_ACTION_PURGE,
    manage_security_code = STOPGAP_ACTION_MANAGE_SECURITY_CODE,
    manage_key = STOPGAP_ACTION_MANAGE_KEY,
    accept_clock = STOPGAP_ACTION_ACCEPT_CLOCK,
    lower_log_retention = STOPGAP_ACTION_LOWER_LOG_RETENTION,
    manage_tenant = STOPGAP_ACTION_MANAGE_TENANT,
};

// The actor of a call, whom you have authenticated.
struct actor {
    std::string_view name;
    stopgap::role role = stopgap::role::user;

    [[nodiscard]] stopgap_actor c() const noexcept {
        return {detail::text(name), static_cast<stopgap_role>(role)};
    }
};

// Returns `true` if a role may do this.
[[nodiscard]] inline bool may(role who, action what) noexcept {
    return stopgap_role_may(static_cast<stopgap_role>(who), static_cast<stopgap_action>(what),
                            nullptr) == STOPGAP_OK;
}

// Fails with status::forbidden if a role may not do this.
inline returns<void> require(role who, action what) {
    detail::reply reply;
    reply.status = stopgap_role_may(static_cast<stopgap_role>(who),
                                    static_cast<stopgap_action>(what), &reply.why);
    return reply.done();
}

// Reads `user`, `help_desk`, `administrator` or `super_administrator`, in any case.
[[nodiscard]] inline returns<role> parse_role(std::string_view text) {
    detail::reply reply;
    stopgap_role number = {};
    reply.status = stopgap_role_parse(detail::text(text), &number, &reply.why);
    return reply.with(static_cast<role>(number));
}

// Returns the protocol's word.
[[nodiscard]] inline returns<std::string> to_string(role one) {
    detail::reply reply;
    std::string text;
    reply.status = detail::read_text(text, [&](char* buffer, std::size_t size, std::size_t* needed) {
        return stopgap_role_text(static_cast<stopgap_role>(one), buffer, size, needed, &reply.why);
    });
    return reply.with(std::move(text));
}

STOPGAP_NAMESPACE_END

#endif
