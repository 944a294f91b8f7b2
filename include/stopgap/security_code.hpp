// Security codes, with which programs and administrators authenticate.
#ifndef STOPGAP_SECURITY_CODE_HPP
#define STOPGAP_SECURITY_CODE_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "access.hpp"
#include "callback.hpp"
#include "key_ring.hpp"
#include "lifecycle.hpp"
#include "record.hpp"
#include "result.hpp"
#include "role.hpp"
#include "scopes.hpp"
#include "secret.hpp"
#include "security_format.hpp"
#include "text.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// An authenticated security code.
struct authenticated {
    // The role with whose rights it acts.
    stopgap::role role;
    // `true` if the user is a super administrator and the code has a plain user's rights.
    bool limited;
    // The user of access::same_as.
    std::optional<std::string> user;
    // The scopes to which it is limited.
    stopgap::scopes scopes;

    explicit authenticated(const stopgap_authenticated& value)
        : role(static_cast<stopgap::role>(value.role)), limited(value.limited != 0),
          scopes(value.scopes) {
        if (value.user[0] != '\0') {
            user = detail::field(value.user);
        }
    }
};

// A request to create a security code: `{access, scopes}`, or in C++20 also
// `{.access = access, .scopes = scopes, .description = "nightly report"}`. It borrows its
// texts; an empty one is left out.
struct security_request {
    stopgap::access access;
    // The scopes to which the code is limited, or scopes::unlimited().
    stopgap::scopes scopes;
    // The description: one line of at most 1,024 bytes.
    std::string_view description = {};
    // The network address from which the request came. No code depends on this member and
    // on those that follow: they are for logs and rules.
    std::string_view source_address = {};
    // The caller's id of the request.
    std::string_view request_id = {};
    // The reason for which the code is created.
    std::string_view reason = {};
    // The ticket of the help desk.
    std::string_view ticket = {};

    // Returns the struct of C, which borrows the scopes.
    [[nodiscard]] stopgap_security_request c() const noexcept {
        stopgap_security_request all = {};
        all.size = sizeof all;
        all.scopes = &scopes.c();
        all.same_as = detail::text(access.user());
        all.access = access.level();
        all.description = detail::text(description);
        all.source_address = detail::text(source_address);
        all.request_id = detail::text(request_id);
        all.reason = detail::text(reason);
        all.ticket = detail::text(ticket);
        return all;
    }
};

struct created_security_code;

// The sealed record of a security code: everything but the code, and the tag. Each call
// checks the tag. Changes need a super administrator, and change the record in place: store
// it afterwards.
class security_code : public detail::record<stopgap_security_code> {
public:
    using record::record;

    // Creates a code of 128 random bits with a lifetime of 24 hours.
    [[nodiscard]] static returns<created_security_code>
    create(const key_ring& ring, const security_format& format, const actor& who,
           const security_request& request, time instant);

    // Creates a code by `random(bytes, length)`, which must be cryptographically secure.
    template <class Random>
    [[nodiscard]] static returns<created_security_code>
    create(const key_ring& ring, const security_format& format, const actor& who,
           const security_request& request, time instant, Random&& random);

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
            &c(), ring.c(), format.c().data(), format.c().size(), detail::text(presented), &callback, to_unix(instant), &found, &reply.why);
        source.release();
        return reply.with(authenticated(found));
    }

    // Returns the state of its lifetime.
    [[nodiscard]] returns<lifecycle_state> state(const key_ring& ring, time instant) const {
        detail::reply reply;
        stopgap_lifecycle_state stands = {};
        reply.status = stopgap_security_code_state(&c(), ring.c(), to_unix(instant), &stands,
                                                   &reply.why);
        return reply.with(lifecycle_state(stands));
    }

    // Applies an event of the lifecycle.
    returns<void> apply(const key_ring& ring, const actor& who, lifecycle_event event,
                        time instant) {
        return change(ring, who, static_cast<stopgap_lifecycle_event>(event), STOPGAP_NEVER,
                      instant);
    }

    // Changes the expiry; a permanent code is permanent no longer.
    returns<void> edit(const key_ring& ring, const actor& who, time expires_at, time instant) {
        return change(ring, who, STOPGAP_EVENT_EDIT, to_unix(expires_at), instant);
    }

    // Changes the description.
    returns<void> describe(const key_ring& ring, const actor& who, std::string_view words,
                           time instant) {
        detail::reply reply;
        const stopgap_actor acting = who.c();
        reply.status =
            stopgap_security_code_describe(&c(), ring.c(), &acting, detail::text(words),
                                           to_unix(instant), &reply.why);
        return reply.done();
    }

    // Checks the tag: for a list. The other calls check it as well.
    returns<void> open(const key_ring& ring) const {
        detail::reply reply;
        reply.status = stopgap_security_code_open(&c(), ring.c(), &reply.why);
        return reply.done();
    }

    [[nodiscard]] record_id id() const noexcept { return record_id(c().id); }
    [[nodiscard]] stopgap::tag tag() const noexcept { return stopgap::tag(c().tag); }
    [[nodiscard]] time created_at() const noexcept { return from_unix(c().created_at); }
    [[nodiscard]] stopgap::lifetime lifetime() const noexcept {
        return stopgap::lifetime(c().lifetime);
    }
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
    create_with(const stopgap_random* random, const key_ring& ring, const security_format& format,
                const actor& who, const security_request& request, time instant,
                Release release);

    returns<void> change(const key_ring& ring, const actor& who, stopgap_lifecycle_event event,
                         std::int64_t expires_at, time instant) {
        detail::reply reply;
        const stopgap_actor acting = who.c();
        reply.status = stopgap_security_code_apply(&c(), ring.c(), &acting, event, expires_at,
                                                   to_unix(instant), &reply.why);
        return reply.done();
    }
};

// A new security code: its text with the prefix, to be shown once and not stored, and its
// sealed record, to be stored.
struct created_security_code {
    secret_text text;
    security_code record;
};

template <class Release>
returns<created_security_code>
security_code::create_with(const stopgap_random* random, const key_ring& ring,
                           const security_format& format, const actor& who,
                           const security_request& request, time instant, Release release) {
    static_assert(STOPGAP_SECURITY_TEXT_SIZE <= STOPGAP_SPOKEN_SIZE, "it has room for any");
    detail::reply reply;
    const stopgap_actor acting = who.c();
    const stopgap_security_request asked = request.c();
    secret_text text;
    stopgap_security_code kept = {};
    reply.status = stopgap_security_code_create(
        ring.c(), format.c().data(), &acting, &asked, to_unix(instant), random, text.c().text,
        sizeof text.c().text, nullptr, &kept, &reply.why);
    release();
    return reply.with(created_security_code{std::move(text), security_code(kept)});
}

inline returns<created_security_code>
security_code::create(const key_ring& ring, const security_format& format, const actor& who,
                      const security_request& request, time instant) {
    return create_with(nullptr, ring, format, who, request, instant, [] {});
}

template <class Random>
returns<created_security_code>
security_code::create(const key_ring& ring, const security_format& format, const actor& who,
                      const security_request& request, time instant, Random&& random) {
    detail::random_source source(random);
    const stopgap_random callback = source.c();
    return create_with(&callback, ring, format, who, request, instant,
                       [&] { source.release(); });
}

STOPGAP_NAMESPACE_END

#endif
