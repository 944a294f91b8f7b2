// How long a code lives.
#ifndef STOPGAP_VALIDITY_HPP
#define STOPGAP_VALIDITY_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "result.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// 1 to 31 calendar days, or a month. Whether it is one of these is checked where it is
// used.
class validity {
public:
    constexpr explicit validity(stopgap_validity number) noexcept : number_(number) {}

    [[nodiscard]] static constexpr validity days(std::uint32_t days) noexcept {
        // What stands for a month is no number of days.
        return validity(days == STOPGAP_MONTH ? days + 1 : days);
    }
    // The same day of the next month, or its last where it is shorter.
    [[nodiscard]] static constexpr validity month() noexcept { return validity(STOPGAP_MONTH); }

    // Reads `P7D` and `P1M`, or what people type: `7d`, `7 days`, `1mo`, `1 month`.
    [[nodiscard]] static returns<validity> parse(std::string_view text) {
        detail::reply reply;
        stopgap_validity number = 0;
        reply.status = stopgap_validity_parse(text.data(), text.size(), &number, &reply.why);
        return reply.with(validity(number));
    }

    // In ISO 8601: `P7D`, `P1M`.
    [[nodiscard]] returns<std::string> text() const {
        detail::reply reply;
        std::string words;
        reply.status =
            detail::read_text(words, [&](char* buffer, std::size_t size, std::size_t* needed) {
                return stopgap_validity_text(number_, buffer, size, needed, &reply.why);
            });
        return reply.with(std::move(words));
    }

    // When something issued at this instant expires, on the wall clock of a zone.
    [[nodiscard]] returns<time> expires_at(time issued_at, std::string_view zone = {}) const {
        detail::reply reply;
        std::int64_t expiry = 0;
        reply.status = stopgap_validity_expires_at(number_, to_unix(issued_at), zone.data(),
                                                   zone.size(), &expiry, &reply.why);
        return reply.with(from_unix(expiry));
    }

    // The days, or STOPGAP_MONTH.
    [[nodiscard]] constexpr stopgap_validity number() const noexcept { return number_; }

    friend constexpr bool operator==(validity left, validity right) noexcept {
        return left.number_ == right.number_;
    }
    friend constexpr bool operator!=(validity left, validity right) noexcept {
        return left.number_ != right.number_;
    }

private:
    stopgap_validity number_;
};

STOPGAP_NAMESPACE_END

#endif
