// The store of the server example in C++: its key in one file, and its records in another,
// which is written as a whole. Both have the layout of store.h, so that each server can use
// the files of the other. The records have no secret. A grant that was changed from outside
// does not fit its tag, and a changed enrolment has another key; but a person who can write
// the file can reset the throttles.
#ifndef STORE_HPP
#define STORE_HPP

#include "host.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
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
    std::vector<stopgap::tag> tags; // of the grant at the same index
    std::vector<stopgap::enrolment> enrolments;
    // The failed attempts of each user.
    std::map<std::string, stopgap::throttle> throttles;

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
        counts number;
        if (bytes.size() == file_size) {
            std::memcpy(&number, next(sizeof number).data(), sizeof number);
        }
        if (bytes.size() != file_size || number.grants > room || number.enrolments > room) {
            throw std::runtime_error("There are no records, or other ones.");
        }
        store records;
        const auto read = [&next](auto& all, std::size_t count) {
            using record = typename std::decay_t<decltype(all)>::value_type;
            for (std::size_t place = 0; place < room; ++place) {
                const auto one = stopgap::from_bytes<record>(next(sizeof(record)));
                if (place < count) {
                    all.push_back(*one);
                }
            }
        };
        read(records.grants, number.grants);
        read(records.tags, number.grants);
        read(records.enrolments, number.enrolments);
        for (std::size_t place = 0; place < room; ++place) {
            const std::string_view user = next(STOPGAP_NAME_SIZE);
            const auto one = stopgap::from_bytes<stopgap::throttle>(next(sizeof(stopgap::throttle)));
            if (one->failures() > 0) {
                records.throttles.emplace(user.substr(0, user.find('\0')), *one);
            }
        }
        return records;
    }

    // Writes all records.
    void keep() const {
        std::string bytes;
        const counts number = {static_cast<std::uint32_t>(grants.size()),
                               static_cast<std::uint32_t>(enrolments.size())};
        bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
        const auto write = [&bytes](const auto& all) {
            using record = typename std::decay_t<decltype(all)>::value_type;
            const std::size_t end = bytes.size() + room * sizeof(record);
            for (const record& one : all) {
                bytes.append(one.bytes());
            }
            fill(bytes, end);
        };
        write(grants);
        write(tags);
        write(enrolments);
        for (const auto& [user, throttle] : throttles) {
            char name[STOPGAP_NAME_SIZE];
            if (throttle.failures() > 0) {
                if (!stopgap::put(name, user)) {
                    throw std::runtime_error("That name is too long.");
                }
                bytes.append(name, sizeof name).append(throttle.bytes());
            }
        }
        fill(bytes, file_size);
        write_file("records", bytes);
    }

    // Checks the tags of all grants before one is used.
    void check_tags(const stopgap::key_ring& ring) const {
        for (std::size_t place = 0; place < grants.size(); ++place) {
            try {
                grants[place].check_tag(ring, tags[place]);
            } catch (const stopgap::error& why) { // for the log; the person reads less
                std::cerr << "grant " << place + 1 << ": " << why.name() << '\n';
                throw;
            }
        }
    }

private:
    struct counts {
        std::uint32_t grants = 0;
        std::uint32_t enrolments = 0;
    };

    static constexpr std::size_t file_size =
        sizeof(counts) + room * (sizeof(stopgap::online_grant) + sizeof(stopgap::tag) +
                                 sizeof(stopgap::enrolment) + STOPGAP_NAME_SIZE +
                                 sizeof(stopgap::throttle));

    // Fills the file up to here.
    static void fill(std::string& bytes, std::size_t end) {
        if (bytes.size() > end) {
            throw std::runtime_error("There is no room for another record.");
        }
        bytes.resize(end);
    }
};

#endif
