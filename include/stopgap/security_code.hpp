// Security codes, with which programs and administrators authenticate.
#ifndef STOPGAP_SECURITY_CODE_HPP
#define STOPGAP_SECURITY_CODE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../stopgap.h"
#include "access.hpp"
#include "callback.hpp"
#include "handle.hpp"
#include "key_ring.hpp"
#include "lifecycle.hpp"
#include "record.hpp"
#include "result.hpp"
#include "role.hpp"
#include "scopes.hpp"
#include "security_format.hpp"
#include "security_request.hpp"
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
        if (value.user.len != 0) {
            user = detail::view(value.user);
        }
    }
};

struct created_security_code;

// The sealed record of a security code: everything but the code, and the tag. Store its
// bytes(). The calls that decide check the tag. Changes need a super administrator, and change
// the record in place: store it afterwards. Any number of threads may use it as const at the
// same time.
class security_code
    : public detail::handle<stopgap_security_code, stopgap_security_code_free> {
public:
    using handle::handle;

    // Creates a code of 128 random bits.
    [[nodiscard]] static returns<created_security_code>
    create(const key_ring& ring, const security_request& request, time instant);

    // Creates a code by `random(bytes, length)`, which must be cryptographically secure.
    template <class Random>
    [[nodiscard]] static returns<created_security_code>
    create(const key_ring& ring, const security_request& request, time instant, Random&& random);

    // Reads a record that bytes() has written. The tag is checked when the record is used.
    [[nodiscard]] static returns<security_code> from_bytes(std::string_view bytes) {
        detail::reply reply;
        stopgap_security_code* record = nullptr;
        reply.status = stopgap_security_code_from_bytes(detail::bytes(bytes), &record, &reply.why);
        return reply.with(security_code(record));
    }

    // Returns the record and its tag as portable bytes, to be stored.
    [[nodiscard]] returns<std::string> bytes() const {
        detail::reply reply;
        std::string stored;
        std::size_t needed = 0;
        reply.status = stopgap_security_code_to_bytes(c(), nullptr, 0, &needed, &reply.why);
        if (reply.status == STOPGAP_ERR_BUFFER_TOO_SMALL) {
            stored.resize(needed);
            reply.status = stopgap_security_code_to_bytes(
                c(), reinterpret_cast<std::uint8_t*>(stored.data()), needed, &needed, &reply.why);
        }
        return reply.with(std::move(stored));
    }

    // Authenticates the text of a security code; `role_of(user)` returns the role of a user.
    template <class RoleOf>
    [[nodiscard]] returns<authenticated>
    authenticate(const key_ring& ring, const security_format& format, std::string_view presented,
                 RoleOf&& role_of, time instant) const {
        detail::reply reply;
        detail::role_source source(role_of);
        const stopgap_role_of callback = source.c();
        const std::vector<stopgap_text> accepted = format.c();
        stopgap_authenticate_request request = {};
        request.size = sizeof request;
        request.presented = detail::text(presented);
        request.role_of = &callback;
        request.prefixes = accepted.data();
        request.prefix_count = accepted.size();
        stopgap_authenticated found = {};
        found.size = sizeof found;
        reply.status = stopgap_security_code_authenticate(
            c(), ring.c(), &request, to_unix(instant), &found, &reply.why);
        source.release();
        return reply.with(authenticated(found));
    }

    // Returns the state of its lifetime.
    [[nodiscard]] returns<lifecycle_state> state(const key_ring& ring, time instant) const {
        detail::reply reply;
        stopgap_lifecycle_state stands = {};
        reply.status = stopgap_security_code_state(c(), ring.c(), to_unix(instant), &stands,
                                                   &reply.why);
        return reply.with(lifecycle_state(stands));
    }

    // Applies an event of the lifecycle.
    returns<void> apply(const key_ring& ring, const actor& who, lifecycle_event event,
                        time instant) {
        return change(ring, who, static_cast<stopgap_lifecycle_event>(event), 0, {}, instant);
    }

    // Changes the expiry; a permanent code is no longer permanent.
    returns<void> edit(const key_ring& ring, const actor& who, time expires_at, time instant) {
        return change(ring, who, STOPGAP_EVENT_EDIT, to_unix(expires_at), {}, instant);
    }

    // Changes the description.
    returns<void> describe(const key_ring& ring, const actor& who, std::string_view description,
                           time instant) {
        return change(ring, who, STOPGAP_EVENT_DESCRIBE, 0, description, instant);
    }

    // Creates a code that replaces this one. This code expires after the overlap: store both
    // records, or neither.
    [[nodiscard]] returns<created_security_code> rotate(const key_ring& ring,
                                                        const rotate_request& request,
                                                        time instant);

    // Checks the tag: for a list. The calls that decide check it as well.
    returns<void> open(const key_ring& ring) const {
        detail::reply reply;
        reply.status = stopgap_security_code_open(c(), ring.c(), &reply.why);
        return reply.done();
    }

    // Members of the record, without a check of the tag.
    [[nodiscard]] record_id id() const noexcept { return record_id(info().id); }
    [[nodiscard]] stopgap::tag tag() const noexcept { return stopgap::tag(info().tag); }
    [[nodiscard]] time created_at() const noexcept { return from_unix(info().created_at); }
    // The expiry, unless the code is permanent or was deleted.
    [[nodiscard]] std::optional<time> expires_at() const noexcept {
        return detail::maybe_time(info().expires_at);
    }
    [[nodiscard]] bool permanent() const noexcept { return info().permanent != 0; }
    [[nodiscard]] bool deleted() const noexcept { return info().deleted != 0; }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return info().key_id; }
    [[nodiscard]] stopgap::digest digest() const noexcept {
        return stopgap::digest(info().digest);
    }
    [[nodiscard]] stopgap::scopes scopes() const { return stopgap::scopes(info().scopes); }
    // Borrow the texts of this object, until it changes.
    [[nodiscard]] stopgap::access access() const& noexcept {
        const auto all = info();
        return {all.access, detail::view(all.same_as)};
    }
    stopgap::access access() const&& = delete;
    [[nodiscard]] std::string_view description() const& noexcept {
        return detail::view(info().description);
    }
    std::string_view description() const&& = delete;

private:
    static returns<created_security_code> created(const detail::reply& reply,
                                                  stopgap_security_text& text,
                                                  stopgap_security_code* record);

    // Returns the members; zeros for a moved-from object.
    [[nodiscard]] struct stopgap_security_code_info info() const noexcept {
        struct stopgap_security_code_info all = {};
        all.size = sizeof all;
        static_cast<void>(!stopgap_security_code_info(c(), &all, nullptr));
        return all;
    }

    returns<void> change(const key_ring& ring, const actor& who, stopgap_lifecycle_event event,
                         std::int64_t expires_at, std::string_view description, time instant) {
        detail::reply reply;
        stopgap_security_change asked = {};
        asked.size = sizeof asked;
        asked.actor = who.c();
        asked.event = event;
        asked.expires_at = expires_at;
        asked.description = detail::text(description);
        reply.status =
            stopgap_security_code_apply(c(), ring.c(), &asked, to_unix(instant), &reply.why);
        return reply.done();
    }
};

// A new security code: its text, to be shown once and not stored, and its sealed record, to
// be stored.
struct created_security_code {
    security_text text;
    security_code record;
};

inline returns<created_security_code> security_code::created(const detail::reply& reply,
                                                             stopgap_security_text& text,
                                                             stopgap_security_code* record) {
    security_text shown(text);
    stopgap_wipe(&text, sizeof text);
    return reply.with(created_security_code{std::move(shown), security_code(record)});
}

inline returns<created_security_code> security_code::create(const key_ring& ring,
                                                            const security_request& request,
                                                            time instant) {
    detail::reply reply;
    const stopgap_security_request asked = request.c(nullptr);
    stopgap_security_text text = {};
    stopgap_security_code* record = nullptr;
    reply.status = stopgap_security_code_create(ring.c(), &asked, to_unix(instant), &text, &record,
                                                &reply.why);
    return created(reply, text, record);
}

template <class Random>
returns<created_security_code> security_code::create(const key_ring& ring,
                                                     const security_request& request,
                                                     time instant, Random&& random) {
    detail::reply reply;
    detail::random_source source(random);
    const stopgap_random callback = source.c();
    const stopgap_security_request asked = request.c(&callback);
    stopgap_security_text text = {};
    stopgap_security_code* record = nullptr;
    reply.status = stopgap_security_code_create(ring.c(), &asked, to_unix(instant), &text, &record,
                                                &reply.why);
    source.release();
    return created(reply, text, record);
}

inline returns<created_security_code> security_code::rotate(const key_ring& ring,
                                                            const rotate_request& request,
                                                            time instant) {
    detail::reply reply;
    const stopgap_rotate_request asked = request.c();
    stopgap_rotated rotated = {};
    reply.status = stopgap_security_code_rotate(c(), ring.c(), &asked, to_unix(instant), &rotated,
                                                &reply.why);
    return created(reply, rotated.text, rotated.record);
}

STOPGAP_NAMESPACE_END

#endif
