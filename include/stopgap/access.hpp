// The access level of a security code, and the rights that it amounts to.
#ifndef STOPGAP_ACCESS_HPP
#define STOPGAP_ACCESS_HPP

#include <optional>
#include <string>
#include <string_view>

#include "../stopgap.h"
#include "callback.hpp"
#include "result.hpp"
#include "role.hpp"
#include "secret.hpp"

STOPGAP_NAMESPACE_BEGIN

// The rights of a security code.
struct rights {
    // The role whose rights it has.
    stopgap::role role;
    // `true` if it has fewer rights than its user.
    bool limited;
    // The user; `std::nullopt` for a super administrator of its own.
    std::optional<std::string> user;

    explicit rights(const stopgap_rights& value)
        : role(static_cast<stopgap::role>(value.role)), limited(value.limited != 0) {
        if (value.user[0] != '\0') {
            user = detail::field(value.user);
        }
    }
};

// The access level of a security code. It borrows the user's name.
class access {
public:
    // The rights of a super administrator.
    [[nodiscard]] static access super_administrator() noexcept {
        return {STOPGAP_ACCESS_SUPER_ADMINISTRATOR, {}};
    }
    // The rights of a user, but never those of a super administrator.
    [[nodiscard]] static access same_as(std::string_view user) noexcept {
        return {STOPGAP_ACCESS_SAME_AS, user};
    }

    // Returns the rights; `role_of(user)` returns the role of the user.
    template <class RoleOf>
    [[nodiscard]] returns<stopgap::rights> rights(RoleOf&& role_of) const {
        detail::reply reply;
        detail::role_source source(role_of);
        const stopgap_role_of callback = source.c();
        stopgap_rights found = {};
        reply.status = stopgap_access_rights(level_, user_.data(), user_.size(), &callback, &found,
                                             &reply.why);
        source.release();
        return reply.with(stopgap::rights(found));
    }

    [[nodiscard]] stopgap_access level() const noexcept { return level_; }
    // The user of same_as; otherwise empty.
    [[nodiscard]] std::string_view user() const noexcept { return user_; }

private:
    friend class security_code;

    access(stopgap_access level, std::string_view user) noexcept : level_(level), user_(user) {}

    stopgap_access level_;
    std::string_view user_;
};

STOPGAP_NAMESPACE_END

#endif
