// Loads the provider by COM and shows its tile. Each line of the standard input is typed into
// the tile, key by key, and submitted.
#include "logon_ui.hpp"

#include <cwchar>

namespace {

constexpr DWORD code_field = 2;

const wchar_t* name_of(CREDENTIAL_PROVIDER_FIELD_TYPE type) {
    switch (type) {
    case CPFT_LARGE_TEXT:
        return L"large text";
    case CPFT_SMALL_TEXT:
        return L"small text";
    case CPFT_PASSWORD_TEXT:
        return L"password";
    case CPFT_SUBMIT_BUTTON:
        return L"submit button";
    default:
        return L"another field";
    }
}

const wchar_t* name_of(CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE response) {
    return response == CPGSR_NO_CREDENTIAL_FINISHED       ? L"finished"
           : response == CPGSR_NO_CREDENTIAL_NOT_FINISHED ? L"not finished"
                                                          : L"a credential";
}

void show_fields(ICredentialProvider* provider, ICredentialProviderCredential* tile) {
    DWORD count = 0;
    CHECK(provider->GetFieldDescriptorCount(&count) == S_OK);
    for (DWORD index = 0; index < count; ++index) {
        CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR* descriptor = nullptr;
        CHECK(provider->GetFieldDescriptorAt(index, &descriptor) == S_OK);
        CHECK(descriptor->dwFieldID == index);
        const auto type = descriptor->cpft;
        const std::wstring label = taken(descriptor->pszLabel);
        CoTaskMemFree(descriptor);
        CREDENTIAL_PROVIDER_FIELD_STATE state = CPFS_HIDDEN;
        CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE interactive = CPFIS_NONE;
        CHECK(tile->GetFieldState(index, &state, &interactive) == S_OK);
        CHECK(state != CPFS_HIDDEN);
        CHECK((interactive == CPFIS_FOCUSED) == (index == code_field));
        LPWSTR value = nullptr;
        CHECK(tile->GetStringValue(index, &value) == S_OK);
        const std::wstring text = taken(value);
        print(std::wstring(name_of(type)) + L": " + (text.empty() ? L"(" + label + L")" : text));
        DWORD adjacent = 0;
        if (type == CPFT_SUBMIT_BUTTON) {
            CHECK(tile->GetSubmitButtonValue(index, &adjacent) == S_OK && adjacent == code_field);
        }
    }
}

void submit(ICredentialProviderCredential* tile, const std::wstring& line, events& shown) {
    for (std::size_t keys = 1; keys <= line.size(); ++keys) {
        CHECK(tile->SetStringValue(code_field, line.substr(0, keys).c_str()) == S_OK);
    }
    shown.strings[code_field] = line;
    CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE response;
    CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION serialization;
    LPWSTR status = nullptr;
    CREDENTIAL_PROVIDER_STATUS_ICON icon = CPSI_NONE;
    CHECK(tile->GetSerialization(&response, &serialization, &status, &icon) == S_OK);
    CHECK((icon == CPSI_SUCCESS) == (response == CPGSR_NO_CREDENTIAL_FINISHED));
    CHECK(shown.strings[code_field].empty()); // the tile forgets the code
    print(std::wstring(name_of(response)) + L": " + taken(status));
}

// Runs the tile of the machine's user, until the input ends.
void use(ICredentialProvider* provider, ICredentialProviderCredential2* tile, events& shown) {
    LPWSTR sid = nullptr;
    const HRESULT found = tile->GetUserSid(&sid);
    CHECK((found == S_OK && sid != nullptr) || (found == S_FALSE && sid == nullptr) ||
          (FAILED(found) && sid == nullptr));
    print(L"user: " + (found == S_OK ? taken(sid) : L"(other user)"));
    BOOL auto_logon = TRUE;
    CHECK(tile->Advise(&shown) == S_OK);
    CHECK(tile->SetSelected(&auto_logon) == S_OK && auto_logon == FALSE);
    CHECK(!shown.strings[1].empty());
    show_fields(provider, tile);
    char line[4096];
    while (std::fgets(line, sizeof line, stdin) != nullptr) {
        std::wstring typed;
        for (const char* place = line; *place != '\0' && *place != '\r' && *place != '\n';
             ++place) {
            typed += static_cast<unsigned char>(*place);
        }
        if (typed == L"misuse") {
            misuse(provider, tile);
            print(L"each misuse was refused");
        } else {
            submit(tile, typed, shown);
        }
    }
    CHECK(tile->SetDeselected() == S_OK);
    CHECK(tile->UnAdvise() == S_OK);
}

void run() {
    ICredentialProvider* provider = nullptr;
    const HRESULT loaded =
        CoCreateInstance(CLSID_StopgapProvider, nullptr, CLSCTX_INPROC_SERVER,
                         IID_ICredentialProvider, reinterpret_cast<void**>(&provider));
    if (loaded == REGDB_E_CLASSNOTREG) {
        print(L"the provider is not registered");
        return;
    }
    CHECK(loaded == S_OK);
    const HMODULE library = GetModuleHandleW(L"stopgap_provider.dll");
    CHECK(library != nullptr);
    const auto can_unload = reinterpret_cast<HRESULT(STDAPICALLTYPE*)()>(
        reinterpret_cast<void*>(GetProcAddress(library, "DllCanUnloadNow")));
    CHECK(can_unload != nullptr && can_unload() == S_FALSE);
    CHECK(provider->SetUsageScenario(CPUS_LOGON, 0) == S_OK);
    CHECK(provider->Advise(nullptr, 0) == S_OK);
    DWORD count = 0;
    DWORD chosen = 0;
    BOOL auto_logon = TRUE;
    CHECK(provider->GetCredentialCount(&count, &chosen, &auto_logon) == S_OK);
    CHECK(chosen == CREDENTIAL_PROVIDER_NO_DEFAULT && auto_logon == FALSE);
    if (count == 0) {
        print(L"no tile");
    } else {
        ICredentialProviderCredential* tile = nullptr;
        void* tile2 = nullptr;
        CHECK(provider->GetCredentialAt(0, &tile) == S_OK);
        CHECK(tile->QueryInterface(IID_ICredentialProviderCredential2, &tile2) == S_OK);
        auto* shown = new events;
        use(provider, static_cast<ICredentialProviderCredential2*>(tile2), *shown);
        CHECK(tile->Release() == 1 && tile->Release() == 0);
        CHECK(shown->Release() == 0); // the tile keeps no reference
    }
    CHECK(provider->UnAdvise() == S_OK);
    CHECK(provider->Release() == 0);
    CHECK(can_unload() == S_OK);
}

} // namespace

int main() {
    CHECK(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED) == S_OK);
    run();
    CoUninitialize();
    return 0;
}
