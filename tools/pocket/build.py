"""The pocket model from nothing: ``python -m tools.pocket.build --work DIR --bfloat16``.

Synthesises the corpus, makes the tokenizer, trains, writes the folder that funasr loads and
measures it. What a stopped run has left in DIR is kept and continued from. ``--init FOLDER`` starts
from the weights of a model made before, with the same tokenizer, instead of from nothing.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tools.pocket import calibrate, corpus, evaluate, tokenizer, train

BUNDLED = Path(__file__).parents[2] / "vidtag" / "pocket"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="a folder outside the repository")
    parser.add_argument("--minutes", type=float, default=80, help="of training, by the clock")
    parser.add_argument("--hours", type=float, default=16, help="of training material")
    parser.add_argument("--processes", type=int, default=2, help="one a core")
    parser.add_argument("--device", default="cpu", help="to train on: cpu or cuda")
    parser.add_argument("--bfloat16", action="store_true", help="faster where there is AVX512-BF16")
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="at its highest")
    parser.add_argument("--init", type=Path, help="a model's folder to go on from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=BUNDLED, help="where the model goes")
    args = parser.parse_args()
    data = args.work / "corpus"
    pieces = tokenizer.build(args.work)
    corpus.synthesise(corpus.plan(data, args.hours, args.seed), pieces, args.processes)
    gpu = args.device != "cpu"
    plan = train.Plan(
        data=data,
        pieces=pieces,
        output=args.output,
        state=args.work / "training.pt",
        minutes=args.minutes,
        processes=1 if gpu else args.processes,
        frames=64_000 if gpu else train.Plan.frames,
        device=args.device,
        learning_rate=args.learning_rate,
        bfloat16=args.bfloat16,
        init=args.init,
        seed=args.seed,
    )
    train.train(plan)
    calibrate.calibrate(args.output, calibrate.from_corpus(data))
    found = evaluate.figures(evaluate.run(args.output, evaluate.clips(data)))
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (args.work / "figures.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
