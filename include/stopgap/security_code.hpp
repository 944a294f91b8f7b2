// Security codes, by which programs and administrators authenticate.
#ifndef STOPGAP_SECURITY_CODE_HPP
#define STOPGAP_SECURITY_CODE_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "callback.hpp"
#include "code.hpp"
#include "key_ring.hpp"
#include "life.hpp"
#include "record.hpp"
#include "result.hpp"
#include "role.hpp"
#include "time.hpp"

STOPGAP_NAMESPACE_BEGIN

// What an authenticated security code may do.
struct scope {
    // With which role's rights it acts.
    stopgap::role role;
    // Whether it has less than its user has.
    bool limited;
    // As which user; none where it is a super administrator of its own.
    std::optional<std::string> user;

    explicit scope(const stopgap_scope& value)
        : role(static_cast<stopgap::role>(value.role)), limited(value.limited != 0) {
        if (value.user[0] != '\0') {
            user = detail::field(value.user);
        }
    }
};

// With whose rights a security code acts. It lends the user's name.
class access {
public:
    // With a super administrator's.
    [[nodiscard]] static access super_administrator() noexcept {
        return {STOPGAP_ACCESS_SUPER_ADMINISTRATOR, {}};
    }
    // With those of a user, but never a super administrator's.
    [[nodiscard]] static access same_as(std::string_view user) noexcept {
        return {STOPGAP_ACCESS_SAME_AS, user};
    }

    // What it amounts to, where `role_of(user)` knows what a user is.
    template <class RoleOf>
    [[nodiscard]] returns<stopgap::scope> scope(RoleOf&& role_of) const {
        detail::reply reply;
        detail::role_source source(role_of);
        const stopgap_role_of callback = source.c();
        stopgap_scope found = {};
        reply.status = stopgap_access_scope(level_, user_.data(), user_.size(), &callback, &found,
                                            &reply.why);
        source.release();
        return reply.with(stopgap::scope(found));
    }

    [[nodiscard]] stopgap_access level() const noexcept { return level_; }
    // The user of same_as; otherwise empty.
    [[nodiscard]] std::string_view user() const noexcept { return user_; }

private:
    friend class security_code;

    access(stopgap_access level, std::string_view user) noexcept : level_(level), user_(user) {}

    stopgap_access level_;
    std::string_view user_;
};

struct created_security_code;

// What a server keeps of a security code: everything but the code. Every change needs a
// super administrator and changes nothing where it is refused; keep the record after it.
class security_code : public detail::record<stopgap_security_code> {
public:
    using record::record;

    // A code of 128 random bits that lives 24 hours.
    [[nodiscard]] static returns<created_security_code>
    create(const key_ring& ring, const actor& who, const access& rights,
           std::string_view description, time instant);

    // The same of `random(bytes, length)`, which must be cryptographically secure.
    template <class Random>
    [[nodiscard]] static returns<created_security_code>
    create(const key_ring& ring, const actor& who, const access& rights,
           std::string_view description, time instant, Random&& random);

    // Authenticates a presented code: what it may do, where `role_of(user)` knows what a
    // user is.
    template <class RoleOf>
    [[nodiscard]] returns<scope> authenticate(const key_ring& ring, std::string_view presented,
                                              RoleOf&& role_of, time instant) const {
        detail::reply reply;
        detail::role_source source(role_of);
        const stopgap_role_of callback = source.c();
        stopgap_scope found = {};
        reply.status = stopgap_security_code_authenticate(&c(), ring.c(), presented.data(),
                                                          presented.size(), &callback,
                                                          to_unix(instant), &found, &reply.why);
        source.release();
        return reply.with(scope(found));
    }

    // Where its life stands.
    [[nodiscard]] returns<life_state> state(time instant) const {
        detail::reply reply;
        stopgap_life_state stands = {};
        reply.status =
            stopgap_security_code_state(&c(), to_unix(instant), &stands, &reply.why);
        return reply.with(life_state(stands));
    }

    // Does something to it.
    returns<void> apply(const actor& who, life_event event, time instant) {
        return change(who, static_cast<stopgap_life_event>(event), STOPGAP_NEVER, instant);
    }

    // Gives it another expiry.
    returns<void> edit(const actor& who, time expires_at, time instant) {
        return change(who, STOPGAP_LIFE_EDIT, to_unix(expires_at), instant);
    }

    // Describes it anew.
    returns<void> describe(const actor& who, std::string_view words, time instant) {
        detail::reply reply;
        const stopgap_actor acting = who.c();
        reply.status = stopgap_security_code_describe(&c(), &acting, words.data(), words.size(),
                                                      to_unix(instant), &reply.why);
        return reply.done();
    }

    // The tag to keep beside it: made anew when its life changes.
    [[nodiscard]] returns<stopgap::tag> tag(const key_ring& ring) const {
        detail::reply reply;
        stopgap_tag made = {};
        reply.status = stopgap_security_code_tag(&c(), ring.c(), &made, &reply.why);
        return reply.with(stopgap::tag(made));
    }

    // Checks the tag that was kept beside it: before anything in it is believed.
    returns<void> check_tag(const key_ring& ring, const stopgap::tag& kept) const {
        detail::reply reply;
        reply.status = stopgap_security_code_check_tag(&c(), ring.c(), &kept.c(), &reply.why);
        return reply.done();
    }

    [[nodiscard]] time created_at() const noexcept { return from_unix(c().created_at); }
    [[nodiscard]] stopgap::life life() const noexcept { return stopgap::life(c().life); }
    [[nodiscard]] std::uint32_t key_id() const noexcept { return c().key_id; }
    [[nodiscard]] stopgap::digest digest() const noexcept { return stopgap::digest(c().digest); }
    // It lends this object's name.
    [[nodiscard]] stopgap::access access() const& noexcept {
        return {c().access, detail::field(c().same_as)};
    }
    stopgap::access access() const&& = delete;
    [[nodiscard]] std::string_view description() const& noexcept {
        return detail::field(c().description);
    }
    std::string_view description() const&& = delete;

private:
    template <class Release>
    static returns<created_security_code>
    create_with(const stopgap_random* random, const key_ring& ring, const actor& who,
                const stopgap::access& rights, std::string_view description, time instant,
                Release release);

    returns<void> change(const actor& who, stopgap_life_event event, std::int64_t expires_at,
                         time instant) {
        detail::reply reply;
        const stopgap_actor acting = who.c();
        reply.status = stopgap_security_code_apply(&c(), &acting, event, expires_at,
                                                   to_unix(instant), &reply.why);
        return reply.done();
    }
};

// A new code, to be told once and not kept, and the record, to be kept.
struct created_security_code {
    stopgap::code code;
    security_code record;
};

template <class Release>
returns<created_security_code>
security_code::create_with(const stopgap_random* random, const key_ring& ring, const actor& who,
                           const stopgap::access& rights, std::string_view description,
                           time instant, Release release) {
    detail::reply reply;
    const stopgap_actor acting = who.c();
    code told;
    stopgap_security_code kept = {};
    reply.status = stopgap_security_code_create(
        ring.c(), &acting, rights.level(), rights.user().data(), rights.user().size(),
        description.data(), description.size(), to_unix(instant), random, &told.c(), &kept,
        &reply.why);
    release();
    return reply.with(created_security_code{std::move(told), security_code(kept)});
}

inline returns<created_security_code>
security_code::create(const key_ring& ring, const actor& who, const stopgap::access& rights,
                      std::string_view description, time instant) {
    return create_with(nullptr, ring, who, rights, description, instant, [] {});
}

template <class Random>
returns<created_security_code>
security_code::create(const key_ring& ring, const actor& who, const stopgap::access& rights,
                      std::string_view description, time instant, Random&& random) {
    detail::random_source source(random);
    const stopgap_random callback = source.c();
    return create_with(&callback, ring, who, rights, description, instant,
                       [&] { source.release(); });
}

STOPGAP_NAMESPACE_END

#endif
