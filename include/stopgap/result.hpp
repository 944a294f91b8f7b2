// The result of a call: its value, or an error.
#ifndef STOPGAP_RESULT_HPP
#define STOPGAP_RESULT_HPP

#include <cstdlib>
#include <optional>
#include <utility>
#include <variant>

#include "error.hpp"
#include "mode.hpp"

STOPGAP_NAMESPACE_BEGIN

#ifdef STOPGAP_NO_EXCEPTIONS

// A value or an error. Asking for the one that is missing ends the program.
template <class T>
class [[nodiscard]] result {
public:
    // Implicit, so that your functions can return either.
    result(T value) : either_(std::in_place_index<0>, std::move(value)) {}
    result(stopgap::error why) : either_(std::in_place_index<1>, std::move(why)) {}

    [[nodiscard]] explicit operator bool() const noexcept { return either_.index() == 0; }

    [[nodiscard]] T& value() & { return *there(std::get_if<0>(&either_)); }
    [[nodiscard]] const T& value() const& { return *there(std::get_if<0>(&either_)); }
    [[nodiscard]] T&& value() && { return std::move(*there(std::get_if<0>(&either_))); }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    [[nodiscard]] const stopgap::error& error() const {
        return *there(std::get_if<1>(&either_));
    }

private:
    template <class Pointer>
    static Pointer there(Pointer pointer) noexcept {
        if (pointer == nullptr) {
            std::abort();
        }
        return pointer;
    }

    std::variant<T, stopgap::error> either_;
};

// A success without a value, or an error.
template <>
class [[nodiscard]] result<void> {
public:
    result() = default;
    result(stopgap::error why) : why_(std::move(why)) {}

    [[nodiscard]] explicit operator bool() const noexcept { return !why_; }

    void value() const {
        if (why_) {
            std::abort();
        }
    }
    [[nodiscard]] const stopgap::error& error() const {
        if (!why_) {
            std::abort();
        }
        return *why_;
    }

private:
    std::optional<stopgap::error> why_;
};

// The return type of a call that can fail.
template <class T>
using returns = result<T>;

#else

// The return type of a call that can fail; it throws on failure.
template <class T>
using returns = T;

#endif

namespace detail {

#ifndef STOPGAP_NO_EXCEPTIONS
[[noreturn]] inline void raise(const stopgap_error& why) {
    switch (class_of(static_cast<status>(why.status))) {
    case status_class::misuse:
        throw misuse(why);
    case status_class::typo:
        throw mistyped(why);
    case status_class::invalid:
        throw invalid(why);
    case status_class::refused:
        throw refused(why);
    case status_class::locked_out:
        throw locked_out(why);
    case status_class::clock:
        throw wrong_clock(why);
    case status_class::record:
        throw damaged(why);
    case status_class::ok:
    case status_class::system:
        break;
    }
    throw system_failure(why);
}
#endif

// The reply of C: every call writes both members, and returns the result of a function.
struct reply {
    stopgap_status status = STOPGAP_OK;
    stopgap_error why = {};

    // Returns the value, unless the call failed.
    template <class T>
    returns<T> with(T value) const {
        if (status != STOPGAP_OK) {
#ifdef STOPGAP_NO_EXCEPTIONS
            return error(why);
#else
            raise(why);
#endif
        }
        return value;
    }

    // Returns a success, unless the call failed.
    returns<void> done() const {
#ifdef STOPGAP_NO_EXCEPTIONS
        return status == STOPGAP_OK ? result<void>() : result<void>(error(why));
#else
        if (status != STOPGAP_OK) {
            raise(why);
        }
#endif
    }
};

} // namespace detail

STOPGAP_NAMESPACE_END

#endif
