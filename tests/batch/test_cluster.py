"""A Ray cluster of several machines (each a node process of its own), one of which is killed."""

import contextlib
import io
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.batch.conftest import SETTINGS, Batch
from vidtag.batch.batch_settings import BatchConfig
from vidtag.batch.contract import Stage, Step, StepBegan
from vidtag.batch.engine import run_plan
from vidtag.batch.ledger import VideoState
from vidtag.batch.opening import read_ledger
from vidtag.batch.plan import Planner
from vidtag.batch.progress import JsonDisplay
from vidtag.core.settings import load_config_as

ray = pytest.importorskip("ray")


@pytest.fixture(scope="module")
def cluster():
    """A head that only keeps the others together, and two machines that work."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes = [made.add_node(num_cpus=2) for _ in range(2)]
    try:
        yield made, nodes
    finally:
        ray.shutdown()
        made.shutdown()


def listeners(node) -> list[psutil.Process]:
    """The listening actors on a node."""
    raylet = node.all_processes["raylet"][0].process.pid
    return [
        process
        for process in psutil.Process(raylet).children(recursive=True)
        if process.name().startswith("ray::Listener")
    ]


class Killer(JsonDisplay):
    """Kills a machine while it listens."""

    def __init__(self, cluster, nodes) -> None:
        super().__init__(io.StringIO())
        self._cluster, self._nodes = cluster, nodes
        self.killed: Any = None
        self.victims: list[psutil.Process] = []
        self.began: Counter[tuple[int, Step]] = Counter()

    def show(self, update, job, over) -> None:
        super().show(update, job, over)
        if not isinstance(update, StepBegan):
            return
        self.began[update.number, update.step] += 1
        both = sum(self.began[key] for key in self.began if key[1] is Step.LISTEN) >= 3
        if self.killed is None and update.step is Step.LISTEN and both:
            self.killed = next(node for node in self._nodes if listeners(node))
            raylet = self.killed.all_processes["raylet"][0].process.pid
            self.victims = psutil.Process(raylet).children(recursive=True)
            self._cluster.remove_node(self.killed, allow_graceful=False)


@pytest.mark.long
@pytest.mark.timeout(600)  # three machines start on one
def test_a_machine_that_dies_costs_no_video_and_doubles_none(undisturbed, cluster, tmp_path):
    made, nodes = cluster
    settings = (
        SETTINGS.replace("models: 1", "models: 2") + f"runner: ray\naddress: {made.address}\n"
    )
    batch = Batch(tmp_path, settings, inputs=undisturbed[0].folder / "in").write()
    file = tmp_path / "batch.yaml"
    killer = Killer(made, nodes)
    summary = run_plan(Planner(load_config_as(BatchConfig, file), file).plan(), killer)

    assert killer.killed is not None
    assert (summary.done, summary.failures) == (5, ())
    assert batch.tree() == undisturbed[0].tree()
    with contextlib.closing(read_ledger(batch.state)) as ledger:
        rows = ledger.rows()
    assert len(rows) == 5 * len(Stage)
    assert {row["state"] for row in rows} == {VideoState.DONE}
    # Each stage ended once, however often it was begun.
    assert not [p for p in Path(batch.out).rglob("*") if ".vidtag-partial-" in p.name]
    # What the machine was doing was begun again.
    assert max(killer.began.values()) > 1
    assert psutil.wait_procs(killer.victims, timeout=30)[1] == []
