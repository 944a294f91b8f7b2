// The store of the server example in C++: its key, in one file, and its records, in
// another, which is changed as a whole. Both are laid out as store.h has them, so that
// either server may take over from the other. The records hold no secret. A grant that was
// changed from outside does not fit its tag, and an enrolment that was changed has another
// key; but whoever can write there can open the doors.
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

// How many of each there is room for; a real server has a database.
constexpr std::size_t room = 256;

// What the server keeps of everybody.
class store {
public:
    std::vector<stopgap::online_grant> grants;
    std::vector<stopgap::tag> tags; // of the grant at the same index
    std::vector<stopgap::enrolment> enrolments;
    // What guessing has cost a user.
    std::map<std::string, stopgap::throttle> doors;

    // Makes both files, with a new key.
    static void make() {
        if (is_there("key")) {
            throw std::runtime_error("There is a key already.");
        }
        const auto digits = stopgap::master_key::generate().hex();
        store().keep();
        write_file("key", digits.reveal());
    }

    // The ring of the key in the file, number 1.
    [[nodiscard]] static stopgap::key_ring ring() {
        const auto digits = read_secret("key");
        return stopgap::key_ring::make(1, stopgap::master_key::from_hex(digits.reveal()));
    }

    // The records as they were kept.
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
            const auto door = stopgap::from_bytes<stopgap::throttle>(next(sizeof(stopgap::throttle)));
            if (door->failures() > 0) {
                records.doors.emplace(user.substr(0, user.find('\0')), *door);
            }
        }
        return records;
    }

    // Keeps them all.
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
        for (const auto& [user, door] : doors) {
            char name[STOPGAP_NAME_SIZE];
            if (door.failures() > 0) {
                if (!stopgap::put(name, user)) {
                    throw std::runtime_error("That name is too long.");
                }
                bytes.append(name, sizeof name).append(door.bytes());
            }
        }
        fill(bytes, file_size);
        write_file("records", bytes);
    }

    // Believes no grant before all fit their tags.
    void check_tags(const stopgap::key_ring& ring) const {
        for (std::size_t place = 0; place < grants.size(); ++place) {
            try {
                grants[place].check_tag(ring, tags[place]);
            } catch (const stopgap::error& why) { // for the log; the person is told less
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

    // Leaves room up to here.
    static void fill(std::string& bytes, std::size_t end) {
        if (bytes.size() > end) {
            throw std::runtime_error("There is no room for another record.");
        }
        bytes.resize(end);
    }
};

#endif
