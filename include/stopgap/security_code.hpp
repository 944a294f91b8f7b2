// Security codes, with which programs and administrators authenticate.
#ifndef STOPGAP_SECURITY_CODE_HPP
#define STOPGAP_SECURITY_CODE_HPP

#include <cstdint>
#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "access.hpp"
#include "callback.hpp"
#include "code.hpp"
#include "key_ring.hpp"
#include "life.hpp"
#include "record.hpp"
#include "result.hpp"
#include "role.hpp"
#include "scopes.hpp"
#include "security_format.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// The rights and scopes of an authenticated security code.
struct authenticated {
    stopgap::rights rights;
    stopgap::scopes scopes;

    explicit authenticated(const stopgap_authenticated& value)
        : rights(value.rights), scopes(value.scopes) {}
};

struct created_security_code;

// The record of a security code: everything but the code. Every change needs a super
// administrator, and a refused one changes nothing; store the record after a change.
class security_code : public detail::record<stopgap_security_code> {
public:
    using record::record;

    // Creates a code of 128 random bits with a lifetime of 24 hours. Hand it out once, as
    // security_format::text writes it.
    [[nodiscard]] static returns<created_security_code>
    create(const key_ring& ring, const actor& who, const stopgap::access& level,
           const stopgap::scopes& limits,
           std::string_view description, time instant);

    // Creates a code by `random(bytes, length)`, which must be cryptographically secure.
    template <class Random>
    [[nodiscard]] static returns<created_security_code>
    create(const key_ring& ring, const actor& who, const stopgap::access& level,
           const stopgap::scopes& limits,
           std::string_view description, time instant, Random&& random);

    // Authenticates the text of a security code; `role_of(user)` returns the role of a user.
    template <class RoleOf>
    [[nodiscard]] returns<authenticated>
    authenticate(const key_ring& ring, const security_format& format, std::string_view presented,
                 RoleOf&& role_of, time instant) const {
        detail::reply reply;
        detail::role_source source(role_of);
        const stopgap_role_of callback = source.c();
        stopgap_authenticated found = {};
        reply.status = stopgap_security_code_authenticate(
            &c(), ring.c(), format.c().data(), format.c().size(), presented.data(),
            presented.size(), &callback, to_unix(instant), &found, &reply.why);
        source.release();
        return reply.with(authenticated(found));
    }

    // Returns the state of its lifetime.
    [[nodiscard]] returns<life_state> state(time instant) const {
        detail::reply reply;
        stopgap_life_state stands = {};
        reply.status =
            stopgap_security_code_state(&c(), to_unix(instant), &stands, &reply.why);
        return reply.with(life_state(stands));
    }

    // Applies an event of the lifecycle.
    returns<void> apply(const actor& who, life_event event, time instant) {
        return change(who, static_cast<stopgap_life_event>(event), STOPGAP_NEVER, instant);
    }

    // Changes the expiry.
    returns<void> edit(const actor& who, time expires_at, time instant) {
        return change(who, STOPGAP_LIFE_EDIT, to_unix(expires_at), instant);
    }

    // Changes the description.
    returns<void> describe(const actor& who, std::string_view words, time instant) {
        detail::reply reply;
        const stopgap_actor acting = who.c();
        reply.status = stopgap_security_code_describe(&c(), &acting, words.data(), words.size(),
                                                      to_unix(instant), &reply.why);
        return reply.done();
    }

    // Returns the tag to store beside the record. Compute it again when the lifetime changes.
    [[nodiscard]] returns<stopgap::tag> tag(const key_ring& ring) const {
        detail::reply reply;
        stopgap_tag made = {};
        reply.status = stopgap_security_code_tag(&c(), ring.c(), &made, &reply.why);
        return reply.with(stopgap::tag(made));
    }

    // Checks the tag that was stored beside the record. Do this before you use the record.
    returns<void> check_tag(const key_ring& ring, const stopgap::tag& kept) const {
        detail::reply reply;
        reply.status = stopgap_security_code_check_tag(&c(), ring.c(), &kept.c(), &reply.why);
        return reply.done();
    }

    [[nodiscard]] time created_at() const noexcept { return from_unix(c().created_at); }
    [[nodiscard]] stopgap::life life() const noexcept { return stopgap::life(c().life); }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return c().key_id; }
    [[nodiscard]] stopgap::digest digest() const noexcept { return stopgap::digest(c().digest); }
    // Borrows the name in this object.
    [[nodiscard]] stopgap::access access() const& noexcept {
        return {c().access, detail::field(c().same_as)};
    }
    stopgap::access access() const&& = delete;
    [[nodiscard]] std::string_view description() const& noexcept {
        return detail::field(c().description);
    }
    std::string_view description() const&& = delete;
    [[nodiscard]] stopgap::scopes scopes() const noexcept { return stopgap::scopes(c().scopes); }

private:
    template <class Release>
    static returns<created_security_code>
    create_with(const stopgap_random* random, const key_ring& ring, const actor& who,
                const stopgap::access& level, const stopgap::scopes& limits,
                std::string_view description, time instant, Release release);

    returns<void> change(const actor& who, stopgap_life_event event, std::int64_t expires_at,
                         time instant) {
        detail::reply reply;
        const stopgap_actor acting = who.c();
        reply.status = stopgap_security_code_apply(&c(), &acting, event, expires_at,
                                                   to_unix(instant), &reply.why);
        return reply.done();
    }
};

// A new code, to be handed out once and not kept, and the record, to be stored.
struct created_security_code {
    stopgap::code code;
    security_code record;
};

template <class Release>
returns<created_security_code>
security_code::create_with(const stopgap_random* random, const key_ring& ring, const actor& who,
                           const stopgap::access& level, const stopgap::scopes& limits,
                           std::string_view description, time instant, Release release) {
    detail::reply reply;
    const stopgap_actor acting = who.c();
    code told;
    stopgap_security_code kept = {};
    reply.status = stopgap_security_code_create(
        ring.c(), &acting, level.level(), level.user().data(), level.user().size(), &limits.c(),
        description.data(), description.size(), to_unix(instant), random, &told.c(), &kept,
        &reply.why);
    release();
    return reply.with(created_security_code{std::move(told), security_code(kept)});
}

inline returns<created_security_code>
security_code::create(const key_ring& ring, const actor& who, const stopgap::access& level,
                      const stopgap::scopes& limits, std::string_view description, time instant) {
    return create_with(nullptr, ring, who, level, limits, description, instant, [] {});
}

template <class Random>
returns<created_security_code>
security_code::create(const key_ring& ring, const actor& who, const stopgap::access& level,
                      const stopgap::scopes& limits, std::string_view description, time instant,
                      Random&& random) {
    detail::random_source source(random);
    const stopgap_random callback = source.c();
    return create_with(&callback, ring, who, level, limits, description, instant,
                       [&] { source.release(); });
}

STOPGAP_NAMESPACE_END

#endif
