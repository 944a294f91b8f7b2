// An attempt to use an online code, and what was answered.
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

// For a store that gives a caller who asks again the same answer. What is kept is the id,
// the answer and the tag: who asks again brings the rest. It lends everything.
struct attempt {
    // What the caller calls it, the same when it asks again.
    std::string_view id;
    // Whose code it was said to be.
    std::string_view user;
    stopgap::purpose purpose;
    // The code that was typed, from format::normalize.
    const stopgap::code& code;
    // What was answered, in the store's own form.
    std::string_view answer;
    // The key to tag it with, kept beside the tag.
    std::uint32_t key_id;

    // The tag to keep beside the answer. It binds everything else.
    [[nodiscard]] returns<stopgap::tag> tag(const key_ring& ring) const {
        detail::reply reply;
        const stopgap_attempt all = c();
        stopgap_tag made = {};
        reply.status = stopgap_attempt_tag(&all, ring.c(), &made, &reply.why);
        return reply.with(stopgap::tag(made));
    }

    // Checks the tag that was kept beside the answer: before the answer is given again.
    returns<void> check_tag(const key_ring& ring, const stopgap::tag& kept) const {
        detail::reply reply;
        const stopgap_attempt all = c();
        reply.status = stopgap_attempt_check_tag(&all, ring.c(), &kept.c(), &reply.why);
        return reply.done();
    }

    // As C has it, lending the same.
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
