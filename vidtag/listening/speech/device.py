"""Where to compute, and in which numbers."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from vidtag.core.errors import UserError
from vidtag.core.names import NumberType

_OUT_OF_MEMORY = (
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
"""How PyTorch, CUDA's libraries and Apple's say it."""

CPU_SECONDS = 32.0
"""Audio that one CPU core works on at once: more no longer fits its cache, less leaves the matrices
too small."""

_BATCH_SECONDS = 60.0
_MOST_SECONDS = 600.0
_BYTES_PER_SECOND = 3e6
"""Of a GPU's memory, of sound that is worked on; two batches are under way at once."""


def choose_device(name: str) -> torch.device:
    """The device of that name; ``auto`` is the first of CUDA, MPS and CPU that is there.

    A CUDA device comes with its number, as its tensors have it.

    Raises:
        UserError: it does not exist here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UserError(f"there is no CUDA device {name} here", remedy="use --device cpu or auto")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UserError("there is no MPS device here", remedy="use --device cpu or auto")
    if device.type == "cuda" and device.index is None:
        return torch.device("cuda", torch.cuda.current_device())
    return device


def choose_number_type(name: NumberType, device: torch.device) -> torch.dtype:
    """What to multiply the recogniser's matrices in; ``auto`` is the fastest that keeps the text.

    That is bfloat16 on GPUs and CPUs that have matrix units for it, float16 on other GPUs, int8 on
    other x86 CPUs with AVX2 (also where these multiply bfloat16 in vectors: docs/performance.md
    has what was measured), bfloat16 on Arm's CPUs that multiply it, else float32.

    Raises:
        UserError: int8 is asked for where it is not to be had.
    """
    int8 = device.type == "cpu" and multiplies_int8()
    if name == "int8" and not int8:
        raise UserError(
            f"model.number_type: int8 is for x86 CPUs with AVX2, not for {device} here",
            remedy="set model.number_type: auto",
        )
    if name == "auto" and int8 and not torch.cpu._is_amx_tile_supported():
        return torch.int8
    return choose_float_type(name, device)


def choose_float_type(name: NumberType, device: torch.device) -> torch.dtype:
    """As ``choose_number_type``, for networks that have no way in int8."""
    if name != "auto":
        kind: torch.dtype = getattr(torch, name)
        return kind
    if device.type == "cuda":
        # PyTorch, asked whether it has bfloat16, also means in software, which is slow.
        newer = torch.version.hip or torch.cuda.get_device_capability(device)[0] >= 8
        return torch.bfloat16 if newer else torch.float16
    if device.type == "cpu" and multiplies_bfloat16():
        return torch.bfloat16
    return torch.float32


def multiplies_bfloat16() -> bool:
    """Whether the CPU has instructions that multiply bfloat16 (AVX512-BF16, AMX, or Arm's)."""
    if not has_onednn():
        return False
    if platform.machine() in ("aarch64", "arm64"):
        try:
            return " bf16 " in Path("/proc/cpuinfo").read_text(encoding="utf-8")
        except OSError:
            return False
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def multiplies_int8() -> bool:
    """Whether int8 is faster than float32 on this CPU: x86 with AVX2, and a PyTorch with oneDNN."""
    level = torch.backends.cpu.get_cpu_capability()
    return (
        platform.machine() in ("x86_64", "AMD64")
        and level.startswith("AVX")
        and has_onednn()
        and hasattr(torch.ops.onednn, "qlinear_pointwise")
    )


def lacks_matrix_tiles() -> bool:
    """Whether the CPU multiplies bfloat16 by AVX512-BF16, and has no AMX."""
    tiles = torch.cpu._is_amx_tile_supported()
    return bool(has_onednn() and torch.cpu._is_avx512_bf16_supported() and not tiles)


def has_onednn() -> bool:
    """Whether PyTorch was built with oneDNN (its CPU matrix products, once called MKL-DNN)."""
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def lays_out(number_type: torch.dtype) -> bool:
    """Whether oneDNN lays out weights of a number type beforehand on this CPU."""
    if number_type is torch.bfloat16:
        return has_onednn() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if number_type is torch.float16:
        return has_onednn() and bool(torch.ops.mkldnn._is_mkldnn_fp16_supported())
    return has_onednn()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of PyTorch's says that there is not memory enough."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    said = str(error)
    return isinstance(error, RuntimeError) and any(text in said for text in _OUT_OF_MEMORY)


def batch_seconds(device: torch.device, workers: int = 1) -> float:
    """Seconds of sound to work on at once: a batch for every core; few large steps keep a GPU busy,
    if they fit in it.
    """
    wanted = workers * CPU_SECONDS
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        wanted = free / 4 / _BYTES_PER_SECOND
    return min(max(wanted, _BATCH_SECONDS), _MOST_SECONDS)


def finish_work(device: torch.device) -> None:
    """Wait until a device has done all that was asked of it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def free_memory(device: torch.device) -> None:
    """Give back to a device what PyTorch keeps of its memory for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
