"""A stand-in for the command `isabelle`, for tests: its tools' names and output, and no Isabelle behind them.

`build` proves nothing: it writes the verdict that the theory names by the word `stand_in_NAME`, as recorded.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from isabelle_verdicts import RECORDED


def main(tool: str, *arguments: str) -> None:
    match tool:
        case "-?":
            print(
                "Usage: isabelle TOOL [ARGS ...]\n\nAvailable tools:\n  build - build\n  ML_process - raw ML"
            )
        case "version":
            print("Isabelle2025-2")
        case "getenv":
            print("CVC5_SOLVER=/opt/cvc5\nE_HOME=/opt/e\nZ3_SOLVER=")
        case "ML_process":
            stand_in = Path(__file__).with_name("isabelle_process_stand_in.py")
            os.execv(
                sys.executable, [sys.executable, str(stand_in), *os.environ.get("ISABELLE_DO", "").split()]
            )
        case "build":
            build(arguments)
        case "server":
            stand_in = Path(__file__).with_name("isabelle_server_stand_in.py")
            os.execv(sys.executable, [sys.executable, str(stand_in), *arguments])


def build(arguments: tuple[str, ...]) -> None:
    if "-n" in arguments:
        sys.exit(1 if os.environ.get("ISABELLE_DO") == "no-heap" else print("0:00:00 elapsed time"))
    folder = Path(arguments[len(arguments) - 1 - arguments[::-1].index("-d") + 1])
    text = (folder / "Prover_Judged.thy").read_text()
    what = re.findall(r"stand_in_(\w+)", text)[-1]
    if what == "detaches":
        ml = subprocess.Popen(["sleep", "3600"], start_new_session=True)
        Path(os.environ["ISABELLE_STAND_IN"]).write_text(f"{ml.pid}\n")
    if what in ("hangs", "detaches"):
        time.sleep(3600)
    if what == "tells":
        sys.exit(f"*** {' '.join(os.environ)}")
    if what == "fails":
        print('Building ...\n*** Failed to finish proof\n*** At command "by"\nUnfinished session(s)')
        sys.exit(1)
    path = re.search(r'Path.explode "([^"]+)"', text)[1]
    mark = "" if what == "forged" else re.search(r"prover_verdict:\w+:", text)[0]
    if what != "silent":
        Path(path).write_text(mark + json.dumps(RECORDED["honest" if what == "forged" else what]))


main(*sys.argv[1:])
