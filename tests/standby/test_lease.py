"""The lease against a real PostgreSQL: who has it, who may write, and who gets it next."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text

from monitor.errors import InputError, LeaseLostError, StoreLockedError, StoreUnavailableError
from monitor.storage.address import LEASE_S as OURS_S
from monitor.storage.address import address_of
from monitor.storage.database import database_of
from monitor.storage.lease import LeaseRow
from monitor.storage.postgresql.connections import WRITER, target_of, writer_engine
from monitor.storage.postgresql.lease import PostgresApplicant, PostgresLease
from monitor.storage.postgresql.lease_link import CALL_S, LeaseLink
from monitor.storage.postgresql.lease_row import RENEW, TABLE, Claim, session_name
from monitor.storage.store import Store
from tests.kafka.proxy import BLACK_HOLE, Proxy
from tests.postgresql import Cluster

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LEASE_S = 3.0


ROLES = "DO $$ BEGIN CREATE ROLE watcher LOGIN; CREATE ROLE other LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"


@pytest.fixture
def name(cluster: Cluster) -> Iterator[str]:
    """A database of the role `watcher`, with no lease yet. `bearwatch` is the superuser here."""
    made = cluster.create()
    with cluster.connect(made) as connection:
        connection.execute(ROLES)
        connection.execute(f"ALTER DATABASE {made} OWNER TO watcher")
    yield made
    cluster.drop(made)


@pytest.fixture
def url(cluster: Cluster, name: str) -> str:
    return cluster.tcp(name, user="watcher")


_applicants: list[PostgresApplicant] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _applicants:
        _applicants.pop().close()


def applicant(url: str, command: str = "bearwatch run", *, lease_s: float = LEASE_S) -> PostgresApplicant:
    link = LeaseLink(lambda: target_of(address_of(url)).link("test", CALL_S))
    _applicants.append(PostgresApplicant("news", link, Claim.of_this_process(command), lease_s=lease_s))
    return _applicants[-1]


@contextlib.contextmanager
def held(url: str, command: str = "bearwatch run", *, lease_s: float = LEASE_S) -> Iterator[PostgresLease]:
    lease = applicant(url, command, lease_s=lease_s).ask()
    assert isinstance(lease, PostgresLease)
    try:
        yield lease
    finally:
        lease.release()


@contextlib.contextmanager
def writer(url: str, lease: PostgresLease) -> Iterator[Engine]:
    target = target_of(address_of(url))
    engine = writer_engine(lambda: target.connect(WRITER, lease.session_name))
    yield engine
    engine.dispose()


def until(holds: Callable[[], object], seconds: float = 30.0) -> float:
    """Seconds until it holds; another session's progress, which nothing here can wait on but its rows."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


def test_one_of_two_gets_it_and_the_other_hears_who_has_it(url: str) -> None:
    with held(url, "bearwatch run") as lease:
        other = applicant(url, "bearwatch kafka seek").ask()
        assert isinstance(other, LeaseRow)
        assert lease.epoch == other.epoch == 1
        assert f"process {os.getpid()} on " in other.holder
        assert "(bearwatch run, since 20" in other.holder
        assert not other.free
        assert lease.given()


def test_of_many_who_ask_at_once_one_gets_it(url: str) -> None:
    found: list[PostgresLease | LeaseRow] = []
    asking = [applicant(url) for _ in range(8)]
    gate = threading.Barrier(len(asking))

    def ask(one: PostgresApplicant) -> None:
        gate.wait()
        found.append(one.ask())

    threads = [threading.Thread(target=ask, args=[one]) for one in asking]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    leases = [one for one in found if isinstance(one, PostgresLease)]
    for lease in leases:
        lease.release()
    assert len(found) == 8
    assert [lease.epoch for lease in leases] == [1]


def test_what_was_let_go_of_is_free_at_once_and_the_epoch_grows(url: str) -> None:
    epochs = []
    for _ in range(3):
        with held(url, lease_s=60.0) as lease:
            epochs.append(lease.epoch)
        assert not lease.given()
    assert epochs == [1, 2, 3]


def test_it_is_renewed_for_as_long_as_its_holder_lives(url: str) -> None:
    with held(url) as lease:
        first = lease.expires
        until(lambda: lease.expires > first + LEASE_S)
        assert lease.given()
        assert isinstance(applicant(url).ask(), LeaseRow)


def test_a_renewal_does_not_wait_for_an_open_transaction_of_the_writer(url: str) -> None:
    with held(url) as lease, writer(url, lease) as engine, engine.begin() as transaction:
        lease.fence(transaction)
        first = lease.expires
        took = until(lambda: lease.expires > first + 1.0)
        print(f"renewed {took:.1f} s into the transaction")
        assert lease.given()


def test_a_takeover_waits_for_a_transaction_that_still_runs_and_none_begins_after_it(url: str) -> None:
    with held(url) as lease, writer(url, lease) as engine:
        with engine.begin() as transaction:
            transaction.execute(text("CREATE TABLE IF NOT EXISTS written (epoch bigint)"))
        with engine.connect() as connection:
            open_ = connection.begin()
            lease.fence(connection)
            _expire(url)
            with contextlib.closing(psycopg.connect(url, autocommit=True)) as other:
                other.execute("SET lock_timeout = 200")
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    other.execute(f"UPDATE {TABLE} SET epoch = epoch + 1")
            connection.execute(text("INSERT INTO written VALUES (1)"))
            open_.commit()
        _expire(url)
        with held(url) as second:
            assert second.epoch == 2
            with engine.connect() as connection, connection.begin(), pytest.raises(LeaseLostError, match="epoch 2"):
                lease.fence(connection)
            assert not lease.given()
            with pytest.raises(LeaseLostError, match=r"bearwatch run.*this process ends"):
                asyncio.run(asyncio.wait_for(lease.lost(), 5))


def test_the_same_epoch_of_another_holder_does_not_pass(url: str) -> None:
    """A server that lost its last transactions may give an epoch out twice."""
    with held(url) as lease, writer(url, lease) as engine:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"UPDATE {TABLE} SET token = gen_random_uuid()")
        with engine.begin() as transaction, pytest.raises(LeaseLostError):
            lease.fence(transaction)


def test_the_renewal_that_finds_another_holder_ends_the_process(url: str) -> None:
    with held(url) as lease:
        _expire(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"UPDATE {TABLE} SET epoch = 9, host = 'risk-2', process = 7, until = 'infinity'")
        with pytest.raises(LeaseLostError, match="process 7 on risk-2"):
            asyncio.run(asyncio.wait_for(lease.lost(), 10))
        assert not lease.given()


class Faulty(LeaseLink):
    """Renews nothing, by a fault of ours."""

    def change(self, sql: str, *values: Any) -> LeaseRow | None:
        if sql == RENEW:
            raise RuntimeError("a fault of ours")
        return super().change(sql, *values)


def test_a_lease_that_nobody_renews_any_more_ends_the_process(url: str) -> None:
    link = Faulty(lambda: target_of(address_of(url)).link("test", CALL_S))
    lease = PostgresApplicant("news", link, Claim.of_this_process("test"), lease_s=LEASE_S).take()
    with pytest.raises(RuntimeError, match="a fault of ours"):
        asyncio.run(asyncio.wait_for(lease.lost(), 10))
    lease.release()


def test_without_the_server_the_permit_ends_before_the_lease_and_comes_back_with_it(
    cluster: Cluster, name: str, url: str
) -> None:
    with Proxy(cluster.port) as proxy, held(cluster.tcp(name, proxy.port, "watcher")) as lease:
        proxy.inject(BLACK_HOLE)
        until(lambda: not lease.given())
        with cluster.connect(name) as connection:
            assert not is_over(connection)  # ours ended first
            until(lambda: is_over(connection))
        proxy.heal()
        asyncio.run(asyncio.wait_for(lease.wait(), 10))
        assert lease.given()
        assert lease.epoch == 1


def test_who_could_not_reach_the_server_either_lets_the_holder_come_back_first(url: str) -> None:
    with held(url) as lease:
        waiting = applicant(url)
        assert isinstance(waiting.ask(), LeaseRow)
        waiting._reached = None  # as after an error
        _expire(url)
        assert isinstance(waiting.ask(patience_s=30.0), LeaseRow)
        until(lambda: lease.expires > time.time())
    taken = waiting.ask(patience_s=30.0)
    assert isinstance(taken, PostgresLease)  # it was let go of
    taken.release()


STOPPED = """
    import sys, threading
    from sqlalchemy import text
    from monitor.errors import LeaseLostError
    from monitor.storage.address import address_of
    from monitor.storage.postgresql.connections import WRITER, target_of, writer_engine
    from monitor.storage.postgresql.lease import PostgresApplicant
    from monitor.storage.postgresql.lease_link import LeaseLink
    from monitor.storage.postgresql.lease_row import Claim
    from monitor.telemetry.logs import set_up_logs

    set_up_logs("error", "json")
    url, idle_s = sys.argv[1], sys.argv[2]
    target = target_of(address_of(url))
    link = LeaseLink(lambda: target.link("stopped", 3.0))
    lease = PostgresApplicant("news", link, Claim.of_this_process("stopped"), lease_s=3.0).take()
    settings = WRITER | {"idle_in_transaction_session_timeout": idle_s}
    engine = writer_engine(lambda: target.connect(settings, lease.session_name))
    with engine.connect() as connection:
        transaction = connection.begin()
        lease.fence(connection)
        connection.execute(text("INSERT INTO written VALUES (1)"))
        print("open", flush=True)
        sys.stdin.readline()
        try:
            transaction.commit()
            print("committed", flush=True)
        except Exception as error:
            print("refused", type(error).__name__, flush=True)
    try:
        with engine.begin() as connection:
            lease.fence(connection)
            connection.execute(text("INSERT INTO written VALUES (2)"))
        print("written", flush=True)
    except LeaseLostError:
        print("fenced", lease.given(), flush=True)
"""


@pytest.mark.parametrize(("idle", "role"), [("0", "watcher"), ("1s", "other")])
def test_a_process_stopped_in_mid_transaction_holds_nobody_up_and_writes_nothing(
    cluster: Cluster, name: str, url: str, idle: str, role: str
) -> None:
    """By ending its session, where the same role asks; by the server's own time-out, where another one does."""
    with cluster.connect(name) as admin:
        admin.execute("CREATE TABLE written (number integer)")
        admin.execute("GRANT ALL ON written TO watcher")
        with held(url):
            pass
        admin.execute(f"GRANT SELECT, UPDATE, INSERT ON {TABLE} TO other")
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(STOPPED), url, idle],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert child.stdin is not None and child.stdout is not None
        try:
            assert child.stdout.readline() == "open\n"
            child.send_signal(signal.SIGSTOP)
            waiting = applicant(cluster.tcp(name, user=role))
            found: list[Any] = []
            took = until(lambda: isinstance((found.append(waiting.ask()), found[-1])[1], PostgresLease), 30)
            print(f"taken {took:.1f} s after it was stopped, as {role}")
            lease = found[-1]
            child.send_signal(signal.SIGCONT)
            child.stdin.write("\n")
            child.stdin.flush()
            told = child.stdout.read().splitlines()
            assert told[0].startswith("refused")
            assert told[1] == "fenced False"
            assert admin.execute("SELECT count(*) FROM written").fetchone() == (0,)
            assert lease.epoch == 3
            lease.release()
        finally:
            child.kill()
            child.communicate()


def test_a_resumed_process_may_not_act_before_it_has_asked(url: str) -> None:
    """The first thing that it does after SIGCONT is to look: no renewal, no query has come in between."""
    script = """
        import os, signal, sys
        from monitor.storage.address import address_of
        from monitor.storage.postgresql.connections import target_of
        from monitor.storage.postgresql.lease import PostgresApplicant
        from monitor.storage.postgresql.lease_link import LeaseLink
        from monitor.storage.postgresql.lease_row import Claim
        from monitor.telemetry.logs import set_up_logs
        set_up_logs("error", "json")
        link = LeaseLink(lambda: target_of(address_of(sys.argv[1])).link("x", 3.0))
        lease = PostgresApplicant("news", link, Claim.of_this_process("x"), lease_s=3.0).take()
        print(lease.given(), flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
        print(lease.given(), flush=True)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), url], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        with psycopg.connect(url, autocommit=True) as connection:
            until(lambda: is_over(connection))
        child.send_signal(signal.SIGCONT)
        out, _ = child.communicate(timeout=30)
        assert out.splitlines() == ["True", "False"]
    finally:
        child.kill()
        child.wait()


def test_the_holders_sessions_are_known_by_name(url: str) -> None:
    with held(url) as lease, writer(url, lease) as engine, engine.connect() as connection:
        name = connection.execute(text("SELECT current_setting('application_name')")).scalar()
    assert name == lease.session_name == session_name(lease.epoch, lease.token)


def test_a_second_process_is_refused_within_two_seconds_and_hears_by_whom(url: str) -> None:
    with held(url, lease_s=OURS_S):
        began = time.monotonic()
        with pytest.raises(StoreLockedError, match=rf"news is in use by process {os.getpid()} on .*; stop it"):
            applicant(url).take()
        took = time.monotonic() - began
        print(f"refused after {took:.2f} s")
        assert took < 5 * 2


def test_a_killed_holders_lease_is_waited_out_by_its_next_start(url: str) -> None:
    lease = applicant(url).take()
    lease._ending.set()  # it renews no more, and lets go of nothing
    lease._thread.join()
    lease._link.close()
    again = applicant(url).take()
    assert again.epoch == 2
    again.release()


def test_a_server_that_is_away_is_a_passing_fault_and_a_wrong_address_is_not(cluster: Cluster, name: str) -> None:
    with pytest.raises(StoreUnavailableError, match="news cannot be reached now"):
        applicant(cluster.tcp(name, 1)).ask()
    with pytest.raises(InputError, match=r'database "none" does not exist'):
        applicant(cluster.tcp("none")).ask()


def tables(cluster: Cluster, name: str) -> set[str]:
    with cluster.connect(name) as connection:
        return {row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def test_only_the_holder_makes_and_migrates_tables(cluster: Cluster, name: str, url: str) -> None:
    """A standby of a newer version leaves the store as it is for as long as an older one writes to it."""
    with held(url):
        standby = database_of(url).applicant("bearwatch run --standby")
        assert isinstance(standby.ask(), LeaseRow)
        standby.close()
        assert tables(cluster, name) == {TABLE}
    lost = applicant(url).take()
    with cluster.connect(name) as connection:
        connection.execute(f"UPDATE {TABLE} SET epoch = epoch + 1, token = gen_random_uuid()")
    with pytest.raises(LeaseLostError):
        Store.open(url, lease=lost)
    assert tables(cluster, name) == {TABLE}
    _expire(url)
    Store.open(url).close()
    assert {TABLE, "alembic_version", "articles"} <= tables(cluster, name)


def test_who_takes_over_a_newer_store_lets_it_go_again(cluster: Cluster, name: str, url: str) -> None:
    Store.open(url).close()
    lease = applicant(url).take()
    with cluster.connect(name) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'of_2031'")
    with pytest.raises(InputError, match="written by a newer Bearwatch"):
        Store.open(url, lease=lease)
    with pytest.raises(InputError, match="written by a newer Bearwatch"):
        database_of(url).applicant("bearwatch run --standby")
    again = applicant(url).ask()
    assert isinstance(again, PostgresLease)
    again.release()


def test_a_store_that_is_closed_is_free_at_once(url: str) -> None:
    for epoch in (1, 2):
        with Store.open(url) as store:
            assert store.lease is not None and store.lease.epoch == epoch
            assert store.permit.given()
            store.write_now(lambda connection: None)
        assert not store.permit.given()


def test_a_standby_is_for_postgresql(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"run --standby: .*a standby needs PostgreSQL"):
        database_of(tmp_path / "news.db").applicant("bearwatch run")


def is_over(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute(f"SELECT until <= clock_timestamp() FROM {TABLE}").fetchone() == (True,)


def _expire(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"UPDATE {TABLE} SET until = clock_timestamp() - interval '1 s'")
