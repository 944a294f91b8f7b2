// Eight threads that use one const ring and one const agent, as stopgap.hpp allows.
#include <stopgap.hpp>

#include <array>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

constexpr stopgap::time now = stopgap::from_unix(1795273242);

struct shared {
    const stopgap::key_ring& ring;
    const stopgap::agent& agent;
    const stopgap::online_grant& grant;
    const stopgap::code& code;
};

// Returns the number of calls that succeeded.
int work(const shared& all) {
    int calls = 0;
    for (int round = 0; round < 5; ++round) {
        auto own = stopgap::online_grant::from_bytes(all.grant.bytes());
        const auto granted =
            own.verify(all.ring, {"alice", all.code.reveal(), stopgap::purpose::bypass}, now);
        calls += granted.purpose == stopgap::purpose::bypass;
        all.grant.open(all.ring);
        calls += stopgap::online_policy().issue(all.ring, {"bob"}, now).grant.key_id() == 1;
        calls += all.ring.tenant("north").primary_id() == 1;
        calls += all.ring.check_values().size() == 1;
        const auto request = all.agent.request_code(now);
        calls += request.reveal().size() == 9;
        const auto state = all.agent.seal();
        calls += !state.bytes().empty();
    }
    return calls;
}

} // namespace

int main() {
    try {
        const auto ring = stopgap::key_ring::make(1, stopgap::master_key::generate());
        const auto machine = stopgap::enrolment::make(ring, "alice", "LAPTOP-17", now);
        const auto agent = stopgap::agent::make(machine.key(ring));
        const auto [code, grant] = stopgap::online_policy().issue(ring, {"alice"}, now);
        const shared all = {ring, agent, grant, code};
        std::array<int, 8> calls = {};
        std::vector<std::thread> threads;
        for (int& own : calls) {
            threads.emplace_back([&all, &own] { own = work(all); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        for (const int own : calls) {
            if (own != 30) {
                std::printf("%d of 30 calls\n", own);
                return 1;
            }
        }
    } catch (const stopgap::error& why) {
        std::puts(why.what());
        return 1;
    }
    return 0;
}
