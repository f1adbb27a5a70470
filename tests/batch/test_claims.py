"""Two batches on one address, which knows no locks: one owner at a time, for it and all below."""

import threading
import time

import pytest

from vidtag.batch import claims, storage
from vidtag.batch.claims import claimed
from vidtag.core.errors import OutputError


@pytest.fixture
def root(store, monkeypatch):
    monkeypatch.setattr(claims, "_PATIENCE", 0.0)
    return f"{store}/results"


def test_a_second_owner_is_refused_here_above_and_below(root):
    with claimed(root, "one") as first:
        for place in (root, f"{root}/day1/late", root.rpartition("/")[0]):
            with pytest.raises(OutputError, match=r"a batch is working here \(process \d+ on "):
                claimed(place, "two").__enter__()
        with claimed(f"{root}-of-others", "two"):
            first.check()
    assert storage.find(root.rpartition("/")[0]) == {}, "nothing of it stays"
    with claimed(root, "two"):
        pass


def test_a_killed_batch_takes_up_its_own_and_is_forgotten_by_others(root, monkeypatch):
    killed = claims.Claim(root, "one")
    killed.write()  # and nothing more is heard of it
    with claimed(root, "one"):
        pass
    killed.write()
    with pytest.raises(OutputError, match="one that was killed is forgotten after 150 seconds"):
        claimed(root, "two").__enter__()
    monkeypatch.setattr(claims, "GONE_SECONDS", 0.5)
    time.sleep(0.6)
    with claimed(root, "two"):
        assert [storage.name_of(place) for place in storage.find(root)] == ["two"]


def test_one_that_lives_says_so_and_notices_when_it_was_replaced(root, monkeypatch):
    monkeypatch.setattr(claims, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(claims, "GONE_SECONDS", 1.0)
    with claimed(root, "one") as first:
        time.sleep(1.5)
        with pytest.raises(OutputError, match="working here"):
            claimed(root, "two").__enter__()
        first.check()
        claims.Claim(root, "one").write()  # a copy of its ledger on another machine
        time.sleep(0.5)
        with pytest.raises(OutputError, match="another batch took over"):
            first.check()
    assert storage.find(root), "the other's claim is not removed with ours"


def test_of_many_that_begin_at_once_one_at_a_time_works(root):
    working, most = [], []

    def work(name: str) -> None:
        with claimed(root, name, wait=True):
            working.append(name)
            most.append(len(working))
            time.sleep(0.05)
            working.remove(name)

    threads = [threading.Thread(target=work, args=(f"batch{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


def test_what_lies_there_is_listed_once(root, monkeypatch):
    listed: list[str] = []
    find = storage.find

    def counted(place: str) -> dict[str, int]:
        listed.append(place)
        return find(place)

    monkeypatch.setattr(storage, "find", counted)
    for number in range(20):
        storage.write(f"{root}/talk{number}/talk{number}.srt", b"1")
    with claimed(root, "one") as claim:
        assert sum(name.endswith(".srt") for name in claim.present) == 20
    whole = storage.canonical(root)
    assert listed.count(whole) == 1
    listed.clear()
    theirs = claimed(f"{root}/talk7", "two")
    theirs.__enter__()
    timer = threading.Timer(4.0, theirs.__exit__, (None, None, None))
    timer.start()
    with claimed(root, "one", wait=True) as claim:
        assert len(claim.present) == 21, "as it is when the other has ended"
    timer.join()
    assert listed.count(whole) == 2, "not at every look while it waits"
