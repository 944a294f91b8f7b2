// The access level of a security code.
#ifndef STOPGAP_ACCESS_HPP
#define STOPGAP_ACCESS_HPP

#include <string_view>

#include "../stopgap.h"
#include "mode.hpp"

STOPGAP_NAMESPACE_BEGIN

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
