#include "second_factor.hpp"

#include "protected_folder.hpp"

#include <ctime>
#include <stdexcept>

namespace {

// Returns the agent as the last process left it.
stopgap::agent resume(const protected_folder& folder) {
    blob digits;
    blob state;
    folder.read(L"key", digits);
    folder.read(L"state", state);
    return stopgap::agent::resume(stopgap::enrolment_key::from_hex(digits.bytes()),
                                  state.bytes());
}

// Returns a function by which Stopgap stores the state before it tells its decision.
auto keeper(const protected_folder& folder) {
    return [&folder](const stopgap::sealed_state& state) { folder.write(L"state", state.bytes()); };
}

answer active_until(stopgap::time end) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(end);
    const std::tm* parts = std::gmtime(&seconds);
    wchar_t text[32] = L"a time far away";
    if (parts != nullptr) {
        std::wcsftime(text, 32, L"%Y-%m-%d %H:%M UTC", parts);
    }
    return {true, L"Name and password are enough until " + std::wstring(text) + L"."};
}

// Answers no with the public message, also if a file is damaged or cannot be written.
template <class Step>
answer answered(Step step) noexcept {
    try {
        try {
            const protected_folder folder;
            stopgap::agent agent = resume(folder);
            return step(folder, agent);
        } catch (const stopgap::refused& why) {
            return {false, wide(why.public_message())};
        } catch (const std::exception& why) {
            OutputDebugStringA(why.what()); // for the log; the person reads less
            return {false, L"Codes do not work on this computer now."};
        }
    } catch (...) {
        return {false, {}}; // no memory
    }
}

} // namespace

void enrol(std::string_view digits, std::string_view sid) {
    const protected_folder folder;
    if (folder.has(L"state")) {
        // A new agent would redeem the last codes again.
        throw std::runtime_error("this machine is enrolled already");
    }
    const auto agent = stopgap::agent::make(stopgap::enrolment_key::from_hex(digits));
    folder.write(L"key", digits);
    folder.write(L"sid", sid);
    keeper(folder)(agent.seal());
}

bool is_enrolled() noexcept {
    try {
        return protected_folder().has(L"key");
    } catch (...) {
        return true; // the tile tells that codes do not work
    }
}

std::wstring user_sid() {
    const protected_folder folder;
    blob sid;
    folder.read(L"sid", sid);
    return wide(sid.bytes());
}

answer look() noexcept {
    return answered([](const protected_folder& folder, stopgap::agent& agent) -> answer {
        const auto now = stopgap::now();
        try {
            return active_until(agent.log_on(now, keeper(folder)));
        } catch (const stopgap::error& why) {
            if (why.status() != stopgap::status::no_lock) {
                throw;
            }
        }
        const auto code = agent.request_code(now);
        return {false, L"Request code: " + wide(code.reveal())};
    });
}

answer redeem(const typed_text& typed) noexcept {
    return answered([&typed](const protected_folder& folder, stopgap::agent& agent) {
        const auto text = typed.utf8();
        const auto end = agent.redeem(text.reveal(), stopgap::purpose::bypass, stopgap::now(),
                                      keeper(folder));
        return active_until(end.value()); // a bypass has a lock
    });
}
