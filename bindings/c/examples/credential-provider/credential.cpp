#include "credential.hpp"

bool credential::has(REFIID wanted) const noexcept {
    return IsEqualIID(wanted, IID_ICredentialProviderCredential) ||
           IsEqualIID(wanted, IID_ICredentialProviderCredential2);
}

HRESULT credential::Advise(ICredentialProviderCredentialEvents* events) noexcept {
    events_.set(events);
    return S_OK;
}

HRESULT credential::UnAdvise() noexcept {
    events_.set(nullptr);
    return S_OK;
}

// Shows another text in a field, if LogonUI shows the tile.
void credential::show(DWORD field, const wchar_t* text) noexcept {
    if (events_.get() != nullptr) {
        events_.get()->SetFieldString(this, field, text);
    }
}

// The request code changes every minute.
HRESULT credential::SetSelected(BOOL* auto_logon) noexcept {
    if (auto_logon == nullptr) {
        return E_POINTER;
    }
    *auto_logon = FALSE;
    show(FIELD_REQUEST, look().sentence.c_str());
    return S_OK;
}

HRESULT credential::SetDeselected() noexcept {
    typed_.wipe();
    show(FIELD_CODE, L"");
    return S_OK;
}

HRESULT
credential::GetFieldState(DWORD field, CREDENTIAL_PROVIDER_FIELD_STATE* state,
                          CREDENTIAL_PROVIDER_FIELD_INTERACTIVE_STATE* interactive) noexcept {
    if (state == nullptr || interactive == nullptr) {
        return E_POINTER;
    }
    if (field >= FIELD_COUNT) {
        return E_INVALIDARG;
    }
    *state = fields[field].state;
    *interactive = field == FIELD_CODE ? CPFIS_FOCUSED : CPFIS_NONE;
    return S_OK;
}

HRESULT credential::GetStringValue(DWORD field, LPWSTR* text) noexcept {
    if (text == nullptr) {
        return E_POINTER;
    }
    *text = nullptr;
    if (field >= FIELD_COUNT) {
        return E_INVALIDARG;
    }
    return guarded([&] {
        *text = field == FIELD_REQUEST ? copied(look().sentence)
                : field == FIELD_CODE  ? copied(L"") // the code is not given back
                                       : copied(fields[field].label);
        return S_OK;
    });
}

HRESULT credential::GetSubmitButtonValue(DWORD field, DWORD* adjacent) noexcept {
    if (adjacent == nullptr) {
        return E_POINTER;
    }
    if (field != FIELD_SUBMIT) {
        return E_INVALIDARG;
    }
    *adjacent = FIELD_CODE;
    return S_OK;
}

// LogonUI calls this after each key.
HRESULT credential::SetStringValue(DWORD field, LPCWSTR text) noexcept {
    if (text == nullptr) {
        return E_POINTER;
    }
    return field == FIELD_CODE && typed_.set(text) ? S_OK : E_INVALIDARG;
}

// Redeems the code. It returns no credential: the password is the business of Windows' own
// provider, which is let through while the lock is active.
HRESULT
credential::GetSerialization(CREDENTIAL_PROVIDER_GET_SERIALIZATION_RESPONSE* response,
                             CREDENTIAL_PROVIDER_CREDENTIAL_SERIALIZATION* serialization,
                             LPWSTR* status_text, CREDENTIAL_PROVIDER_STATUS_ICON* icon) noexcept {
    if (response == nullptr || serialization == nullptr || status_text == nullptr ||
        icon == nullptr) {
        return E_POINTER;
    }
    *serialization = {};
    *status_text = nullptr;
    const answer redeemed = redeem(typed_);
    typed_.wipe();
    show(FIELD_CODE, L"");
    show(FIELD_REQUEST, redeemed.is_yes ? redeemed.sentence.c_str() : look().sentence.c_str());
    *response = redeemed.is_yes ? CPGSR_NO_CREDENTIAL_FINISHED : CPGSR_NO_CREDENTIAL_NOT_FINISHED;
    *icon = redeemed.is_yes ? CPSI_SUCCESS : CPSI_ERROR;
    return guarded([&] {
        *status_text = copied(redeemed.sentence);
        return S_OK;
    });
}

HRESULT credential::ReportResult(NTSTATUS, NTSTATUS, LPWSTR* status_text,
                                 CREDENTIAL_PROVIDER_STATUS_ICON* icon) noexcept {
    if (status_text == nullptr || icon == nullptr) {
        return E_POINTER;
    }
    *status_text = nullptr;
    *icon = CPSI_NONE;
    return S_OK;
}

// Returns the user below whose name LogonUI shows the tile. Without one it belongs to "Other
// user".
HRESULT credential::GetUserSid(LPWSTR* sid) noexcept {
    if (sid == nullptr) {
        return E_POINTER;
    }
    *sid = nullptr;
    return guarded([&] {
        const std::wstring user = user_sid();
        if (user.empty()) {
            return S_FALSE;
        }
        *sid = copied(user);
        return S_OK;
    });
}
