// The interfaces between LogonUI and a credential provider, as far as this one uses them, in
// the words of Windows. With Microsoft's SDK include <credentialprovider.h> instead; mingw-w64
// has no such file.
//
// LogonUI finds a function by its place, so the order of the functions counts, and so do all
// those before one that is used.
#ifndef CREDENTIAL_PROVIDER_INTERFACES_HPP
#define CREDENTIAL_PROVIDER_INTERFACES_HPP

#include <windows.h>

#include <unknwn.h>

using NTSTATUS = LONG;

enum CREDENTIAL_PROVIDER_USAGE_SCENARIO {
    CPUS_INVALID,
    CPUS_LOGON,
    CPUS_UNLOCK_WORKSTATION,
    CPUS_CHANGE_PASSWORD,
    CPUS_CREDUI,
    CPUS_PLAP
};

enum CREDENTIAL_PROVIDER_FIELD_TYPE {
    CPFT_INVALID,
    CPFT_LARGE_TEXT,
    CPFT_SMALL_TEXT,
    CPFT_COMMAND_LINK,
    CPFT_EDIT_TEXT,
    CPFT_PASSWORD_TEXT,
    CPFT_TILE_IMAGE,
    CPFT_CHECKBOX,
    CPFT_COMBOBOX,
    CPFT_SUBMIT_BUTTON
};

enum CREDENTIAL_PROVIDER_FIELD_STATE {
    CPFS_HIDDEN,
    CPFS_DISPLAY_IN_SELECTED_TILE,
    CPFS_DISPLAY_IN_DESELECTED_TILE,
    CPFS_DISPLAY_IN_BOTH
};

enum CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE {
    CPFIS_NONE,
    CPFIS_READONLY,
    CPFIS_DISABLED,
    CPFIS_FOCUSED
};

enum CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE {
    CPGSR_NO_CREDENTIAL_NOT_FINISHED,
    CPGSR_NO_CREDENTIAL_FINISHED,
    CPGSR_RETURN_CREDENTIAL_FINISHED
};

enum CREDENTIAL_PROVIDER_STATUS_ICON { CPSI_NONE, CPSI_ERROR, CPSI_WARNING, CPSI_SUCCESS };

struct CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR {
    DWORD dwFieldID;
    CREDENTIAL_PROVIDER_FIELD_TYPE cpft;
    LPWSTR pszLabel;
    GUID guidFieldType;
};

struct CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION {
    ULONG ulAuthenticationPackage;
    GUID clsidCredentialProvider;
    ULONG cbSerialization;
    BYTE* rgbSerialization;
};

constexpr DWORD CREDENTIAL_PROVIDER_NO_DEFAULT = 0xFFFFFFFF;

struct ICredentialProviderCredential;

struct ICredentialProviderCredentialEvents : IUnknown {
    virtual HRESULT STDMETHODCALLTYPE SetFieldState(ICredentialProviderCredential*, DWORD field,
                                                    CREDENTIAL_PROVIDER_FIELD_STATE) = 0;
    virtual HRESULT STDMETHODCALLTYPE
    SetFieldInteractiveState(ICredentialProviderCredential*, DWORD field,
                             CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE) = 0;
    virtual HRESULT STDMETHODCALLTYPE SetFieldString(ICredentialProviderCredential*, DWORD field,
                                                     LPCWSTR text) = 0;
    virtual HRESULT STDMETHODCALLTYPE SetFieldCheckbox(ICredentialProviderCredential*, DWORD field,
                                                       BOOL checked, LPCWSTR label) = 0;
    virtual HRESULT STDMETHODCALLTYPE SetFieldBitmap(ICredentialProviderCredential*, DWORD field,
                                                     HBITMAP) = 0;
    virtual HRESULT STDMETHODCALLTYPE SetFieldComboBoxSelectedItem(ICredentialProviderCredential*,
                                                                   DWORD field, DWORD item) = 0;
    virtual HRESULT STDMETHODCALLTYPE DeleteFieldComboBoxItem(ICredentialProviderCredential*,
                                                              DWORD field, DWORD item) = 0;
    virtual HRESULT STDMETHODCALLTYPE AppendFieldComboBoxItem(ICredentialProviderCredential*,
                                                              DWORD field, LPCWSTR item) = 0;
    virtual HRESULT STDMETHODCALLTYPE SetFieldSubmitButton(ICredentialProviderCredential*,
                                                           DWORD field, DWORD adjacent) = 0;
    virtual HRESULT STDMETHODCALLTYPE OnCreatingWindow(HWND* owner) = 0;
};

struct ICredentialProviderCredential : IUnknown {
    virtual HRESULT STDMETHODCALLTYPE Advise(ICredentialProviderCredentialEvents*) = 0;
    virtual HRESULT STDMETHODCALLTYPE UnAdvise() = 0;
    virtual HRESULT STDMETHODCALLTYPE SetSelected(BOOL* auto_logon) = 0;
    virtual HRESULT STDMETHODCALLTYPE SetDeselected() = 0;
    virtual HRESULT STDMETHODCALLTYPE
    GetFieldState(DWORD field, CREDENTIAL_PROVIDER_FIELD_STATE*,
                  CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE*) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetStringValue(DWORD field, LPWSTR* text) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetBitmapValue(DWORD field, HBITMAP*) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetCheckboxValue(DWORD field, BOOL* checked,
                                                       LPWSTR* label) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetSubmitButtonValue(DWORD field, DWORD* adjacent) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetComboBoxValueCount(DWORD field, DWORD* items,
                                                            DWORD* selected) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetComboBoxValueAt(DWORD field, DWORD item,
                                                         LPWSTR* text) = 0;
    virtual HRESULT STDMETHODCALLTYPE SetStringValue(DWORD field, LPCWSTR text) = 0;
    virtual HRESULT STDMETHODCALLTYPE SetCheckboxValue(DWORD field, BOOL checked) = 0;
    virtual HRESULT STDMETHODCALLTYPE SetComboBoxSelectedValue(DWORD field, DWORD item) = 0;
    virtual HRESULT STDMETHODCALLTYPE CommandLinkClicked(DWORD field) = 0;
    virtual HRESULT STDMETHODCALLTYPE
    GetSerialization(CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE*,
                     CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION*, LPWSTR* status_text,
                     CREDENTIAL_PROVIDER_STATUS_ICON*) = 0;
    virtual HRESULT STDMETHODCALLTYPE ReportResult(NTSTATUS, NTSTATUS substatus,
                                                   LPWSTR* status_text,
                                                   CREDENTIAL_PROVIDER_STATUS_ICON*) = 0;
};

struct ICredentialProviderCredential2 : ICredentialProviderCredential {
    virtual HRESULT STDMETHODCALLTYPE GetUserSid(LPWSTR* sid) = 0;
};

struct ICredentialProviderEvents : IUnknown {
    virtual HRESULT STDMETHODCALLTYPE CredentialsChanged(UINT_PTR context) = 0;
};

struct ICredentialProvider : IUnknown {
    virtual HRESULT STDMETHODCALLTYPE SetUsageScenario(CREDENTIAL_PROVIDER_USAGE_SCENARIO,
                                                       DWORD flags) = 0;
    virtual HRESULT STDMETHODCALLTYPE
    SetSerialization(const CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION*) = 0;
    virtual HRESULT STDMETHODCALLTYPE Advise(ICredentialProviderEvents*, UINT_PTR context) = 0;
    virtual HRESULT STDMETHODCALLTYPE UnAdvise() = 0;
    virtual HRESULT STDMETHODCALLTYPE GetFieldDescriptorCount(DWORD* count) = 0;
    virtual HRESULT STDMETHODCALLTYPE
    GetFieldDescriptorAt(DWORD index, CREDENTIAL_PROVIDER_FIELD_DESCRIPTOR**) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetCredentialCount(DWORD* count, DWORD* default_index,
                                                         BOOL* auto_logon) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetCredentialAt(DWORD index,
                                                      ICredentialProviderCredential**) = 0;
};

constexpr IID IID_ICredentialProviderCredential = {
    0x63913a93, 0x40c1, 0x481a, {0x81, 0x8d, 0x40, 0x72, 0xff, 0x8c, 0x70, 0xcc}};
constexpr IID IID_ICredentialProviderCredential2 = {
    0xfd672c54, 0x40ea, 0x4d6e, {0x9b, 0x49, 0xcf, 0xb1, 0xa7, 0x50, 0x7b, 0xd7}};
constexpr IID IID_ICredentialProviderCredentialEvents = {
    0xfa6fa76b, 0x66b7, 0x4b11, {0x95, 0xf1, 0x86, 0x17, 0x11, 0x18, 0xe8, 0x16}};
constexpr IID IID_ICredentialProvider = {
    0xd27c3481, 0x5a1c, 0x45b2, {0x8a, 0xaa, 0xc2, 0x0e, 0xbb, 0xe8, 0x22, 0x9e}};

// The class of this provider, which register.reg names.
constexpr CLSID CLSID_StopgapProvider = {
    0x34318a0c, 0x6bc5, 0x4710, {0x89, 0x2d, 0xb6, 0x21, 0x88, 0xc2, 0x28, 0x3f}};

#endif
