// Secrets, which are wiped after use.
#ifndef STOPGAP_SECRET_HPP
#define STOPGAP_SECRET_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "../stopgap.h"
#include "mode.hpp"

STOPGAP_NAMESPACE_BEGIN

namespace detail {

// A struct of C with a secret. It moves, which wipes the old place; it is never copied,
// compared or printed.
template <class C>
class secret {
    static_assert(std::is_trivially_copyable_v<C>, "wiping must be all there is to it");

public:
    secret() noexcept = default;
    explicit secret(const C& value) noexcept : c_(value) {}
    secret(const secret&) = delete;
    secret& operator=(const secret&) = delete;
    secret(secret&& other) noexcept : c_(other.c_) { other.wipe(); }
    secret& operator=(secret&& other) noexcept {
        if (this != &other) {
            c_ = other.c_;
            other.wipe();
        }
        return *this;
    }
    ~secret() { wipe(); }

    // Overwrites the secret with zeros.
    void wipe() noexcept { stopgap_wipe(&c_, sizeof c_); }

    // Returns the struct of C.
    [[nodiscard]] const C& c() const noexcept { return c_; }
    [[nodiscard]] C& c() noexcept { return c_; }

private:
    C c_ = {};
};

// Returns the text in a field of a struct.
template <std::size_t Size>
std::string_view field(const char (&text)[Size]) noexcept {
    const void* end = std::memchr(text, '\0', Size);
    return {text, end == nullptr ? Size
                                 : static_cast<std::size_t>(static_cast<const char*>(end) - text)};
}

struct text_memory {
    char text[STOPGAP_SPOKEN_SIZE];
};

struct key_memory {
    std::uint8_t bytes[STOPGAP_KEY_SIZE];
};

} // namespace detail

// A secret text: the result of a call, or what a person typed, read into data().
class secret_text : public detail::secret<detail::text_memory> {
public:
    // Returns the memory for a text of up to capacity() bytes and a NUL, which ends it. It
    // is full of NULs, and longer than any code, so that one too long is noticed.
    [[nodiscard]] char* data() noexcept { return c().text; }
    [[nodiscard]] static constexpr std::size_t capacity() noexcept {
        return STOPGAP_SPOKEN_SIZE - 1;
    }

    // Returns the text, to be shown or sent, for as long as this object exists.
    [[nodiscard]] std::string_view reveal() const& noexcept { return detail::field(c().text); }
    std::string_view reveal() const&& = delete;
};

namespace detail {

// Returns the hexadecimal digits of a key, without a table, whose use a cache would show.
inline secret_text hex(const std::uint8_t (&bytes)[STOPGAP_KEY_SIZE]) noexcept {
    secret_text digits;
    char* place = digits.c().text;
    const auto digit = [](unsigned nibble) {
        return static_cast<char>('0' + nibble + (((9 - nibble) >> 8) & ('a' - '0' - 10)));
    };
    for (const unsigned byte : bytes) {
        *place++ = digit(byte >> 4);
        *place++ = digit(byte & 15);
    }
    return digits;
}

} // namespace detail

// A secret of 32 bytes.
class secret_bytes : public detail::secret<detail::key_memory> {
public:
    [[nodiscard]] const std::uint8_t* data() const noexcept { return c().bytes; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return STOPGAP_KEY_SIZE; }
    // Returns 64 hexadecimal digits.
    [[nodiscard]] secret_text hex() const noexcept { return detail::hex(c().bytes); }
};

STOPGAP_NAMESPACE_END

#endif
