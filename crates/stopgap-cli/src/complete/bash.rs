//! The script for Bash.

use std::{ffi::OsString, io, io::Write, path::Path};

use clap_complete::env::{self, EnvCompleter};

/// The completion for Bash. It differs from clap's in its script, which puts words together that
/// Bash breaks at `=`, `:` and `@`, and quotes the suggestions: a user's name in a store may be
/// `$(reboot)`.
pub(super) struct Bash;

const SCRIPT: &str = r#"_stopgap() {
    local line=${COMP_LINE:0:COMP_POINT} words=() count=0 i gap word
    for ((i = 0; i <= COMP_CWORD; i++)); do
        gap=${line%%[![:space:]]*}
        line=${line#"$gap"}
        # The last word ends at the cursor.
        word=$line
        ((i < COMP_CWORD)) && word=${COMP_WORDS[i]}
        line=${line#"$word"}
        if ((i > 0)) && [[ -z $gap ]]; then
            words[count - 1]+=$word
        else
            words[count]=$word
            count=$((count + 1))
        fi
    done
    # Bash replaces only the part of the word after the last place at which it breaks it.
    local prefix=${words[count - 1]%"$2"} value quoted
    COMPREPLY=()
    while IFS= read -r value || [[ -n $value ]]; do
        value=${value#"$prefix"}
        if [[ $prefix == *[\'\"]* ]]; then
            # Within quotes, some symbols need another way to be quoted.
            [[ $value == *[\'\"\\\$\`!]* ]] || COMPREPLY+=("$value")
        elif [[ $value == '~/'* ]]; then
            printf -v quoted %q "${value:2}"
            COMPREPLY+=("~/$quoted")
        elif [[ -n $value ]]; then
            printf -v quoted %q "$value"
            COMPREPLY+=("$quoted")
        fi
    done < <(_CLAP_COMPLETE_INDEX=$((count - 1)) VARIABLE=bash COMMAND -- "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o bashdefault -o nosort -F _stopgap COMMAND 2>/dev/null ||
    complete -o bashdefault -F _stopgap COMMAND
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        env::Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        env::Bash.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        _bin: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let script = SCRIPT.replace("VARIABLE", variable);
        out.write_all(script.replace("COMMAND", completer).as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        env::Bash.write_complete(command, words, folder, out)
    }
}
