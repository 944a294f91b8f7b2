// The text of a security code: a prefix, the symbols, and a check.
#ifndef STOPGAP_SECURITY_FORMAT_HPP
#define STOPGAP_SECURITY_FORMAT_HPP

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "../stopgap.h"
#include "code.hpp"
#include "result.hpp"
#include "secret.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// The prefixes of security codes. New codes have the first one, and all are accepted. A
// prefix is 2 to 16 of a-z and 0-9 and begins with a letter. It is checked when it is used.
class security_format {
public:
    // The prefix "stopgap".
    security_format() : security_format("stopgap") {}
    explicit security_format(std::string_view prefix) { accept(prefix); }

    // Accepts one more prefix.
    security_format& accept(std::string_view prefix) {
        stopgap_prefix value = {};
        // Of a longer one enough is copied to make it wrong.
        prefix.copy(value.text, sizeof value.text);
        prefixes_.push_back(value);
        return *this;
    }

    // Returns `stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7`, to be copied and pasted.
    [[nodiscard]] returns<secret_text> text(const code& secret) const {
        static_assert(STOPGAP_SECURITY_TEXT_SIZE <= STOPGAP_SPOKEN_SIZE, "it has room for any");
        detail::reply reply;
        secret_text written;
        reply.status = stopgap_security_text(&secret.c(), prefixes_.data(), written.c().text,
                                             sizeof written.c().text, nullptr, &reply.why);
        return reply.with(std::move(written));
    }

    // Reads the text of a security code, and checks its prefix and its check.
    [[nodiscard]] returns<code> read(std::string_view presented) const {
        detail::reply reply;
        code secret;
        reply.status =
            stopgap_security_read(prefixes_.data(), prefixes_.size(), detail::text(presented), &secret.c(), &reply.why);
        return reply.with(std::move(secret));
    }

    // Returns the prefixes of C.
    [[nodiscard]] const std::vector<stopgap_prefix>& c() const noexcept { return prefixes_; }

private:
    std::vector<stopgap_prefix> prefixes_;
};

STOPGAP_NAMESPACE_END

#endif
