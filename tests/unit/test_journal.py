"""Lines for systemd's journal carry their priority; lines for a file or a terminal do not."""

from __future__ import annotations

import io
import logging
import os
from pathlib import Path

import pytest

from monitor.telemetry.journal import as_error, goes_to_journal
from monitor.telemetry.logs import set_up_logs


def test_each_line_of_a_traceback_carries_its_priority_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_logs: None
) -> None:
    with (tmp_path / "journal").open("w+") as stream:
        monkeypatch.setenv("JOURNAL_STREAM", f"{os.fstat(stream.fileno()).st_dev}:{os.fstat(stream.fileno()).st_ino}")
        set_up_logs("info", "console", stream)
        log = logging.getLogger("monitor.test")
        log.info("well")
        log.warning("a broker is away")
        try:
            raise ValueError("of two\nlines")
        except ValueError:
            log.exception("failed")
        stream.seek(0)
        lines = stream.read().splitlines()
    assert lines[0].startswith("<6>") and "well" in lines[0] and lines[1].startswith("<4>")
    assert len(lines) > 5 and all(line.startswith("<3>") for line in lines[2:])


def test_a_stream_that_is_not_the_journal_is_left_as_it_is(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as stream:
        inode = os.fstat(stream.fileno()).st_ino
        for env in ({}, {"JOURNAL_STREAM": f"1:{inode}"}, {"JOURNAL_STREAM": "8:1"}):
            assert not goes_to_journal(stream, env)
        assert as_error("one line", stream, {"JOURNAL_STREAM": "8:1"}) == "one line"
    assert not goes_to_journal(io.StringIO(), {"JOURNAL_STREAM": "8:1"})
