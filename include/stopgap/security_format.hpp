// The text of a security code: a prefix, the symbols, and a check.
#ifndef STOPGAP_SECURITY_FORMAT_HPP
#define STOPGAP_SECURITY_FORMAT_HPP

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../stopgap.h"
#include "code.hpp"
#include "result.hpp"
#include "secret.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// The text of a security code, a secret.
class security_text : public detail::secret<stopgap_security_text> {
public:
    using secret::secret;

    // Returns `stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7`, to be shown or sent, for as
    // long as this object exists.
    [[nodiscard]] std::string_view reveal() const& noexcept { return detail::field(c().text); }
    std::string_view reveal() const&& = delete;
};

// The prefixes of security codes. New codes have the first one, and all are accepted. A
// prefix is 2 to 16 of a-z and 0-9 and begins with a letter. It is checked when it is used.
class security_format {
public:
    // The prefix "stopgap".
    security_format() = default;
    explicit security_format(std::string_view prefix) { prefixes_.emplace_back(prefix); }

    // Accepts one more prefix.
    security_format& accept(std::string_view prefix) {
        if (prefixes_.empty()) {
            prefixes_.emplace_back("stopgap");
        }
        prefixes_.emplace_back(prefix);
        return *this;
    }

    // Returns the text of a code, to be copied and pasted.
    [[nodiscard]] returns<security_text> text(const code& secret) const {
        detail::reply reply;
        security_text written;
        reply.status = stopgap_security_write(&secret.c(), prefix(), &written.c(), &reply.why);
        return reply.with(std::move(written));
    }

    // Reads the text of a security code, and checks its prefix and its check.
    [[nodiscard]] returns<code> read(std::string_view presented) const {
        detail::reply reply;
        code secret;
        const std::vector<stopgap_text> accepted = c();
        reply.status = stopgap_security_read(accepted.data(), accepted.size(),
                                             detail::text(presented), &secret.c(), &reply.why);
        return reply.with(std::move(secret));
    }

    // Returns the prefix of new codes; it is missing for "stopgap".
    [[nodiscard]] stopgap_text prefix() const noexcept {
        return prefixes_.empty() ? stopgap_text{} : detail::text(prefixes_.front());
    }
    // Returns the prefixes of C, which borrow those of this object. The list is empty for
    // "stopgap".
    [[nodiscard]] std::vector<stopgap_text> c() const {
        std::vector<stopgap_text> all;
        for (const std::string& one : prefixes_) {
            all.push_back(detail::text(one));
        }
        return all;
    }

private:
    std::vector<std::string> prefixes_;
};

STOPGAP_NAMESPACE_END

#endif
