// Texts that are passed to C.
#ifndef STOPGAP_TEXT_HPP
#define STOPGAP_TEXT_HPP

#include <string_view>

#include "../stopgap.h"
#include "mode.hpp"

STOPGAP_NAMESPACE_BEGIN

namespace detail {

inline stopgap_text text(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

} // namespace detail

STOPGAP_NAMESPACE_END

#endif
