"""One form for texts, addresses and keys, used alike by the daemon and the trainer. Pure.

Feed text is hostile: it may be megabytes long, hold markup, entities, control characters or direction overrides.
Characters are cut before anything that costs time by length.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

TITLE_CHARS = 400
LEAD_CHARS = 600
_RAW_CHARS = 8_000  # what is read of a raw field at all: markup may be ten times the text that it holds

# Not <AAPL.O>: news agencies write tickers so. What is never closed goes to the end, which also keeps a text of a
# thousand openings from being read a thousand times.
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)|</?(?!\w{1,6}\.[A-Z]{1,3}>)[A-Z!?][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_LINK = re.compile(r"\b(?:https?://|www\.)\S+|\bt\.co/\S+", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\Z", re.IGNORECASE)
# Cc control, Cf format (zero width, direction overrides, BOM), Cs surrogates, Co private use, Cn unassigned.
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|cmpid|ocid|ncid|srcref|src|ref|ref_src|cid|"
    r"at_(medium|campaign|link.*|custom.*)|ns_.*|feedtype|feedname|rss|partner|spm|li)$",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCRIPTS = (
    (re.compile("[぀-ヿ]"), "ja"),
    (re.compile("[가-힯]"), "ko"),
    (re.compile("[㐀-鿿]"), "zh"),
    (re.compile("[Ѐ-ӿ]"), "ru"),
    (re.compile("[؀-ۿ]"), "ar"),
    (re.compile("[ऀ-ॿ]"), "hi"),
    (re.compile("[Ͱ-Ͽ]"), "el"),
    (re.compile("[֐-׿]"), "he"),
    (re.compile("[฀-๿]"), "th"),
)


class _Kept(dict[int, int | None]):
    """What becomes of each character: a blank for any space, nothing for what is dropped; judged once."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        if character.isspace():
            kept: int | None = ord(" ")
        else:
            kept = None if unicodedata.category(character) in _DROPPED_CATEGORIES else code
        self[code] = kept
        return kept


_KEPT = _Kept()


def clean_text(raw: str, limit: int = TITLE_CHARS) -> str:
    """Plain text of a feed field: entities resolved, markup and links dropped, NFKC, single blanks, at most `limit`.

    >>> clean_text("Profit &amp;amp; loss: <b>ACME</b>  falls https://t.co/x1")
    'Profit & loss: ACME falls'
    """
    text = raw[:_RAW_CHARS]
    text = html.unescape(html.unescape(text))  # feeds often escape twice
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = unicodedata.normalize("NFKC", _LINK.sub(" ", text)[: 4 * limit])
    if not text.isascii() or not text.isprintable():
        text = text.translate(_KEPT)
    return " ".join(text.split())[:limit].rstrip()


def model_text(title: str, lead: str) -> str:
    """What the model reads: the headline; with the lead behind it only where the headline is a mere label.

    It begins with the title, unchanged: spans in the title are spans in it.

    >>> model_text("Update", "ACME cuts its forecast")
    'Update. ACME cuts its forecast'
    """
    wide = sum(1 for c in title[:40] if "㐀" <= c <= "鿿")
    if lead and title.count(" ") < 3 and wide < 8:
        return f"{title}. {lead}" if title else lead
    return title


def mark_target(text: str, start: int, end: int, token: str) -> str:
    """The text with `token` in place of the name at [start, end): what a model with a target token reads of an entity.

    A possessive stays behind the token, also where the span holds it: watchlists and data sets have names both ways.
    Blanks at the span's edges stay, and so does all outside it, but for what could be taken for a second mark, which
    goes as in `without_token`.

    Args:
        text: canonical text (`clean_text`), or `model_text` of it.
        token: as the manifest names it.

    Raises:
        ValueError: the span holds no name, or does not lie in the text.

    >>> mark_target("Apple's profit falls as Samsung gains", 0, 5, "[TARGET]")
    "[TARGET]'s profit falls as Samsung gains"
    """
    name = _POSSESSIVE.sub("", text[start:end].strip())
    if not 0 <= start < end <= len(text) or not name:
        raise ValueError(f"[{start}, {end}) is no name in a text of {len(text)} characters")
    first = text.index(name, start)
    before, behind = text[:first], text[first + len(name) :]
    return f"{without_token(before, token)}{token}{without_token(behind, token)}".strip()


def without_token(text: str, token: str) -> str:
    """The text with a blank in place of whatever a tokenizer might read as `token`, whatever its case or accents.

    News that holds the token, by accident or to deceive, must not pose as marked. Blanks stay single. A blank cannot
    close the gap to another token: `token` holds none (`Manifest` sees to it).

    >>> without_token("Apple [Target] falls", "[TARGET]"), without_token("[TAR[TARGET]GET] falls", "[TARGET]")
    ('Apple falls', '[TAR GET] falls')
    """
    wanted, folded = _folded(token), _folded(text)
    if wanted not in folded:
        return text
    places = [place for place, character in enumerate(text) for _ in _folded(character)]
    kept = list(text)
    for found in re.finditer(re.escape(wanted), folded):
        first, last = places[found.start()], places[found.end() - 1]
        kept[first : last + 1] = " " * (last + 1 - first)
    return _SPACE.sub(" ", "".join(kept))


def _folded(text: str) -> str:
    """Without case and accents, as uncased tokenizers read: they may look for the token only after that."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text)
    return "".join(c for c in bare if unicodedata.category(c) != "Mn").casefold()


def guess_language(text: str) -> str:
    """A language by script alone, or "" where the script (Latin) does not tell.

    >>> guess_language("央行下调利率"), guess_language("Bank cuts rates")
    ('zh', '')
    """
    if text.isascii():
        return ""
    for pattern, language in _SCRIPTS:
        if pattern.search(text):
            return language
    return ""


def canonical_url(url: str) -> str:
    """The address without what only tracks: scheme and host lower, no fragment, no default port, query sorted.

    What is no http(s) address comes back stripped but otherwise unchanged.

    >>> canonical_url("HTTPS://News.Example:443/a/?utm_source=x&b=2&a=1#top")
    'https://news.example/a?a=1&b=2'
    """
    url = url.strip()[:2_000]
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        return url
    host = parts.hostname.lower().rstrip(".")
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    query = sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k))
    return urlunsplit((scheme, host, parts.path.rstrip("/") or "/", urlencode(query), ""))


def publisher_of(url: str) -> str:
    """The host of an address without `www.`, the publisher where none is given; "" where there is no host.

    >>> publisher_of("https://www.example.com/a")
    'example.com'
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.lower().rstrip(".").removeprefix("www.")


def digest(*parts: str) -> str:
    """16 hex digits over the parts, each closed off from the next. Lone surrogates hash too."""
    h = hashlib.blake2b(digest_size=8)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        h.update(len(data).to_bytes(8, "big"))
        h.update(data)
    return h.hexdigest()


# A UUID stands as it is, and whatever else people look up by hand.
MOST_ID_CHARS = 40


def article_key(source: str, given_id: str, url: str, title: str, event_time: int) -> str:
    """Identity within the store: `source` + the given id, or the hash of canonical URL, title and minute.

    Of a long id, as feeds' addresses are, its hash: a key stands some twenty times in the rows and indices of one
    article.

    Args:
        event_time: ms UTC; only its minute enters.
    """
    if given_id:
        return f"{source}:{given_id}" if len(given_id) <= MOST_ID_CHARS else f"{source}:{digest(given_id)}"
    return f"{source}:{digest(canonical_url(url), clean_text(title), str(event_time // 60_000))}"
