// The other side of the provider: what LogonUI does, as far as it is documented.
#ifndef CREDENTIAL_PROVIDER_LOGON_UI_HPP
#define CREDENTIAL_PROVIDER_LOGON_UI_HPP

#include "../../examples/credential-provider/com.hpp"
#include "../../examples/credential-provider/interfaces.hpp"

#include <cstdio>
#include <string>

// Fails the run unless a condition holds.
#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

inline void check(bool holds, const char* condition, const char* file, int line) {
    if (!holds) {
        std::printf("%s:%d: not %s\n", file, line, condition);
        std::fflush(stdout);
        ExitProcess(1);
    }
}

// Prints words, which are no secrets, in UTF-8.
inline void print(const std::wstring& words) {
    char text[1024];
    const int length = WideCharToMultiByte(CP_UTF8, 0, words.c_str(), -1, text, sizeof text,
                                           nullptr, nullptr);
    CHECK(length > 0);
    std::puts(text);
    std::fflush(stdout);
}

// Takes a text of the provider, and frees it as LogonUI does.
inline std::wstring taken(LPWSTR text) {
    std::wstring copy = text == nullptr ? L"" : text;
    CoTaskMemFree(text);
    return copy;
}

// Remembers what the tile shows in the fields that it changes.
class events final : public object<ICredentialProviderCredentialEvents> {
public:
    STDMETHODIMP SetFieldString(ICredentialProviderCredential* tile, DWORD field,
                                LPCWSTR text) noexcept override {
        CHECK(tile != nullptr && field < 4 && text != nullptr);
        strings[field] = text;
        return S_OK;
    }
    STDMETHODIMP SetFieldState(ICredentialProviderCredential*, DWORD,
                               CREDENTIAL_PROVIDER_FIELD_STATE) noexcept override {
        return E_NOTIMPL;
    }
    STDMETHODIMP
    SetFieldInteractiveState(ICredentialProviderCredential*, DWORD,
                             CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE) noexcept override {
        return E_NOTIMPL;
    }
    STDMETHODIMP SetFieldCheckbox(ICredentialProviderCredential*, DWORD, BOOL,
                                  LPCWSTR) noexcept override {
        return E_NOTIMPL;
    }
    STDMETHODIMP SetFieldBitmap(ICredentialProviderCredential*, DWORD, HBITMAP) noexcept override {
        return E_NOTIMPL;
    }
    STDMETHODIMP SetFieldComboBoxSelectedItem(ICredentialProviderCredential*, DWORD,
                                              DWORD) noexcept override {
        return E_NOTIMPL;
    }
    STDMETHODIMP DeleteFieldComboBoxItem(ICredentialProviderCredential*, DWORD,
                                         DWORD) noexcept override {
        return E_NOTIMPL;
    }
    STDMETHODIMP AppendFieldComboBoxItem(ICredentialProviderCredential*, DWORD,
                                         LPCWSTR) noexcept override {
        return E_NOTIMPL;
    }
    STDMETHODIMP SetFieldSubmitButton(ICredentialProviderCredential*, DWORD,
                                      DWORD) noexcept override {
        return E_NOTIMPL;
    }
    STDMETHODIMP OnCreatingWindow(HWND*) noexcept override { return E_NOTIMPL; }

    std::wstring strings[4];

protected:
    [[nodiscard]] bool has(REFIID wanted) const noexcept override {
        return IsEqualIID(wanted, IID_ICredentialProviderCredentialEvents);
    }
};

// Uses the provider against its contract.
void misuse(ICredentialProvider* provider, ICredentialProviderCredential2* tile);

#endif
