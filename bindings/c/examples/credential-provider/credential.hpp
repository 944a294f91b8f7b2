// The tile of the user.
#ifndef CREDENTIAL_PROVIDER_CREDENTIAL_HPP
#define CREDENTIAL_PROVIDER_CREDENTIAL_HPP

#include "com.hpp"
#include "interfaces.hpp"
#include "second_factor.hpp"

// The fields of the tile, from top to bottom.
enum field : DWORD { FIELD_TITLE, FIELD_REQUEST, FIELD_CODE, FIELD_SUBMIT, FIELD_COUNT };

struct field_description {
    CREDENTIAL_PROVIDER_FIELD_TYPE type;
    const wchar_t* label;
    CREDENTIAL_PROVIDER_FIELD_STATE state;
};

constexpr field_description fields[FIELD_COUNT] = {
    {CPFT_LARGE_TEXT, L"Without the second factor", CPFS_DISPLAY_IN_BOTH},
    {CPFT_SMALL_TEXT, L"Request code", CPFS_DISPLAY_IN_SELECTED_TILE},
    {CPFT_PASSWORD_TEXT, L"Code from the help desk", CPFS_DISPLAY_IN_SELECTED_TILE},
    {CPFT_SUBMIT_BUTTON, L"Submit", CPFS_DISPLAY_IN_SELECTED_TILE},
};

class credential final : public object<ICredentialProviderCredential2> {
public:
    STDMETHODIMP Advise(ICredentialProviderCredentialEvents* events) noexcept override;
    STDMETHODIMP UnAdvise() noexcept override;
    STDMETHODIMP SetSelected(BOOL* auto_logon) noexcept override;
    STDMETHODIMP SetDeselected() noexcept override;
    STDMETHODIMP GetFieldState(DWORD field, CREDENTIAL_PROVIDER_FIELD_STATE* state,
                               CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE* interactive) noexcept
        override;
    STDMETHODIMP GetStringValue(DWORD field, LPWSTR* text) noexcept override;
    STDMETHODIMP GetSubmitButtonValue(DWORD field, DWORD* adjacent) noexcept override;
    STDMETHODIMP SetStringValue(DWORD field, LPCWSTR text) noexcept override;
    STDMETHODIMP GetSerialization(CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE* response,
                                  CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION* serialization,
                                  LPWSTR* status_text,
                                  CREDENTIAL_PROVIDER_STATUS_ICON* icon) noexcept override;
    STDMETHODIMP ReportResult(NTSTATUS status, NTSTATUS substatus, LPWSTR* status_text,
                              CREDENTIAL_PROVIDER_STATUS_ICON* icon) noexcept override;
    STDMETHODIMP GetUserSid(LPWSTR* sid) noexcept override;

    // Kinds of fields that the tile does not have.
    STDMETHODIMP GetBitmapValue(DWORD, HBITMAP*) noexcept override { return E_NOTIMPL; }
    STDMETHODIMP GetCheckboxValue(DWORD, BOOL*, LPWSTR*) noexcept override { return E_NOTIMPL; }
    STDMETHODIMP GetComboBoxValueCount(DWORD, DWORD*, DWORD*) noexcept override {
        return E_NOTIMPL;
    }
    STDMETHODIMP GetComboBoxValueAt(DWORD, DWORD, LPWSTR*) noexcept override { return E_NOTIMPL; }
    STDMETHODIMP SetCheckboxValue(DWORD, BOOL) noexcept override { return E_NOTIMPL; }
    STDMETHODIMP SetComboBoxSelectedValue(DWORD, DWORD) noexcept override { return E_NOTIMPL; }
    STDMETHODIMP CommandLinkClicked(DWORD) noexcept override { return E_NOTIMPL; }

protected:
    [[nodiscard]] bool has(REFIID wanted) const noexcept override;

private:
    void show(DWORD field, const wchar_t* text) noexcept;

    reference<ICredentialProviderCredentialEvents> events_;
    typed_text typed_;
};

#endif
