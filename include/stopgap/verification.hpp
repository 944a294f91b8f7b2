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
#include "request.hpp"
#include "result.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// The time for which an answer is replayed by default: 10 minutes.
inline constexpr std::chrono::seconds default_replay{STOPGAP_REPLAY_SECONDS};
// The longest time for which an answer is replayed: 24 hours. A store remembers a key for at
// least as long.
inline constexpr std::chrono::seconds max_replay{STOPGAP_MAX_REPLAY_SECONDS};

// The sealed record of an answered verification, to be replayed if the caller repeats it with
// its idempotency key. Store it with the answer, which the tag covers as well.
class verification : public detail::record<stopgap_verification> {
public:
    using record::record;

    // Seals the answer, in your own form, to a request that has an idempotency key. `typed`
    // is from format::normalize or normalize_any; the text of the request is not read.
    [[nodiscard]] static returns<verification> seal(const key_ring& ring,
                                                    const verify_request& request,
                                                    const code& typed, std::string_view answer,
                                                    time instant) {
        detail::reply reply;
        const stopgap_verify_request asked = request.c();
        stopgap_verification sealed = {};
        reply.status = stopgap_verification_seal(ring.c(), &asked, &typed.c(), bytes_of(answer),
                                                 answer.size(), to_unix(instant), &sealed,
                                                 &reply.why);
        return reply.with(verification(sealed));
    }

    // Succeeds if the stored answer may be returned to a verification that is repeated. Call
    // it outside throttle::guard. Before a granted answer is replayed, check its record by
    // online_grant::check_not_ended. After status::idempotency_key_reused, verify the code
    // as well, and count a failure if that is status::unknown.
    returns<void> replay(std::string_view answer, const key_ring& ring,
                         const verify_request& request, const code& typed, time instant,
                         std::chrono::seconds lasting = default_replay) const {
        detail::reply reply;
        const stopgap_verify_request asked = request.c();
        reply.status = stopgap_verification_replay(
            &c(), bytes_of(answer), answer.size(), ring.c(), &asked, &typed.c(),
            detail::count<std::uint32_t>(lasting), to_unix(instant), &reply.why);
        return reply.done();
    }

    // Checks the tag of the record and its answer: for a list. replay checks it as well.
    returns<void> open(std::string_view answer, const key_ring& ring) const {
        detail::reply reply;
        reply.status = stopgap_verification_open(&c(), bytes_of(answer), answer.size(), ring.c(),
                                                 &reply.why);
        return reply.done();
    }

    [[nodiscard]] std::string_view user() const& noexcept { return detail::field(c().user); }
    std::string_view user() const&& = delete;
    [[nodiscard]] std::string_view idempotency_key() const& noexcept {
        return detail::field(c().idempotency_key);
    }
    std::string_view idempotency_key() const&& = delete;
    [[nodiscard]] stopgap::purpose purpose() const noexcept {
        return static_cast<stopgap::purpose>(c().purpose);
    }
    [[nodiscard]] time answered_at() const noexcept { return from_unix(c().answered_at); }
    [[nodiscard]] stopgap::tag tag() const noexcept { return stopgap::tag(c().tag); }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return c().key_id; }

private:
    static const std::uint8_t* bytes_of(std::string_view answer) noexcept {
        return reinterpret_cast<const std::uint8_t*>(answer.data());
    }
};

STOPGAP_NAMESPACE_END

#endif
