"""Threads that compute side by side, each on one core.

A batch in each core's own cache beats one batch spread over all cores: the cores never wait for
each other, within a step or between two, and what one writes the other need not read.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")


class Workers:
    """A pool of threads in which PyTorch does not start threads of its own.

    May be used from several threads at once.

    Args:
        count: how many; None is one that leaves PyTorch's threads alone, for what a GPU does.
    """

    def __init__(self, count: int | None) -> None:
        self.count = count or 1
        self._pool = ThreadPoolExecutor(self.count, thread_name_prefix="vidtag-compute")
        if count:
            self._keep_to_one_core()

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Results of ``work``, in the order of ``items``; the first error is raised."""
        return list(self.stream(work, items))

    def stream(
        self, work: Callable[[T], R], items: Iterable[T], ahead: int | None = None
    ) -> Generator[R, None, None]:
        """As ``map``, one after the other.

        Args:
            ahead: how many may be under way beside the one that is waited for; None is all.
        """
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(self._pool.submit(work, item))
                if ahead is not None and len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _keep_to_one_core(self) -> None:
        threads = torch.get_num_threads()
        all_started = threading.Barrier(self.count)

        def start(_: int) -> None:
            # OpenMP keeps this number per thread. PyTorch besides remembers the last one, for
            # threads that ask for the first time; so this one asks now, and it is put back below.
            torch.get_num_threads()
            torch.set_num_threads(1)
            all_started.wait()

        self.map(start, range(self.count))
        torch.set_num_threads(threads)
