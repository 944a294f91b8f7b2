"""The protocol's words: purposes, roles, actions, states."""

from __future__ import annotations

import enum

__all__ = [
    "Action",
    "CodeState",
    "EventKind",
    "LifeState",
    "LookAlike",
    "Purpose",
    "Role",
]


class Purpose(enum.Enum):
    """What a code is good for."""

    #: Set a new password.
    RESET = "reset"
    #: Register another second factor.
    REGISTER = "register"
    #: Log on without the second factor.
    BYPASS = "bypass"


class Role(enum.Enum):
    """What somebody may do; each may do all that those before it may."""

    USER = "user"
    HELP_DESK = "help_desk"
    ADMINISTRATOR = "administrator"
    SUPER_ADMINISTRATOR = "super_administrator"

    def may(self, action: Action) -> None:
        """That this role suffices for ``action``.

        Raises:
            Forbidden: where it does not.

        >>> Role.HELP_DESK.may(Action.ISSUE_CODE)
        """
        from stopgap import _native

        _native._may(self, action)


class Action(enum.Enum):
    """What a role is asked for."""

    ISSUE_CODE = "issue a code"
    REVOKE_CODE = "revoke a code"
    ANSWER_REQUEST = "answer a request code"
    READ_USER = "look at a user's codes, machines and failures"
    MANAGE_MACHINE = "enrol or retire a machine"
    RESET_THROTTLE = "reset a throttle"
    MANAGE_PRESET = "manage presets"
    READ_LOG = "read the log"
    PURGE = "purge old records"
    MANAGE_SECURITY_CODE = "manage security codes"
    MANAGE_KEY = "manage keys"
    ACCEPT_CLOCK = "accept the clock"


class LookAlike(enum.Enum):
    """A letter that an alphabet lacks and people type for a figure."""

    O_AS_ZERO = "O=0"
    I_AS_ONE = "I=1"
    L_AS_ONE = "L=1"


class LifeState(enum.Enum):
    """Where the life of a security code stands."""

    #: It expires.
    ACTIVE = "active"
    #: It does not expire.
    PERMANENT = "permanent"
    #: It has expired, and can be reactivated for a week.
    EXPIRED = "expired"
    #: It was deleted, or has been expired for a week.
    GONE = "gone"


class CodeState(enum.Enum):
    """What has become of an online code."""

    ACTIVE = "active"
    NOT_YET_VALID = "not_yet_valid"
    USED_UP = "used_up"
    EXPIRED = "expired"
    REVOKED = "revoked"


class EventKind(enum.Enum):
    """What was done, or refused."""

    ISSUE_CODE = "online.issue"
    VERIFY_CODE = "online.verify"
    LIST_CODES = "online.list"
    REVOKE_CODE = "online.revoke"
    SET_PRESET = "preset.set"
    LIST_PRESETS = "preset.list"
    REMOVE_PRESET = "preset.remove"
    ENROL_MACHINE = "machine.enrol"
    LIST_MACHINES = "machine.list"
    RETIRE_MACHINE = "machine.retire"
    ANSWER_REQUEST = "offline.answer"
    CREATE_SECURITY_CODE = "security.create"
    LIST_SECURITY_CODES = "security.list"
    EDIT_SECURITY_CODE = "security.edit"
    MAKE_SECURITY_CODE_PERMANENT = "security.permanent"
    RESET_SECURITY_CODE = "security.reset"
    REACTIVATE_SECURITY_CODE = "security.reactivate"
    DESCRIBE_SECURITY_CODE = "security.describe"
    REQUEST_DELETION = "security.request_deletion"
    DELETE_SECURITY_CODE = "security.delete"
    AUTHENTICATE = "security.authenticate"
    SHOW_THROTTLE = "throttle.show"
    RESET_THROTTLE = "throttle.reset"
    ADD_KEY = "key.add"
    LIST_KEYS = "key.list"
    RETIRE_KEY = "key.retire"
    ACCEPT_CLOCK = "clock.accept"
    PURGE = "purge"
    READ_LOG = "log.read"
