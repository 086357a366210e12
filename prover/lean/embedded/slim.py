"""Derives the small Emscripten script that the loader runs from the 89 MB `lean.js` of the npm package.

`lean.js` assigns each of the module's 201,109 wasm exports to a global of its own; almost all are
read by nobody. Dropping those takes the script from 89 MB to under 1 MB, and saves each process
about 6 s of start and 1 GB of memory. Three patches go with it, each found exactly once or refused.
"""

from __future__ import annotations

import re

from prover.errors import SetupError

RECIPE = 1
"""Number of this derivation; a cache made by another one is rebuilt. Raise it with every change here."""

_ASSIGNMENTS = "function assignWasmExports(wasmExports){"
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")

# `dlsym` looks a symbol up by listing all names anew, 130 s of each start. The table is kept per
# exports object, and made again where that object has grown since.
_SYMBOL_TABLE = (
    "var symbolTables=new WeakMap();"
    "function symbolTable(exports,isKnown){"
    "var table=symbolTables.get(exports);"
    "if(!table||!isKnown(table)){"
    "var names=Object.keys(exports);"
    "table={names,index:new Map(names.map((name,i)=>[name,i]))};"
    "symbolTables.set(exports,table)}"
    "return table}"
    "function symbolIndexOf(exports,symbol){"
    "var isKnown=t=>t.index.has(symbol)||!Object.hasOwn(exports,symbol);"
    "return symbolTable(exports,isKnown).index.get(symbol)??-1}"
    "function symbolNameAt(exports,i){return symbolTable(exports,t=>i<t.names.length).names[i]}"
)

_PATCHES = (
    ("Object.keys(lib.exports).indexOf(symbol)", "symbolIndexOf(lib.exports,symbol)"),
    ("Object.keys(symDict)[symbolIndex]", "symbolNameAt(symDict,symbolIndex)"),
    # The glue starts 4 workers ahead of need, at 2 to 5 s of processor time each.
    ("var pthreadPoolSize=4", "var pthreadPoolSize=0"),
)


def slim_script(script: str, package: str) -> str:
    """The slim form of `script`; `package` (`name version`) is named where it is not the expected file.

    Raises `SetupError` unless every pattern occurs exactly once.
    """
    slim = _drop_unused_exports(script, package)
    for old, new in _PATCHES:
        _position(slim, old, package)
        slim = slim.replace(old, new)
    return _SYMBOL_TABLE + "\n" + slim


def _drop_unused_exports(script: str, package: str) -> str:
    """`script` without the export assignments, and their declarations, whose names occur nowhere else."""
    function = _position(script, _ASSIGNMENTS, package)
    body = function + len(_ASSIGNMENTS)
    end = script.find("}", body)
    declaration = script.rfind("var ", 0, function)
    if end < 0 or declaration < 0 or ";" in script[declaration : function - 1]:
        raise _unexpected(package, "the declarations before assignWasmExports")
    names = script[declaration + len("var ") : function].rstrip(";").split(",")
    head, tail = script[:declaration], script[end:]
    used = set(_IDENTIFIER.findall(head)) | set(_IDENTIFIER.findall(tail))
    kept_names = ",".join(name for name in names if name in used)
    kept_body = ";".join(part for part in script[body:end].split(";") if part.split("=", 1)[0] in used)
    declared = f"var {kept_names};" if kept_names else ""
    return f"{head}{declared}{_ASSIGNMENTS}{kept_body}{tail}"


def _position(script: str, pattern: str, package: str) -> int:
    """Where `pattern` stands, which must be in one place only."""
    position = script.find(pattern)
    if position < 0 or script.find(pattern, position + 1) >= 0:
        raise _unexpected(package, f"`{pattern}`, once")
    return position


def _unexpected(package: str, wanted: str) -> SetupError:
    return SetupError(
        f"lean.js of {package} is not the file this version of prover knows: it lacks {wanted}. "
        "Upgrade prover, then run `prover setup lean` again."
    )
