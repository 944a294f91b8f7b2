/* Keys and states at rest, encrypted by Windows (DPAPI) for the account of this process. A
 * credential provider runs as SYSTEM, so that no user of the machine can read them. Link
 * crypt32. */
#ifndef PROTECT_H
#define PROTECT_H

#include <string.h>
#include <windows.h>
#include <dpapi.h>

/* Another program of the same account must know this to decrypt. */
static const BYTE stopgap_entropy[] = "stopgap agent, version 1";

static inline DATA_BLOB blob_of(const void *bytes, size_t length)
{
    DATA_BLOB blob = { (DWORD)length, (BYTE *)bytes };
    return blob;
}

/* Encrypts. Returns the number of bytes, or 0 if Windows cannot, or if the capacity is too
 * small; GetLastError() tells which. A state of 76 bytes becomes about 250. */
static inline size_t protect(const void *plain, size_t length, void *sealed, size_t capacity)
{
    DATA_BLOB in = blob_of(plain, length), out = { 0, NULL };
    DATA_BLOB entropy = blob_of(stopgap_entropy, sizeof stopgap_entropy);
    size_t written = 0;
    if (!CryptProtectData(&in, L"Stopgap", &entropy, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &out))
        return 0;
    if (out.cbData <= capacity) {
        memcpy(sealed, out.pbData, out.cbData);
        written = out.cbData;
    } else {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
    }
    LocalFree(out.pbData);
    return written;
}

/* Decrypts. Returns the number of bytes, or 0 if the bytes were changed, or belong to another
 * account or machine, or if the capacity is too small. Wipe the result if it is a key. */
static inline size_t unprotect(const void *sealed, size_t length, void *plain, size_t capacity)
{
    DATA_BLOB in = blob_of(sealed, length), out = { 0, NULL };
    DATA_BLOB entropy = blob_of(stopgap_entropy, sizeof stopgap_entropy);
    size_t read = 0;
    if (!CryptUnprotectData(&in, NULL, &entropy, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &out))
        return 0;
    if (out.cbData <= capacity) {
        memcpy(plain, out.pbData, out.cbData);
        read = out.cbData;
    } else {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
    }
    SecureZeroMemory(out.pbData, out.cbData);
    LocalFree(out.pbData);
    return read;
}

#endif
