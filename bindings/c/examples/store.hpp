// The store of the server example in C++: its key in one file, and its records in another,
// which is written as a whole. Both have the layout of store.h, so that each server can use
// the files of the other. The records have no secret, and one that was changed from outside
// does not fit its tag; but a person who can write the file can delete a record, or put an
// older file back.
#ifndef STORE_HPP
#define STORE_HPP

#include "host.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The number of each that there is room for; a real server has a database.
constexpr std::size_t room = 256;

// The records of the server.
class store {
public:
    std::vector<stopgap::online_grant> grants;
    std::vector<stopgap::enrolment> enrolments;
    // The failed attempts of each user who has any.
    std::map<std::string, stopgap::user_throttle> failures;

    // Makes both files, with a new key.
    static void make() {
        if (is_there("key")) {
            throw std::runtime_error("There is a key already.");
        }
        const auto digits = stopgap::master_key::generate().hex();
        store().keep();
        write_file("key", digits.reveal());
    }

    // Returns the ring of the key in the file, number 1.
    [[nodiscard]] static stopgap::key_ring ring() {
        const auto digits = read_secret("key");
        return stopgap::key_ring::make(1, stopgap::master_key::from_hex(digits.reveal()));
    }

    // Reads the records.
    [[nodiscard]] static store load() {
        const std::string bytes = read_file("records");
        std::string_view left = bytes;
        const auto next = [&left](std::size_t size) {
            const std::string_view taken = left.substr(0, size);
            left.remove_prefix(taken.size());
            return taken;
        };
        if (bytes.size() != file_size) {
            throw std::runtime_error("There are no records, or other ones.");
        }
        store records;
        for (std::size_t place = 0; place < room; ++place) {
            const std::string_view kept = bytes_of(next(kept_size));
            if (!kept.empty()) {
                records.grants.push_back(stopgap::online_grant::from_bytes(kept));
            }
        }
        for (std::size_t place = 0; place < room; ++place) {
            const std::string_view kept = bytes_of(next(kept_size));
            if (!kept.empty()) {
                records.enrolments.push_back(stopgap::enrolment::from_bytes(kept));
            }
        }
        for (std::size_t place = 0; place < room; ++place) {
            const std::string_view kept = bytes_of(next(kept_size));
            if (!kept.empty()) {
                auto one = stopgap::user_throttle::from_bytes(kept);
                if (one.info().failures > 0) {
                    std::string user(one.user());
                    records.failures.emplace(std::move(user), std::move(one));
                }
            }
        }
        return records;
    }

    // Writes all records.
    void keep() const {
        std::string bytes;
        std::size_t end = room * kept_size;
        for (const auto& one : grants) {
            keep(bytes, one.bytes());
        }
        fill(bytes, end);
        end += room * kept_size;
        for (const auto& one : enrolments) {
            keep(bytes, one.bytes());
        }
        fill(bytes, end);
        for (const auto& [user, one] : failures) {
            keep(bytes, one.bytes());
        }
        fill(bytes, file_size);
        write_file("records", bytes);
    }

    // Returns the throttle of a user.
    [[nodiscard]] stopgap::throttle throttle_of(const stopgap::key_ring& ring,
                                                const std::string& user) const {
        const auto known = failures.find(user);
        return known == failures.end() ? stopgap::throttle() : known->second.open(ring, user);
    }

    // Seals the throttle of a user, if there are failures.
    void set_throttle(const stopgap::key_ring& ring, const std::string& user,
                      const stopgap::throttle& throttle) {
        failures.erase(user);
        if (throttle.failures() > 0) {
            failures.emplace(user, stopgap::user_throttle::seal(ring, user, throttle));
        }
    }

private:
    // A record: the number of its bytes in two, the high one first, the bytes, and zeros.
    static constexpr std::size_t kept_size = 768;
    static constexpr std::size_t file_size = 3 * room * kept_size;

    // Returns the bytes of a record; none if there is none.
    static std::string_view bytes_of(std::string_view kept) {
        const auto byte = [&](std::size_t place) -> std::size_t {
            return static_cast<unsigned char>(kept[place]);
        };
        const std::size_t length = byte(0) << 8 | byte(1);
        return length > kept_size - 2 ? std::string_view() : kept.substr(2, length);
    }

    static void keep(std::string& bytes, const std::string& record) {
        const std::size_t end = bytes.size() + kept_size;
        bytes.push_back(static_cast<char>(record.size() >> 8));
        bytes.push_back(static_cast<char>(record.size() & 0xFF));
        bytes.append(record);
        fill(bytes, end);
    }

    // Fills the file up to here.
    static void fill(std::string& bytes, std::size_t end) {
        if (bytes.size() > end) {
            throw std::runtime_error("There is no room for another record.");
        }
        bytes.resize(end);
    }
};

#endif
