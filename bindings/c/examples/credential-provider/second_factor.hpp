// The second factor on this machine: the password-only lock and the offline code. All calls of
// Stopgap are in second_factor.cpp.
#ifndef CREDENTIAL_PROVIDER_SECOND_FACTOR_HPP
#define CREDENTIAL_PROVIDER_SECOND_FACTOR_HPP

#include "wide.hpp"

#include <string>

// The result of a step, with a sentence for the person.
struct answer {
    bool is_yes;
    std::wstring sentence;
};

// Stores the key of a newly enrolled machine, 64 hexadecimal digits, and its user's SID. Throws
// if the machine is enrolled already.
void enrol(std::string_view digits, std::string_view sid);

// Returns true if the machine has an enrolment, which may be damaged.
bool is_enrolled() noexcept;

// Returns the SID of the user, or an empty text.
std::wstring user_sid();

// Answers whether name and password suffice, or with the request code to show.
answer look() noexcept;

// Redeems the code that was typed, and stores that before it answers yes.
answer redeem(const typed_text& typed) noexcept;

#endif
