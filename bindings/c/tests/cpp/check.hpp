// The checks of every test, in both modes of stopgap.hpp.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <stopgap.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            std::printf("%s:%d: %s\n", __FILE__, __LINE__, #what);                                 \
            std::exit(1);                                                                          \
        }                                                                                          \
    } while (false)

namespace test {

#ifdef STOPGAP_NO_EXCEPTIONS
inline namespace returning {
#else
inline namespace throwing {
#endif

// 2026-12-20T15:00:00Z, a Sunday.
constexpr stopgap::time now = stopgap::from_unix(1797778800);

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

#ifdef STOPGAP_NO_EXCEPTIONS

// Returns the value of a call that succeeds.
template <class T>
T value(stopgap::result<T> went) {
    if (!went) {
        std::printf("%s\n", went.error().message().c_str());
    }
    return std::move(went).value();
}

// Returns the error of a call; `std::nullopt` if it succeeds.
template <class Call>
std::optional<stopgap::error> failure(Call call) {
    const auto went = call();
    if (went) {
        return std::nullopt;
    }
    return went.error();
}

#else

template <class T>
T value(T went) {
    return went;
}

template <class Call>
std::optional<stopgap::error> failure(Call call) {
    try {
        static_cast<void>(call());
        return std::nullopt;
    } catch (const stopgap::error& why) {
        return why;
    }
}

#endif

template <class Call>
stopgap::status status_of(Call call) {
    const std::optional<stopgap::error> why = failure(call);
    return why ? why->status() : stopgap::status::ok;
}

// Returns true if no record is accepted of which one bit was changed. `open` returns the
// status of a call that checks the tag.
template <class Record, class Open>
bool refuses_edits(std::string bytes, Open open) {
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        const char right = bytes[index];
        bytes[index] = static_cast<char>(right ^ (1 << index % 8));
        auto found = status_of([&] { return Record::from_bytes(bytes); });
        if (found == stopgap::status::ok) {
            auto edited = value(Record::from_bytes(bytes));
            found = open(edited);
        }
        if (found != stopgap::status::record_bytes && found != stopgap::status::tampered &&
            found != stopgap::status::key_missing) {
            return false;
        }
        bytes[index] = right;
    }
    return true;
}

// A `random` with the same bytes each time.
inline bool sevens(std::uint8_t* bytes, std::size_t length) {
    for (std::size_t index = 0; index < length; ++index) {
        bytes[index] = 0x77;
    }
    return true;
}

inline stopgap::key_ring ring(std::uint32_t key_id = 1) {
    return value(stopgap::key_ring::make(key_id, value(stopgap::master_key::generate(sevens))));
}

} // namespace
} // namespace test

#define STATUS(call) test::status_of([&] { return call; })

void words();
void codes();
void secrets();
void online();
void throttles();
void offline();
void agents();
void security_codes();
void callbacks();

#endif
