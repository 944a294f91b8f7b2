// Instants, in whole seconds and whole minutes.
#ifndef STOPGAP_TIME_HPP
#define STOPGAP_TIME_HPP

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include "../stopgap.h"
#include "mode.hpp"

STOPGAP_NAMESPACE_BEGIN

// An instant: std::chrono::sys_seconds of C++20.
using time = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;

// A minute, by which request codes are counted.
using minute = std::chrono::time_point<std::chrono::system_clock, std::chrono::minutes>;

// Returns the instant of a clock, rounded down.
template <class Duration>
[[nodiscard]] constexpr time
at(std::chrono::time_point<std::chrono::system_clock, Duration> instant) noexcept {
    return std::chrono::floor<std::chrono::seconds>(instant);
}

// Returns the time of the system's clock. No other call reads it.
[[nodiscard]] inline time now() noexcept { return at(std::chrono::system_clock::now()); }

// Convert Unix seconds to an instant, and back.
[[nodiscard]] constexpr time from_unix(std::int64_t seconds) noexcept {
    return time(std::chrono::seconds(seconds));
}
[[nodiscard]] constexpr std::int64_t to_unix(time instant) noexcept {
    return instant.time_since_epoch().count();
}

// Returns the minute of an instant.
[[nodiscard]] inline minute minute_of(time instant) noexcept {
    return minute(std::chrono::minutes(stopgap_minute_of(to_unix(instant))));
}

// Returns the time, 1 to 60 seconds, for which a machine keeps showing the request code that
// it shows at this instant.
[[nodiscard]] inline std::chrono::seconds seconds_left(time instant) noexcept {
    return std::chrono::seconds(stopgap_seconds_left(to_unix(instant)));
}

namespace detail {

inline std::optional<time> maybe_time(std::int64_t seconds) noexcept {
    if (seconds == STOPGAP_NEVER) {
        return std::nullopt;
    }
    return from_unix(seconds);
}

inline std::int64_t unix_or_never(const std::optional<time>& instant) noexcept {
    return instant ? to_unix(*instant) : STOPGAP_NEVER;
}

inline minute minute_at(std::int64_t number) noexcept {
    return minute(std::chrono::minutes(number));
}

// Returns a duration in the integer that C has for it; one that does not fit becomes the
// nearest that does.
template <class To, class Duration>
constexpr To count(Duration duration) noexcept {
    using limits = std::numeric_limits<To>;
    if (duration.count() < 0) {
        return 0;
    }
    const auto number = static_cast<std::uint64_t>(duration.count());
    // In brackets, because <windows.h> has a macro of that name.
    return number > (limits::max)() ? (limits::max)() : static_cast<To>(number);
}

} // namespace detail

STOPGAP_NAMESPACE_END

#endif
