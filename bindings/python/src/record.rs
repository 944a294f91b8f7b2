//! Records as dicts of plain values, in the form of Rust's JSON.

use std::sync::OnceLock;

use pyo3::{prelude::*, types::PyDict};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{Result, error, once::once};

/// Returns a dict of text, numbers, booleans, `None`, lists and dicts.
pub(crate) fn to_dict<'py>(py: Python<'py>, record: &impl Serialize) -> Result<Bound<'py, PyDict>> {
    let text = serde_json::to_string(record).map_err(|error| bad(py, &error))?;
    let dict = json(py)?.call_method1("loads", (text,))?;
    Ok(dict.cast_into()?)
}

/// Reads such a dict.
pub(crate) fn from_dict<T: DeserializeOwned>(dict: &Bound<'_, PyDict>) -> Result<T> {
    let py = dict.py();
    let text = json(py)?.call_method1("dumps", (dict,))?;
    let text: String = text.extract()?;
    let value: Map<String, Value> = serde_json::from_str(&text).map_err(|error| bad(py, &error))?;
    let lines = lines(&value);
    let text: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
    serde_json::from_str(&format!("{{\n{}\n}}", text.join("\n"))).map_err(|error| {
        let place = format!(" at line {} column {}", error.line(), error.column());
        let said = error.to_string();
        let said = said.strip_suffix(&place).unwrap_or(&said);
        let line = error.line().checked_sub(2);
        let line = line.and_then(|line| lines.get(line));
        match line.and_then(|(field, _)| *field) {
            Some(field) => error::invalid(py, "record", &format!("{field}: {said}")),
            None => error::invalid(py, "record", &said),
        }
    })
}

/// Writes a dict with a line for each field, also for those of the record of a sealed one. The
/// line of an error then tells the field.
fn lines(fields: &Map<String, Value>) -> Vec<(Option<&str>, String)> {
    let mut lines = Vec::new();
    for (name, value) in fields {
        let key = Value::from(name.as_str());
        match value {
            Value::Object(record) if name == "record" => {
                lines.push((Some(name.as_str()), format!("{key}:{{")));
                lines.extend(self::lines(record));
                lines.push((None, "},".into()));
            }
            _ => lines.push((Some(name.as_str()), format!("{key}:{value},"))),
        }
    }
    if let Some((_, last)) = lines.last_mut() {
        // There is no comma after the last field.
        last.pop();
    }
    lines
}

fn bad(py: Python<'_>, error: &serde_json::Error) -> PyErr {
    error::invalid(py, "record", error)
}

fn json(py: Python<'_>) -> Result<&Bound<'_, PyModule>> {
    static JSON: OnceLock<Py<PyModule>> = OnceLock::new();
    let import = || PyModule::import(py, "json").map(Bound::unbind);
    Ok(once(&JSON, import)?.bind(py))
}
