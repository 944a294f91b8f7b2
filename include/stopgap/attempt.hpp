// A verification of an online code, and its answer.
#ifndef STOPGAP_ATTEMPT_HPP
#define STOPGAP_ATTEMPT_HPP

#include <cstdint>
#include <string_view>

#include "../stopgap.h"
#include "code.hpp"
#include "key_ring.hpp"
#include "purpose.hpp"
#include "record.hpp"
#include "result.hpp"

STOPGAP_NAMESPACE_BEGIN

// A verification and its answer, for a store that replays answers. Store the id, the answer
// and the tag; the caller repeats the rest. It borrows all its members.
struct attempt {
    // The caller's id of the verification, the same when it is repeated.
    std::string_view id;
    // The user.
    std::string_view user;
    stopgap::purpose purpose;
    // The typed code, from format::normalize.
    const stopgap::code& code;
    // The answer, in the store's own form.
    std::string_view answer;
    // The key of the tag, stored beside it.
    std::uint32_t key_id;

    // Returns the tag to store beside the answer. It covers all other members.
    [[nodiscard]] returns<stopgap::tag> tag(const key_ring& ring) const {
        detail::reply reply;
        const stopgap_attempt all = c();
        stopgap_tag made = {};
        reply.status = stopgap_attempt_tag(&all, ring.c(), &made, &reply.why);
        return reply.with(stopgap::tag(made));
    }

    // Checks the tag that was stored beside the answer. Do this before you replay it.
    returns<void> check_tag(const key_ring& ring, const stopgap::tag& kept) const {
        detail::reply reply;
        const stopgap_attempt all = c();
        reply.status = stopgap_attempt_check_tag(&all, ring.c(), &kept.c(), &reply.why);
        return reply.done();
    }

    // Returns the struct of C, which borrows the same.
    [[nodiscard]] stopgap_attempt c() const noexcept {
        return {id.data(),
                id.size(),
                user.data(),
                user.size(),
                &code.c(),
                reinterpret_cast<const std::uint8_t*>(answer.data()),
                answer.size(),
                key_id,
                static_cast<stopgap_purpose>(purpose)};
    }
};

STOPGAP_NAMESPACE_END

#endif
