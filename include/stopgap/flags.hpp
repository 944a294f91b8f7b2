// A set of values of an enumeration.
#ifndef STOPGAP_FLAGS_HPP
#define STOPGAP_FLAGS_HPP

#include <cstdint>

#include "mode.hpp"

STOPGAP_NAMESPACE_BEGIN

// A set of flags: one, or several joined by `|`.
template <class Flag>
class flags {
public:
    constexpr flags() noexcept = default;
    constexpr flags(Flag one) noexcept : bits_(static_cast<std::uint32_t>(one)) {}
    constexpr explicit flags(std::uint32_t bits) noexcept : bits_(bits) {}

    [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    [[nodiscard]] constexpr bool contains(Flag one) const noexcept {
        return (bits_ & static_cast<std::uint32_t>(one)) != 0;
    }

    friend constexpr flags operator|(flags left, flags right) noexcept {
        return flags(left.bits_ | right.bits_);
    }
    friend constexpr bool operator==(flags left, flags right) noexcept {
        return left.bits_ == right.bits_;
    }
    friend constexpr bool operator!=(flags left, flags right) noexcept {
        return left.bits_ != right.bits_;
    }

private:
    std::uint32_t bits_ = 0;
};

STOPGAP_NAMESPACE_END

#endif
