// The agent's files on Windows: encrypted for this machine by DPAPI, in a folder that only the
// system and administrators can open.
#ifndef CREDENTIAL_PROVIDER_PROTECTED_FOLDER_HPP
#define CREDENTIAL_PROVIDER_PROTECTED_FOLDER_HPP

#include "wide.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <dpapi.h>
#include <knownfolders.h>
#include <sddl.h>
#include <shlobj.h>

// A handle that is closed with this object.
class handle {
public:
    explicit handle(HANDLE opened) noexcept : opened_(opened) {}
    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;
    ~handle() {
        if (is_open()) {
            CloseHandle(opened_);
        }
    }

    [[nodiscard]] HANDLE get() const noexcept { return opened_; }
    [[nodiscard]] bool is_open() const noexcept { return opened_ != INVALID_HANDLE_VALUE; }

private:
    HANDLE opened_;
};

// Bytes that Windows returned: maybe a secret, so they are wiped.
class blob {
public:
    blob() = default;
    blob(const blob&) = delete;
    blob& operator=(const blob&) = delete;
    ~blob() {
        if (data_.pbData != nullptr) {
            SecureZeroMemory(data_.pbData, data_.cbData);
            LocalFree(data_.pbData);
        }
    }

    [[nodiscard]] DATA_BLOB* out() noexcept { return &data_; }
    [[nodiscard]] std::string_view bytes() const noexcept {
        return {reinterpret_cast<const char*>(data_.pbData), data_.cbData};
    }

private:
    DATA_BLOB data_ = {};
};

// Calls CryptProtectData or CryptUnprotectData. With the scope of the machine any program that
// can read the file can decrypt it: the folder's access list keeps others away, and DPAPI keeps
// a stolen disk or backup useless.
template <class Protect>
void protect(Protect& call, std::string_view bytes, DWORD scope, blob& result) {
    DATA_BLOB input = {static_cast<DWORD>(bytes.size()),
                       reinterpret_cast<BYTE*>(const_cast<char*>(bytes.data()))};
    if (!call(&input, nullptr, nullptr, nullptr, nullptr, CRYPTPROTECT_UI_FORBIDDEN | scope,
              result.out())) {
        fail("DPAPI");
    }
}

// C:\ProgramData\Stopgap, locked: of two processes that read and write a file at the same time,
// one would lose its changes.
class protected_folder {
public:
    // Opens the folder, which may be new, and waits while another process has it.
    protected_folder() : path_(made()), lock_(open(L"lock", GENERIC_WRITE, OPEN_ALWAYS)) {
        OVERLAPPED start = {};
        if (!lock_.is_open() ||
            !LockFileEx(lock_.get(), LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &start)) {
            fail("lock");
        }
    }

    [[nodiscard]] bool has(const wchar_t* name) const noexcept {
        return GetFileAttributesW(path(name).c_str()) != INVALID_FILE_ATTRIBUTES;
    }

    // Reads and decrypts a file.
    void read(const wchar_t* name, blob& result) const {
        const handle file(open(name, GENERIC_READ, OPEN_EXISTING));
        char bytes[4096];
        DWORD length = 0;
        if (!file.is_open() || !ReadFile(file.get(), bytes, sizeof bytes, &length, nullptr)) {
            fail("a file of the agent cannot be read");
        }
        protect(CryptUnprotectData, {bytes, length}, 0, result);
    }

    // Encrypts and writes a file that is either the old one or the new one, also after a power
    // cut.
    void write(const wchar_t* name, std::string_view bytes) const {
        blob encrypted;
        protect_for_machine(bytes, encrypted);
        const std::wstring draft = std::wstring(name) + L".new";
        const auto [data, size] = std::pair(encrypted.bytes().data(), encrypted.bytes().size());
        {
            const handle file(open(draft.c_str(), GENERIC_WRITE, CREATE_ALWAYS));
            DWORD written = 0;
            if (!file.is_open() ||
                !WriteFile(file.get(), data, static_cast<DWORD>(size), &written, nullptr) ||
                written != size || !FlushFileBuffers(file.get())) {
                fail("a file of the agent cannot be written");
            }
        }
        if (!MoveFileExW(path(draft.c_str()).c_str(), path(name).c_str(),
                         MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
            fail("a file of the agent cannot be replaced");
        }
    }

private:
    static void protect_for_machine(std::string_view bytes, blob& result) {
        const auto call = [](DATA_BLOB* input, LPWSTR*, DATA_BLOB* entropy, void* reserved,
                             CRYPTPROTECT_PROMPTSTRUCT* prompt, DWORD flags, DATA_BLOB* output) {
            return CryptProtectData(input, L"Stopgap", entropy, reserved, prompt, flags, output);
        };
        protect(call, bytes, CRYPTPROTECT_LOCAL_MACHINE, result);
    }

    // Returns the folder, and makes it: full access for the system and administrators, none
    // for others, and nothing inherited.
    static std::wstring made() {
        PWSTR data = nullptr;
        if (FAILED(SHGetKnownFolderPath(FOLDERID_ProgramData, 0, nullptr, &data))) {
            fail("ProgramData");
        }
        const std::wstring folder = std::wstring(data) + L"\\Stopgap";
        CoTaskMemFree(data);
        SECURITY_ATTRIBUTES access = {sizeof access, nullptr, FALSE};
        if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
                L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", SDDL_REVISION_1,
                &access.lpSecurityDescriptor, nullptr)) {
            fail("access list");
        }
        const BOOL is_new = CreateDirectoryW(folder.c_str(), &access);
        const DWORD error = GetLastError();
        LocalFree(access.lpSecurityDescriptor);
        if (!is_new && error != ERROR_ALREADY_EXISTS) {
            SetLastError(error);
            fail("folder");
        }
        return folder;
    }

    [[nodiscard]] std::wstring path(const wchar_t* name) const { return path_ + L"\\" + name; }

    [[nodiscard]] HANDLE open(const wchar_t* name, DWORD access, DWORD disposition) const {
        return CreateFileW(path(name).c_str(), access, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                           disposition, FILE_ATTRIBUTE_NORMAL, nullptr);
    }

    std::wstring path_;
    handle lock_;
};

#endif
