// The purposes of a code.
#ifndef STOPGAP_PURPOSE_HPP
#define STOPGAP_PURPOSE_HPP

#include <cstdint>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "flags.hpp"
#include "result.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

enum class purpose : std::uint32_t {
    // Password reset.
    reset = STOPGAP_PURPOSE_RESET,
    // Registration of a second factor, which needs the server.
    register_factor = STOPGAP_PURPOSE_REGISTER,
    // Temporary replacement of a second factor.
    bypass = STOPGAP_PURPOSE_BYPASS,
};

// The purposes of one code: `purpose::reset | purpose::bypass`.
using purposes = flags<purpose>;

[[nodiscard]] constexpr purposes operator|(purpose left, purpose right) noexcept {
    return purposes(left) | purposes(right);
}

inline constexpr purposes all_purposes{STOPGAP_PURPOSE_ALL};

// Reads `reset`, `register` or `bypass`, in any case.
[[nodiscard]] inline returns<purpose> parse_purpose(std::string_view text) {
    detail::reply reply;
    stopgap_purpose number = {};
    reply.status = stopgap_purpose_parse(detail::text(text), &number, &reply.why);
    return reply.with(static_cast<purpose>(number));
}

// Returns the protocol's word.
[[nodiscard]] inline returns<std::string> to_string(purpose one) {
    detail::reply reply;
    std::string text;
    reply.status = detail::read_text(text, [&](char* buffer, std::size_t size, std::size_t* needed) {
        return stopgap_purpose_text(static_cast<stopgap_purpose>(one), buffer, size, needed,
                                    &reply.why);
    });
    return reply.with(std::move(text));
}

STOPGAP_NAMESPACE_END

#endif
