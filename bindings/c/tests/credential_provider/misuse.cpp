#include "logon_ui.hpp"

namespace {

constexpr DWORD no_field = 4;
constexpr DWORD code_field = 2;

void interfaces(IUnknown* object, REFIID own, REFIID other) {
    void* found = object;
    CHECK(object->QueryInterface(other, &found) == E_NOINTERFACE && found == nullptr);
    CHECK(object->QueryInterface(own, nullptr) == E_POINTER);
    void* self = nullptr;
    void* unknown = nullptr;
    CHECK(object->QueryInterface(own, &self) == S_OK);
    CHECK(object->QueryInterface(IID_IUnknown, &unknown) == S_OK);
    CHECK(self == unknown && self == object);
    CHECK(object->Release() > 0 && object->Release() > 0);
}

void wrong_provider_calls(ICredentialProvider* provider) {
    for (const auto scenario : {CPUS_INVALID, CPUS_CHANGE_PASSWORD, CPUS_CREDUI, CPUS_PLAP}) {
        CHECK(provider->SetUsageScenario(scenario, 0) == E_NOTIMPL);
    }
    CHECK(provider->SetUsageScenario(CPUS_UNLOCK_WORKSTATION, 0) == S_OK);
    CHECK(provider->SetSerialization(nullptr) == E_NOTIMPL);
    CHECK(provider->GetFieldDescriptorCount(nullptr) == E_POINTER);
    CHECK(provider->GetFieldDescriptorAt(0, nullptr) == E_POINTER);
    CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR* descriptor = nullptr;
    CHECK(provider->GetFieldDescriptorAt(no_field, &descriptor) == E_INVALIDARG);
    CHECK(provider->GetCredentialCount(nullptr, nullptr, nullptr) == E_POINTER);
    CHECK(provider->GetCredentialAt(0, nullptr) == E_POINTER);
    ICredentialProviderCredential* second = nullptr;
    CHECK(provider->GetCredentialAt(1, &second) == E_INVALIDARG && second == nullptr);
}

void wrong_tile_calls(ICredentialProviderCredential2* tile) {
    CREDENTIAL_PROVIDER_FIELD_STATE state;
    CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE interactive;
    DWORD number = 0;
    LPWSTR text = nullptr;
    CHECK(tile->SetSelected(nullptr) == E_POINTER);
    CHECK(tile->GetFieldState(0, nullptr, &interactive) == E_POINTER);
    CHECK(tile->GetFieldState(no_field, &state, &interactive) == E_INVALIDARG);
    CHECK(tile->GetStringValue(0, nullptr) == E_POINTER);
    CHECK(tile->GetStringValue(no_field, &text) == E_INVALIDARG && text == nullptr);
    CHECK(tile->GetSubmitButtonValue(3, nullptr) == E_POINTER);
    CHECK(tile->GetSubmitButtonValue(code_field, &number) == E_INVALIDARG);
    CHECK(tile->GetUserSid(nullptr) == E_POINTER);
    CHECK(tile->GetSerialization(nullptr, nullptr, nullptr, nullptr) == E_POINTER);
    CHECK(tile->ReportResult(0, 0, nullptr, nullptr) == E_POINTER);
    CHECK(tile->SetCheckboxValue(0, TRUE) == E_NOTIMPL);
    CHECK(tile->SetComboBoxSelectedValue(0, 0) == E_NOTIMPL);
    CHECK(tile->CommandLinkClicked(0) == E_NOTIMPL);
    CHECK(tile->GetBitmapValue(0, nullptr) == E_NOTIMPL);
    CHECK(tile->GetCheckboxValue(0, nullptr, nullptr) == E_NOTIMPL);
    CHECK(tile->GetComboBoxValueCount(0, nullptr, nullptr) == E_NOTIMPL);
    CHECK(tile->GetComboBoxValueAt(0, 0, nullptr) == E_NOTIMPL);
}

// Submits a text, and asserts that it is refused.
void refused(ICredentialProviderCredential2* tile, const std::wstring& typed, HRESULT taking) {
    CHECK(tile->SetStringValue(code_field, typed.c_str()) == taking);
    CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE response;
    CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION serialization;
    LPWSTR status = nullptr;
    CREDENTIAL_PROVIDER_STATUS_ICON icon;
    CHECK(tile->GetSerialization(&response, &serialization, &status, &icon) == S_OK);
    CHECK(response == CPGSR_NO_CREDENTIAL_NOT_FINISHED && icon == CPSI_ERROR);
    CHECK(serialization.cbSerialization == 0 && serialization.rgbSerialization == nullptr);
    CHECK(!taken(status).empty());
    LPWSTR given_back = nullptr;
    CHECK(tile->GetStringValue(code_field, &given_back) == S_OK && taken(given_back).empty());
}

} // namespace

void misuse(ICredentialProvider* provider, ICredentialProviderCredential2* tile) {
    interfaces(provider, IID_ICredentialProvider, IID_ICredentialProviderCredential);
    interfaces(tile, IID_ICredentialProviderCredential, IID_ICredentialProvider);
    interfaces(tile, IID_ICredentialProviderCredential2, IID_ICredentialProvider);
    wrong_provider_calls(provider);
    wrong_tile_calls(tile);
    CHECK(tile->SetStringValue(0, L"text") == E_INVALIDARG);
    CHECK(tile->SetStringValue(code_field, nullptr) == E_POINTER);
    refused(tile, L"", S_OK);
    refused(tile, L"ZZZZ", S_OK);
    refused(tile, L"\xd800\xffff\x07", S_OK);
    refused(tile, std::wstring(129, L'\x20ac'), S_OK);
    refused(tile, std::wstring(130, L'A'), E_INVALIDARG);
    refused(tile, std::wstring(100000, L'A'), E_INVALIDARG);
}
