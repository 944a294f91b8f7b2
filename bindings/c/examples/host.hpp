// The system services of both examples in C++: a folder of their own, files that are written
// as a whole, a line of input, the time, and output. A failure throws a std::system_error.
#ifndef HOST_HPP
#define HOST_HPP

#include <stopgap.hpp>

#include <charconv>
#include <ctime>
#include <initializer_list>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

#ifdef _WIN32
#include "host_windows.hpp"
#else
#include "host_posix.hpp"
#endif

// Reads a whole file.
[[nodiscard]] inline std::string read_file(const std::string& name) {
    const file from = file::to_read(name);
    std::string bytes;
    char some[4096];
    while (const std::size_t length = from.read(some, sizeof some)) {
        bytes.append(some, length);
    }
    return bytes;
}

// Reads a line, without its end, that is wiped when it is destroyed.
[[nodiscard]] inline stopgap::secret_text read_line(const file& from = file::input()) {
    stopgap::secret_text line;
    char* place = line.data();
    char* const end = place + stopgap::secret_text::capacity();
    while (place != end && from.read(place, 1) == 1 && *place != '\n') {
        ++place;
    }
    if (place != line.data() && place[-1] == '\r') { // Windows ends a line by both
        --place;
    }
    *place = '\0';
    return line;
}

[[nodiscard]] inline stopgap::secret_text read_secret(const std::string& name) {
    return read_line(file::to_read(name));
}

// Prints these words in one line. A stream would keep secrets in its buffer.
inline void tell(std::initializer_list<std::string_view> words) {
    const file& output = file::output();
    for (const std::string_view word : words) {
        output.write(word);
    }
    output.write("\n");
}

// Returns an argument in Unix seconds, or the clock's time without one. Other text becomes a
// time that every call refuses.
[[nodiscard]] inline stopgap::time time_or_now(const char* argument) {
    if (argument == nullptr) {
        return stopgap::now();
    }
    const std::string_view digits = argument;
    std::int64_t seconds = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    const bool all = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
    return all ? stopgap::from_unix(seconds) : stopgap::time::min();
}

// Returns a time as "2026-12-21T15:00:00Z".
[[nodiscard]] inline std::string utc(stopgap::time instant) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(instant);
    std::tm parts = {};
    char text[32];
    if (!split(seconds, parts) ||
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        return "a time far away";
    }
    return text;
}

// Runs a program and returns its exit status. It prints a failure; one of Stopgap is printed
// as the sentence for the person at the screen.
template <class Run>
int answered(Run run) {
    try {
        return run();
    } catch (const stopgap::error& why) {
        if (why.status() == stopgap::status::tampered) {
            std::cerr << why.name() << '\n'; // for the log; the person reads less
        }
        std::cerr << why.public_message() << '\n';
    } catch (const std::exception& why) {
        std::cerr << why.what() << '\n';
    }
    return 1;
}

#endif
