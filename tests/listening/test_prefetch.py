import threading

import pytest

from vidtag.listening.prefetch import prefetch


def test_order_is_kept():
    assert list(prefetch(iter(range(100)), 2)) == list(range(100))


def test_an_error_is_raised_in_its_place():
    def items():
        yield 1
        raise ValueError("broken")

    got = prefetch(items(), 2)
    assert next(got) == 1
    with pytest.raises(ValueError, match="broken"):
        next(got)


def test_no_more_than_depth_is_fetched_ahead():
    fetched = []

    def items():
        for number in range(100):
            fetched.append(number)
            yield number

    got = prefetch(items(), 3)
    assert next(got) == 0
    threading.Event().wait(0.2)
    assert len(fetched) <= 1 + 3 + 1  # handed out, waiting, and in the thread's hand
    got.close()


def test_closing_early_closes_the_source_and_ends_the_thread():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    before = threading.active_count()
    got = prefetch(items(), 2)
    next(got)
    got.close()
    assert closed.is_set()
    assert threading.active_count() == before
