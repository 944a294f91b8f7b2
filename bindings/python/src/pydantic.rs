//! Schemas for pydantic, which `stopgap._pydantic` makes.

use pyo3::{prelude::*, types::PyType};

use crate::{Result, access::Access, context::Context, scopes::Scopes, validity::Validity};

fn schema<'py>(class: &Bound<'py, PyType>) -> Result<Bound<'py, PyAny>> {
    PyModule::import(class.py(), "stopgap._pydantic")?.call_method1("schema", (class,))
}

macro_rules! schemas {
    ($($class:ident),*) => { $(
        #[pymethods]
        impl $class {
            /// Returns the schema for pydantic 2: an instance, or the form of it in ``to_dict``
            /// of a record.
            #[classmethod]
            fn __get_pydantic_core_schema__<'py>(
                class: &Bound<'py, PyType>,
                source: &Bound<'py, PyAny>,
                handler: &Bound<'py, PyAny>,
            ) -> Result<Bound<'py, PyAny>> {
                let _ = (source, handler);
                schema(class)
            }
        }
    )* };
}

schemas!(Access, Context, Scopes, Validity);
