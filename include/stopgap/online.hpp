// Online codes: issued and verified by a server.
#ifndef STOPGAP_ONLINE_HPP
#define STOPGAP_ONLINE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "../stopgap.h"
#include "callback.hpp"
#include "code.hpp"
#include "key_ring.hpp"
#include "purpose.hpp"
#include "record.hpp"
#include "request.hpp"
#include "result.hpp"
#include "text.hpp"
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

// The grant of a verified online code.
struct granted {
    stopgap::purpose purpose;
    // The expiry of the code.
    stopgap::time expires_at;
    // The end of the password-only lock that a code for purpose::bypass activates on the
    // machine at which it was typed: for agent::activate. `std::nullopt` for another
    // purpose.
    std::optional<stopgap::time> password_only_until;
    // The number of uses left after this one; `std::nullopt` for any number.
    std::optional<std::uint32_t> uses_left;

    explicit granted(const stopgap_granted& value) noexcept
        : purpose(static_cast<stopgap::purpose>(value.purpose)),
          expires_at(from_unix(value.expires_at)),
          password_only_until(detail::maybe_time(value.password_only_until)),
          uses_left(detail::maybe_uses(value.uses_left)) {}
};

// The sealed record of an online code: everything but the code, and the tag. Each call
// checks the tag. Calls that change the record change this object: store its bytes() before
// you act. The members are those of info(), which checks no tag.
class online_grant
    : public detail::sealed<stopgap_online_grant, stopgap_online_grant_free,
                            stopgap_online_grant_to_bytes, stopgap_online_grant_from_bytes,
                            struct stopgap_online_grant_info, stopgap_online_grant_info> {
public:
    using sealed::sealed;

    // Reads a record of its bytes(). The other calls check the tag.
    [[nodiscard]] static returns<online_grant> from_bytes(std::string_view bytes) {
        return read<online_grant>(bytes);
    }

    [[nodiscard]] std::string_view user() const& noexcept {
        return detail::view(members().user);
    }
    std::string_view user() const&& = delete;
    [[nodiscard]] stopgap::purposes purposes() const noexcept {
        return stopgap::purposes(members().purposes);
    }
    [[nodiscard]] time issued_at() const noexcept { return from_unix(members().issued_at); }
    // The instant from which the code is valid; `std::nullopt` if from issue.
    [[nodiscard]] std::optional<time> not_before() const noexcept {
        return detail::maybe_time(members().not_before);
    }
    // The expiry: the code is valid before this instant.
    [[nodiscard]] time expires_at() const noexcept { return from_unix(members().expires_at); }
    [[nodiscard]] std::optional<time> revoked_at() const noexcept {
        return detail::maybe_time(members().revoked_at);
    }
    // The number of uses allowed; `std::nullopt` for any number.
    [[nodiscard]] std::optional<std::uint32_t> max_uses() const noexcept {
        return detail::maybe_uses(members().max_uses);
    }
    // The number of uses, counted only if they are limited.
    [[nodiscard]] std::uint32_t uses() const noexcept { return members().uses; }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return members().key_id; }
    [[nodiscard]] stopgap::format format() const { return stopgap::format(members().format); }
    [[nodiscard]] stopgap::digest digest() const noexcept {
        return stopgap::digest(members().digest);
    }
    [[nodiscard]] record_id id() const noexcept { return record_id(members().id); }
    [[nodiscard]] stopgap::tag tag() const noexcept { return stopgap::tag(members().tag); }

    // Verifies what a person typed, and counts a use if uses are limited. Store the record
    // before you act on what is granted. Guard the call with a throttle.
    [[nodiscard]] returns<granted> verify(const key_ring& ring, const verify_request& request,
                                          time instant) {
        detail::reply reply;
        const stopgap_verify_request asked = request.c();
        stopgap_granted given = {};
        given.size = sizeof given;
        reply.status = stopgap_online_verify(c(), ring.c(), &asked, to_unix(instant), &given,
                                             &reply.why);
        return reply.with(granted(given));
    }

    // Revokes the code; a second time changes nothing. Check first that the actor may do
    // this: action::revoke_code.
    returns<void> revoke(const key_ring& ring, time instant) {
        detail::reply reply;
        reply.status = stopgap_online_revoke(c(), ring.c(), to_unix(instant), &reply.why);
        return reply.done();
    }

    // Checks that the code was not revoked and has not expired, before a granted answer is
    // replayed.
    returns<void> check_not_ended(const key_ring& ring, time instant) const {
        detail::reply reply;
        reply.status =
            stopgap_online_check_not_ended(c(), ring.c(), to_unix(instant), &reply.why);
        return reply.done();
    }

    // Checks the tag: for a list. verify checks it as well.
    returns<void> open(const key_ring& ring) const {
        detail::reply reply;
        reply.status = stopgap_online_open(c(), ring.c(), &reply.why);
        return reply.done();
    }
};

// The index of the code that was typed, and its grant.
struct found_grant {
    std::size_t index;
    stopgap::granted granted;
};

// Verifies what a person typed against all the codes of that person, and counts a use of the
// one that fits: store that one.
[[nodiscard]] inline returns<found_grant> verify_any(detail::span<online_grant> grants,
                                                     const key_ring& ring,
                                                     const verify_request& request,
                                                     time instant) {
    detail::reply reply;
    const stopgap_verify_request asked = request.c();
    const std::vector<stopgap_online_grant*> all = grants.handles();
    stopgap_granted given = {};
    given.size = sizeof given;
    reply.status = stopgap_online_verify_any({all.data(), all.size()}, ring.c(), &asked,
                                             to_unix(instant), &given, &reply.why);
    return reply.with(found_grant{given.index, granted(given)});
}

// A new code, to be shown once and not stored, and its sealed record, to be stored.
struct issued {
    stopgap::code code;
    online_grant grant;
};

// The policy by which online codes are issued: 12 hexadecimal symbols, one day, every
// purpose, any number of uses, valid from issue. Change some members.
struct online_policy {
    stopgap::format format;
    stopgap::validity validity;
    stopgap::purposes purposes;
    // The number of uses of each code; `std::nullopt` for any number.
    std::optional<std::uint32_t> max_uses;
    // The instant from which the codes are valid; `std::nullopt` if from issue. The validity counts
    // from it.
    std::optional<time> not_before;

    online_policy() : online_policy(stopgap_online_policy_default()) {}
    explicit online_policy(const stopgap_online_policy& value)
        : format(value.format), validity(value.validity), purposes(value.purposes),
          max_uses(detail::maybe_uses(value.max_uses)),
          not_before(detail::maybe_time(value.not_before)) {}

    // Issues a code to a user. Days and months count on the wall clock of the zone. Check
    // first that the actor may do this: action::issue_code.
    [[nodiscard]] returns<issued> issue(const key_ring& ring, const issue_request& request,
                                        time instant, std::string_view zone = {}) const {
        return issue_with(nullptr, ring, request, instant, zone, [] {});
    }

    // Issues a code by `random(bytes, length)`, which must be cryptographically secure.
    template <class Random>
    [[nodiscard]] returns<issued> issue(const key_ring& ring, const issue_request& request,
                                        time instant, std::string_view zone,
                                        Random&& random) const {
        detail::random_source source(random);
        const stopgap_random callback = source.c();
        return issue_with(&callback, ring, request, instant, zone, [&] { source.release(); });
    }

    // Returns the struct of C, whose alphabet this object keeps.
    [[nodiscard]] stopgap_online_policy c() const& noexcept {
        return {detail::unix_or_never(not_before), format.c(), validity.number(), purposes.bits(),
                max_uses.value_or(STOPGAP_UNLIMITED)};
    }
    stopgap_online_policy c() const&& = delete;

private:
    template <class Release>
    returns<issued> issue_with(const stopgap_random* random, const key_ring& ring,
                               const issue_request& request, time instant,
                               std::string_view zone, Release release) const {
        detail::reply reply;
        const stopgap_online_policy policy = c();
        stopgap_issue_request asked = request.c();
        asked.policy = &policy;
        asked.zone = detail::text(zone);
        asked.random = random;
        stopgap::code told;
        stopgap_online_grant* made = nullptr;
        reply.status = stopgap_online_issue(ring.c(), &asked, to_unix(instant), &told.c(), &made,
                                            &reply.why);
        online_grant grant(made);
        release();
        return reply.with(issued{std::move(told), std::move(grant)});
    }
};

STOPGAP_NAMESPACE_END

#endif
