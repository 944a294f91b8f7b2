// Texts that are passed to C, and that C lends.
#ifndef STOPGAP_TEXT_HPP
#define STOPGAP_TEXT_HPP

#include <cstdint>
#include <string_view>

#include "../stopgap.h"
#include "mode.hpp"

STOPGAP_NAMESPACE_BEGIN

namespace detail {

inline stopgap_text text(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

inline stopgap_bytes bytes(std::string_view bytes) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

// Returns a text that C lends.
inline std::string_view view(const stopgap_text& text) noexcept { return {text.ptr, text.len}; }

inline std::string_view view(const stopgap_bytes& bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.ptr), bytes.len};
}

} // namespace detail

STOPGAP_NAMESPACE_END

#endif
