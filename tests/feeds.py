"""A corpus of small feeds, each with what it must be read as; written for these tests after quirks of real feeds."""

from __future__ import annotations

from dataclasses import dataclass

RSS = '<rss version="2.0"><channel><title>News</title>{}</channel></rss>'


@dataclass(frozen=True)
class Sample:
    """A document and the (title, link, published ms or None) of its entries, in document order."""

    name: str
    body: bytes
    content_type: str
    entries: tuple[tuple[str, str, int | None], ...]


def _rss(items: str, encoding: str = "utf-8", declared: str = "") -> bytes:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return (head + RSS.format(items)).encode(encoding)


NOON = 1_700_049_600_000  # 2023-11-15T12:00:00Z
_ITEM = "<item><title>{}</title><link>https://n.example/a</link><pubDate>Wed, 15 Nov 2023 12:00:00 GMT</pubDate></item>"
_LINK = "https://n.example/a"

SAMPLES = (
    Sample("rss 2.0", _rss(_ITEM.format("Shares fall")), "application/rss+xml", (("Shares fall", _LINK, NOON),)),
    Sample(
        "rss 0.91 with the usual DOCTYPE",
        b'<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        b'"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>t</title>'
        b"<item><title>Old but &#233;legant</title><link>https://n.example/a</link></item></channel></rss>",
        "text/xml",
        (("Old but élegant", _LINK, None),),
    ),
    Sample(
        "rss 1.0 (RDF) with dc:date",
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://n.example/"><title>t</title></channel>'
        b'<item rdf:about="https://n.example/a"><title>Rate held</title><link>https://n.example/a</link>'
        b"<dc:date>2023-11-15T13:00:00+01:00</dc:date></item></rdf:RDF>",
        "application/rdf+xml",
        (("Rate held", _LINK, NOON),),
    ),
    Sample(
        "atom with an xhtml title and relative links",
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://n.example/"><title>t</title><entry><id>tag:1</id>'
        b'<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Profit <b>warning</b></div></title>'
        b'<link rel="alternate" href="a"/><updated>2023-11-15T12:30:00Z</updated>'
        b"<published>2023-11-15T12:00:00Z</published><summary>s</summary></entry></feed>",
        "application/atom+xml",
        (("Profit <b>warning</b>", _LINK, NOON),),
    ),
    Sample(
        "atom with only updated",
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title type="html">M&amp;amp;A</title>'
        b'<link href="https://n.example/a"/><updated>2023-11-15T12:00:00Z</updated></entry></feed>',
        "application/atom+xml",
        (("M&amp;A", _LINK, NOON),),
    ),
    Sample(
        "windows-1252 by declaration",
        _rss(_ITEM.format("€ – “up”"), "cp1252", "windows-1252"),
        "text/xml",
        (("€ – “up”", _LINK, NOON),),
    ),
    Sample(
        "latin-1 that is windows-1252",
        _rss(_ITEM.format("“up”"), "cp1252", "ISO-8859-1"),
        "text/xml",
        (("“up”", _LINK, NOON),),
    ),
    Sample(
        "charset in the header only",
        _rss(_ITEM.format("Börse")).decode().encode("latin-1"),
        "text/xml; charset=ISO-8859-1",
        (("Börse", _LINK, NOON),),
    ),
    Sample("no label and not UTF-8", _rss(_ITEM.format("Börse"), "cp1252"), "", (("Börse", _LINK, NOON),)),
    Sample(
        "UTF-8 that claims to be us-ascii",
        _rss(_ITEM.format("Börse"), "utf-8", "us-ascii"),
        "text/xml",
        (("Börse", _LINK, NOON),),
    ),
    Sample(
        "UTF-16 with a mark", _rss(_ITEM.format("Börse"), "utf-16", "utf-16"), "text/xml", (("Börse", _LINK, NOON),)
    ),
    Sample(
        "UTF-16 without a mark",
        _rss(_ITEM.format("Börse"), "utf-16-le", "utf-16"),
        "text/xml",
        (("Börse", _LINK, NOON),),
    ),
    Sample(
        "UTF-8 with a mark and blank lines",
        b"\xef\xbb\xbf\n\n" + _rss(_ITEM.format("Börse"), declared="utf-8"),
        "text/xml",
        (("Börse", _LINK, NOON),),
    ),
    Sample(
        "GB2312 that is GB18030",
        _rss(_ITEM.format("央行下调存款准备金率 镕"), "gb18030", "gb2312"),
        "text/xml",
        (("央行下调存款准备金率 镕", _LINK, NOON),),
    ),
    Sample(
        "Shift_JIS",
        _rss(_ITEM.format("日銀、金利据え置き"), "shift_jis", "Shift_JIS"),
        "text/xml",
        (("日銀、金利据え置き", _LINK, NOON),),
    ),
    Sample(
        "CDATA and escapes",
        _rss(_ITEM.format("<![CDATA[A < B & <i>C</i>]]>")),
        "text/xml",
        (("A < B & <i>C</i>", _LINK, NOON),),
    ),
    Sample(
        "control characters that XML forbids",
        _rss(_ITEM.format("Up\x0b\x00 1%")),
        "text/xml",
        (("Up 1%", _LINK, NOON),),
    ),
    Sample(
        "an HTML entity that XML does not know",
        _rss(_ITEM.format("Caf&eacute; &nbsp;chain")),
        "text/xml",
        (("Café \xa0chain", _LINK, NOON),),
    ),
    Sample(
        "not well-formed: a raw ampersand and no end",
        b'<rss version="2.0"><channel><item><title>AT&T falls</title><link>https://n.example/a</link></item>',
        "text/xml",
        (("AT&T falls", _LINK, None),),
    ),
    Sample(
        "odd dates",
        _rss(
            "<item><title>a</title><pubDate>2023-11-15 12:00:00</pubDate></item>"
            "<item><title>b</title><pubDate>Wed, 15 Nov 2023 07:00:00 EST</pubDate></item>"
            "<item><title>c</title><pubDate>yesterday</pubDate></item>"
            "<item><title>d</title><pubDate>Fri, 30 Feb 2024 12:00:00 GMT</pubDate></item>"
            "<item><title>e</title><pubDate>Mon, 01 Jan 10000 00:00:00 GMT</pubDate></item>"
            "<item><title>f</title><pubDate></pubDate></item>"
        ),
        "text/xml",
        (("a", "", NOON), ("b", "", NOON), ("c", "", None), ("d", "", None), ("e", "", None), ("f", "", None)),
    ),
    Sample(
        "JSON Feed",
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [{"id": 7, "url": '
        b'"https://n.example/a", "title": "Deal off", "date_published": "2023-11-15T12:00:00Z"}, "no object"]}',
        "application/feed+json",
        (("Deal off", _LINK, NOON),),
    ),
    Sample("no items yet", _rss(""), "text/xml", ()),
)

NOT_FEEDS = (
    b"",
    b" \n",
    b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>",
    b"404 page not found",
    b'{"error": "not found"}',
    b'{"version": "https://jsonfeed.org/version/1", "items": 3}',
    b"[" * 100_000,
    b"\x89PNG\r\n\x1a\n" + bytes(100),
    b"\xff\xfe",
    b"<?xml version='1.0'?>",
)
