// The system services of both examples in C++, by POSIX: a folder of their own, files that
// are written as a whole, a line of input, the time, and output. A failure throws a
// std::system_error.
#ifndef HOST_HPP
#define HOST_HPP

#include <stopgap.hpp>

#include <cerrno>
#include <charconv>
#include <ctime>
#include <initializer_list>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

[[noreturn]] inline void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// An open file, closed with this object.
class file {
public:
    file(const std::string& name, int flags) : number_(open(name.c_str(), flags, 0600)) {
        if (number_ < 0) {
            fail(name);
        }
    }
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    ~file() { close(number_); }

    [[nodiscard]] int number() const noexcept { return number_; }

private:
    int number_;
};

[[nodiscard]] inline bool is_there(const std::string& name) {
    return access(name.c_str(), F_OK) == 0;
}

// Enters the folder, which may be new, and locks it until this process ends: of two
// processes that read and write a file at the same time, one would lose its changes.
inline void enter(const std::string& folder, bool may_be_new = false) {
    umask(077);
    if ((may_be_new && mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) ||
        chdir(folder.c_str()) != 0) {
        fail(folder);
    }
    static const file lock("lock", O_RDWR | O_CREAT);
    struct flock alone = {};
    alone.l_type = F_WRLCK;
    alone.l_whence = SEEK_SET;
    if (fcntl(lock.number(), F_SETLKW, &alone) != 0) {
        fail("lock");
    }
}

// Writes all bytes without a stream, whose buffer would keep secrets.
inline void write_all(int where, std::string_view bytes, const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t written = write(where, bytes.data(), bytes.size());
        if (written < 0) {
            fail(name);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

// Writes a file that is either the old one or the new one, also after a power cut: it writes
// a draft to the disk, renames it, and writes the renaming to the disk.
inline void write_file(const std::string& name, std::string_view bytes) {
    const std::string draft = name + ".new";
    try {
        const file written(draft, O_WRONLY | O_CREAT | O_TRUNC);
        const file folder(".", O_RDONLY);
        write_all(written.number(), bytes, name);
        if (fsync(written.number()) != 0 || rename(draft.c_str(), name.c_str()) != 0 ||
            fsync(folder.number()) != 0) {
            fail(name);
        }
    } catch (const std::system_error& why) {
        throw std::system_error(why.code(), name);
    }
}

// Reads a whole file.
[[nodiscard]] inline std::string read_file(const std::string& name) {
    const file from(name, O_RDONLY);
    std::string bytes;
    char some[4096];
    ssize_t length = 0;
    while ((length = read(from.number(), some, sizeof some)) > 0) {
        bytes.append(some, static_cast<std::size_t>(length));
    }
    if (length < 0) {
        fail(name);
    }
    return bytes;
}

// Reads a line, without its end, that is wiped when it is destroyed.
[[nodiscard]] inline stopgap::secret_text read_line(int from = STDIN_FILENO) {
    stopgap::secret_text line;
    char* place = line.data();
    char* const end = place + stopgap::secret_text::capacity();
    while (place != end && read(from, place, 1) == 1 && *place != '\n') {
        ++place;
    }
    *place = '\0';
    return line;
}

[[nodiscard]] inline stopgap::secret_text read_secret(const std::string& name) {
    return read_line(file(name, O_RDONLY).number());
}

// Prints these words in one line.
inline void tell(std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) {
        write_all(STDOUT_FILENO, word, "standard output");
    }
    write_all(STDOUT_FILENO, "\n", "standard output");
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
    if (gmtime_r(&seconds, &parts) == nullptr ||
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
