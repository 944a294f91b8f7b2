// Records that a server or a machine stores.
#ifndef STOPGAP_RECORD_HPP
#define STOPGAP_RECORD_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../stopgap.h"
#include "handle.hpp"
#include "mode.hpp"
#include "result.hpp"
#include "secret.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

namespace detail {

// A struct of C that is stored. It has no padding, so its bytes are all of it.
template <class C>
class record {
    static_assert(std::is_trivially_copyable_v<C>, "its bytes are all of it");

public:
    using c_type = C;

    explicit record(const C& value) noexcept : c_(value) {}

    // Returns the struct of C.
    [[nodiscard]] const C& c() const noexcept { return c_; }
    [[nodiscard]] C& c() noexcept { return c_; }

    // Returns the bytes, to be written to a file and read on a machine of the same byte
    // order, for as long as this object exists.
    [[nodiscard]] std::string_view bytes() const& noexcept {
        return {reinterpret_cast<const char*>(&c_), sizeof c_};
    }
    std::string_view bytes() const&& = delete;

private:
    C c_;
};

// A sealed record of C, which is freed with its owner. A moved-from record has no members:
// empty texts and zeros; and every call fails with status::null_argument.
//
// `ToBytes`, `FromBytes` and `Info` are the functions of C.
template <class C, void (*Free)(C**), auto ToBytes, auto FromBytes, class Members, auto Info>
class sealed : public handle<C, Free> {
public:
    using handle<C, Free>::handle;

    // Returns the portable bytes, to be stored: they are the same on every platform.
    [[nodiscard]] returns<std::string> bytes() const {
        reply reply;
        std::size_t needed = 0;
        reply.status = ToBytes(this->c(), nullptr, 0, &needed, &reply.why);
        std::string bytes(needed, '\0');
        if (reply.status == STOPGAP_ERR_BUFFER_TOO_SMALL) {
            reply.status = ToBytes(this->c(), reinterpret_cast<std::uint8_t*>(bytes.data()),
                                   bytes.size(), nullptr, &reply.why);
        }
        return reply.with(std::move(bytes));
    }

    // Returns the members, without a check of the tag: for a list, not for a decision. Texts
    // are lent until the record changes or is destroyed.
    [[nodiscard]] Members info() const& noexcept { return members(); }
    Members info() const&& = delete;

protected:
    [[nodiscard]] Members members() const noexcept {
        Members all = {};
        all.size = sizeof all;
        // It fails only without a record.
        const stopgap_status done = Info(this->c(), &all, nullptr);
        static_cast<void>(done);
        return all;
    }

    template <class Record>
    static returns<Record> read(std::string_view bytes) {
        reply reply;
        C* made = nullptr;
        reply.status = FromBytes(detail::bytes(bytes), &made, &reply.why);
        return reply.with(Record(made));
    }
};

// Any number of contiguous elements: a vector, an array, or a single one.
template <class T>
class span {
public:
    span(T& one) noexcept : data_(&one), size_(1) {}
    // Not of a class derived from T, whose elements are larger.
    template <class Container,
              class = std::enable_if_t<std::is_convertible_v<
                  std::remove_pointer_t<decltype(std::data(std::declval<Container&>()))> (*)[],
                  T (*)[]>>>
    span(Container&& all) noexcept : data_(std::data(all)), size_(std::size(all)) {}

    // Returns the first struct of C.
    [[nodiscard]] auto c() const noexcept {
        static_assert(sizeof(T) == sizeof(typename T::c_type) && std::is_standard_layout_v<T>,
                      "an array of these is an array of the structs of C");
        return size_ == 0 ? nullptr : std::addressof(data_->c());
    }
    [[nodiscard]] T* begin() const noexcept { return data_; }
    [[nodiscard]] T* end() const noexcept { return data_ + size_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    T* data_;
    std::size_t size_;
};

} // namespace detail

// Returns the record that was written as these bytes; `std::nullopt` if their number is
// wrong. The calls of a sealed record check its tag.
template <class Record>
[[nodiscard]] std::optional<Record> from_bytes(std::string_view bytes) noexcept {
    typename Record::c_type value;
    if (bytes.size() != sizeof value) {
        return std::nullopt;
    }
    std::memcpy(&value, bytes.data(), sizeof value);
    return Record(value);
}

// Writes a text to a member of a struct of C, such as a name from a database. Returns false
// and changes nothing if it is too long or has a NUL, behind which it would be lost.
template <std::size_t Size>
[[nodiscard]] bool put(char (&field)[Size], std::string_view text) noexcept {
    if (text.size() >= Size || text.find('\0') != std::string_view::npos) {
        return false;
    }
    // The text may be the member's own.
    if (!text.empty()) {
        std::memmove(field, text.data(), text.size());
    }
    std::memset(field + text.size(), 0, Size - text.size());
    return true;
}

// The tag of a sealed record, which is also its version: update the stored row only if its
// tag is still the one that you loaded.
class tag : public detail::record<stopgap_tag> {
public:
    using record::record;

    friend bool operator==(const tag& left, const tag& right) noexcept {
        return left.bytes() == right.bytes();
    }
    friend bool operator!=(const tag& left, const tag& right) noexcept {
        return !(left == right);
    }
};

// The id of a record: a UUID of version 7. Ids sort by time, as their bytes() do.
class record_id : public detail::record<stopgap_record_id> {
public:
    using record::record;

    friend bool operator==(const record_id& left, const record_id& right) noexcept {
        return left.bytes() == right.bytes();
    }
    friend bool operator!=(const record_id& left, const record_id& right) noexcept {
        return !(left == right);
    }
};

// The keyed digest of a code, by which a store finds its record.
class digest : public detail::record<stopgap_digest> {
public:
    using record::record;
};

// A digest, and the key that made it.
struct keyed_digest {
    std::uint32_t key_id;
    stopgap::digest digest;
};

STOPGAP_NAMESPACE_END

#endif
