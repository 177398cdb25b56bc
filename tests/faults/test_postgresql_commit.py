"""A connection that is lost around COMMIT: what was done is not done again, what was not is done once."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from monitor.errors import StoreUnavailableError
from monitor.records import Bucket
from monitor.storage import rebuild
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from tests.postgresql import Cluster
from tests.postgresql_proxy import CommitProxy, Cut
from tests.store_samples import whole_batch

pytestmark = [pytest.mark.slow, pytest.mark.faults]

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
COMMITS = 2_000 if LONG else 60
SEED = int(os.environ.get("BEARWATCH_SEED", "0")) or random.randrange(1, 1_000_000)


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[CommitProxy]:
    with CommitProxy(cluster.port) as made:
        yield made


def counted(number: int) -> Effects:
    """A delta that would show if it were added twice, with rows that could not be."""
    return Effects(buckets=[Bucket("market", 7, 1)], meta={"last": str(number)}, alerts=whole_batch(10 * number).alerts)


def committed(store: Store, effects: Effects) -> int:
    """As the daemon commits: the very same again while the store cannot; how many tries it took."""
    tries = 1
    while True:
        try:
            store.commit(effects)
        except StoreUnavailableError:
            tries += 1
            time.sleep(0.01)
        else:
            return tries


@pytest.mark.parametrize(("cut", "tries"), [("before", 2), ("after", 1)])
def test_a_commit_whose_answer_is_lost_is_done_once(
    cluster: Cluster, database: str, proxy: CommitProxy, cut: Cut, tries: int
) -> None:
    with Store.open(cluster.tcp(database, proxy.port)) as store:
        committed(store, counted(1))
        proxy.cut = cut
        assert committed(store, counted(2)) == tries
        assert proxy.cuts == 1
        committed(store, counted(3))
        assert store.read(rebuild.buckets, 7) == [Bucket("market", 7, 3)]
        assert store.read(rebuild.meta, "last") == "3"


def test_connections_cut_at_random_commits_lose_nothing_and_add_nothing_twice(
    cluster: Cluster, database: str, proxy: CommitProxy
) -> None:
    print(f"seed {SEED}")
    rng, cuts, again = random.Random(SEED), 0, 0
    with Store.open(cluster.tcp(database, proxy.port)) as store:
        for number in range(COMMITS):
            if rng.random() < 0.5:
                proxy.cut = rng.choice(("before", "after", "at once"))
            again += committed(store, counted(number)) - 1
        assert store.read(rebuild.buckets, 7) == [Bucket("market", 7, COMMITS)]
        assert len(store.read(lambda db: db.execute(text("SELECT id FROM alerts")).all())) == COMMITS
        cuts = proxy.cuts
    print(f"{COMMITS} commits, {cuts} cut, {again} done again, 0 lost, 0 twice")
    assert cuts > COMMITS // 4 and 0 < again < cuts


def test_what_was_committed_is_found_out_however_long_the_server_is_away(
    cluster: Cluster, database: str, proxy: CommitProxy
) -> None:
    with structlog.testing.capture_logs() as logs, Store.open(cluster.tcp(database, proxy.port)) as store:

        def away() -> None:
            proxy.open = False
            threading.Timer(1.0, back).start()

        def back() -> None:
            proxy.open = True

        proxy.on_cut, proxy.cut = away, "after"
        begun = time.monotonic()
        store.commit(counted(1))
        assert time.monotonic() - begun > 1.0
        assert store.read(rebuild.buckets, 7) == [Bucket("market", 7, 1)]
    assert [(log["event"], log.get("committed")) for log in logs if log["event"].startswith("commit_")] == [
        ("commit_in_doubt", None),
        ("commit_known", True),
    ]


@pytest.mark.parametrize("fault", ["away", "silent"])
def test_closing_does_not_wait_for_a_server_that_does_not_answer(
    cluster: Cluster, database: str, proxy: CommitProxy, fault: str
) -> None:
    store = Store.open(cluster.tcp(database, proxy.port))
    store.commit(counted(1))

    def breaks() -> None:
        proxy.open = False

    if fault == "away":
        proxy.on_cut, proxy.cut = breaks, "after"
    else:
        proxy.silent = True
    failed: list[Exception] = []

    def commit() -> None:
        try:
            store.commit(counted(2))
        except StoreUnavailableError as error:
            failed.append(error)

    waiting = threading.Thread(target=commit)
    waiting.start()
    while fault == "away" and not proxy.cuts:
        time.sleep(0.01)
    begun = time.monotonic()
    store.close()
    took = time.monotonic() - begun
    waiting.join(5)
    print(f"{fault}: closed after {took:.1f} s")
    assert len(failed) == 1 and took < 5 * 5  # 5 s were seen; a machine with more to do than cores takes longer


def test_a_session_that_the_server_ended_is_made_anew(cluster: Cluster, database: str) -> None:
    with Store.open(cluster.url(database), holder="bearwatch run") as store, cluster.connect(database) as db:
        for number in range(1, 4):
            committed(store, counted(number))
            ended = db.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
            assert ended is not None and ended[0] >= 1
        committed(store, counted(4))
        assert store.read(rebuild.buckets, 7) == [Bucket("market", 7, 4)]


@pytest.mark.parametrize("state", ["40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "58030", "25006"])
def test_a_passing_condition_is_tried_again_and_writes_nothing(cluster: Cluster, database: str, state: str) -> None:
    with Store.open(cluster.url(database)) as store, cluster.connect(database) as db:
        db.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"
        )
        db.execute("CREATE TRIGGER refuse BEFORE INSERT ON alerts EXECUTE FUNCTION refuse()")
        with pytest.raises(StoreUnavailableError, match=r"^the store cannot be written now: no"):
            store.commit(counted(1))
        assert store.read(rebuild.buckets, 7) == []
        db.execute("DROP TRIGGER refuse ON alerts")
        store.commit(counted(1))
        assert store.read(rebuild.buckets, 7) == [Bucket("market", 7, 1)]


def test_what_is_no_passing_condition_is_told_as_it_is(cluster: Cluster, database: str) -> None:
    with Store.open(cluster.url(database)) as store:
        store.commit(counted(1))
        with pytest.raises(IntegrityError):
            store.commit(counted(1))
        assert store.read(rebuild.buckets, 7) == [Bucket("market", 7, 1)]
        store.commit(counted(2))


def test_a_failed_statement_that_was_passed_over_is_not_taken_for_a_commit(cluster: Cluster, database: str) -> None:
    """COMMIT of such a transaction rolls back, and the server says so in no error."""

    def work(connection):  # type: ignore[no-untyped-def]
        connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))
        try:
            connection.execute(text("SELECT 1 / 0"))
        except Exception:  # what a careless caller does
            return

    with Store.open(cluster.url(database)) as store:
        with pytest.raises(RuntimeError, match="passed over"):
            store.write_now(work)
        assert store.read(rebuild.meta, "a") is None


def test_a_process_that_stood_still_in_a_transaction_has_lost_it_and_goes_on(cluster: Cluster, database: str) -> None:
    with Store.open(cluster.url(database)) as store:

        def stands_still(connection):  # type: ignore[no-untyped-def]
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 200"))
            connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))
            time.sleep(0.6)
            connection.execute(text("SELECT 1"))

        with pytest.raises(StoreUnavailableError, match="idle-in-transaction"):
            store.write_now(stands_still)
        committed(store, counted(1))
        assert store.read(rebuild.meta, "a") is None


def test_the_server_is_asked_for_what_keeps_commits_and_lets_go_of_locks(cluster: Cluster, database: str) -> None:
    with cluster.connect(database) as db:
        db.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    names = ("synchronous_commit", "idle_in_transaction_session_timeout", "lock_timeout", "transaction_isolation")
    with Store.open(cluster.url(database)) as store:
        asked = store.write_now(lambda db: [db.execute(text(f"SHOW {name}")).scalar_one() for name in names])
        assert asked == ["on", "5s", "10s", "read committed"]
        with store.reader() as db:
            shown = [db.execute(text(f"SHOW {name}")).scalar_one() for name in (*names[3:], "transaction_read_only")]
        assert shown == ["repeatable read", "on"]
