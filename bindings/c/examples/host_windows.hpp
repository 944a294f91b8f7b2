// The system services for Windows 7 and later; host_posix.hpp has the same by POSIX. Paths
// and names are UTF-8 here, and UTF-16 for the system.
#ifndef HOST_WINDOWS_HPP
#define HOST_WINDOWS_HPP

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <sddl.h>
#include <shellapi.h>

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#ifdef _MSC_VER
#pragma comment(lib, "advapi32.lib")
#pragma comment(lib, "shell32.lib")
#endif

[[noreturn]] inline void fail(const std::string& what) {
    throw std::system_error(static_cast<int>(GetLastError()), std::system_category(), what);
}

[[nodiscard]] inline std::wstring wide(std::string_view text) {
    const int length = static_cast<int>(text.size());
    std::wstring made(text.size(), L'\0');
    const int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.data(), length,
                                          made.data(), length);
    if (units == 0 && length != 0) {
        fail("a path");
    }
    made.resize(static_cast<std::size_t>(units));
    return made;
}

[[nodiscard]] inline std::string utf8(const wchar_t* text) {
    const int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, nullptr, 0, nullptr, nullptr);
    std::string made(static_cast<std::size_t>(size), '\0');
    if (WideCharToMultiByte(CP_UTF8, 0, text, -1, made.data(), size, nullptr, nullptr) == 0) {
        fail("an argument");
    }
    made.pop_back();
    return made;
}

// Full access for the owner, the system and administrators, and no access for others,
// whatever the folder above allows.
class owner_alone {
public:
    owner_alone() {
        if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
                L"D:P(A;OICI;FA;;;OW)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", SDDL_REVISION_1,
                &attributes_.lpSecurityDescriptor, nullptr)) {
            fail("an access control list");
        }
    }
    owner_alone(const owner_alone&) = delete;
    owner_alone& operator=(const owner_alone&) = delete;
    ~owner_alone() { LocalFree(attributes_.lpSecurityDescriptor); }

    [[nodiscard]] SECURITY_ATTRIBUTES* attributes() noexcept { return &attributes_; }

private:
    SECURITY_ATTRIBUTES attributes_ = {sizeof(SECURITY_ATTRIBUTES), nullptr, FALSE};
};

// An open file, closed with this object. A failure names the file.
class file {
public:
    file(std::string name, DWORD rights, DWORD share, DWORD how)
        : name_(std::move(name)),
          handle_(CreateFileW(wide(name_).c_str(), rights, share, owner_alone().attributes(), how,
                              FILE_ATTRIBUTE_NORMAL, nullptr)),
          is_mine_(true) {
        if (handle_ == INVALID_HANDLE_VALUE) {
            fail(name_);
        }
    }
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    ~file() {
        if (is_mine_) {
            CloseHandle(handle_);
        }
    }

    [[nodiscard]] static file to_read(const std::string& name) {
        return {name, GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING};
    }
    [[nodiscard]] static const file& input() {
        static const file input(STD_INPUT_HANDLE, "standard input");
        return input;
    }
    [[nodiscard]] static const file& output() {
        static const file output(STD_OUTPUT_HANDLE, "standard output");
        return output;
    }

    // Reads some bytes; returns 0 at the end.
    std::size_t read(char* bytes, std::size_t capacity) const {
        DWORD length = 0;
        // The end of a pipe is an error.
        if (!ReadFile(handle_, bytes, static_cast<DWORD>(capacity), &length, nullptr) &&
            GetLastError() != ERROR_BROKEN_PIPE) {
            fail(name_);
        }
        return length;
    }

    // Writes all bytes without a stream, whose buffer would keep secrets.
    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            DWORD written = 0;
            if (!WriteFile(handle_, bytes.data(), static_cast<DWORD>(bytes.size()), &written,
                           nullptr)) {
                fail(name_);
            }
            bytes.remove_prefix(written);
        }
    }

    // Has what was written on the disk.
    void sync() const {
        if (!FlushFileBuffers(handle_)) {
            fail(name_);
        }
    }

    // Waits until no other process has locked the file, and locks it.
    void lock() const {
        OVERLAPPED begin = {};
        if (!LockFileEx(handle_, LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &begin)) {
            fail(name_);
        }
    }

private:
    file(DWORD standard, const char* name)
        : name_(name), handle_(GetStdHandle(standard)), is_mine_(false) {
        SetConsoleCP(CP_UTF8);
        SetConsoleOutputCP(CP_UTF8);
    }

    std::string name_;
    HANDLE handle_;
    bool is_mine_;
};

[[nodiscard]] inline bool is_there(const std::string& name) {
    return GetFileAttributesW(wide(name).c_str()) != INVALID_FILE_ATTRIBUTES;
}

// Enters the folder, which may be new, and locks it until this process ends: of two
// processes that read and write a file at the same time, one would lose its changes.
inline void enter(const std::string& folder, bool may_be_new = false) {
    const std::wstring path = wide(folder);
    if ((may_be_new && !CreateDirectoryW(path.c_str(), owner_alone().attributes()) &&
         GetLastError() != ERROR_ALREADY_EXISTS) ||
        !SetCurrentDirectoryW(path.c_str())) {
        fail(folder);
    }
    static const file lock("lock", GENERIC_READ | GENERIC_WRITE,
                           FILE_SHARE_READ | FILE_SHARE_WRITE, OPEN_ALWAYS);
    lock.lock();
}

// Writes a file that is either the old one or the new one, also after a power cut: it writes
// a draft to the disk, and renames it on the disk.
inline void write_file(const std::string& name, std::string_view bytes) {
    const std::string draft = name + ".new";
    try {
        {
            const file written(draft, GENERIC_WRITE, 0, CREATE_ALWAYS);
            written.write(bytes);
            written.sync();
        }
        if (!MoveFileExW(wide(draft).c_str(), wide(name).c_str(),
                         MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
            fail(name);
        }
    } catch (const std::system_error& why) {
        throw std::system_error(why.code(), name);
    }
}

// Splits a time into its parts, in UTC.
[[nodiscard]] inline bool split(std::time_t seconds, std::tm& parts) {
    return gmtime_s(&parts, &seconds) == 0;
}

// Returns the arguments of main in UTF-8. They live as long as the process.
inline char** in_utf8(char** argv) {
    static std::vector<std::string> words;
    static std::vector<char*> pointers;
    int count = 0;
    wchar_t** const all = CommandLineToArgvW(GetCommandLineW(), &count);
    if (all == nullptr) {
        return argv;
    }
    for (int place = 0; place < count; ++place) {
        words.push_back(utf8(all[place]));
    }
    LocalFree(all);
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    return pointers.data();
}

#endif
