"""Best-first proof search over any prover backend and any policy; see `best_first` for where to start."""

from prover.search.best_first import prove
from prover.search.budgets import Budget, Counts
from prover.search.graph import SearchGraph
from prover.search.results import Outcome, Progress, SearchResult, SearchSettings
from prover.search.scores import SCORES

__all__ = [
    "SCORES",
    "Budget",
    "Counts",
    "Outcome",
    "Progress",
    "SearchGraph",
    "SearchResult",
    "SearchSettings",
    "prove",
]
