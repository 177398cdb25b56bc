"""What a desk holds: a CSV file of names and weights, and from it the share of the false pages that each may have.

The weight is in any unit, a part of the portfolio or a market value. The largest holding gets ten times the share of a
company that is not held, the others in between: their thresholds are lower, and the rest of the watchlist's a little
higher, since the budget is one.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from monitor.errors import InputError
from monitor.ingest.watchlist import Entity, Watchlist

# A share much greater would leave the rest of the market deaf; one much smaller would not be noticed.
MOST_IMPORTANT = 10.0


def load_holdings(path: Path, watchlist: Watchlist) -> dict[str, float]:
    """Series -> its importance beside 1, from a file with the columns `name` and `weight`.

    A name is an entity's id, its name, a ticker (`NASDAQ:AAPL` or `AAPL` where it is one entity's alone), or an alias
    that needs nothing besides.

    Raises:
        InputError: a line is wrong or names nobody, or two lines name one entity; every fault, a line each.
    """
    named = _names(watchlist.entities.values())
    weights: dict[str, float] = {}
    faults: list[str] = []
    for where, cells in _rows(path):
        name, given = (cells.get("name") or "").strip(), (cells.get("weight") or "").strip()
        entity = named.get(name.casefold())
        weight = _weight(given)
        if entity is None:
            faults.append(f"{where}: the watchlist knows no {name!r}; give its id, name or ticker, or add it in a file")
        elif weight is None:
            faults.append(f"{where}: weight {given!r} is no number of zero or more")
        elif f"entity:{entity}" in weights:
            faults.append(f"{where}: {name!r} is {entity}, which stands there already")
        else:
            weights[f"entity:{entity}"] = weight
    if faults:
        raise InputError("\n".join(faults))
    most = max(weights.values(), default=0.0)
    return {series: 1 + (MOST_IMPORTANT - 1) * weight / most for series, weight in weights.items() if weight > 0}


def _rows(path: Path) -> list[tuple[str, Mapping[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = set(reader.fieldnames or ())  # read now: of an empty file nothing has been yet
            rows: list[tuple[str, Mapping[str, str]]] = [(f"{path}:{reader.line_num}", row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot read these holdings: {error}") from error
    if not {"name", "weight"} <= columns:
        raise InputError(f"{path}:1: the first line must name the columns name and weight")
    return rows


def _names(entities: Iterable[Entity]) -> dict[str, str]:
    """What may be written -> the entity's id; what several bear is left out, ids and full names apart."""
    found: dict[str, set[str]] = {}
    sure: dict[str, str] = {}
    for entity in entities:
        if entity.kind == "sector":
            continue
        sure.setdefault(entity.name.casefold(), entity.id)
        sure[entity.id] = entity.id
        symbols = [symbol for ticker in entity.tickers for symbol in (ticker, ticker.partition(":")[2])]
        for name in (*symbols, *(alias.text for alias in entity.aliases if not alias.need)):
            found.setdefault(name.casefold(), set()).add(entity.id)
    alone = {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}
    return {**alone, **sure}


def _weight(given: str) -> float | None:
    try:
        weight = float(given.removesuffix("%"))
    except ValueError:
        return None
    return weight if math.isfinite(weight) and weight >= 0 else None
