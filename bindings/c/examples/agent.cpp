/* An agent: the side of a machine that cannot reach its server. It shows a request code,
 * redeems the offline code that a person was read for it, and tells the logon whether name
 * and password suffice. Each call is a new process: what must not be forgotten is in
 * DIR/state, and lasts over a restart. It does what agent.c does, in the same words.
 *
 *     cargo build --release -p stopgap-c
 *     c++ -std=c++17 -Iinclude bindings/c/examples/agent.cpp target/release/libstopgap_c.a \
 *         -lpthread -ldl -lm -o agent
 *
 *     agent enrol DIR              once; reads the key that `server DIR enrol` gave
 *     agent DIR show [TIME]        the request code, to be read to the help desk
 *     agent DIR redeem [TIME]      reads the offline code that the help desk gave
 *     agent DIR status [TIME]      whether name and password suffice
 *     agent DIR clear              the second factor came back
 *
 * TIME is in Unix seconds; without it, it is the clock's. What is read is read from
 * standard input. It ends with 0 for yes, 1 for no, 2 where it was called wrongly. Keep DIR
 * where the machine's users can neither read nor write. */
#include "host.hpp"

#include <stdexcept>

namespace {

// Stopgap calls this before it says what it decided.
void keep(const stopgap::sealed_state& state) { write_file("state", state.bytes()); }

// Begins, with the key of a machine that was just enrolled.
int enrol(std::string_view digits) {
    if (is_there("state")) {
        // Begun anew, it would redeem its last codes once more.
        throw std::runtime_error("This machine is enrolled already.");
    }
    const auto agent = stopgap::agent::make(stopgap::enrolment_key::from_hex(digits));
    write_file("key", digits);
    keep(agent.seal());
    return 0;
}

// The agent as the last process left it.
stopgap::agent resume() {
    const auto digits = read_secret("key");
    return stopgap::agent::resume(stopgap::enrolment_key::from_hex(digits.reveal()),
                                  read_file("state"));
}

int show(const stopgap::agent& agent, stopgap::time now) {
    const auto code = agent.request_code(now);
    const auto left = std::to_string(stopgap::seconds_left(now).count());
    tell({code.reveal(), " (another one in ", left, " s)"});
    return 0;
}

int redeem(stopgap::agent& agent, std::string_view typed, stopgap::time now) {
    const auto until = agent.redeem(typed, stopgap::purpose::bypass, now, keep);
    tell({"password-only until ", utc(until)});
    return 0;
}

// What a logon asks. Anything but an open lock is a no: also a clock that is wrong, and a
// disk that keeps nothing.
int status(stopgap::agent& agent, stopgap::time now) {
    try {
        tell({"password-only until ", utc(agent.lock(now, keep))});
        return 0;
    } catch (const stopgap::error& why) {
        tell({"second factor needed"});
        if (why.status() != stopgap::status::no_lock) {
            throw;
        }
    } catch (...) {
        tell({"second factor needed"});
        throw;
    }
    return 1;
}

int clear(stopgap::agent& agent) {
    agent.clear_lock(keep);
    tell({"second factor needed"});
    return 0;
}

int usage() {
    std::cerr << "agent enrol DIR | agent DIR show|redeem|status|clear [TIME]\n";
    return 2;
}

int run(int argc, char** argv) {
    if (argc < 3) {
        return usage();
    }
    const std::string first = argv[1];
    const std::string command = argv[2];
    const auto now = time_or_now(argc > 3 ? argv[3] : nullptr);
    if (first == "enrol") {
        const auto digits = read_line(); // before others must wait
        enter(command, true);
        return enrol(digits.reveal());
    }
    stopgap::secret_text typed;
    if (command == "redeem") {
        typed = read_line();
    }
    enter(first);
    auto agent = resume();
    return command == "show"     ? show(agent, now)
           : command == "redeem" ? redeem(agent, typed.reveal(), now)
           : command == "status" ? status(agent, now)
           : command == "clear"  ? clear(agent)
                                 : usage();
}

} // namespace

int main(int argc, char** argv) {
    return answered([&] { return run(argc, argv); });
}
