// Online codes: issued and verified by a server.
#ifndef STOPGAP_ONLINE_HPP
#define STOPGAP_ONLINE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "callback.hpp"
#include "code.hpp"
#include "key_ring.hpp"
#include "purpose.hpp"
#include "record.hpp"
#include "result.hpp"
#include "time.hpp"
#include "validity.hpp"

STOPGAP_NAMESPACE_BEGIN

namespace detail {

inline std::optional<std::uint32_t> maybe_uses(std::uint32_t uses) noexcept {
    if (uses == STOPGAP_UNLIMITED) {
        return std::nullopt;
    }
    return uses;
}

} // namespace detail

// What a verified online code grants.
struct granted {
    // For what, and until when the code can be used again.
    stopgap::purpose purpose;
    stopgap::time expires_at;
    // How many uses are left after this one; none said is any number.
    std::optional<std::uint32_t> uses_left;

    explicit granted(const stopgap_granted& value) noexcept
        : purpose(static_cast<stopgap::purpose>(value.purpose)),
          expires_at(from_unix(value.expires_at)), uses_left(detail::maybe_uses(value.uses_left)) {}

    // Until when the lock is open that a code for purpose::bypass opens on the machine
    // where it was typed: for agent::open_lock.
    [[nodiscard]] returns<stopgap::time> lock() const {
        detail::reply reply;
        const stopgap_granted value = c();
        std::int64_t until = 0;
        reply.status = stopgap_granted_lock(&value, &until, &reply.why);
        return reply.with(from_unix(until));
    }

    // As C has it.
    [[nodiscard]] stopgap_granted c() const noexcept {
        return {to_unix(expires_at), static_cast<stopgap_purpose>(purpose),
                uses_left.value_or(STOPGAP_UNLIMITED)};
    }
};

// What a server keeps of an online code: everything but the code.
class online_grant : public detail::record<stopgap_online_grant> {
public:
    using record::record;

    [[nodiscard]] std::string_view user() const& noexcept { return detail::field(c().user); }
    std::string_view user() const&& = delete;
    [[nodiscard]] stopgap::purposes purposes() const noexcept {
        return stopgap::purposes(c().purposes);
    }
    [[nodiscard]] time issued_at() const noexcept { return from_unix(c().issued_at); }
    // The first instant at which it is valid; none said is at once.
    [[nodiscard]] std::optional<time> not_before() const noexcept {
        return detail::maybe_time(c().not_before);
    }
    // The first instant at which it is not valid any more.
    [[nodiscard]] time expires_at() const noexcept { return from_unix(c().expires_at); }
    [[nodiscard]] std::optional<time> revoked_at() const noexcept {
        return detail::maybe_time(c().revoked_at);
    }
    // How often it may be used; none said is any number.
    [[nodiscard]] std::optional<std::uint32_t> max_uses() const noexcept {
        return detail::maybe_uses(c().max_uses);
    }
    // How often it has been used, where that is limited.
    [[nodiscard]] std::uint32_t uses() const noexcept { return c().uses; }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return c().key_id; }
    [[nodiscard]] stopgap::format format() const noexcept { return stopgap::format(c().format); }
    [[nodiscard]] stopgap::digest digest() const noexcept { return stopgap::digest(c().digest); }

    // Verifies what a person typed, and counts a use where uses are limited: keep the
    // grant before you act on what is granted. Guard it with a throttle.
    [[nodiscard]] returns<granted> verify(const key_ring& ring, std::string_view user,
                                          std::string_view typed, purpose what, time instant) {
        detail::reply reply;
        stopgap_granted given = {};
        reply.status = stopgap_online_verify(
            &c(), ring.c(), user.data(), user.size(), typed.data(), typed.size(),
            static_cast<stopgap_purpose>(what), to_unix(instant), &given, &reply.why);
        return reply.with(granted(given));
    }

    // Verifies, and counts no use: for a store that others share, which must count in one
    // conditional statement.
    [[nodiscard]] returns<granted> check(const key_ring& ring, std::string_view user,
                                         std::string_view typed, purpose what,
                                         time instant) const {
        detail::reply reply;
        stopgap_granted given = {};
        reply.status = stopgap_online_check(
            &c(), ring.c(), user.data(), user.size(), typed.data(), typed.size(),
            static_cast<stopgap_purpose>(what), to_unix(instant), &given, &reply.why);
        return reply.with(granted(given));
    }

    // Revokes the code; a second time changes nothing. Whether the actor may is for you
    // to ask: action::revoke_code.
    returns<void> revoke(time instant) {
        detail::reply reply;
        reply.status = stopgap_online_revoke(&c(), to_unix(instant), &reply.why);
        return reply.done();
    }

    // The tag to keep beside it: made anew when it is revoked. It does not bind the uses.
    [[nodiscard]] returns<stopgap::tag> tag(const key_ring& ring) const {
        detail::reply reply;
        stopgap_tag made = {};
        reply.status = stopgap_online_tag(&c(), ring.c(), &made, &reply.why);
        return reply.with(stopgap::tag(made));
    }

    // Checks the tag that was kept beside it: before anything in it is believed.
    returns<void> check_tag(const key_ring& ring, const stopgap::tag& kept) const {
        detail::reply reply;
        reply.status = stopgap_online_check_tag(&c(), ring.c(), &kept.c(), &reply.why);
        return reply.done();
    }
};

// Which of several codes was typed, and what it grants.
struct found_grant {
    std::size_t index;
    stopgap::granted granted;
};

// Verifies what a person typed against all the codes that they have, and counts a use of
// the one it is: keep that one.
[[nodiscard]] inline returns<found_grant>
verify_any(detail::span<online_grant> grants, const key_ring& ring, std::string_view user,
           std::string_view typed, purpose what, time instant) {
    detail::reply reply;
    std::size_t index = 0;
    stopgap_granted given = {};
    reply.status = stopgap_online_verify_any(
        grants.c(), grants.size(), ring.c(), user.data(), user.size(), typed.data(), typed.size(),
        static_cast<stopgap_purpose>(what), to_unix(instant), &index, &given, &reply.why);
    return reply.with(found_grant{index, granted(given)});
}

// A new code, to be told once and not kept, and what is to be kept of it.
struct issued {
    stopgap::code code;
    online_grant grant;
};

// What kind of online codes to issue: 12 hexadecimal symbols, one day, every purpose, any
// number of uses, from now on. Change what is to be different.
struct online_policy {
    stopgap::format format;
    stopgap::validity validity;
    stopgap::purposes purposes;
    // How often each may be used; none said is any number.
    std::optional<std::uint32_t> max_uses;
    // The first instant at which they are valid; none said is at once.
    std::optional<time> not_before;

    online_policy() noexcept : online_policy(stopgap_online_policy_default()) {}
    explicit online_policy(const stopgap_online_policy& value) noexcept
        : format(value.format), validity(value.validity), purposes(value.purposes),
          max_uses(detail::maybe_uses(value.max_uses)),
          not_before(detail::maybe_time(value.not_before)) {}

    // Issues a code to a user. It expires on the wall clock of the zone. Whether the actor
    // may is for you to ask: action::issue_code.
    [[nodiscard]] returns<issued> issue(const key_ring& ring, std::string_view user, time instant,
                                        std::string_view zone = {}) const {
        return issue_with(nullptr, ring, user, instant, zone, [] {});
    }

    // Issues a code of `random(bytes, length)`, which must be cryptographically secure.
    template <class Random>
    [[nodiscard]] returns<issued> issue(const key_ring& ring, std::string_view user, time instant,
                                        std::string_view zone, Random&& random) const {
        detail::random_source source(random);
        const stopgap_random callback = source.c();
        return issue_with(&callback, ring, user, instant, zone, [&] { source.release(); });
    }

    // As C has it.
    [[nodiscard]] stopgap_online_policy c() const noexcept {
        return {detail::unix_or_never(not_before), format.c(), validity.number(), purposes.bits(),
                max_uses.value_or(STOPGAP_UNLIMITED)};
    }

private:
    template <class Release>
    returns<issued> issue_with(const stopgap_random* random, const key_ring& ring,
                               std::string_view user, time instant, std::string_view zone,
                               Release release) const {
        detail::reply reply;
        const stopgap_online_policy policy = c();
        stopgap::code told;
        stopgap_online_grant kept = {};
        reply.status = stopgap_online_issue(&policy, ring.c(), user.data(), user.size(),
                                            to_unix(instant), zone.data(), zone.size(), random,
                                            &told.c(), &kept, &reply.why);
        release();
        return reply.with(issued{std::move(told), online_grant(kept)});
    }
};

STOPGAP_NAMESPACE_END

#endif
