// The provider, from which LogonUI gets the tile.
#ifndef CREDENTIAL_PROVIDER_PROVIDER_HPP
#define CREDENTIAL_PROVIDER_PROVIDER_HPP

#include "com.hpp"
#include "interfaces.hpp"

class provider final : public object<ICredentialProvider> {
public:
    STDMETHODIMP SetUsageScenario(CREDENTIAL_PROVIDER_USAGE_SCENARIO scenario,
                                  DWORD flags) noexcept override;
    STDMETHODIMP
    SetSerialization(const CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION*) noexcept override {
        return E_NOTIMPL; // for remote logons
    }
    // The number of tiles never changes.
    STDMETHODIMP Advise(ICredentialProviderEvents*, UINT_PTR) noexcept override { return S_OK; }
    STDMETHODIMP UnAdvise() noexcept override { return S_OK; }
    STDMETHODIMP GetFieldDescriptorCount(DWORD* count) noexcept override;
    STDMETHODIMP
    GetFieldDescriptorAt(DWORD index, CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR** descriptor) noexcept
        override;
    STDMETHODIMP GetCredentialCount(DWORD* count, DWORD* default_index,
                                    BOOL* auto_logon) noexcept override;
    STDMETHODIMP GetCredentialAt(DWORD index, ICredentialProviderCredential** tile) noexcept
        override;

protected:
    [[nodiscard]] bool has(REFIID wanted) const noexcept override {
        return IsEqualIID(wanted, IID_ICredentialProvider);
    }
};

#endif
