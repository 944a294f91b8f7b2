"""Values as pydantic 2 reads and writes them, in the form of ``to_dict`` of the records.

The extension module imports this when pydantic asks for the schema of a class.
"""

from __future__ import annotations

from typing import Any, Callable

from pydantic_core import CoreSchema, core_schema

from stopgap import records
from stopgap._native import Access, Context, Scopes, Validity

__all__ = ["schema"]


def _access() -> CoreSchema:
    same_as = core_schema.typed_dict_field(core_schema.str_schema())
    return core_schema.union_schema(
        [
            core_schema.literal_schema(["super_administrator"]),
            core_schema.typed_dict_schema({"same_as": same_as}),
        ]
    )


def _context() -> CoreSchema:
    field = core_schema.typed_dict_field(core_schema.str_schema(), required=False)
    fields = dict.fromkeys(records._CONTEXT, field)
    return core_schema.typed_dict_schema(fields, extra_behavior="forbid")


def _scopes() -> CoreSchema:
    return core_schema.union_schema(
        [
            core_schema.literal_schema(["unlimited"]),
            core_schema.list_schema(core_schema.str_schema()),
        ]
    )


#: For each class, the schema of its plain form, and how that is read and written.
_FORMS: dict[type, tuple[CoreSchema, Callable[[Any], Any], Callable[[Any], Any]]] = {
    Access: (_access(), records._access, records._access_to),
    Context: (_context(), records._context, records._context_to),
    Scopes: (_scopes(), records._scopes, records._scopes_to),
    Validity: (core_schema.str_schema(), Validity.parse, str),
}


def schema(kind: type) -> CoreSchema:
    """Returns the schema of a class: an instance, or its plain form."""
    plain, read, write = _FORMS[kind]
    from_plain = core_schema.no_info_after_validator_function(read, plain)
    return core_schema.json_or_python_schema(
        json_schema=from_plain,
        python_schema=core_schema.union_schema(
            [core_schema.is_instance_schema(kind), from_plain]
        ),
        serialization=core_schema.plain_serializer_function_ser_schema(
            write, return_schema=plain
        ),
    )
