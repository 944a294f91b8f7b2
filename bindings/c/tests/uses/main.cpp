// Runs the uses of README.md.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "uses.hpp"

namespace {

constexpr stopgap::time now = stopgap::from_unix(1795273242); // 2026-11-21, 15:00:42 UTC

void expect(bool holds, int line) {
    if (!holds) {
        std::printf("line %d\n", line);
        std::exit(1);
    }
}
#define EXPECT(what) expect((what), __LINE__)

template <class Call>
stopgap::status status_of(Call call) {
    try {
        (void)call();
        return stopgap::status::ok;
    } catch (const stopgap::error& why) {
        return why.status();
    }
}

void online(const stopgap::key_ring& ring) {
    auto first = issue(ring, "alice", now);
    auto second = issue(ring, "alice", now);
    const auto before = second.grant.tag();
    std::vector<stopgap::online_grant> grants;
    grants.push_back(std::move(first.grant));
    grants.push_back(std::move(second.grant));
    stopgap::throttle throttle;
    const auto typed = [&](std::string_view text) {
        return status_of([&] { return verify(ring, grants, throttle, "alice", text, now); });
    };
    EXPECT(typed("0000-0000-0000") == stopgap::status::unknown);
    EXPECT(verify(ring, grants, throttle, "alice", second.code.reveal(), now).index == 1);
    EXPECT(grants[1].tag() != before);
    EXPECT(typed(second.code.reveal()) == stopgap::status::used_up);
    EXPECT(status_of([&] {
               revoke(ring, stopgap::role::user, grants[1], now);
               return 0;
           }) == stopgap::status::forbidden);
    revoke(ring, stopgap::role::help_desk, grants[1], now);
    EXPECT(typed(second.code.reveal()) == stopgap::status::revoked);

    const stopgap::verification_request request = {"alice", "5f0c-1", stopgap::purpose::reset,
                                                   second.code};
    const auto sealed = seal_answer(ring, request, "granted", now);
    EXPECT(replay_answer(ring, request, sealed, now) == "granted");
    const stopgap::verification_request other = {"alice", "5f0c-2", stopgap::purpose::reset,
                                                 second.code};
    EXPECT(status_of([&] {
               replay_answer(ring, other, sealed, now);
               return 0;
           }) == stopgap::status::tampered);
}

void security(const stopgap::key_ring& ring) {
    const auto created = create(ring, "bob", now);
    const auto found = authenticate(ring, created.text.reveal(), created.record, now);
    EXPECT(found.role == stopgap::role::help_desk && found.scopes.contains("reports:read"));
}

void offline(const stopgap::key_ring& ring) {
    std::vector<stopgap::enrolment> machines;
    machines.push_back(enrol(ring, "alice", "LAPTOP-17", now));
    auto agent = stopgap::agent::make(machines[0].key(ring));
    std::string state;
    const auto keep = [&state](const stopgap::sealed_state& sealed) { state = sealed.bytes(); };
    const auto logs_on = [&] {
        return status_of([&] {
            logon(agent, keep, now);
            return 0;
        });
    };
    EXPECT(logs_on() == stopgap::status::no_lock);
    const auto shown = agent.request_code(now);
    const auto given = answer(ring, machines, "alice", shown.reveal(), now);
    EXPECT(redeem(agent, keep, given.code.reveal(), now) == given.expires_at);
    EXPECT(logs_on() == stopgap::status::ok && !state.empty());
}

} // namespace

int main() {
    try {
        const auto ring = make_ring();
        online(ring);
        security(ring);
        offline(ring);
        std::puts("ten uses");
    } catch (const stopgap::error& why) {
        std::puts(why.what());
        return 1;
    }
}
