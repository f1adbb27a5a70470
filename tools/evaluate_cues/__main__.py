"""Lays out the words of professionals' subtitle files anew, and scores where cues end.

python -m tools.evaluate_cues FOLDER LANGUAGE [--profile P] [--stable-ts PYTHON] [--bound]
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.evaluate_cues.bound import bound
from tools.evaluate_cues.phrases import inside_phrases
from tools.evaluate_cues.professional import Professional, read_professional
from tools.evaluate_cues.score import Score, score
from vidtag.core.records import Cue, Language
from vidtag.core.settings import SubtitlesConfig
from vidtag.subtitles.layout.cues import cues_of, lay_out
from vidtag.subtitles.layout.style_profiles import profile_for

READ = {".srt", ".vtt", ".ass", ".ssa", ".ttml", ".xml", ".sbv"}

REGROUP = """
import json, sys
from stable_whisper.result import WhisperResult
found = []
for segments in json.load(sys.stdin):
    result = WhisperResult({"language": "en", "segments": segments})
    result.regroup(True)
    found.append([[s.start, s.end, s.text] for s in result.segments])
json.dump(found, sys.stdout)
"""


def stable_ts(files: Sequence[Professional], python: str) -> list[list[Cue]]:
    """Cues of stable-ts's own regrouping, by a Python that has it."""
    asked = [
        [
            {
                "start": segment.start,
                "end": segment.end,
                "text": segment.text,
                "words": [
                    {
                        "word": (" " if word.space_before else "") + word.text,
                        "start": word.start,
                        "end": word.end,
                        "probability": 1.0,
                    }
                    for word in segment.words
                ],
            }
            for segment in file.document().segments
        ]
        for file in files
    ]
    done = subprocess.run(
        [python, "-c", REGROUP], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    return [
        [
            Cue(start, end, (text.strip(),), language=file.language)
            for start, end, text in cues
            if text.strip()
        ]
        for file, cues in zip(files, json.loads(done.stdout), strict=True)
    ]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("language", type=Language)
    parser.add_argument("--profile", default="netflix")
    parser.add_argument("--stable-ts", metavar="PYTHON", help="compare with stable-ts's regrouping")
    parser.add_argument("--bound", action="store_true", help="also the highest F1 the rules allow")
    given = parser.parse_args()
    paths = sorted(path for path in given.folder.rglob("*") if path.suffix.lower() in READ)
    files = [pro for path in paths if (pro := read_professional(path, given.language))]
    config = SubtitlesConfig(profile=given.profile)
    systems: dict[str, list[Sequence[Cue]]] = {
        "professional": [file.cues for file in files],
        "vidtag": [cues_of(lay_out(file.document(), config)) for file in files],
    }
    if given.stable_ts:
        systems["stable-ts"] = list(stable_ts(files, given.stable_ts))
    inside = [inside_phrases(file.words, file.language) for file in files]
    print(f"{len(files)} files  |   cues |    F1 | mixed | forbidden | violations per 100")
    totals = {}
    for name, cues in systems.items():
        rows = zip(cues, files, inside, strict=True)
        totals[name] = sum((score(c, f, i, given.profile) for c, f, i in rows), Score())
        print(f"{name:12s} | {totals[name].row()}")
    if given.bound:
        best = bound(files, profile_for(given.profile, None), totals["vidtag"].violations)
        print(f"no layout with as few violations as vidtag's has a higher F1 than {best.f1:.1f}")


if __name__ == "__main__":
    main()
