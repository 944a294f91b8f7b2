/* The agent of a machine that cannot reach its server. It shows a request code, redeems
 * the offline code that the help desk reads to a person, and answers the logon whether name
 * and password suffice. Each call is a new process: the agent's memory is in DIR/state, and
 * lasts over a restart. It works like agent.c, with the same output.
 *
 *     cargo build --release -p stopgap-c
 *     c++ -std=c++17 -Iinclude bindings/c/examples/agent.cpp target/release/libstopgap_c.a \
 *         -lpthread -ldl -lm -o agent
 *
 *     agent enrol DIR              once; reads the key that `server DIR enrol` printed
 *     agent DIR show [TIME]        shows the request code, to be read to the help desk
 *     agent DIR redeem [TIME]      reads the offline code of the help desk
 *     agent DIR status [TIME]      tells whether name and password suffice
 *     agent DIR clear              the second factor has come back
 *
 * TIME is in Unix seconds, by default the clock's. Codes and keys are read from standard
 * input. The exit status is 0 for yes, 1 for no, 2 for a wrong call. Put DIR where the
 * machine's users can neither read nor write. */
#include "host.hpp"

#include <stdexcept>

namespace {

// Stopgap calls this before it tells its decision.
void keep(const stopgap::sealed_state& state) { write_file("state", state.bytes()); }

// Begins with the key of a newly enrolled machine.
int enrol(std::string_view digits) {
    if (is_there("state")) {
        // A new agent would redeem the last codes again.
        throw std::runtime_error("This machine is enrolled already.");
    }
    const auto agent = stopgap::agent::make(stopgap::enrolment_key::from_hex(digits));
    write_file("key", digits);
    keep(agent.seal());
    return 0;
}

// Returns the agent as the last process left it.
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
    tell({"password-only until ", utc(until.value())}); // a bypass has a lock
    return 0;
}

// Answers the logon. Anything but an active lock is a no, also a wrong clock, and a disk
// that cannot be written.
int status(stopgap::agent& agent, stopgap::time now) {
    try {
        tell({"password-only until ", utc(agent.log_on(now, keep))});
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
        const auto digits = read_line(); // before other processes must wait
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
    return answered([&] { return run(argc, in_utf8(argv)); });
}
