"""The speed of `prover overlap`, in MB of text a second and core, on a corpus that it generates.

    python -m benchmarks.overlap --benchmark valid.jsonl [--megabytes 64] [--workers 1]

Three corpora, each compressed: prose with formulas as of a web page, LaTeX papers, and Lean files full of
theorems. Items of the benchmark are planted in known numbers; exit code 1 if one is not found.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import zstandard
from rich.console import Console
from rich.progress import track
from rich.table import Table

from prover.overlap.audit import Job, audit
from prover.overlap.items import Item, load_items

_SYLLABLES = "ta ri mo ne ka lu so ve di pe an or il um es th st".split()
_FORMULAS = (
    "$x^{i} + {j}y = {k}$",
    r"\frac{{{i}}}{{{j}}} \leq \sqrt{{{k}}}",
    r"\begin{{align*}} a_{{{i}}} &= {j}b \\ b &= {k} \end{{align*}}",
)
_THEOREMS = (
    "theorem {w}_{v} (x y : ℝ) (h : x + {i} * y = {j}) : y * {i} + x ≤ {j} + {k} := by\n  linarith\n\n",
    "lemma {w}.{v} {{α : Type*}} [Group α] (a b : α) (h : a * b = 1) : b * a = 1 := by\n  simp [{v}, h]\n\n",
    "theorem {w} (n : ℕ) : ∑ i in range n, (i + {i}) = n * {i} + {w} n := by\n  induction n with\n"
    "  | zero => simp\n  | succ n ih => rw [sum_range_succ, ih]; ring\n\n",
    "/-- The {w} of a {v}. -/\ndef {w} (s : Set ℕ) (hs : s.Finite) : ℕ := hs.toFinset.card + {i}\n\n",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A corpus of `megabytes` of text. `cpu` are seconds of all processes, start and index included."""

    name: str
    megabytes: float
    seconds: float
    cpu: float
    planted: int
    found: int
    held: float

    @property
    def rate(self) -> float:
        """MB for each second that a core worked: what the machine did beside it does not count."""
        return self.megabytes / self.cpu


class Writer:
    """Texts made of a fixed seed's chances; none has a meaning."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        lengths = self._random.choices((1, 2, 2, 3), k=5000)
        self._words = ["".join(self._random.choices(_SYLLABLES, k=length)) for length in lengths]

    def prose(self) -> str:
        words = self._random.choices(self._words, k=60)
        for place in (15, 35, 55):
            words.insert(place, self._filled(self._random.choice(_FORMULAS)))
        return " ".join(words).capitalize() + ".\n\n"

    def paper(self) -> str:
        title = r"\begin{theorem}[By lemma " + self._filled("{i}") + "]\n"
        return title + self.prose() + self.prose() + "\\end{theorem}\n\n"

    def lean(self) -> str:
        return self._filled(self._random.choice(_THEOREMS))

    def _filled(self, template: str) -> str:
        i, j, k = (self._random.randrange(1, 100) for _ in range(3))
        w, v = self._random.choices(self._words, k=2)
        return template.format(i=i, j=j, k=k, w=w, v=v)


def documents(paragraph: Callable[[], str], size: int, plant: list[str]) -> Iterator[str]:
    """Texts of about 8 kB, `size` bytes together; each text of `plant` stands in the middle of one."""
    made, left = 0, list(plant)
    every = max(size // 20000 // (len(plant) + 1), 1)
    for number in range(1, size):
        paragraphs = [paragraph() for _ in range(2)]
        while sum(map(len, paragraphs)) < 8000:
            paragraphs.append(paragraph())
        if left and number % every == 0:
            paragraphs.insert(len(paragraphs) // 2, left.pop() + "\n\n")
        text = "".join(paragraphs)
        made += len(text.encode())
        yield text
        if made >= size:
            return


def write(path: Path, texts: Iterator[str]) -> int:
    """A compressed corpus; returns the bytes of its texts."""
    size = 0
    with path.open("wb") as file, zstandard.ZstdCompressor(3).stream_writer(file) as out:
        for text in texts:
            size += len(text.encode())
            out.write(orjson.dumps({"text": text}) + b"\n")
    return size


def plants(items: list[Item], kind: str, count: int) -> list[str]:
    """Texts of the benchmark that stand in a corpus of this kind."""
    if kind == "Lean files":
        found = [f"theorem planted {item.texts['lean']} := by" for item in items if "lean" in item.texts]
    else:
        found = [item.texts["problem"] for item in items if "problem" in item.texts]
    return found[:count]


def measure(kind: str, size: int, items: list[Item], workers: int, folder: Path) -> Measured:
    writer = Writer(7)
    paragraph = {"web pages": writer.prose, "papers": writer.paper, "Lean files": writer.lean}[kind]
    planted = plants(items, kind, 50)
    path = folder / f"{kind.replace(' ', '_')}.jsonl.zst"
    size = write(path, documents(paragraph, size, planted))
    begun = cpu_seconds()
    found = audit(Job((path,), tuple(items), workers=workers))
    cpu = cpu_seconds() - begun
    rule = ("statement", "lean") if kind == "Lean files" else ("whole", "problem")
    met = sum(seen.hits for seen in found.counts.cells[rule].items.values()) if planted else 0
    progress = found.progress
    return Measured(kind, size / 1e6, progress.seconds, cpu, len(planted), met, progress.most_held / 1e6)


def cpu_seconds() -> float:
    """Of this process and of those that it waited for."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in usage)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--benchmark", type=Path, required=True, help="items, laid out like miniF2F")
    parser.add_argument("--megabytes", type=int, default=64, help="of each corpus")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    items, console = load_items([options.benchmark]), Console()
    kinds = ("web pages", "papers", "Lean files")
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            measure(kind, options.megabytes * 10**6, items, options.workers, Path(folder))
            for kind in track(kinds, "Measuring", console=Console(stderr=True))
        ]
    table = Table(
        "corpus", "MB of text", "seconds", "of a core", "MB/s a core", "planted", "found", "MB held"
    )
    for row in rows:
        figures = (row.seconds, row.cpu, row.rate)
        table.add_row(
            row.name,
            f"{row.megabytes:.0f}",
            *(f"{figure:.1f}" for figure in figures),
            str(row.planted),
            str(row.found),
            f"{row.held:.1f}",
        )
    console.print(table)
    sys.exit(any(row.found < row.planted for row in rows))


if __name__ == "__main__":
    main()
