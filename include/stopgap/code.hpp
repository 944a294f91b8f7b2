// Codes, and their formats.
#ifndef STOPGAP_CODE_HPP
#define STOPGAP_CODE_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "../stopgap.h"
#include "flags.hpp"
#include "language.hpp"
#include "result.hpp"
#include "secret.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// A code: a secret, unless it is a request code. It moves, is wiped when it is destroyed,
// and is neither compared nor printed; reveal() shows it.
class code : public detail::secret<stopgap_code> {
public:
    using secret::secret;

    // Returns `3F9A-77C2-01BE`, to be shown to the user, for as long as this object exists.
    // Empty if the code was moved from. For a security code use security_format::text.
    [[nodiscard]] std::string_view reveal() const& noexcept { return detail::field(c().text); }
    std::string_view reveal() const&& = delete;

    // Returns the symbols without hyphens: `3F9A77C201BE`.
    [[nodiscard]] returns<secret_text> canonical() const {
        detail::reply reply;
        secret_text symbols;
        reply.status = stopgap_code_canonical(&c(), symbols.c().text, sizeof symbols.c().text,
                                              nullptr, &reply.why);
        return reply.with(std::move(symbols));
    }

    // Returns words to read aloud: `Three Foxtrot Nine Alfa, Seven Seven …`.
    [[nodiscard]] returns<secret_text> spoken(language chosen = language::english) const {
        detail::reply reply;
        secret_text words;
        reply.status = stopgap_code_spoken(&c(), static_cast<stopgap_language>(chosen),
                                           words.c().text, sizeof words.c().text, nullptr,
                                           &reply.why);
        return reply.with(std::move(words));
    }
};

// A letter that people mistake for a digit, and that is read as this digit.
enum class look_alike : stopgap_look_alikes {
    o_as_zero = STOPGAP_LOOK_ALIKE_O_AS_ZERO,
    i_as_one = STOPGAP_LOOK_ALIKE_I_AS_ONE,
    l_as_one = STOPGAP_LOOK_ALIKE_L_AS_ONE,
};

using look_alikes = flags<look_alike>;

[[nodiscard]] constexpr look_alikes operator|(look_alike left, look_alike right) noexcept {
    return look_alikes(left) | look_alikes(right);
}

// Sixteen distinct symbols of `0-9A-Z`; the one at index i stands for the nibble i. Copies
// share them.
class alphabet {
public:
    // Copies an alphabet that a struct of C lends; NULL is hex().
    explicit alphabet(const stopgap_alphabet* lent) : c_(copy(lent)) {}

    // Returns `0123456789ABCDEF`, the default of online codes.
    [[nodiscard]] static alphabet hex() noexcept {
        return alphabet(shared_static(stopgap_alphabet_hex()));
    }
    // Returns `Z3467ACEFHJKRWXY`, the default of request codes and offline codes.
    [[nodiscard]] static alphabet unambiguous() noexcept {
        return alphabet(shared_static(stopgap_alphabet_unambiguous()));
    }

    // Makes an alphabet of your own.
    [[nodiscard]] static returns<alphabet> make(std::string_view symbols,
                                                stopgap::look_alikes folded = {}) {
        detail::reply reply;
        stopgap_alphabet* made = nullptr;
        reply.status = stopgap_alphabet_new(detail::text(symbols), folded.bits(), &made,
                                            &reply.why);
        return reply.with(alphabet(shared(made)));
    }

    // Returns the check symbol of any number of symbols, by ISO/IEC 7064, MOD 17,16. The
    // symbols are in upper case, without hyphens, and no secret.
    [[nodiscard]] returns<char> check_symbol(std::string_view symbols) const {
        detail::reply reply;
        char symbol = '\0';
        reply.status = stopgap_alphabet_check_symbol(c(), detail::text(symbols), &symbol,
                                                     &reply.why);
        return reply.with(symbol);
    }

    // Returns the symbols, for as long as this object exists.
    [[nodiscard]] std::string_view symbols() const& noexcept {
        return detail::view(members(c()).symbols);
    }
    std::string_view symbols() const&& = delete;
    [[nodiscard]] stopgap::look_alikes look_alikes() const noexcept {
        return stopgap::look_alikes(members(c()).look_alikes);
    }

    // Returns the alphabet of C, which this object keeps.
    [[nodiscard]] const stopgap_alphabet* c() const noexcept { return c_.get(); }

private:
    using pointer = std::shared_ptr<const stopgap_alphabet>;

    explicit alphabet(pointer owned) noexcept : c_(std::move(owned)) {}

    // Returns a pointer that owns nothing.
    static pointer shared_static(const stopgap_alphabet* known) noexcept {
        return pointer(pointer(), known);
    }

    static pointer shared(stopgap_alphabet* made) {
        return pointer(made, [](const stopgap_alphabet* last) {
            stopgap_alphabet* owned = const_cast<stopgap_alphabet*>(last);
            stopgap_alphabet_free(&owned);
        });
    }

    static pointer copy(const stopgap_alphabet* lent) {
        if (lent == nullptr || lent == stopgap_alphabet_hex()) {
            return shared_static(stopgap_alphabet_hex());
        }
        if (lent == stopgap_alphabet_unambiguous()) {
            return shared_static(lent);
        }
        const auto all = members(lent);
        stopgap_alphabet* made = nullptr;
        // It is an alphabet, so this does not fail.
        const stopgap_status done =
            stopgap_alphabet_new(all.symbols, all.look_alikes, &made, nullptr);
        static_cast<void>(done);
        return shared(made);
    }

    static struct stopgap_alphabet_info members(const stopgap_alphabet* alphabet) noexcept {
        struct stopgap_alphabet_info all = {};
        all.size = sizeof all;
        const stopgap_status done = stopgap_alphabet_info(alphabet, &all, nullptr);
        static_cast<void>(done);
        return all;
    }

    pointer c_;
};

// The format of a code: start from online() or offline() and change some members.
struct format {
    // The symbols.
    stopgap::alphabet alphabet;
    // The number of symbols, a check symbol included: 8 to 32, and at least 8 beside the
    // check symbol.
    std::uint32_t length;
    // `true` if the last symbol is the check symbol of those before it.
    bool check_symbol;

    explicit format(const stopgap_format& value)
        : alphabet(value.alphabet), length(value.length), check_symbol(value.check_symbol != 0) {}

    // Returns the default of online codes: 12 hexadecimal symbols.
    [[nodiscard]] static format online() noexcept { return format(stopgap_format_online()); }
    // Returns the default of offline codes: 16 symbols of the unambiguous alphabet.
    [[nodiscard]] static format offline() noexcept { return format(stopgap_format_offline()); }

    // Reads what a person typed. White space, hyphens, case, and punctuation at both ends do
    // not matter.
    [[nodiscard]] returns<code> normalize(std::string_view typed) const {
        detail::reply reply;
        code read;
        const stopgap_format how = c();
        reply.status =
            stopgap_normalize(&how, detail::text(typed), &read.c(), &reply.why);
        return reply.with(std::move(read));
    }

    // Makes a code of these bytes, which must be uniformly random.
    [[nodiscard]] returns<code> encode(const std::uint8_t* bytes, std::size_t size) const {
        detail::reply reply;
        code written;
        const stopgap_format how = c();
        reply.status = stopgap_encode(&how, bytes, size, &written.c(), &reply.why);
        return reply.with(std::move(written));
    }

    // Returns the struct of C, whose alphabet this object keeps.
    [[nodiscard]] stopgap_format c() const& noexcept {
        return {alphabet.c(), length, check_symbol ? 1U : 0U};
    }
    stopgap_format c() const&& = delete;
};

// Reads what a person typed in one of several formats, such as those of all codes of a user.
// Returns a code for each reading: at least one, and none twice. Without formats it is
// format::online().
[[nodiscard]] inline returns<std::vector<code>> normalize_any(const std::vector<format>& formats,
                                                              std::string_view typed) {
    detail::reply reply;
    std::vector<stopgap_format> all;
    for (const format& one : formats) {
        all.push_back(one.c());
    }
    std::vector<code> codes(formats.size() + 1);
    std::vector<stopgap_code> read(codes.size());
    stopgap_codes place = {read.data(), read.size(), 0};
    reply.status = stopgap_normalize_any(all.data(), all.size(), detail::text(typed), &place,
                                         &reply.why);
    codes.resize(place.count);
    for (std::size_t index = 0; index < place.count; ++index) {
        codes[index].c() = read[index];
    }
    stopgap_wipe(read.data(), read.size() * sizeof read[0]);
    return reply.with(std::move(codes));
}

STOPGAP_NAMESPACE_END

#endif
