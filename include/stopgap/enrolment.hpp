// The enrolment of a user on a machine, and the key that server and machine share.
#ifndef STOPGAP_ENROLMENT_HPP
#define STOPGAP_ENROLMENT_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../stopgap.h"
#include "callback.hpp"
#include "code.hpp"
#include "handle.hpp"
#include "key_ring.hpp"
#include "purpose.hpp"
#include "record.hpp"
#include "result.hpp"
#include "secret.hpp"
#include "text.hpp"
#include "time.hpp"
#include "validity.hpp"

STOPGAP_NAMESPACE_BEGIN

// The secret that a server and one machine share for one user. Any number of threads may
// use it at the same time.
class enrolment_key
    : public detail::handle<stopgap_enrolment_key, stopgap_enrolment_key_free> {
public:
    using handle::handle;

    // Makes the key of the 32 bytes that a machine has stored.
    [[nodiscard]] static returns<enrolment_key> from_bytes(const std::uint8_t* bytes,
                                                           std::size_t size) {
        detail::reply reply;
        stopgap_enrolment_key* key = nullptr;
        reply.status = stopgap_enrolment_key_from_bytes(bytes, size, &key, &reply.why);
        return reply.with(enrolment_key(key));
    }

    // Reads a key of 64 hexadecimal digits; white space around them is left out.
    [[nodiscard]] static returns<enrolment_key> from_hex(std::string_view digits) {
        detail::reply reply;
        stopgap_enrolment_key* key = nullptr;
        reply.status =
            stopgap_enrolment_key_from_hex(detail::text(digits), &key, &reply.why);
        return reply.with(enrolment_key(key));
    }

    // Returns the secret bytes, to be sent to the machine over a channel that you trust.
    [[nodiscard]] returns<secret_bytes> reveal() const {
        detail::reply reply;
        secret_bytes bytes;
        reply.status =
            stopgap_enrolment_key_reveal(c(), bytes.c().bytes, secret_bytes::size(), &reply.why);
        return reply.with(std::move(bytes));
    }

    // Returns the request code of a minute.
    [[nodiscard]] returns<code>
    request_code(minute shown, const alphabet& symbols = alphabet::unambiguous()) const {
        detail::reply reply;
        code request;
        reply.status = stopgap_enrolment_key_request_code(c(), shown.time_since_epoch().count(),
                                                          symbols.c(), &request.c(), &reply.why);
        return reply.with(std::move(request));
    }

    // Returns the offline code that answers the request code of a minute, for any purpose;
    // offline_policy::answer checks what may be answered.
    [[nodiscard]] returns<code>
    offline_code(minute shown, purpose what, validity lasting,
                 const alphabet& symbols = alphabet::unambiguous()) const {
        detail::reply reply;
        code answer;
        reply.status = stopgap_enrolment_key_offline_code(c(), inputs(shown, what, lasting),
                                                          symbols.c(), &answer.c(), &reply.why);
        return reply.with(std::move(answer));
    }

    // Returns the OCRA data input of an offline code (RFC 6287, section 5.1).
    [[nodiscard]] returns<std::array<std::uint8_t, STOPGAP_OCRA_DATA_INPUT_SIZE>>
    ocra_data_input(minute shown, purpose what, validity lasting) const {
        detail::reply reply;
        std::array<std::uint8_t, STOPGAP_OCRA_DATA_INPUT_SIZE> input = {};
        reply.status = stopgap_enrolment_key_ocra_data_input(
            c(), inputs(shown, what, lasting), input.data(), input.size(), &reply.why);
        return reply.with(input);
    }

private:
    static stopgap_offline_inputs inputs(minute shown, purpose what, validity lasting) noexcept {
        return {shown.time_since_epoch().count(), static_cast<stopgap_purpose>(what),
                lasting.number()};
    }
};

// The content of the file that `stopgap machine enrol` writes.
struct enrolment_file {
    enrolment_key key;
    std::string user;
    std::string machine;
    // The number of the enrolment.
    std::uint32_t generation;
    // `true` if an agent has used the enrolment, so that there must be a sealed state.
    bool used;

    // Reads the content of the file. Wipe it afterwards.
    [[nodiscard]] static returns<enrolment_file> read(std::string_view content) {
        detail::reply reply;
        stopgap_enrolment_key* key = nullptr;
        stopgap_enrolment_file info = {};
        info.size = sizeof info;
        reply.status =
            stopgap_enrolment_read(detail::text(content), &key, &info, &reply.why);
        return reply.with(enrolment_file{enrolment_key(key), info.user, info.machine,
                                         info.generation, info.used != 0});
    }
};

// The sealed record of the enrolment of one user on one machine. It holds no secret: the key
// is derived when it is needed. Store its bytes(). Each call that decides checks the tag.
// Calls that change the record change it in place: store it afterwards.
class enrolment
    : public detail::sealed<stopgap_enrolment, stopgap_enrolment_free,
                            stopgap_enrolment_to_bytes, stopgap_enrolment_from_bytes,
                            struct stopgap_enrolment_info, stopgap_enrolment_info> {
public:
    using sealed::sealed;

    // Reads a record of its bytes(). The tag is checked when the record is used.
    [[nodiscard]] static returns<enrolment> from_bytes(std::string_view bytes) {
        return read<enrolment>(bytes);
    }

    // Makes the first enrolment of a user on a machine, under the primary key, with a random
    // generation below 2^31.
    [[nodiscard]] static returns<enrolment> make(const key_ring& ring, std::string_view user,
                                                 std::string_view machine, time instant) {
        return make_with(nullptr, ring, user, machine, instant, [] {});
    }

    // Makes it with `random(bytes, length)`, which must be cryptographically secure.
    template <class Random>
    [[nodiscard]] static returns<enrolment> make(const key_ring& ring, std::string_view user,
                                                 std::string_view machine, time instant,
                                                 Random&& random) {
        detail::random_source source(random);
        const stopgap_random callback = source.c();
        return make_with(&callback, ring, user, machine, instant, [&] { source.release(); });
    }

    // Makes the enrolment that another server has, sealed under the primary key: for a
    // migration. Pass the values that the other server is known to have.
    [[nodiscard]] static returns<enrolment> migrate(const key_ring& ring, std::string_view user,
                                                    std::string_view machine,
                                                    std::uint32_t generation,
                                                    time enrolled_at) {
        detail::reply reply;
        const stopgap_enrolment_request names = request(user, machine, nullptr);
        stopgap_enrolment* made = nullptr;
        reply.status = stopgap_enrolment_migrate(ring.c(), &names, generation,
                                                 to_unix(enrolled_at), &made, &reply.why);
        return reply.with(enrolment(made));
    }

    // Becomes the enrolment that follows, under the primary key. The machine's old key
    // answers no request any more.
    returns<void> next(const key_ring& ring, time instant) {
        detail::reply reply;
        reply.status = stopgap_enrolment_next(c(), ring.c(), to_unix(instant), &reply.why);
        return reply.done();
    }

    // Retires the enrolment: its requests are not answered any more. A second time changes
    // nothing.
    returns<void> retire(const key_ring& ring, time instant) {
        detail::reply reply;
        reply.status = stopgap_enrolment_retire(c(), ring.c(), to_unix(instant), &reply.why);
        return reply.done();
    }

    // Derives its key from its master key. Fails with status::revoked if it was retired.
    [[nodiscard]] returns<enrolment_key> key(const key_ring& ring) const {
        detail::reply reply;
        stopgap_enrolment_key* derived = nullptr;
        reply.status = stopgap_enrolment_key_derive(c(), ring.c(), &derived, &reply.why);
        return reply.with(enrolment_key(derived));
    }

    // Checks the tag: for a list. The other calls check it as well.
    returns<void> open(const key_ring& ring) const {
        detail::reply reply;
        reply.status = stopgap_enrolment_open(c(), ring.c(), &reply.why);
        return reply.done();
    }

    [[nodiscard]] std::string_view user() const& noexcept {
        return detail::view(members().user);
    }
    std::string_view user() const&& = delete;
    [[nodiscard]] std::string_view machine() const& noexcept {
        return detail::view(members().machine);
    }
    std::string_view machine() const&& = delete;
    [[nodiscard]] std::uint32_t key_id() const noexcept { return members().key_id; }
    [[nodiscard]] std::uint32_t generation() const noexcept { return members().generation; }
    [[nodiscard]] time enrolled_at() const noexcept { return from_unix(members().enrolled_at); }
    // The time at which it was retired; `std::nullopt` if it was not.
    [[nodiscard]] std::optional<time> retired_at() const noexcept {
        return detail::maybe_time(members().retired_at);
    }
    [[nodiscard]] stopgap::tag tag() const noexcept { return stopgap::tag(members().tag); }

private:
    static stopgap_enrolment_request request(std::string_view user, std::string_view machine,
                                             const stopgap_random* random) noexcept {
        return {sizeof(stopgap_enrolment_request), detail::text(user), detail::text(machine),
                random};
    }

    template <class Release>
    static returns<enrolment> make_with(const stopgap_random* random, const key_ring& ring,
                                        std::string_view user, std::string_view machine,
                                        time instant, Release release) {
        detail::reply reply;
        const stopgap_enrolment_request names = request(user, machine, random);
        stopgap_enrolment* made = nullptr;
        reply.status =
            stopgap_enrolment_new(ring.c(), &names, to_unix(instant), &made, &reply.why);
        release();
        return reply.with(enrolment(made));
    }
};

STOPGAP_NAMESPACE_END

#endif
