// Text between UTF-16, which Windows has, and UTF-8, which Stopgap has.
#ifndef CREDENTIAL_PROVIDER_WIDE_HPP
#define CREDENTIAL_PROVIDER_WIDE_HPP

#include <stopgap.hpp>

#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include <windows.h>

#include <objbase.h>

[[noreturn]] inline void fail(const char* what) {
    throw std::system_error(static_cast<int>(GetLastError()), std::system_category(), what);
}

// Returns a text that is no secret in UTF-16.
[[nodiscard]] inline std::wstring wide(std::string_view text) {
    std::wstring converted(text.size(), L'\0'); // never longer
    const int length =
        text.empty() ? 0
                     : MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()),
                                           converted.data(), static_cast<int>(converted.size()));
    converted.resize(static_cast<std::size_t>(length));
    return converted;
}

// Returns a copy that the caller of a COM interface frees.
[[nodiscard]] inline LPWSTR copied(std::wstring_view text) {
    const std::size_t size = text.size() * sizeof(wchar_t);
    auto* copy = static_cast<LPWSTR>(CoTaskMemAlloc(size + sizeof(wchar_t)));
    if (copy == nullptr) {
        throw std::bad_alloc();
    }
    std::copy(text.begin(), text.end(), copy);
    copy[text.size()] = L'\0';
    return copy;
}

// A text that a person types: a secret, in memory of its own that is wiped.
class typed_text {
public:
    typed_text() = default;
    typed_text(const typed_text&) = delete;
    typed_text& operator=(const typed_text&) = delete;
    ~typed_text() { wipe(); }

    // Takes the text in place of the one before. Returns false, and takes none, if it is far
    // longer than any code.
    bool set(LPCWSTR text) noexcept {
        wipe();
        const std::size_t length = wcsnlen(text, capacity);
        if (length == capacity) {
            return false;
        }
        std::copy(text, text + length, text_);
        return true;
    }

    void wipe() noexcept { SecureZeroMemory(text_, sizeof text_); }

    // Returns the text in UTF-8. A lone surrogate becomes U+FFFD, which belongs in no code.
    [[nodiscard]] stopgap::secret_text utf8() const noexcept {
        stopgap::secret_text converted;
        WideCharToMultiByte(CP_UTF8, 0, text_, -1, converted.data(),
                            static_cast<int>(stopgap::secret_text::capacity()), nullptr, nullptr);
        return converted;
    }

private:
    // Three bytes of UTF-8 for each fit into a secret_text.
    static constexpr std::size_t capacity = stopgap::secret_text::capacity() / 3;

    wchar_t text_[capacity] = {};
};

#endif
