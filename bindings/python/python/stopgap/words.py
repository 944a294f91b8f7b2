"""The protocol's words: purposes, roles, actions, states."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "Action",
    "CodeState",
    "EventKind",
    "LifecycleState",
    "LookAlike",
    "Purpose",
    "Role",
]


class _Word(str, enum.Enum):
    """A word that is text too: ``Purpose.RESET == "reset"``, as of :class:`enum.StrEnum` in
    Python 3.11 and newer."""

    # The constructor of enums, for checkers of types.
    def __new__(cls, value: str) -> Self:
        word = str.__new__(cls, value)
        word._value_ = value
        return word

    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, spec: str) -> str:
        return str.__format__(self, spec)


class Purpose(_Word):
    """The purpose of a code."""

    #: Password reset.
    RESET = "reset"
    #: Registration of a second factor.
    REGISTER = "register"
    #: Temporary replacement of a second factor.
    BYPASS = "bypass"


class Role(_Word):
    """A role. Each role allows everything that the roles before it allow."""

    USER = "user"
    HELP_DESK = "help_desk"
    ADMINISTRATOR = "administrator"
    SUPER_ADMINISTRATOR = "super_administrator"

    def may(self, action: Action) -> None:
        """Raises an exception if this role does not suffice for ``action``.

        Raises:
            Forbidden: the role does not suffice.

        >>> Role.HELP_DESK.may(Action.ISSUE_CODE)
        """
        from stopgap import _native

        _native._may(self, action)


class Action(_Word):
    """An action that needs a role."""

    ISSUE_CODE = "issue a code"
    REVOKE_CODE = "revoke a code"
    ANSWER_REQUEST = "answer a request code"
    READ_USER = "look at a user's codes, machines and failures"
    MANAGE_MACHINE = "enrol or retire a machine"
    RESET_THROTTLE = "unlock a user"
    MANAGE_PRESET = "manage presets"
    READ_LOG = "read the audit log"
    PURGE = "delete old records"
    MANAGE_SECURITY_CODE = "manage security codes"
    MANAGE_KEY = "manage keys"
    ACCEPT_CLOCK = "accept a clock that was set back"
    LOWER_LOG_RETENTION = "lower the retention of the audit log"
    MANAGE_TENANT = "add or list tenants"


class LookAlike(_Word):
    """A letter that people type for a digit, and that is read as that digit."""

    O_AS_ZERO = "O=0"
    I_AS_ONE = "I=1"
    L_AS_ONE = "L=1"


class LifecycleState(_Word):
    """The state of a security code."""

    #: The code is valid until its expiry.
    ACTIVE = "active"
    #: The code is valid, and has no expiry.
    PERMANENT = "permanent"
    #: The code has expired, and can be reactivated for a week.
    EXPIRED = "expired"
    #: The code was deleted, or expired a week ago.
    GONE = "gone"


class CodeState(_Word):
    """The state of an online code."""

    ACTIVE = "active"
    NOT_YET_VALID = "not_yet_valid"
    USED_UP = "used_up"
    EXPIRED = "expired"
    REVOKED = "revoked"


class EventKind(_Word):
    """The kind of an event of the audit log: the action that was done, or refused."""

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
    ROTATE_SECURITY_CODE = "security.rotate"
    DESCRIBE_SECURITY_CODE = "security.describe"
    REQUEST_DELETION = "security.request_deletion"
    DELETE_SECURITY_CODE = "security.delete"
    AUTHENTICATE = "security.authenticate"
    SHOW_THROTTLE = "throttle.show"
    UNLOCK = "throttle.unlock"
    ADD_KEY = "key.add"
    LIST_KEYS = "key.list"
    RETIRE_KEY = "key.retire"
    ACCEPT_CLOCK = "clock.accept"
    RESTORE_STORE = "store.restore"
    SHOW_STATUS = "status.show"
    CHECK_RECORDS = "store.check"
    PURGE = "purge"
    READ_LOG = "log.read"
    ADD_TENANT = "tenant.add"
    LIST_TENANTS = "tenant.list"
    SET_LOG_RETENTION = "log.set_retention"
    #: The event was changed in the store, and cannot be read.
    DAMAGED = "log.damaged"
