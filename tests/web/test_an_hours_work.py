"""An hour of work on one video, done through the pages by script, every step seen in files."""

import json
import subprocess
import time
import zipfile

import av
import numpy as np
import pytest

from tests.builders.present import present
from tests.e2e.conftest import SAMPLES
from tests.web.conftest import PATIENCE, start_server, violations
from vidtag.cli import app as command_line
from vidtag.core import document as documents
from vidtag.media.ffmpeg import file_url
from vidtag.media.ffmpeg_program import find_ffmpeg


@pytest.fixture
def video(tmp_path):
    """A minute of the demo, small: what it takes to cut it is no matter here."""
    path = tmp_path / "demo.mp4"
    command = [find_ffmpeg().path, "-v", "error", "-i", file_url(SAMPLES / "demo.mp4"), "-t", "62"]
    command += ["-vf", "scale=320:-2", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]
    subprocess.run([*command, file_url(path)], check=True)
    return path


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "projects"
    place.mkdir()
    return place


def history(folder):
    """The file of edits; it is saved before an answer comes."""
    path = folder / "demo.vidtag" / "demo.vidtag-edits.json"
    return json.loads(path.read_text(encoding="utf-8"))


def until(page, condition):
    end = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        page.wait_for_timeout(50)


def count(folder):
    try:
        return history(folder)["done"]
    except FileNotFoundError:
        return 0


def mark(page, number):
    """Mark the first words of a passage, as a pointer would."""
    page.evaluate(
        """number => { const node = document.querySelectorAll('.spoken p')[number].lastChild;
        const range = document.createRange();
        range.setStart(node, 0); range.setEnd(node, Math.min(12, node.length));
        getSelection().removeAllRanges(); getSelection().addRange(range); }""",
        number,
    )


def picture(path, at, high=90):
    """The upper half of a picture in grey, without the subtitles below."""
    with av.open(str(path)) as container:
        frame = next(one for one in container.decode(video=0) if present(one.time) >= at)
        wide = round(high * frame.width / frame.height)
        return frame.reformat(wide, high, "gray").to_ndarray()[: high // 2].astype(float)


def middle_of_crop(social, video, start):
    """Where the middle of an upright clip lies in the picture of its video, from 0 to 1."""
    part, whole = picture(social, 0.5), picture(video, start + 0.5)
    room = whole.shape[1] - part.shape[1]
    away = [((whole[:, x : x + part.shape[1]] - part) ** 2).mean() for x in range(room + 1)]
    return (int(np.argmin(away)) + part.shape[1] / 2) / whole.shape[1]


@pytest.mark.timeout(900)
@pytest.mark.long
def test_an_hours_work_on_one_video(tmp_path, folder, video, visit):
    serving = tmp_path / "first"
    serving.mkdir()
    server = start_server(serving, str(folder))
    page = visit(at=server)
    # Upload.
    page.set_input_files("#vt-upload input[type=file]", str(video))
    page.locator("#vt-upload").get_by_text("demo").first.wait_for()
    page.click("#vt-listen")
    page.wait_for_url("**/work/*", timeout=4 * PATIENCE)
    page.wait_for_selector("#app[data-ready]")
    address = page.url.rsplit("/", 2)[1:]
    document = folder / "demo.vidtag" / "demo.vidtag.json"
    assert (folder / "demo.mp4").read_bytes() == video.read_bytes()
    heard = documents.read(document)

    # Correct ten cues.
    for number in range(10):
        if number:
            page.locator("h1").click()
            page.keyboard.press("ArrowDown")
        box = page.locator(".cue.selected textarea")
        box.fill(f"Corrected line {number}.")
        box.blur()
        until(page, lambda done=number + 1: count(folder) == done)
    corrected = [change["added"][0]["cue"]["lines"] for change in history(folder)["changes"]]
    assert corrected == [[f"Corrected line {number}."] for number in range(10)]

    # Split two.
    for number in range(2):
        page.locator("h1").click()
        page.keyboard.press("ArrowDown")
        page.locator(".tool-split").click()
        until(page, lambda done=11 + number: count(folder) == done)
        assert len(history(folder)["changes"][-1]["added"]) == 2

    # Who speaks: somebody who was not heard apart, beside a cue; then several cues at once.
    page.locator("h1").click()
    page.keyboard.press("ArrowDown")
    page.locator(".cue.selected .who").select_option("new")
    page.get_by_role("textbox", name="Name of the new speaker").fill("Ana Lee")
    page.keyboard.press("Enter")
    until(page, lambda: count(folder) == 13)
    added = history(folder)["changes"][-1]
    assert added["names"][-1] == "Ana Lee"
    ana = f"Speaker {len(added['names'])}"  # what cues know her by, whatever she is called later
    page.evaluate("document.querySelector('.cues').scrollTop = 0")
    page.locator('.cue[aria-rowindex="2"] .figures').click()
    page.locator('.cue[aria-rowindex="4"] .figures').click(modifiers=["Shift"])
    assert page.locator(".cue[aria-selected=true]").count() == 3
    page.locator(".picked select").select_option("Ana Lee")
    until(page, lambda: count(folder) == 14)
    given = history(folder)["changes"][-1]
    said = [one["cue"]["speaker"] for one in given["added"]]
    assert said == [ana] * len(said), "nobody says a marker of an event"
    hers = {one["id"] for change in (added, given) for one in change["added"]}
    assert len(hers) >= 3

    # Three clips of words.
    page.get_by_role("tab", name="Transcript").click()
    page.wait_for_selector(".spoken p")
    for number in range(3):
        mark(page, number)
        page.locator(".marking output", has_text="places").wait_for()
        page.locator(".make").click()
        until(page, lambda done=15 + number: count(folder) == done)
    clips = [change["put"][0] for change in history(folder)["changes"] if change["kind"] == "clips"]
    assert len(clips) == 3
    assert all(clip["end"] > clip["start"] for clip in clips)

    # Where the crop of one of them stays, and a threshold, which is undone.
    page.get_by_role("tab", name="Clips").click()
    until(page, lambda: page.locator(".clips li").count() > 3)
    own = page.locator(".clips li", has_text="chosen").first
    own.get_by_role("slider").fill("20")
    until(page, lambda: count(folder) == 18)
    cropped = history(folder)["changes"][-1]["put"][0]
    assert (cropped["id"], cropped["crop"]) == (clips[0]["id"], 0.2)
    until(page, lambda: own.locator("[name=follows][aria-pressed=false]").count() == 1)
    address_of_cut = own.locator("a.cut").evaluate("link => link.href")
    upright = tmp_path / "upright.mp4"
    answer = page.request.get(f"{address_of_cut}&social=true", timeout=4 * PATIENCE)
    upright.write_bytes(answer.body())
    assert middle_of_crop(upright, video, cropped["start"]) == pytest.approx(0.2, abs=0.03)
    shown = page.locator(".clips li").count()
    page.locator(".panel summary").click()
    page.locator(".thresholds input[type=number][name=top]").fill("1")
    until(page, lambda: page.locator(".clips li").count() == 4)
    changed = history(folder)["changes"][-1]
    assert (changed["kind"], changed["values"]["top"]) == ("settings", 1)
    page.get_by_role("tab", name="Subtitles").click()
    page.locator(".tool-undo").click()
    until(page, lambda: count(folder) == 18)
    page.get_by_role("tab", name="Clips").click()
    until(page, lambda: page.locator(".clips li").count() == shown)
    assert violations(page) == []

    # Close, and open again.
    assert "Traceback" not in server.stop()
    page.goto("about:blank")
    again = tmp_path / "second"
    again.mkdir()
    server = start_server(again, str(folder))
    page = visit(at=server)
    page.locator(".vt-project-list a", has_text="demo").click()
    page.wait_for_selector("#app[data-ready]")
    assert page.url.rsplit("/", 2)[1:] == address
    assert page.locator(".cue textarea").first.input_value() == "Corrected line 0."
    beside = page.locator('.cue[aria-rowindex="3"] .who option:checked')
    assert beside.all_text_contents() == ["Ana Lee"]
    page.get_by_role("tab", name="Clips").click()
    own = page.locator(".clips li", has_text="chosen").first
    own.wait_for()
    assert own.get_by_role("slider").input_value() == "20"
    own.locator("img").wait_for()  # once the picture is prepared

    # Take the ZIP.
    page.get_by_role("tab", name="Files").click()
    with page.expect_download(timeout=4 * PATIENCE) as download:
        page.locator("button.everything").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        subtitles = archive.read("demo.srt").decode()
        assert all(f"Corrected line {number}." in subtitles for number in range(10))
        manifest = json.loads(archive.read("demo.highlights.json"))
        starts = [round(clip["planned_start"], 2) for clip in manifest["clips"]]
        assert all(round(clip["start"], 2) in starts for clip in clips)
        edits = json.loads(archive.read("demo.vidtag-edits.json"))
        assert edits["done"] == 18
        kept = [
            one for change in edits["changes"] if change["kind"] == "clips" for one in change["put"]
        ]
        assert [one["crop"] for one in kept] == [None, None, None, 0.2]
        # Each of her cues has her name, in subtitles and transcript.
        assert archive.read("demo.vtt").decode().count("<v Ana Lee>") >= len(hers)
        assert archive.read("demo.rich.txt").decode().count("Ana Lee: ") >= len(hers)
        assert "Ana Lee" in archive.read("demo.report.html").decode()
        assert archive.read("demo.vidtag.json") == document.read_bytes().replace(
            str(folder / "demo.mp4").encode(), b"demo.mp4"
        )
    # What was heard is as it was, and another command has the edits, too.
    assert documents.read(document) == heard
    command_line(["subtitles", str(document), "--formats", "txt"], standalone_mode=False)
    assert "Corrected line 9." in document.with_name("demo.txt").read_text()
    command_line(["subtitles", str(document), "--formats", "vtt"], standalone_mode=False)
    assert "<v Ana Lee>" in document.with_name("demo.vtt").read_text()
    server.stop()
