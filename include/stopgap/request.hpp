// Requests to issue and to verify codes.
#ifndef STOPGAP_REQUEST_HPP
#define STOPGAP_REQUEST_HPP

#include <string_view>

#include "../stopgap.h"
#include "mode.hpp"
#include "purpose.hpp"

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
        all.user = user.data();
        all.user_length = user.size();
        all.source_address = source_address.data();
        all.source_address_length = source_address.size();
        all.request_id = request_id.data();
        all.request_id_length = request_id.size();
        all.reason = reason.data();
        all.reason_length = reason.size();
        all.ticket = ticket.data();
        all.ticket_length = ticket.size();
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
    // The caller's name for this verification, so that it can be repeated safely: 1 to 255
    // bytes. Only verification uses it.
    std::string_view idempotency_key = {};
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
        all.user = user.data();
        all.user_length = user.size();
        all.text = text.data();
        all.text_length = text.size();
        all.purpose = static_cast<stopgap_purpose>(purpose);
        all.idempotency_key = idempotency_key.data();
        all.idempotency_key_length = idempotency_key.size();
        all.source_address = source_address.data();
        all.source_address_length = source_address.size();
        all.request_id = request_id.data();
        all.request_id_length = request_id.size();
        all.reason = reason.data();
        all.reason_length = reason.size();
        all.ticket = ticket.data();
        all.ticket_length = ticket.size();
        return all;
    }
};

STOPGAP_NAMESPACE_END

#endif
