// The functions by which COM loads the provider.
#include "com.hpp"
#include "interfaces.hpp"
#include "provider.hpp"

namespace {

class factory final : public object<IClassFactory> {
public:
    STDMETHODIMP CreateInstance(IUnknown* outer, REFIID wanted, void** result) noexcept override {
        if (result == nullptr) {
            return E_POINTER;
        }
        *result = nullptr;
        if (outer != nullptr) {
            return CLASS_E_NOAGGREGATION;
        }
        return guarded([&] {
            auto* made = new provider;
            const HRESULT found = made->QueryInterface(wanted, result);
            made->Release();
            return found;
        });
    }

    STDMETHODIMP LockServer(BOOL lock) noexcept override {
        in_use += lock ? 1 : -1;
        return S_OK;
    }

protected:
    [[nodiscard]] bool has(REFIID wanted) const noexcept override {
        return IsEqualIID(wanted, IID_IClassFactory);
    }
};

} // namespace

STDAPI DllGetClassObject(REFCLSID wanted_class, REFIID wanted, void** result) {
    if (result == nullptr) {
        return E_POINTER;
    }
    *result = nullptr;
    if (!IsEqualCLSID(wanted_class, CLSID_StopgapProvider)) {
        return CLASS_E_CLASSNOTAVAILABLE;
    }
    return guarded([&] {
        auto* made = new factory;
        const HRESULT found = made->QueryInterface(wanted, result);
        made->Release();
        return found;
    });
}

STDAPI DllCanUnloadNow() { return in_use == 0 ? S_OK : S_FALSE; }
