// Stopgap in C++17: temporary access codes, issued, verified, answered offline, redeemed
// once. It has all of stopgap.h; link the same library.
//
// Text is passed as std::string_view, in UTF-8. Times are whole seconds, always given by the
// caller: stopgap::now(). A zone is a name of the IANA database, "Europe/Berlin", or empty
// for UTC. A value that may be missing is a std::optional.
//
// Secrets (code, master_key, secret_text, secret_bytes, security_text) move, are wiped when they are
// destroyed or moved from, and have neither == nor <<. Handles (key_ring, enrolment_key,
// agent, and records) move as well; a call on a moved-from handle fails with
// status::null_argument.
// Records (online_grant, security_code, enrolment, user_throttle, verification, preset) have
// bytes() to store and a tag(), which each call checks; calls that change a record change it
// in place. sealed_state, throttle and tag are values with bytes() as well.
//
// Requests (issue_request, verify_request, security_request, rotate_request) are structs of
// which only the first members must be given.
//
// A call that fails throws a stopgap::error; without exceptions it returns a
// stopgap::result with it (mode.hpp). stopgap.h lists the statuses with which each C
// function fails; the C++ function fails with the same. An exception of a callback leaves
// the call that ran the callback.
#ifndef STOPGAP_HPP
#define STOPGAP_HPP

#if !defined(__cplusplus) || (__cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L))
#error "stopgap.hpp needs C++17; stopgap.h is for C99 and any C++"
#endif

#include <cstdint>

#include "stopgap.h"
#include "stopgap/access.hpp"
#include "stopgap/agent.hpp"
#include "stopgap/code.hpp"
#include "stopgap/enrolment.hpp"
#include "stopgap/error.hpp"
#include "stopgap/key_ring.hpp"
#include "stopgap/language.hpp"
#include "stopgap/lifecycle.hpp"
#include "stopgap/master_key.hpp"
#include "stopgap/offline.hpp"
#include "stopgap/online.hpp"
#include "stopgap/preset.hpp"
#include "stopgap/purpose.hpp"
#include "stopgap/record.hpp"
#include "stopgap/request.hpp"
#include "stopgap/result.hpp"
#include "stopgap/role.hpp"
#include "stopgap/scopes.hpp"
#include "stopgap/secret.hpp"
#include "stopgap/security_code.hpp"
#include "stopgap/security_format.hpp"
#include "stopgap/security_request.hpp"
#include "stopgap/status.hpp"
#include "stopgap/throttle.hpp"
#include "stopgap/time.hpp"
#include "stopgap/user_throttle.hpp"
#include "stopgap/validity.hpp"
#include "stopgap/verification.hpp"

STOPGAP_NAMESPACE_BEGIN

// Returns the version of the linked library, such as "0.1.0".
[[nodiscard]] inline const char* version() noexcept { return stopgap_version(); }

// Returns the version of its interface. Compare it with STOPGAP_ABI_VERSION if the library
// was loaded at run time.
[[nodiscard]] inline std::uint32_t abi_version() noexcept { return stopgap_abi_version(); }

STOPGAP_NAMESPACE_END

#endif
