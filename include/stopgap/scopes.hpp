// The scopes that a security code is limited to.
#ifndef STOPGAP_SCOPES_HPP
#define STOPGAP_SCOPES_HPP

#include <string>
#include <string_view>

#include "../stopgap.h"
#include "mode.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// A security code is either not limited by scopes, or limited to 1 to 32 of them. Their
// meaning is the caller's business.
class scopes {
public:
    // A list with one space between the scopes, "orders:read orders:write". It is checked when
    // it is used. A result is sorted and has no repetition.
    explicit scopes(std::string_view list) : list_(list), unlimited_(false) {}
    explicit scopes(const stopgap_scopes& value)
        : list_(detail::view(value.list)), unlimited_(value.unlimited != 0) {}

    // Returns the scopes of a code that is not limited by scopes.
    [[nodiscard]] static scopes unlimited() {
        scopes all(std::string_view{});
        all.unlimited_ = true;
        return all;
    }

    [[nodiscard]] bool is_unlimited() const noexcept { return unlimited_; }
    // The list; empty if the code is not limited by scopes.
    [[nodiscard]] std::string_view list() const& noexcept { return list_; }
    std::string_view list() const&& = delete;
    // Returns `true` if the code has this scope, or is not limited by scopes.
    [[nodiscard]] bool contains(std::string_view scope) const noexcept {
        return stopgap_scopes_allow(c(), detail::text(scope)) != 0;
    }
    // Returns the struct of C, which borrows the list.
    [[nodiscard]] stopgap_scopes c() const noexcept {
        stopgap_scopes value = {};
        value.list = detail::text(list_);
        value.unlimited = unlimited_ ? 1 : 0;
        return value;
    }

private:
    std::string list_;
    bool unlimited_;
};

STOPGAP_NAMESPACE_END

#endif
