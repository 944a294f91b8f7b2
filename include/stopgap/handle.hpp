// Handles that C makes and frees.
#ifndef STOPGAP_HANDLE_HPP
#define STOPGAP_HANDLE_HPP

#include <utility>

#include "mode.hpp"

STOPGAP_NAMESPACE_BEGIN

namespace detail {

// The owner of a handle of C, which is wiped and freed with it. A moved-from owner has no
// handle, and every call fails with status::null_argument.
template <class C, void (*Free)(C**)>
class handle {
public:
    explicit handle(C* owned) noexcept : c_(owned) {}
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;
    handle(handle&& other) noexcept : c_(std::exchange(other.c_, nullptr)) {}
    handle& operator=(handle&& other) noexcept {
        if (this != &other) {
            Free(&c_);
            c_ = std::exchange(other.c_, nullptr);
        }
        return *this;
    }
    ~handle() { Free(&c_); }

    // Returns the handle of C, which this object keeps.
    [[nodiscard]] const C* c() const noexcept { return c_; }
    [[nodiscard]] C* c() noexcept { return c_; }

private:
    C* c_;
};

} // namespace detail

STOPGAP_NAMESPACE_END

#endif
