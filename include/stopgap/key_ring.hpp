// The keys of a server.
#ifndef STOPGAP_KEY_RING_HPP
#define STOPGAP_KEY_RING_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "../stopgap.h"
#include "code.hpp"
#include "handle.hpp"
#include "master_key.hpp"
#include "record.hpp"
#include "result.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// The primary key, which was added last, issues. All keys verify, and each record has the id
// of its key. Any number of threads may use a ring as const at the same time.
class key_ring : public detail::handle<stopgap_key_ring, stopgap_key_ring_free> {
public:
    using handle::handle;

    // Makes a ring of one key.
    [[nodiscard]] static returns<key_ring> make(std::uint32_t key_id, const master_key& master) {
        detail::reply reply;
        stopgap_key_ring* ring = nullptr;
        reply.status = stopgap_key_ring_new(key_id, &master.c(), &ring, &reply.why);
        return reply.with(key_ring(ring));
    }

    // Adds a key, which becomes the primary key. Add the keys of a store from the oldest to
    // the newest.
    returns<void> add(std::uint32_t key_id, const master_key& master) {
        detail::reply reply;
        reply.status = stopgap_key_ring_add(c(), key_id, &master.c(), &reply.why);
        return reply.done();
    }

    // Retires a key. Codes and records that were made with it are refused from now on.
    returns<void> retire(std::uint32_t key_id) {
        detail::reply reply;
        reply.status = stopgap_key_ring_retire(c(), key_id, &reply.why);
        return reply.done();
    }

    // Returns the id of the primary key.
    [[nodiscard]] returns<std::uint32_t> primary_id() const {
        detail::reply reply;
        std::uint32_t key_id = 0;
        reply.status = stopgap_key_ring_primary_id(c(), &key_id, &reply.why);
        return reply.with(key_id);
    }

    // Derives the ring of a tenant: the tenant's key of each master key, under the same id.
    [[nodiscard]] returns<key_ring> tenant(std::string_view name) const {
        detail::reply reply;
        stopgap_key_ring* ring = nullptr;
        reply.status = stopgap_key_ring_tenant(c(), detail::text(name), &ring, &reply.why);
        return reply.with(key_ring(ring));
    }

    // Returns a check value under each key, the primary key first. It shows whether a store was made
    // with the key, and nothing else.
    [[nodiscard]] returns<std::vector<keyed_digest>> check_values() const {
        return each([this](auto... place) { return stopgap_key_ring_check_values(c(), place...); });
    }

    // Returns the digest of an online code of this user under each key, the primary key first.
    [[nodiscard]] returns<std::vector<keyed_digest>> online_digests(std::string_view user,
                                                                    const code& typed) const {
        return each([&](auto... place) {
            return stopgap_key_ring_online_digests(c(), detail::text(user), &typed.c(),
                                                   place...);
        });
    }

    // Returns the digest of a security code under each key, the primary key first.
    [[nodiscard]] returns<std::vector<keyed_digest>> security_digests(const code& typed) const {
        return each([&](auto... place) {
            return stopgap_key_ring_security_digests(c(), &typed.c(), place...);
        });
    }

private:
    template <class Write>
    static returns<std::vector<keyed_digest>> each(Write write) {
        detail::reply reply;
        stopgap_digests place = {nullptr, 0, 0};
        reply.status = write(&place, &reply.why);
        std::vector<stopgap_keyed_digest> found(place.count);
        if (reply.status == STOPGAP_ERR_BUFFER_TOO_SMALL) {
            place = {found.data(), found.size(), 0};
            reply.status = write(&place, &reply.why);
        }
        std::vector<keyed_digest> all;
        for (const stopgap_keyed_digest& one : found) {
            all.push_back({one.key_id, digest(one.digest)});
        }
        return reply.with(std::move(all));
    }
};

STOPGAP_NAMESPACE_END

#endif
