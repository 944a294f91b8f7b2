// The master key, from which all keys are derived.
#ifndef STOPGAP_MASTER_KEY_HPP
#define STOPGAP_MASTER_KEY_HPP

#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "callback.hpp"
#include "result.hpp"
#include "secret.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// A secret of 32 bytes, which must be uniformly random. It is wiped when it is destroyed; a
// key ring keeps what it needs of it.
class master_key : public detail::secret<stopgap_master_key> {
public:
    using secret::secret;

    // Generates a key by the operating system's random numbers.
    [[nodiscard]] static returns<master_key> generate() { return generated(nullptr); }

    // Generates a key by `random(bytes, length)`, which must be cryptographically secure.
    template <class Random>
    [[nodiscard]] static returns<master_key> generate(Random&& random) {
        detail::random_source source(random);
        const stopgap_random callback = source.c();
        return generated(&callback, [&] { source.release(); });
    }

    // Reads a key of 64 hexadecimal digits, as a key file has it; white space around them is
    // left out.
    [[nodiscard]] static returns<master_key> from_hex(std::string_view digits) {
        detail::reply reply;
        master_key key;
        reply.status =
            stopgap_master_key_from_hex(detail::text(digits), &key.c(), &reply.why);
        return reply.with(std::move(key));
    }

    // Derives the master key of one tenant.
    [[nodiscard]] returns<master_key> tenant(std::string_view name) const {
        detail::reply reply;
        master_key key;
        reply.status =
            stopgap_master_key_tenant(&c(), detail::text(name), &key.c(), &reply.why);
        return reply.with(std::move(key));
    }

    // Returns the 64 hexadecimal digits that a key file has.
    [[nodiscard]] secret_text hex() const noexcept { return detail::hex(c().bytes); }

private:
    template <class Release = void (*)()>
    static returns<master_key> generated(const stopgap_random* random, Release release = [] {}) {
        detail::reply reply;
        master_key key;
        reply.status = stopgap_master_key_generate(random, &key.c(), &reply.why);
        release();
        return reply.with(std::move(key));
    }
};

STOPGAP_NAMESPACE_END

#endif
