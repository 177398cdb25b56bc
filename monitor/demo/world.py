"""Who the fictional news is about and who publishes it. No name here belongs to a listed company that we know of."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """A row of `watchlist.csv`.

    Attributes:
        id: the watchlist's id, `demo.<slug>`.
        name, short: as headlines write it, "Valmora Bank" and "Valmora".
        ticker: five letters that no exchange of the shipped watchlist uses, without the exchange.
        sector: a sector slug of the shipped watchlist.
    """

    id: str
    name: str
    short: str
    ticker: str
    sector: str


@dataclass(frozen=True, slots=True)
class DemoPublisher:
    """A row of `publishers.csv`. A `wire`'s copy is syndicated by the papers; `weight` is its share of the stories."""

    name: str
    host: str
    kind: str
    weight: float


@dataclass(frozen=True, slots=True)
class Country:
    """A place that does not exist, so that no real economy, minister or currency is spoken ill of."""

    name: str
    adjective: str
    currency: str


COUNTRIES = (
    Country("Vestria", "Vestrian", "Vestrian crown"),
    Country("Caldovia", "Caldovian", "Caldovian mark"),
    Country("Marenta", "Marentan", "Marentan florin"),
    Country("Norhaven", "Norhaven", "Norhaven daler"),
    Country("Tavaria", "Tavarian", "Tavarian gulden"),
    Country("Sorenia", "Sorenian", "Sorenian ducat"),
    Country("Kestova", "Kestovan", "Kestovan denar"),
)


def _rows(name: str) -> list[dict[str, str]]:
    lines = files(__package__).joinpath(name).read_text("utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def _company(row: dict[str, str]) -> DemoCompany:
    short = row["aliases"].split("|")[-1]
    return DemoCompany(row["id"], row["name"], short, row["tickers"].partition(":")[2], row["sector"])


COMPANIES: tuple[DemoCompany, ...] = tuple(map(_company, _rows("watchlist.csv")))
PUBLISHERS: tuple[DemoPublisher, ...] = tuple(
    DemoPublisher(row["name"], row["host"], row["kind"], float(row["weight"])) for row in _rows("publishers.csv")
)
WIRES = tuple(p for p in PUBLISHERS if p.kind == "wire")
PAPERS = tuple(p for p in PUBLISHERS if p.kind == "paper")


def sector_companies(*sectors: str) -> tuple[DemoCompany, ...]:
    """The companies of the given sectors, in file order."""
    return tuple(c for c in COMPANIES if c.sector in sectors)
