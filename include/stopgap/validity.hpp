// The validity of a code.
#ifndef STOPGAP_VALIDITY_HPP
#define STOPGAP_VALIDITY_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "result.hpp"
#include "text.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// 1 to 31 calendar days, a month, or 1 to 1,440 minutes. It is checked when it is used.
class validity {
public:
    constexpr explicit validity(stopgap_validity number) noexcept : number_(number) {}

    [[nodiscard]] static constexpr validity days(std::uint32_t days) noexcept {
        // Numbers with another meaning become other wrong ones.
        const std::uint32_t few = days < STOPGAP_VALIDITY_MINUTES ? days : STOPGAP_VALIDITY_MINUTES - 1;
        return validity(few == STOPGAP_VALIDITY_MONTH ? few + 1 : few);
    }
    // Minutes and hours are elapsed time, for online codes only.
    [[nodiscard]] static constexpr validity minutes(std::uint32_t minutes) noexcept {
        return validity(STOPGAP_VALIDITY_MINUTES +
                        (minutes < STOPGAP_VALIDITY_MINUTES ? minutes : STOPGAP_VALIDITY_MINUTES - 1));
    }
    [[nodiscard]] static constexpr validity hours(std::uint32_t hours) noexcept {
        return minutes(hours < STOPGAP_VALIDITY_MINUTES / 60 ? hours * 60 : STOPGAP_VALIDITY_MINUTES - 1);
    }
    // Until the same day of the next month, or its last day if it is shorter.
    [[nodiscard]] static constexpr validity month() noexcept { return validity(STOPGAP_VALIDITY_MONTH); }

    // Reads `P7D`, `P1M`, `PT90M`, or what people type: `7 days`, `1mo`, `90 min`, `8h`.
    [[nodiscard]] static returns<validity> parse(std::string_view text) {
        detail::reply reply;
        stopgap_validity number = 0;
        reply.status = stopgap_validity_parse(detail::text(text), &number, &reply.why);
        return reply.with(validity(number));
    }

    // Returns ISO 8601: `P7D`, `P1M`, `PT8H`, `PT90M`.
    [[nodiscard]] returns<std::string> text() const {
        detail::reply reply;
        std::string words;
        reply.status =
            detail::read_text(words, [&](char* buffer, std::size_t size, std::size_t* needed) {
                return stopgap_validity_text(number_, buffer, size, needed, &reply.why);
            });
        return reply.with(std::move(words));
    }

    // Returns the expiry of a code that is valid from an instant, on the wall clock of a
    // zone.
    [[nodiscard]] returns<time> expires_at(time valid_from, std::string_view zone = {}) const {
        detail::reply reply;
        std::int64_t expiry = 0;
        reply.status = stopgap_validity_expires_at(number_, to_unix(valid_from), detail::text(zone), &expiry, &reply.why);
        return reply.with(from_unix(expiry));
    }

    // The number of C: days, STOPGAP_VALIDITY_MONTH, or STOPGAP_VALIDITY_MINUTES and minutes.
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
