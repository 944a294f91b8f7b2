// What every COM object here has: a count of references, and of the objects that keep the
// library loaded.
#ifndef CREDENTIAL_PROVIDER_COM_HPP
#define CREDENTIAL_PROVIDER_COM_HPP

#include <atomic>
#include <new>

#include <windows.h>

#include <unknwn.h>

// The number of objects and locks that keep the library loaded.
inline std::atomic<LONG> in_use = 0;

// Runs the body of a method: no exception may leave a COM interface.
template <class Body>
HRESULT guarded(Body body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return E_OUTOFMEMORY;
    } catch (...) {
        return E_FAIL;
    }
}

// An object with one interface, and with those from which that one is derived.
template <class Interface>
class object : public Interface {
public:
    object() noexcept { ++in_use; }
    object(const object&) = delete;
    object& operator=(const object&) = delete;
    virtual ~object() { --in_use; }

    STDMETHODIMP_(ULONG) AddRef() noexcept override { return static_cast<ULONG>(++references_); }

    STDMETHODIMP_(ULONG) Release() noexcept override {
        const LONG left = --references_;
        if (left == 0) {
            delete this;
        }
        return static_cast<ULONG>(left);
    }

    STDMETHODIMP QueryInterface(REFIID wanted, void** result) noexcept override {
        if (result == nullptr) {
            return E_POINTER;
        }
        *result = nullptr;
        if (!IsEqualIID(wanted, IID_IUnknown) && !has(wanted)) {
            return E_NOINTERFACE;
        }
        *result = static_cast<Interface*>(this);
        AddRef();
        return S_OK;
    }

protected:
    // Returns true for the interfaces other than IUnknown.
    [[nodiscard]] virtual bool has(REFIID wanted) const noexcept = 0;

private:
    std::atomic<LONG> references_ = 1;
};

// A reference to an object of the other side; empty if there is no object.
template <class Interface>
class reference {
public:
    reference() = default;
    reference(const reference&) = delete;
    reference& operator=(const reference&) = delete;
    ~reference() { set(nullptr); }

    void set(Interface* other) noexcept {
        if (other != nullptr) {
            other->AddRef();
        }
        if (other_ != nullptr) {
            other_->Release();
        }
        other_ = other;
    }

    [[nodiscard]] Interface* get() const noexcept { return other_; }

private:
    Interface* other_ = nullptr;
};

#endif
