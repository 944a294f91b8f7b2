#include "provider.hpp"

#include "credential.hpp"

HRESULT provider::SetUsageScenario(CREDENTIAL_PROVIDER_USAGE_SCENARIO scenario, DWORD) noexcept {
    return scenario == CPUS_LOGON || scenario == CPUS_UNLOCK_WORKSTATION ? S_OK : E_NOTIMPL;
}

HRESULT provider::GetFieldDescriptorCount(DWORD* count) noexcept {
    if (count == nullptr) {
        return E_POINTER;
    }
    *count = FIELD_COUNT;
    return S_OK;
}

HRESULT
provider::GetFieldDescriptorAt(DWORD index,
                               CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR** descriptor) noexcept {
    if (descriptor == nullptr) {
        return E_POINTER;
    }
    *descriptor = nullptr;
    if (index >= FIELD_COUNT) {
        return E_INVALIDARG;
    }
    return guarded([&] {
        const LPWSTR label = copied(fields[index].label);
        void* memory = CoTaskMemAlloc(sizeof **descriptor);
        if (memory == nullptr) {
            CoTaskMemFree(label);
            return E_OUTOFMEMORY;
        }
        *descriptor = new (memory)
            CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR{index, fields[index].type, label, GUID{}};
        return S_OK;
    });
}

HRESULT provider::GetCredentialCount(DWORD* count, DWORD* default_index,
                                     BOOL* auto_logon) noexcept {
    if (count == nullptr || default_index == nullptr || auto_logon == nullptr) {
        return E_POINTER;
    }
    *count = is_enrolled() ? 1 : 0;
    *default_index = CREDENTIAL_PROVIDER_NO_DEFAULT;
    *auto_logon = FALSE;
    return S_OK;
}

HRESULT provider::GetCredentialAt(DWORD index, ICredentialProviderCredential** tile) noexcept {
    if (tile == nullptr) {
        return E_POINTER;
    }
    *tile = nullptr;
    if (index != 0) {
        return E_INVALIDARG;
    }
    return guarded([&] {
        *tile = new credential;
        return S_OK;
    });
}
