/* A server: issues codes, stores their records in a file, verifies typed codes, and answers
 * the requests of machines that cannot reach it. It works like server.c, with the same
 * output and the same files.
 *
 *     cargo build --release -p stopgap-c
 *     c++ -std=c++17 -Iinclude bindings/c/examples/server.cpp target/release/libstopgap_c.a \
 *         -lpthread -ldl -lm -o server
 *
 *     server init DIR                                 once: makes a key and no records
 *     server DIR issue USER PURPOSE VALIDITY [TIME]   prints a code for USER
 *     server DIR verify USER PURPOSE [TIME]           reads the code that USER typed
 *     server DIR enrol USER MACHINE                   prints a key, for `agent enrol`
 *     server DIR answer USER PURPOSE VALIDITY [TIME]  reads a request code
 *
 * PURPOSE is reset, register or bypass. VALIDITY is 1d to 31d, or 1mo; for online codes
 * also 1m to 24h. TIME is in Unix seconds, by default the clock's. Codes are read from
 * standard input. The exit status is 0 for yes, 1 for no, 2 for a wrong call. All who can
 * read DIR may do all this; a server for several people checks stopgap::may. */
#include "store.hpp"

namespace {

using stopgap::purpose;
using stopgap::validity;

void issue(const std::string& user, purpose what, validity lasting, stopgap::time now) {
    const auto ring = store::ring();
    auto records = store::load();
    stopgap::online_policy policy;
    policy.validity = lasting;
    policy.purposes = what;
    if (what != purpose::bypass) {
        policy.max_uses = 1; // a password is reset once; a bypass is for every logon
    }
    auto issued = policy.issue(ring, {user}, now);
    const auto expires_at = issued.grant.expires_at();
    records.grants.push_back(std::move(issued.grant));
    records.keep(); // before it is printed
    tell({issued.code.reveal(), " until ", utc(expires_at)});
}

void verify(const std::string& user, purpose what, std::string_view typed, stopgap::time now) {
    const auto ring = store::ring();
    auto records = store::load();
    auto throttle = records.throttle_of(ring, user);
    const auto keep = [&] { // the use, or the failure, before the answer
        records.set_throttle(ring, user, throttle);
        records.keep();
    };
    const auto found = [&] {
        try {
            // Counts a guess, unlike a typo or an expired code.
            return throttle.guard({}, now, [&] {
                return stopgap::verify_any(records.grants, ring, {user, typed, what}, now);
            });
        } catch (const stopgap::error&) {
            keep();
            throw;
        }
    }();
    keep();
    tell({"granted until ", utc(found.granted.expires_at)});
}

// Enrols a machine. If it was enrolled before, this retires its old key.
void enrol(const std::string& user, const std::string& machine, stopgap::time now) {
    const auto ring = store::ring();
    auto records = store::load();
    auto& all = records.enrolments;
    auto place = std::find_if(all.begin(), all.end(), [&](const stopgap::enrolment& one) {
        return one.user() == user && one.machine() == machine;
    });
    if (place == all.end()) {
        place = all.insert(place, stopgap::enrolment::make(ring, user, machine, now));
    } else {
        place->next(ring, now);
    }
    const auto digits = place->key(ring).reveal().hex();
    records.keep();
    tell({digits.reveal()});
}

void answer(const std::string& user, purpose what, validity lasting, std::string_view typed,
            stopgap::time now) {
    const auto records = store::load();
    stopgap::offline_policy policy;
    policy.validity = lasting;
    const auto given = policy.answer(store::ring(), records.enrolments, {user, typed, what}, now);
    tell({given.code.reveal(), " for ", records.enrolments[given.index].machine(),
          given.late ? ", which may refuse it because the request is old" : "",
          given.expires_at ? " until " + utc(*given.expires_at) : ""});
}

int usage() {
    std::cerr << "server init DIR\n"
                 "server DIR issue USER PURPOSE VALIDITY [TIME]\n"
                 "server DIR verify USER PURPOSE [TIME]\n"
                 "server DIR enrol USER MACHINE\n"
                 "server DIR answer USER PURPOSE VALIDITY [TIME]\n";
    return 2;
}

int run(const std::vector<std::string>& words) {
    const auto time_at = [&](std::size_t place) {
        return time_or_now(words.size() > place ? words[place].c_str() : nullptr);
    };
    const std::string command = words.size() > 1 ? words[1] : "";
    if (words.size() == 2 && words[0] == "init") {
        enter(words[1], true);
        store::make();
    } else if (command == "issue" && words.size() > 4) {
        const auto what = stopgap::parse_purpose(words[3]);
        const auto lasting = validity::parse(words[4]);
        enter(words[0]);
        issue(words[2], what, lasting, time_at(5));
    } else if (command == "verify" && words.size() > 3) {
        const auto what = stopgap::parse_purpose(words[3]);
        const auto typed = read_line(); // before other processes must wait
        enter(words[0]);
        verify(words[2], what, typed.reveal(), time_at(4));
    } else if (command == "enrol" && words.size() > 3) {
        enter(words[0]);
        enrol(words[2], words[3], stopgap::now());
    } else if (command == "answer" && words.size() > 4) {
        const auto what = stopgap::parse_purpose(words[3]);
        const auto lasting = validity::parse(words[4]);
        const auto typed = read_line();
        enter(words[0]);
        answer(words[2], what, lasting, typed.reveal(), time_at(5));
    } else {
        return usage();
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    return answered([&] {
        char** const words = in_utf8(argv);
        return run({words + 1, words + argc});
    });
}
