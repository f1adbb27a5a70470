"""Makes a folder like that of SenseVoiceSmall, full size, with random weights: for measuring.

``python benchmarks/full_size.py FOLDER`` writes about 0.9 GB. Speed does not depend on what the
weights are; text does, and is nonsense.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import random_model


def make(folder: Path, seed: int = 0) -> Path:
    """Write the folder, unless it is there already."""
    import torch

    if (folder / "model.pt").is_file():
        return folder
    random_model.write_folder(folder)
    network, _ = random_model.random_network(folder, seed)
    partial = folder / "model.pt.partial"
    torch.save(network.state_dict(), partial)
    partial.rename(folder / "model.pt")
    return folder


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
