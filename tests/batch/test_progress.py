"""What is shown while a batch works stays readable at ten thousand videos."""

import io
import json
import random

import pytest
from rich.console import Console

from vidtag.batch.contract import Stage, StageEnded, Step, StepBegan, VideoJob
from vidtag.batch.progress import (
    JsonDisplay,
    LineDisplay,
    LiveDisplay,
    Tally,
    format_duration,
    headline,
    panel,
)
from vidtag.core.errors import MediaError
from vidtag.core.settings import Config

CONFIG = Config()
TOTAL = 10_000
WORKERS = 40
VIDEO_SECONDS = 600.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def job(number: int) -> VideoJob:
    source = f"/mnt/archive/{number % 40}/a rather long name of a talk {number}.mp4"
    return VideoJob(number, source, f"/out/{number}", CONFIG, (Stage.LISTEN, Stage.SHOW))


def simulate(display, tally: Tally, clock: Clock, total: int = TOTAL, look=lambda: None) -> None:
    """A run of forty workers, a hundredth of whose videos fail."""
    chance = random.Random(1)
    display.start(tally)
    for number in range(1, total + 1):
        one = job(number)
        model, cpu = f"model{number % 8}", f"cpu{number % (WORKERS - 8)}"
        failed = MediaError("is damaged", path=one.source) if chance.random() < 0.01 else None
        events: list[StepBegan | StageEnded] = [
            StepBegan(number, Step.DECODE, cpu),
            StepBegan(number, Step.LISTEN, model),
            StageEnded(number, Stage.LISTEN, model, failed, 9.0, duration=VIDEO_SECONDS),
        ]
        if failed is None:
            events += [
                StepBegan(number, Step.SHOW, cpu),
                StageEnded(number, Stage.SHOW, cpu, None, 3.0, duration=VIDEO_SECONDS),
            ]
        for event in events:
            clock.now += 0.2 + chance.random() * 0.1
            display.show(event, one, tally.add(event, one))
            look()
    display.stop()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tally(clock):
    return Tally(TOTAL, clock=clock)


def test_the_tally_is_right(clock, tally):
    simulate(JsonDisplay(io.StringIO()), tally, clock)
    assert (tally.ended, tally.running, tally.seconds_left) == (TOTAL, {}, 0.0)
    assert 50 < tally.failed < 150
    assert tally.done + tally.failed == TOTAL
    assert tally.rate == pytest.approx(TOTAL / clock.now, rel=0.1)
    assert tally.speed == pytest.approx(tally.rate * VIDEO_SECONDS, rel=0.1)


def test_the_panel_fits_a_small_terminal_at_any_time(clock, tally):
    out = io.StringIO()
    console = Console(file=out, width=80, height=24, force_terminal=True, color_system=None)

    def look() -> None:
        if random.random() > 0.002 and tally.ended < TOTAL - 1:
            return
        with console.capture() as shown:
            console.print(panel(tally, "batch.yaml: results in /out"))
        lines = shown.get().splitlines()
        assert len(lines) <= 20
        assert max(map(len, lines)) <= 80
        assert f"{tally.ended:,} of 10,000" in shown.get()

    simulate(LiveDisplay(console, "batch.yaml"), tally, clock, look=look)
    assert out.getvalue().count("failed: ") > 50


def test_the_panel_names_what_runs_now(clock):
    tally = Tally(30, before=3, failed=1, clock=clock)
    for number in range(1, 21):
        tally.add(StepBegan(number, Step.LISTEN, f"model{number}"), job(number))
    clock.now = 7.0
    console = Console(width=100, color_system=None)
    with console.capture() as shown:
        console.print(panel(tally, "title"))
    text = shown.get()
    assert "4 of 30 (13%), 1 failed" in text
    assert "model1 " in text
    assert "listening" in text
    bar = next(line for line in text.splitlines() if "━" in line)
    assert set(bar.strip()) <= set("━╸╺ ")
    assert " 7 s" in text
    assert "a talk 1.mp4" in text
    assert "and 8 more workers" in text
    assert text.index("model2 ") < text.index("model10")


def test_plain_lines_are_few(clock, tally):
    out = io.StringIO()
    simulate(LineDisplay(Console(file=out, width=80, color_system=None)), tally, clock)
    lines = out.getvalue().splitlines()
    failures = [line for line in lines if line.startswith("failed: ")]
    assert len(failures) == tally.failed
    assert len(lines) - len(failures) <= clock.now / 30 + 1
    told = next(line for line in lines[len(lines) // 2 :] if " of 10,000" in line)
    assert "videos/min" in told
    assert "x real time" in told
    assert " left" in told


def test_a_small_batch_gets_a_line_per_video(clock):
    out = io.StringIO()
    display = LineDisplay(Console(file=out, width=80, color_system=None))
    simulate(display, Tally(10, clock=clock), clock, total=10)
    assert (
        sum(line.startswith(("done: ", "failed: ")) for line in out.getvalue().splitlines()) == 10
    )


def test_a_failure_names_its_video_whatever_it_is_about(clock):
    out = io.StringIO()
    display = LineDisplay(Console(file=out, width=80, color_system=None))
    tally = Tally(1, clock=clock)
    display.start(tally)
    job = VideoJob(1, "/in/day.mp4", "/out/day", Config(), tuple(Stage))
    error = MediaError("the disk is full", path="/tmp")
    ended = StageEnded(1, Stage.SHOW, "cpu0", error)
    display.show(ended, job, tally.add(ended, job))
    assert "failed: /in/day.mp4: /tmp: the disk is full\n" in out.getvalue()


def test_json_lines_are_json(clock, tally):
    out = io.StringIO()
    simulate(JsonDisplay(out), tally, clock)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert rows[0]["event"] == "start"
    ends = [row for row in rows if row["event"] == "ended"]
    assert sum(not row["ok"] for row in ends) == tally.failed
    assert ends[-1]["done"] + ends[-1]["failed"] == TOTAL
    assert all(("error" in row) and row["source"] for row in ends)


def test_the_end_is_foretold_well_before_it(clock):
    """A run at an even pace: half way, the time left is as long as the time gone."""
    tally = Tally(TOTAL, clock=clock)
    simulate(JsonDisplay(io.StringIO()), tally, clock, total=TOTAL // 2)
    assert tally.seconds_left == pytest.approx(clock.now, rel=0.1)


def test_nothing_is_foretold_before_anything_is_known(clock):
    assert headline(Tally(5, clock=clock)) == "0 of 5 (0%)"
    assert headline(Tally(0, clock=clock)) == "0 of 0 (100%)"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.2, "4 s"), (61, "1 min"), (3599, "1 h"), (12000, "3 h 20 min"), (432000, "5.0 days")],
)
def test_lengths_of_time(seconds, text):
    assert format_duration(seconds) == text
