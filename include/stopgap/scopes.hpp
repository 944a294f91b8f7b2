// The scopes that a security code is limited to.
#ifndef STOPGAP_SCOPES_HPP
#define STOPGAP_SCOPES_HPP

#include <cstddef>
#include <string_view>

#include "../stopgap.h"
#include "result.hpp"
#include "secret.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// A security code is either not limited by scopes, or limited to 1 to 32 of them. Their
// meaning is the caller's business.
class scopes {
public:
    // Scopes that were filled in by hand are checked when they are used.
    explicit scopes(const stopgap_scopes& value) noexcept : c_(value) {}

    // Returns the scopes of a code that is not limited by scopes.
    [[nodiscard]] static scopes unlimited() noexcept { return scopes(stopgap_scopes_unlimited()); }
    // Reads a list of scopes with one space between them: "orders:read orders:write".
    [[nodiscard]] static returns<scopes> parse(std::string_view list) {
        detail::reply reply;
        stopgap_scopes read = {};
        reply.status = stopgap_scopes_parse(detail::text(list), &read, &reply.why);
        return reply.with(scopes(read));
    }

    [[nodiscard]] bool is_unlimited() const noexcept { return c_.unlimited != 0; }
    // The number of scopes; 0 if the code is not limited by scopes.
    [[nodiscard]] std::size_t size() const noexcept {
        return c_.count < STOPGAP_MAX_SCOPES ? c_.count : STOPGAP_MAX_SCOPES;
    }
    // Returns the scope at an index, in sorted order; empty past the end.
    [[nodiscard]] std::string_view operator[](std::size_t index) const& noexcept {
        return index < size() ? detail::field(c_.scopes[index]) : std::string_view();
    }
    std::string_view operator[](std::size_t index) const&& = delete;
    // Returns `true` if the code has this scope, or is not limited by scopes.
    [[nodiscard]] bool contains(std::string_view scope) const noexcept {
        bool found = is_unlimited();
        for (std::size_t index = 0; index < size(); ++index) {
            found = found || detail::field(c_.scopes[index]) == scope;
        }
        return found;
    }
    // Returns the struct of C.
    [[nodiscard]] const stopgap_scopes& c() const noexcept { return c_; }

private:
    stopgap_scopes c_;
};

STOPGAP_NAMESPACE_END

#endif
