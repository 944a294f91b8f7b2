// Functions of the caller that C calls.
#ifndef STOPGAP_CALLBACK_HPP
#define STOPGAP_CALLBACK_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../stopgap.h"
#include "result.hpp"
#include "role.hpp"

STOPGAP_NAMESPACE_BEGIN

namespace detail {

// An exception of a callback, held back until C has returned.
class held_back {
public:
    // Returns the result of the callback, or a failure if it throws.
    template <class Call>
    std::int32_t run(Call&& call) noexcept {
#ifdef STOPGAP_NO_EXCEPTIONS
        return call();
#else
        try {
            return call();
        } catch (...) {
            thrown_ = std::current_exception();
            return -1;
        }
#endif
    }

    // Throws the exception that was held back.
    void release() {
#ifndef STOPGAP_NO_EXCEPTIONS
        if (thrown_) {
            std::rethrow_exception(std::exchange(thrown_, nullptr));
        }
#endif
    }

private:
#ifndef STOPGAP_NO_EXCEPTIONS
    std::exception_ptr thrown_;
#endif
};

// Returns 0 if a callback returns nothing or a success.
template <class Call>
std::int32_t zero_if_done(Call&& call) {
    using said = decltype(call());
    if constexpr (std::is_void_v<said>) {
        call();
        return 0;
    } else {
#ifdef STOPGAP_NO_EXCEPTIONS
        constexpr bool clear = std::is_same_v<said, bool> || std::is_same_v<said, result<void>>;
#else
        constexpr bool clear = std::is_same_v<said, bool>;
#endif
        static_assert(clear, "return true for success and false for failure, or nothing: "
                             "an integer would be ambiguous");
        return static_cast<bool>(call()) ? 0 : 1;
    }
}

// `keep(state)` stores the sealed state of an agent.
template <class State, class Keep>
class keeper {
public:
    explicit keeper(Keep& keep) noexcept : keep_(keep) {}
    keeper(const keeper&) = delete;
    keeper& operator=(const keeper&) = delete;

    [[nodiscard]] stopgap_keep c() noexcept { return {&keeper::call, this}; }
    void release() { held_back_.release(); }

private:
    static std::int32_t call(void* context, const stopgap_sealed_state* state) noexcept {
        keeper& self = *static_cast<keeper*>(context);
        return self.held_back_.run(
            [&] { return zero_if_done([&] { return self.keep_(State(*state)); }); });
    }

    Keep& keep_;
    held_back held_back_;
};

// `random(bytes, length)` fills bytes with random numbers.
template <class Random>
class random_source {
public:
    explicit random_source(Random& random) noexcept : random_(random) {}
    random_source(const random_source&) = delete;
    random_source& operator=(const random_source&) = delete;

    [[nodiscard]] stopgap_random c() noexcept { return {&random_source::call, this}; }
    void release() { held_back_.release(); }

private:
    static std::int32_t call(void* context, std::uint8_t* bytes, std::size_t length) noexcept {
        random_source& self = *static_cast<random_source*>(context);
        return self.held_back_.run(
            [&] { return zero_if_done([&] { return self.random_(bytes, length); }); });
    }

    Random& random_;
    held_back held_back_;
};

// `role_of(user)` returns a role, or an optional one if users may be unknown.
template <class RoleOf>
class role_source {
public:
    explicit role_source(RoleOf& role_of) noexcept : role_of_(role_of) {}
    role_source(const role_source&) = delete;
    role_source& operator=(const role_source&) = delete;

    [[nodiscard]] stopgap_role_of c() noexcept { return {&role_source::call, this}; }
    void release() { held_back_.release(); }

private:
    static std::int32_t call(void* context, stopgap_text user, stopgap_role* answer) noexcept {
        role_source& self = *static_cast<role_source*>(context);
        return self.held_back_.run([&]() -> std::int32_t {
            const std::optional<role> known = self.role_of_(std::string_view(user.ptr, user.len));
            if (!known) {
                return 1;
            }
            *answer = static_cast<stopgap_role>(*known);
            return 0;
        });
    }

    RoleOf& role_of_;
    held_back held_back_;
};

} // namespace detail

STOPGAP_NAMESPACE_END

#endif
