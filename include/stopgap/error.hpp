// The failure of a call.
#ifndef STOPGAP_ERROR_HPP
#define STOPGAP_ERROR_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "../stopgap.h"
#include "mode.hpp"
#include "status.hpp"
#include "text.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

enum class role : std::uint32_t;
enum class action : std::uint32_t;
enum class language : std::uint32_t;

namespace detail {

// Reads a text that a call writes, in two steps: its length, then the text.
template <class Write>
stopgap_status read_text(std::string& text, Write write) {
    std::size_t needed = 0;
    const stopgap_status status = write(nullptr, std::size_t{0}, &needed);
    if (status != STOPGAP_ERR_BUFFER_TOO_SMALL) {
        return status;
    }
    text.resize(needed - 1);
    return write(text.data(), needed, &needed);
}

} // namespace detail

// The failure of a call: its status, and the details of the status. stopgap.h names the
// details of each. Nothing in it is secret.
class error
#ifndef STOPGAP_NO_EXCEPTIONS
    : public std::exception
#endif
{
public:
    explicit error(const stopgap_error& details) noexcept : details_(details) {
#ifndef STOPGAP_NO_EXCEPTIONS
        // Every sentence fits; the general one replaces a longer one.
        if (stopgap_error_message(&details_, what_, sizeof what_, nullptr) != STOPGAP_OK) {
            what_[0] = '\0';
        }
#endif
    }

    [[nodiscard]] stopgap::status status() const noexcept {
        return static_cast<stopgap::status>(details_.status);
    }
    [[nodiscard]] stopgap::status_class status_class() const noexcept {
        return stopgap::class_of(status());
    }
    [[nodiscard]] const char* name() const noexcept { return stopgap::name(status()); }

    // An instant: an expiry, the end of a lockout.
    [[nodiscard]] std::optional<stopgap::time> time() const noexcept {
        return detail::maybe_time(details_.time);
    }
    // The position in a text, in characters from 0.
    [[nodiscard]] std::size_t position() const noexcept { return details_.position; }
    // The number that was expected, and the number that was found.
    [[nodiscard]] std::size_t expected() const noexcept { return details_.expected; }
    [[nodiscard]] std::size_t found() const noexcept { return details_.found; }
    // The index of an element.
    [[nodiscard]] std::size_t index() const noexcept { return details_.index; }
    // The time by which a clock is off; positive if it is ahead.
    [[nodiscard]] std::chrono::minutes minutes() const noexcept {
        return std::chrono::minutes(details_.minutes);
    }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return details_.key_id; }
    // The role that does not suffice for the action.
    [[nodiscard]] stopgap::role role() const noexcept {
        return static_cast<stopgap::role>(details_.role);
    }
    [[nodiscard]] stopgap::action action() const noexcept {
        return static_cast<stopgap::action>(details_.action);
    }
    // The struct of C.
    [[nodiscard]] const stopgap_error& details() const noexcept { return details_; }

    // Returns the sentence for the log, with all details.
    [[nodiscard]] std::string message() const {
        std::string text;
        const auto write = [this](char* buffer, std::size_t capacity, std::size_t* needed) {
            return stopgap_error_message(&details_, buffer, capacity, needed);
        };
        return detail::read_text(text, write) == STOPGAP_OK ? text : stopgap::message(status());
    }

    // Returns the sentence for the person at the screen, which tells a guesser nothing, with
    // times on the wall clock of a zone, in UTC if the zone is unknown; in English if no other
    // language is given.
    [[nodiscard]] std::string
    public_message(std::string_view zone = {},
                   language chosen = static_cast<language>(STOPGAP_LANGUAGE_ENGLISH)) const {
        std::string text;
        const auto write = [this, zone, chosen](char* buffer, std::size_t capacity,
                                                std::size_t* needed) {
            return stopgap_error_public_message(&details_, detail::text(zone),
                                                static_cast<stopgap_language>(chosen), buffer,
                                                capacity, needed);
        };
        if (detail::read_text(text, write) == STOPGAP_OK) {
            return text;
        }
        return zone.empty() ? stopgap::message(status()) : public_message({}, chosen);
    }

#ifndef STOPGAP_NO_EXCEPTIONS
    // Returns message().
    [[nodiscard]] const char* what() const noexcept override {
        return what_[0] == '\0' ? stopgap::message(status()) : what_;
    }
#endif

private:
    stopgap_error details_;
#ifndef STOPGAP_NO_EXCEPTIONS
    char what_[256] = {};
#endif
};

#ifndef STOPGAP_NO_EXCEPTIONS
// One exception for each status_class.

// A mistake in the program: a moved-from object, a text that is not UTF-8, an integer
// that stands for nothing.
class misuse : public error {
    using error::error;
};

// A code that was mistyped: position(), expected(), found().
class mistyped : public error {
    using error::error;
};

// A name, word, validity, policy or scope that is not allowed: position(), found(), index().
class invalid : public error {
    using error::error;
};

// A refused request: time(), role(), action(). Show public_message().
class refused : public error {
    using error::error;
};

// Too many failures: time() is the end of the lockout, if it has one.
class locked_out : public error {
    using error::error;
};

// A clock is wrong: time(), minutes(), index().
class wrong_clock : public error {
    using error::error;
};

// A stored record, a sealed state or a key is damaged or missing: key_id().
class damaged : public error {
    using error::error;
};

// A callback, the operating system or the library failed.
class system_failure : public error {
    using error::error;
};
#endif

STOPGAP_NAMESPACE_END

#endif
