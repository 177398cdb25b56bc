"""Ticker notations: one form for each (`NASDAQ:AAPL`, `SSE:600519`), found in text only where marked as tickers. Pure.

A bare symbol in running text ("COST", "ALL", "IT") is never a ticker; a cashtag (`$AAPL`), an exchange before it
(`NYSE: XOM`) or a market suffix behind it (`HSBA.L`, `600519.SS`, `0700.HK`) is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

# Market suffixes as Reuters and Yahoo write them, to the exchange's name in the watchlist.
SUFFIXES: Mapping[str, str] = {
    **dict.fromkeys(("O", "OQ"), "NASDAQ"),
    **dict.fromkeys(("N", "NYSE"), "NYSE"),
    **dict.fromkeys(("L", "LN"), "LSE"),
    **dict.fromkeys(("SS", "SH"), "SSE"),
    "SZ": "SZSE",
    "HK": "HKEX",
    "T": "TSE",
    **dict.fromkeys(("DE", "GY"), "XETRA"),
    **dict.fromkeys(("PA", "FP"), "EPA"),
    "AS": "AMS",
    "BR": "EBR",
    "MI": "BIT",
    "MC": "BME",
    **dict.fromkeys(("SW", "S", "VX"), "SIX"),
    "ST": "STO",
    "CO": "CPH",
    "HE": "HEL",
    "OL": "OSL",
    "NS": "NSE",
    "BO": "BSE",
    "AX": "ASX",
    "NZ": "NZX",
    "TO": "TSX",
    "KS": "KRX",
    "KQ": "KOSDAQ",
    "TW": "TWSE",
    "SI": "SGX",
    **dict.fromkeys(("JO", "J"), "JSE"),
    "SA": "B3",
    "MX": "BMV",
    **dict.fromkeys(("SR", "SE"), "TADAWUL"),
    "JK": "IDX",
    "BK": "SET",
    "KL": "KLSE",
    "PS": "PSE",
    "IS": "BIST",
    "WA": "WSE",
    "TA": "TASE",
    "VI": "VIE",
    "LS": "ELI",
    "AT": "ATHEX",
    "ME": "MOEX",
}

# Names that articles put before a colon, to the exchange's name in the watchlist.
_NAMES: Mapping[str, str] = {
    **{name: name for name in SUFFIXES.values()},
    **dict.fromkeys(("NASDAQGS", "NASDAQGM", "NASDAQCM", "NSDQ", "NAS"), "NASDAQ"),
    **dict.fromkeys(("NYSEMKT", "NYSEAMERICAN", "NYSEARCA", "AMEX", "OTC", "OTCMKTS"), "NYSE"),
    **dict.fromkeys(("LON", "AIM"), "LSE"),
    **dict.fromkeys(("SHA", "SHSE", "SH"), "SSE"),
    **dict.fromkeys(("SHE", "SZ"), "SZSE"),
    **dict.fromkeys(("HKG", "SEHK", "HK", "HKSE"), "HKEX"),
    **dict.fromkeys(("TYO", "JPX"), "TSE"),
    **dict.fromkeys(("ETR", "FRA", "FWB"), "XETRA"),
    **dict.fromkeys(("EURONEXT", "PAR"), "EPA"),
    **dict.fromkeys(("SWX", "VTX"), "SIX"),
    **dict.fromkeys(("TSX", "TSE.TO"), "TSX"),
    **dict.fromkeys(("BOM",), "BSE"),
    **dict.fromkeys(("TPE", "TWSE"), "TWSE"),
    "CRYPTO": "CRYPTO",
}
_AMERICAN = ("NYSE", "NASDAQ")
_SYMBOL = r"[A-Z0-9]{1,12}(?:[.\-&][A-Z]{1,2})?"
_EXCHANGE = "|".join(sorted((re.escape(name) for name in _NAMES), key=len, reverse=True))
_SUFFIX = "|".join(sorted((s for s in SUFFIXES if len(s) > 1), key=len, reverse=True))
_IN_TEXT = re.compile(
    rf"(?<![\w$])\$(?P<cash>[A-Z]{{1,5}}(?:[.\-][A-Z])?)(?![\w])"
    rf"|(?<!\w)(?P<exchange>(?i:{_EXCHANGE}))\s?:\s?(?P<symbol>{_SYMBOL})(?!\w)"
    rf"|(?<![\w.])(?P<listed>[A-Z0-9&\-]{{1,12}}[a-z]?\.(?:{_SUFFIX}))(?![\w])"
    # A single letter behind the dot ("U.S", "J.P") is a market only with two characters before it, or in brackets.
    r"|(?<![\w.])(?P<short>[A-Z0-9&\-]{2,12}[a-z]?\.[OLNTSJ])(?![\w.])"
    r"|\((?P<bracketed>[A-Z]\.[OLNTSJ])\)"
)


def canonical_ticker(given: str) -> str:
    """`EXCHANGE:SYMBOL` of any known notation; a bare symbol comes back as it is, upper case.

    >>> [canonical_ticker(t) for t in ("600519.SS", "700.HK", "nasdaq: msft", "BRKb.N", "$tsla")]
    ['SSE:600519', 'HKEX:0700', 'NASDAQ:MSFT', 'NYSE:BRK.B', 'TSLA']
    """
    text = given.strip().lstrip("$")
    exchange, colon, symbol = text.partition(":")
    if colon:
        name = _NAMES.get(exchange.strip().upper())
        return _key(name, symbol.strip()) if name else text.upper()
    symbol, dot, suffix = text.rpartition(".")
    if dot and suffix.upper() in SUFFIXES and symbol:
        return _key(SUFFIXES[suffix.upper()], symbol)
    return text.upper()


def _key(exchange: str, symbol: str) -> str:
    if len(symbol) > 2 and symbol[-1].islower() and symbol[:-1].isupper():
        symbol = f"{symbol[:-1]}.{symbol[-1]}"  # Reuters writes the share class in lower case: BRKb
    symbol = symbol.upper().replace("-", ".") if exchange in _AMERICAN else symbol.upper()
    if exchange == "HKEX" and symbol.isdigit():
        symbol = symbol.lstrip("0").zfill(4)
    return f"{exchange}:{symbol}"


class TickerIndex:
    """Finds the owners of tickers.

    Args:
        owners: `EXCHANGE:SYMBOL` to whatever identifies the owner.
    """

    def __init__(self, owners: Mapping[str, str]) -> None:
        self._by_key = {canonical_ticker(key): owner for key, owner in owners.items()}
        # A bare symbol is American: elsewhere the same letters are often an index or another company (SPX, DAX).
        self._bare: dict[str, str] = {}
        for key, owner in self._by_key.items():
            exchange, _, symbol = key.partition(":")
            if exchange in _AMERICAN or exchange == "CRYPTO":
                self._bare.setdefault(symbol, owner)

    def owner(self, given: str) -> str | None:
        """The owner of a ticker given as data (not found in text), bare symbols included."""
        key = canonical_ticker(given)
        found = self._by_key.get(key)
        if found is None and (":" not in key or key.partition(":")[0] in _AMERICAN):
            # Articles mix up NYSE and Nasdaq; the symbol is unique across both.
            found = self._bare.get(key.rpartition(":")[2])
        return found

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(start, end, owner) of each marked ticker in the text that the index knows."""
        if "$" not in text and ":" not in text and "." not in text:
            return
        for match in _IN_TEXT.finditer(text):
            kind = match.lastgroup
            if kind == "symbol":
                owner = self.owner(f"{match['exchange']}:{match['symbol']}")
            elif kind is not None:
                owner = self.owner(match[kind])
            else:
                owner = None
            if owner is not None:
                yield match.start(), match.end(), owner
