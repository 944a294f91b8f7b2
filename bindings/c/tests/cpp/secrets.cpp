// Secrets are wiped, and neither copied, compared nor printed.
#include "check.hpp"

#include <new>
#include <ostream>
#include <type_traits>

using namespace test;

template <class T, class = void>
struct compares : std::false_type {};
template <class T>
struct compares<T, std::void_t<decltype(std::declval<const T&>() == std::declval<const T&>())>>
    : std::true_type {};

template <class T, class = void>
struct prints : std::false_type {};
template <class T>
struct prints<T,
              std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>>
    : std::true_type {};

template <class T>
constexpr bool moves_only =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

template <class T>
constexpr bool tells_nothing = !compares<T>::value && !prints<T>::value;

// Both traits can be true.
static_assert(compares<std::string>::value && prints<std::string>::value);

static_assert(moves_only<stopgap::code> && tells_nothing<stopgap::code>);
static_assert(moves_only<stopgap::master_key> && tells_nothing<stopgap::master_key>);
static_assert(moves_only<stopgap::secret_text> && tells_nothing<stopgap::secret_text>);
static_assert(moves_only<stopgap::secret_bytes> && tells_nothing<stopgap::secret_bytes>);
static_assert(moves_only<stopgap::key_ring> && !compares<stopgap::key_ring>::value);
static_assert(moves_only<stopgap::enrolment_key> && tells_nothing<stopgap::enrolment_key>);
static_assert(moves_only<stopgap::agent> && tells_nothing<stopgap::agent>);
static_assert(moves_only<stopgap::issued> && moves_only<stopgap::answer>);
static_assert(moves_only<stopgap::created_security_code>);
static_assert(compares<stopgap::tag>::value, "a tag is the version of a record");
static_assert(!compares<stopgap::digest>::value, "a digest is looked up, not compared");
static_assert(!std::is_convertible_v<stopgap::code, std::string_view>);
static_assert(moves_only<stopgap::online_grant> && !compares<stopgap::online_grant>::value);
static_assert(moves_only<stopgap::verification> && moves_only<stopgap::preset>);
static_assert(moves_only<stopgap::user_throttle>);
static_assert(std::is_copy_constructible_v<stopgap::alphabet>);

static bool zeros(const void* memory, std::size_t size) {
    const auto* bytes = static_cast<const volatile unsigned char*>(memory);
    for (std::size_t index = 0; index < size; ++index) {
        if (bytes[index] != 0) {
            return false;
        }
    }
    return true;
}

// Checks that a secret leaves nothing after it was destroyed, moved from, or assigned from.
template <class Secret, class Make>
static void leaves_nothing(Make make) {
    alignas(Secret) unsigned char place[sizeof(Secret)];
    auto* secret = new (place) Secret(make());
    CHECK(!zeros(place, sizeof place));
    secret->~Secret();
    CHECK(zeros(place, sizeof place));

    Secret first = make();
    const Secret second = std::move(first);
    CHECK(zeros(&first, sizeof first) && !zeros(&second, sizeof second));

    Secret third = make();
    Secret fourth = make();
    fourth = std::move(third);
    CHECK(zeros(&third, sizeof third) && !zeros(&fourth, sizeof fourth));
    Secret& itself = fourth;
    fourth = std::move(itself);
    CHECK(!zeros(&fourth, sizeof fourth));
    fourth.wipe();
    CHECK(zeros(&fourth, sizeof fourth));
}

static void wiped() {
    const auto code = [] { return value(stopgap::format::online().normalize("3F9A77C201BE")); };
    leaves_nothing<stopgap::code>(code);
    leaves_nothing<stopgap::secret_text>([&] { return value(code().spoken()); });
    leaves_nothing<stopgap::master_key>([] { return value(stopgap::master_key::generate()); });
    const auto bytes = [] {
        const auto key = value(stopgap::enrolment_key::from_hex(std::string(64, '7')));
        return value(key.reveal());
    };
    leaves_nothing<stopgap::secret_bytes>(bytes);
    leaves_nothing<stopgap::secret_text>([&] { return bytes().hex(); });
}

static void moved_from() {
    stopgap::code first = value(stopgap::format::online().normalize("3F9A77C201BE"));
    const stopgap::code second = std::move(first);
    CHECK(first.reveal().empty() && second.reveal() == "3F9A-77C2-01BE");
    CHECK(STATUS(first.canonical()) == stopgap::status::wrong_length);
    CHECK(STATUS(first.spoken()) == stopgap::status::wrong_length);

    stopgap::key_ring keys = ring();
    stopgap::key_ring others = std::move(keys);
    CHECK(STATUS(keys.primary_id()) == stopgap::status::null_argument);
    keys = std::move(others);
    CHECK(value(keys.primary_id()) == 1);
    stopgap::key_ring& itself = keys;
    keys = std::move(itself);
    CHECK(value(keys.primary_id()) == 1);
    keys = ring(2);
    CHECK(value(keys.primary_id()) == 2);
}

static void master_keys() {
    const std::string digits = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";
    const auto key = value(stopgap::master_key::from_hex("\n" + digits + " "));
    const stopgap::secret_text hex = key.hex();
    CHECK(hex.reveal() == digits);
    const stopgap::master_key same(key.c());
    const stopgap::secret_text again = same.hex();
    CHECK(again.reveal() == digits);
    const auto tenant = value(key.tenant("acme"));
    const stopgap::secret_text other = tenant.hex();
    CHECK(other.reveal() != digits);
    const auto why = failure([] { return stopgap::master_key::from_hex("00"); });
    CHECK(why->status() == stopgap::status::key_wrong_hex_length && why->found() == 2);
    CHECK(STATUS(stopgap::master_key::from_hex(std::string(64, 'g'))) ==
          stopgap::status::key_not_hex);
}

static void filled_in() {
    stopgap::secret_text typed;
    CHECK(typed.reveal().empty());
    const std::string_view line = "3f9a 77c2 01be";
    line.copy(typed.data(), stopgap::secret_text::capacity());
    CHECK(typed.reveal() == line);
    CHECK(STATUS(stopgap::format::online().normalize(typed.reveal())) == stopgap::status::ok);
    std::string(400, 'A').copy(typed.data(), stopgap::secret_text::capacity());
    CHECK(STATUS(stopgap::format::online().normalize(typed.reveal())) ==
          stopgap::status::too_long);
}

void secrets() {
    filled_in();
    wiped();
    moved_from();
    master_keys();
}
