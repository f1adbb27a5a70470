"""An FSMN-VAD folder as the hub's, with weights made by hand: it hears loudness, not speech.

So FunASR's real code runs over a network whose answers are known.
"""

from __future__ import annotations

import json
from pathlib import Path

WIDTH, PROJECTION, HIDDEN, OUTPUTS = 16, 8, 8, 12
CONFIG = f"""
frontend: WavFrontendOnline
frontend_conf:
  fs: 16000
  window: hamming
  n_mels: 80
  frame_length: 25
  frame_shift: 10
  dither: 0.0
  lfr_m: 5
  lfr_n: 1
model: FsmnVADStreaming
model_conf:
  sample_rate: 16000
  detect_mode: 1
  max_end_silence_time: 800
  max_start_silence_time: 3000
  window_size_ms: 200
  sil_to_speech_time_thres: 150
  speech_to_sil_time_thres: 150
  lookback_time_start_point: 200
  lookahead_time_end_point: 100
  max_single_segment_time: 60000
  sil_pdf_ids: [0]
  speech_noise_thres: 0.6
encoder: FSMN
encoder_conf:
  input_dim: 400
  input_affine_dim: {HIDDEN}
  fsmn_layers: 2
  linear_dim: {WIDTH}
  proj_dim: {PROJECTION}
  lorder: 20
  rorder: 0
  lstride: 1
  rstride: 0
  output_affine_dim: {HIDDEN}
  output_dim: {OUTPUTS}
"""
LOUD = 8.0
"""Mean log energy of filter banks above which a frame counts as speech; silence is at -16."""


def make(folder: Path) -> Path:
    """Write the folder."""
    import torch
    from funasr.models.fsmn_vad_streaming.encoder import FSMN

    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG)
    files = {
        "init_param": "model.pt",
        "config": "config.yaml",
        "frontend_conf": {"cmvn_file": "am.mvn"},
    }
    (folder / "configuration.json").write_text(json.dumps({"file_path_metas": files}))
    zeros, ones = " ".join(["0"] * 400), " ".join(["1"] * 400)
    (folder / "am.mvn").write_text(
        f"<Nnet>\n<AddShift> 400 400\n<LearnRateCoef> 0 [ {zeros} ]\n"
        f"<Rescale> 400 400\n<LearnRateCoef> 0 [ {ones} ]\n</Nnet>\n"
    )
    network = FSMN(400, HIDDEN, 2, WIDTH, PROJECTION, 20, 0, 1, 0, HIDDEN, OUTPUTS)
    state = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    for name, value in state.items():
        if value.ndim == 2:
            value[0, 0] = 1.0  # hand the first unit on
        if name == "in_linear1.linear.weight":
            value[0] = 1 / 400
    state["in_linear1.linear.bias"][0] = -LOUD + 4
    # Unit 0 is now max(mean log energy - LOUD + 4, 0), so 4 at the threshold.
    state["out_linear2.linear.weight"][:] = 0
    state["out_linear2.linear.weight"][1, 0] = 1.0
    state["out_linear2.linear.bias"][:] = -20.0
    state["out_linear2.linear.bias"][0] = 4.0
    state["out_linear2.linear.bias"][1] = 0.0
    torch.save({f"encoder.{name}": value for name, value in state.items()}, folder / "model.pt")
    return folder
