// Records that a server or a machine stores.
#ifndef STOPGAP_RECORD_HPP
#define STOPGAP_RECORD_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../stopgap.h"
#include "handle.hpp"
#include "mode.hpp"
#include "result.hpp"
#include "secret.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

namespace detail {

// A struct of C that is an array of bytes.
template <class C>
class record {
    static_assert(std::is_trivially_copyable_v<C> && alignof(C) == 1, "it is only bytes");

public:
    explicit record(const C& value) noexcept : c_(value) {}

    // Returns the struct of C.
    [[nodiscard]] const C& c() const noexcept { return c_; }
    [[nodiscard]] C& c() noexcept { return c_; }

    // Returns the bytes, which are lent until this object is destroyed.
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

    [[nodiscard]] T* begin() const noexcept { return data_; }
    [[nodiscard]] T* end() const noexcept { return data_ + size_; }
    // Returns the handles of C. A call for const elements changes none of them.
    [[nodiscard]] auto handles() const {
        using handle = std::remove_const_t<std::remove_pointer_t<decltype(data_->c())>>;
        std::vector<handle*> all;
        for (T& one : *this) {
            all.push_back(const_cast<handle*>(one.c()));
        }
        return all;
    }

private:
    T* data_;
    std::size_t size_;
};

} // namespace detail

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
