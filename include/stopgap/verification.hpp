// The record of a verification under an idempotency key.
#ifndef STOPGAP_VERIFICATION_HPP
#define STOPGAP_VERIFICATION_HPP

#include <chrono>
#include <cstdint>
#include <string_view>

#include "../stopgap.h"
#include "code.hpp"
#include "key_ring.hpp"
#include "purpose.hpp"
#include "record.hpp"
#include "result.hpp"
#include "text.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// The time for which an answer is replayed by default: 10 minutes.
inline constexpr std::chrono::seconds default_replay{STOPGAP_REPLAY_SECONDS};
// The longest time for which an answer is replayed: 24 hours. A store remembers a key for at
// least as long.
inline constexpr std::chrono::seconds max_replay{STOPGAP_MAX_REPLAY_SECONDS};

// A verification under an idempotency key: `{user, key, purpose, typed, answer}`, or in C++20
// also `{.user = user, .idempotency_key = key, .purpose = purpose, .typed = typed}`. It borrows
// its members.
struct verification_request {
    // The user.
    std::string_view user;
    // The caller's name for this verification, so that it can be repeated safely: 1 to 255
    // bytes.
    std::string_view idempotency_key;
    stopgap::purpose purpose;
    // The code that was typed, from format::normalize or normalize_any.
    const code& typed;
    // The answer to store, in your own form. Only verification::seal uses it.
    std::string_view answer = {};
    // The time for which the answer is replayed; zero for default_replay. Only
    // verification::replay uses it.
    std::chrono::seconds lasting = default_replay;

    // Returns the struct of C.
    [[nodiscard]] stopgap_verification_request c() const noexcept {
        stopgap_verification_request all = {};
        all.size = sizeof all;
        all.user = detail::text(user);
        all.idempotency_key = detail::text(idempotency_key);
        all.purpose = static_cast<stopgap_purpose>(purpose);
        all.code = &typed.c();
        all.answer = detail::bytes(answer);
        all.replay_seconds = detail::count<std::uint32_t>(lasting);
        return all;
    }
};

// The sealed record of an answered verification, to be replayed if the caller repeats it with
// its idempotency key. It has the answer, which the tag covers as well.
class verification
    : public detail::sealed<stopgap_verification, stopgap_verification_free,
                            stopgap_verification_to_bytes, stopgap_verification_from_bytes,
                            struct stopgap_verification_info, stopgap_verification_info> {
public:
    using sealed::sealed;

    // Reads a record of its bytes(). replay and open check the tag.
    [[nodiscard]] static returns<verification> from_bytes(std::string_view bytes) {
        return read<verification>(bytes);
    }

    // Seals the answer to a verification.
    [[nodiscard]] static returns<verification> seal(const key_ring& ring,
                                                    const verification_request& request,
                                                    time instant) {
        detail::reply reply;
        const stopgap_verification_request asked = request.c();
        stopgap_verification* made = nullptr;
        reply.status = stopgap_verification_seal(ring.c(), &asked, to_unix(instant), &made,
                                                 &reply.why);
        return reply.with(verification(made));
    }

    // Returns the stored answer if it may be returned to a verification that is repeated, for
    // as long as this object exists. Call it outside throttle::guard. Before a granted answer
    // is replayed, check its record by online_grant::check_not_ended. After
    // status::idempotency_key_reused, verify the code as well, and count a failure if that is
    // status::unknown.
    [[nodiscard]] returns<std::string_view> replay(const key_ring& ring,
                                                   const verification_request& request,
                                                   time instant) const& {
        detail::reply reply;
        const stopgap_verification_request asked = request.c();
        stopgap_bytes answer = {};
        reply.status = stopgap_verification_replay(c(), ring.c(), &asked, to_unix(instant),
                                                   &answer, &reply.why);
        return reply.with(detail::view(answer));
    }
    returns<std::string_view> replay(const key_ring&, const verification_request&,
                                     time) const&& = delete;

    // Checks the tag, and returns the answer: for a list. replay checks the tag as well.
    returns<std::string_view> open(const key_ring& ring) const& {
        detail::reply reply;
        stopgap_bytes answer = {};
        reply.status = stopgap_verification_open(c(), ring.c(), &answer, &reply.why);
        return reply.with(detail::view(answer));
    }
    returns<std::string_view> open(const key_ring&) const&& = delete;

    [[nodiscard]] std::string_view user() const& noexcept {
        return detail::view(members().user);
    }
    std::string_view user() const&& = delete;
    [[nodiscard]] std::string_view idempotency_key() const& noexcept {
        return detail::view(members().idempotency_key);
    }
    std::string_view idempotency_key() const&& = delete;
    [[nodiscard]] stopgap::purpose purpose() const noexcept {
        return static_cast<stopgap::purpose>(members().purpose);
    }
    [[nodiscard]] time answered_at() const noexcept { return from_unix(members().answered_at); }
    [[nodiscard]] stopgap::tag tag() const noexcept { return stopgap::tag(members().tag); }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return members().key_id; }
};

STOPGAP_NAMESPACE_END

#endif
