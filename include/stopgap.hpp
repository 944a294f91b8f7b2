// Stopgap in C++17: temporary access codes, issued, typed, verified, answered offline,
// redeemed once. All of stopgap.h; link the same library.
//
// Text goes in as std::string_view, in UTF-8. Times are whole seconds, always given by the
// caller: stopgap::now(). A zone is a name of the IANA database, "Europe/Berlin", or
// nothing for UTC. What may be none is a std::optional.
//
// Secrets (code, master_key, secret_text, secret_bytes) move, are wiped when they are done
// with and where they are moved from, and have neither == nor <<. Handles (key_ring,
// enrolment_key, agent) move as well; what was moved from fails with
// status::null_argument. Records (online_grant, security_code, enrolment, sealed_state,
// throttle, tag) are values with bytes() to keep.
//
// A call that fails throws a stopgap::error, or returns a stopgap::result with it where
// there are no exceptions (mode.hpp). Which statuses stopgap.h lists for the C function is
// what the C++ function fails with. An exception that a callback throws arrives where the
// call was made.
#ifndef STOPGAP_HPP
#define STOPGAP_HPP

#if !defined(__cplusplus) || (__cplusplus < 201703L && (!defined(_MSVC_LANG) || _MSVC_LANG < 201703L))
#error "stopgap.hpp needs C++17; stopgap.h is for C99 and any C++"
#endif

#include <cstdint>

#include "stopgap.h"
#include "stopgap/agent.hpp"
#include "stopgap/attempt.hpp"
#include "stopgap/code.hpp"
#include "stopgap/enrolment.hpp"
#include "stopgap/error.hpp"
#include "stopgap/key_ring.hpp"
#include "stopgap/life.hpp"
#include "stopgap/master_key.hpp"
#include "stopgap/offline.hpp"
#include "stopgap/online.hpp"
#include "stopgap/purpose.hpp"
#include "stopgap/record.hpp"
#include "stopgap/result.hpp"
#include "stopgap/role.hpp"
#include "stopgap/secret.hpp"
#include "stopgap/security_code.hpp"
#include "stopgap/status.hpp"
#include "stopgap/throttle.hpp"
#include "stopgap/time.hpp"
#include "stopgap/validity.hpp"

STOPGAP_NAMESPACE_BEGIN

// The version of the library that is linked, such as "0.1.0".
[[nodiscard]] inline const char* version() noexcept { return stopgap_version(); }

// Its interface: compare it with STOPGAP_ABI_VERSION where it was loaded at run time.
[[nodiscard]] inline std::uint32_t abi_version() noexcept { return stopgap_abi_version(); }

STOPGAP_NAMESPACE_END

#endif
