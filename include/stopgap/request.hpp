// Requests to issue and to verify codes.
#ifndef STOPGAP_REQUEST_HPP
#define STOPGAP_REQUEST_HPP

#include <string_view>

#include "../stopgap.h"
#include "mode.hpp"
#include "purpose.hpp"
#include "text.hpp"

STOPGAP_NAMESPACE_BEGIN

// A request to issue an online code: `{user}`, or in C++20 also
// `{.user = user, .reason = "lost token"}`. It borrows its texts; an empty one is left out.
struct issue_request {
    // The user.
    std::string_view user;
    // The network address from which the request came. No code depends on this member and
    // on those that follow: they are for logs and rules.
    std::string_view source_address = {};
    // The caller's id of the request.
    std::string_view request_id = {};
    // The reason for which the code is issued.
    std::string_view reason = {};
    // The ticket of the help desk.
    std::string_view ticket = {};

    // Returns the struct of C.
    [[nodiscard]] stopgap_issue_request c() const noexcept {
        stopgap_issue_request all = {};
        all.size = sizeof all;
        all.user = detail::text(user);
        all.source_address = detail::text(source_address);
        all.request_id = detail::text(request_id);
        all.reason = detail::text(reason);
        all.ticket = detail::text(ticket);
        return all;
    }
};

// A request to verify an online code, or to answer a request code: `{user, typed, purpose}`,
// or in C++20 also `{.user = user, .text = typed, .purpose = purpose::reset}`. It borrows its
// texts; an empty one is left out.
struct verify_request {
    // The user.
    std::string_view user;
    // The text that the person typed.
    std::string_view text;
    stopgap::purpose purpose;
    // The network address from which the request came. No verification depends on this
    // member and on those that follow: they are for logs and rules.
    std::string_view source_address = {};
    // The caller's id of the request.
    std::string_view request_id = {};
    // The reason for the request.
    std::string_view reason = {};
    // The ticket of the help desk.
    std::string_view ticket = {};

    // Returns the struct of C.
    [[nodiscard]] stopgap_verify_request c() const noexcept {
        stopgap_verify_request all = {};
        all.size = sizeof all;
        all.user = detail::text(user);
        all.text = detail::text(text);
        all.purpose = static_cast<stopgap_purpose>(purpose);
        set_circumstances(all);
        return all;
    }

    // Returns the struct of C for the answer to a request code, without the enrolments.
    [[nodiscard]] stopgap_answer_request for_answer() const noexcept {
        stopgap_answer_request all = {};
        all.size = sizeof all;
        all.user = detail::text(user);
        all.text = detail::text(text);
        all.purpose = static_cast<stopgap_purpose>(purpose);
        set_circumstances(all);
        return all;
    }

private:
    template <class Request>
    void set_circumstances(Request& all) const noexcept {
        all.source_address = detail::text(source_address);
        all.request_id = detail::text(request_id);
        all.reason = detail::text(reason);
        all.ticket = detail::text(ticket);
    }
};

STOPGAP_NAMESPACE_END

#endif
