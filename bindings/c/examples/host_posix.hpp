// The system services by POSIX; host_windows.hpp has the same for Windows.
#ifndef HOST_POSIX_HPP
#define HOST_POSIX_HPP

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

[[noreturn]] inline void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// An open file, closed with this object. A failure names the file.
class file {
public:
    file(std::string name, int flags)
        : name_(std::move(name)), number_(open(name_.c_str(), flags, 0600)), is_mine_(true) {
        if (number_ < 0) {
            fail(name_);
        }
    }
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    ~file() {
        if (is_mine_) {
            close(number_);
        }
    }

    [[nodiscard]] static file to_read(const std::string& name) { return {name, O_RDONLY}; }
    [[nodiscard]] static const file& input() {
        static const file input(STDIN_FILENO, "standard input");
        return input;
    }
    [[nodiscard]] static const file& output() {
        static const file output(STDOUT_FILENO, "standard output");
        return output;
    }

    // Reads some bytes; returns 0 at the end.
    std::size_t read(char* bytes, std::size_t capacity) const {
        const ssize_t length = ::read(number_, bytes, capacity);
        if (length < 0) {
            fail(name_);
        }
        return static_cast<std::size_t>(length);
    }

    // Writes all bytes without a stream, whose buffer would keep secrets.
    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(number_, bytes.data(), bytes.size());
            if (written < 0) {
                fail(name_);
            }
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    // Has what was written on the disk.
    void sync() const {
        if (fsync(number_) != 0) {
            fail(name_);
        }
    }

    // Waits until no other process has locked the file, and locks it.
    void lock() const {
        struct flock alone = {};
        alone.l_type = F_WRLCK;
        alone.l_whence = SEEK_SET;
        if (fcntl(number_, F_SETLKW, &alone) != 0) {
            fail(name_);
        }
    }

private:
    file(int number, const char* name) : name_(name), number_(number), is_mine_(false) {}

    std::string name_;
    int number_;
    bool is_mine_;
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
    lock.lock();
}

// Writes a file that is either the old one or the new one, also after a power cut: it writes
// a draft to the disk, renames it, and writes the renaming to the disk.
inline void write_file(const std::string& name, std::string_view bytes) {
    const std::string draft = name + ".new";
    try {
        const file written(draft, O_WRONLY | O_CREAT | O_TRUNC);
        written.write(bytes);
        written.sync();
        if (std::rename(draft.c_str(), name.c_str()) != 0) {
            fail(name);
        }
        file(".", O_RDONLY).sync();
    } catch (const std::system_error& why) {
        throw std::system_error(why.code(), name);
    }
}

// Splits a time into its parts, in UTC.
[[nodiscard]] inline bool split(std::time_t seconds, std::tm& parts) {
    return gmtime_r(&seconds, &parts) != nullptr;
}

// Returns the arguments of main in UTF-8, as most systems give them.
inline char** in_utf8(char** argv) { return argv; }

#endif
