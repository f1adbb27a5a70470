"""A stand-in for a CUDA device, where there is none: tensors that say they are on it, and do what
they are asked on the CPU, by the rules of a GPU.

What it holds against the code that runs on it:

* tensors of two devices do not meet in one operation (numbers of one element may);
* asking for a number (``.item()``, ``nonzero``, a mask as an index) or copying without
  ``non_blocking`` makes the host wait: each is noted in ``waits``, with the line that asked;
* a copy with ``non_blocking`` from memory that is not pinned is noted in ``pageable``;
* what is copied back so is garbage until an event or stream behind it was waited for;
* what one stream wrote is not touched on another that did not wait for it;
* memory that is copied from is not written to before the copy is known to be done;
* memory has a size: where live tensors would be larger together, it runs out.

It shows nothing of speed.
"""

from __future__ import annotations

import contextlib
import threading
import traceback
import weakref
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import torch
from torch.utils import _pytree as tree
from torch.utils._python_dispatch import TorchDispatchMode

from vidtag.listening.speech import transfer

_ASKING = ("_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal", "unique")
_UNCHECKED = ("_has_compatible_shallow_copy_type",)


class RaceError(AssertionError):
    """What a stream, or the host, touches may not be there yet."""


class OnGpu(torch.Tensor):
    """A tensor on the stand-in; ``cpu_twin`` holds its numbers."""

    cpu_twin: torch.Tensor
    gpu: torch.device

    @staticmethod
    def __new__(cls, twin: torch.Tensor, where: torch.device) -> OnGpu:
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            twin.shape,
            strides=twin.stride(),
            storage_offset=twin.storage_offset(),
            dtype=twin.dtype,
            device=torch.device("meta"),
            requires_grad=False,
        )
        made.cpu_twin, made.gpu = twin, where
        return made

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return self.gpu

    def record_stream(self, stream: Any) -> None:
        pass

    def numpy(self, *, force: bool = False) -> Any:
        raise TypeError(f"can't convert {self.gpu} device type tensor to numpy")

    def tolist(self) -> Any:
        return self.cpu().tolist()

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"OnGpu({tuple(self.shape)}, {self.dtype}, {self.gpu})"

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return _GPU[-1].do(func, args, kwargs or {})


_GPU: list[StandInGpu] = []


@dataclass(eq=False)
class Stream:
    """A queue of the device: what it did, and what it knows to be done elsewhere."""

    device: torch.device
    done: int = 0
    knows: dict[Stream, int] = field(default_factory=dict)

    def wait_stream(self, other: Stream) -> None:
        self.learn(other, other.done)

    def wait_event(self, event: Event) -> None:
        assert event.stream is not None, "the event was not recorded"
        self.learn(event.stream, event.at)

    def synchronize(self) -> None:
        _GPU[-1].host_waits_for(self, self.done)

    def learn(self, other: Stream, at: int) -> None:
        for stream, seen in {**other.knows, other: at}.items():
            self.knows[stream] = max(self.knows.get(stream, 0), seen)


class Event:
    """A mark in a stream."""

    def __init__(self, **_: object) -> None:
        self.stream: Stream | None = None
        self.at = 0

    def record(self, stream: Stream | None = None) -> None:
        self.stream = stream or _GPU[-1].current_stream()
        self.at = self.stream.done

    def synchronize(self) -> None:
        assert self.stream is not None, "the event was not recorded"
        _GPU[-1].host_waits_for(self.stream, self.at)


@dataclass
class _Copy:
    """A copy under way: of what, as it was, to where."""

    stream: Stream
    at: int
    source: torch.Tensor
    numbers: torch.Tensor
    target: torch.Tensor | None


class StandInGpu(TorchDispatchMode):
    """The device, while the mode is on; ``stand_in_gpu`` turns it on in all threads."""

    def __init__(self, memory: float, capability: tuple[int, int], count: int) -> None:
        super().__init__()
        self.memory, self.capability, self.count = memory, capability, count
        self.waits: Counter[str] = Counter()
        self.pageable: Counter[str] = Counter()
        self.products: Counter[torch.dtype] = Counter()
        self.operations = 0
        self.live = self.peak = 0
        self.queued: list[str] = []
        self._users: Counter[int] = Counter()
        self._pinned: set[int] = set()
        self._written: dict[int, tuple[Stream, int]] = {}
        self._copies: list[_Copy] = []
        self._defaults = {n: Stream(torch.device("cuda", n)) for n in range(count)}
        self._here = threading.local()
        self._lock = threading.RLock()

    # What stands for torch.cuda's functions.

    def current_stream(self, device: Any = None) -> Stream:
        chosen: list[Stream] = getattr(self._here, "chosen", [])
        number = None if device is None else torch.device(device).index
        if chosen and number in (None, chosen[-1].device.index):
            return chosen[-1]
        return self._defaults[number or 0]

    @contextlib.contextmanager
    def on(self, stream: Stream) -> Iterator[None]:
        self._here.chosen = [*getattr(self._here, "chosen", []), stream]
        try:
            yield
        finally:
            self._here.chosen.pop()

    def new_stream(self, device: Any = None) -> Stream:
        return Stream(self.placed(device or "cuda"))

    def synchronize(self, device: Any = None) -> None:
        for copy in list(self._copies):
            if copy.stream.device.index == (self.placed(device or "cuda").index):
                self.host_waits_for(copy.stream, copy.stream.done)

    def placed(self, device: Any) -> torch.device:
        where = torch.device(device)
        number = where.index or 0
        assert number < self.count, f"there is no {device}"
        return torch.device("cuda", number)

    def host_waits_for(self, stream: Stream, at: int) -> None:
        """The host knows that a stream came so far: copies are done."""
        reached = {**stream.knows, stream: at}
        with self._lock:
            for copy in [c for c in self._copies if reached.get(c.stream, -1) >= c.at]:
                self._copies.remove(copy)
                if copy.target is not None:
                    copy.target.copy_(copy.numbers)
                elif not torch.equal(copy.source, copy.numbers):
                    raise RaceError("memory was written to while it was copied to the device")

    # Operations.

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return self.do(func, args, kwargs or {})

    def do(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """One operation, of tensors on the device or not."""
        name = func._schema.name.removeprefix("aten::")
        leaves = tree.tree_leaves((args, kwargs))
        ours = [leaf for leaf in leaves if isinstance(leaf, OnGpu)]
        asked = [torch.device(leaf) for leaf in leaves if isinstance(leaf, torch.device)]
        if isinstance(kwargs.get("device"), str):
            asked.append(torch.device(kwargs["device"]))
        if name in _UNCHECKED and ours:
            return False
        pinned = kwargs.pop("pin_memory", False)
        with self._lock, torch._C._DisableTorchDispatch():
            if not ours and not any(one.type == "cuda" for one in asked):
                made = func(*args, **kwargs)
                if pinned:
                    self._pin(made)
                return made
            return self._on_device(func, name, args, kwargs, ours, asked, leaves)

    def _on_device(
        self,
        func: Any,
        name: str,
        args: Any,
        kwargs: dict[str, Any],
        ours: list[OnGpu],
        asked: list[torch.device],
        leaves: list[Any],
    ) -> Any:
        target = self.placed(asked[0]) if asked and asked[0].type == "cuda" else None
        leaves_device = bool(asked) and target is None
        where = target or ours[0].gpu
        stream = self.current_stream(where)
        stream.done += 1
        self.operations += 1
        self.queued.append(f"{name} {stream.device}")
        elsewhere = [
            leaf
            for leaf in leaves
            if isinstance(leaf, torch.Tensor) and not isinstance(leaf, OnGpu)
        ]
        copies = name in ("copy_", "_to_copy", "to")
        if not copies and any(one.dim() > 0 for one in elsewhere):
            raise RuntimeError(f"{name}: tensors of two devices, {where} and cpu")
        if not copies and len({one.gpu for one in ours}) > 1:
            raise RuntimeError(f"{name}: tensors of two GPUs")
        for one in ours:
            self._must_be_there(one.cpu_twin, stream, name)
        if name in _ASKING or (name.startswith("index") and self._has_mask(args)):
            self.waits[f"{name} at {_line()}"] += 1
        if name in ("linear", "mm", "bmm", "addmm", "matmul"):
            self.products[ours[0].dtype] += 1
        if copies and (leaves_device or elsewhere):
            return self._copied(func, args, kwargs, where, stream, leaves_device)
        plain, named = tree.tree_map(_twin, (args, kwargs))
        result = func(*plain, **named)
        if any(one.alias_info and one.alias_info.is_write for one in func._schema.returns):
            self._wrote(ours[0].cpu_twin, stream)
            return args[0]
        return tree.tree_map_only(torch.Tensor, lambda one: self._owned(one, where, stream), result)

    def _copied(
        self,
        func: Any,
        args: Any,
        kwargs: dict[str, Any],
        where: torch.device,
        stream: Stream,
        to_host: bool,
    ) -> Any:
        """Between host and device, by ``to`` or into what is there already."""
        waits = not (kwargs.get("non_blocking") or any(one is True for one in args[1:3]))
        into = args[0] if func._schema.name == "aten::copy_" else None
        source = _twin(args[0] if into is None else args[1])
        to_host = to_host or (into is not None and not isinstance(into, OnGpu))
        if into is None:
            plain, named = tree.tree_map(_twin, (args, kwargs))
            made = func(*plain, **named)
            made = made.clone() if made is source else made
        else:
            made = _twin(into)
            made.copy_(source)
        if waits:
            self.waits[f"copy {'to the host' if to_host else 'to the device'} at {_line()}"] += 1
            self.host_waits_for(stream, stream.done)
        else:
            if not self._is_pinned(made if to_host else source):
                self.pageable[_line()] += 1
            copy = _Copy(stream, stream.done, source, source.clone(), made if to_host else None)
            self._copies.append(copy)
            if to_host:
                made.fill_(-99 if made.dtype.is_floating_point else -9)
        if to_host:
            return into if into is not None else made
        if into is not None:
            self._wrote(made, stream)
            return into
        return self._owned(made, where, stream)

    def _owned(self, twin: torch.Tensor, where: torch.device, stream: Stream) -> OnGpu:
        """A result on the device, whose memory counts once, however many views it has."""
        storage = twin.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key not in self._users:
            if self.live + size > self.memory:
                raise torch.OutOfMemoryError("CUDA out of memory (of the stand-in)")
            self.live += size
            self.peak = max(self.peak, self.live)
            self._written[key] = (stream, stream.done)
        self._users[key] += 1
        made = OnGpu(twin, where)
        weakref.finalize(made, self._let_go, key, size)
        return made

    def _let_go(self, key: int, size: int) -> None:
        with self._lock:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._written[key]
                self.live -= size

    def _wrote(self, twin: torch.Tensor, stream: Stream) -> None:
        self._written[twin.untyped_storage()._cdata] = (stream, stream.done)

    def _must_be_there(self, twin: torch.Tensor, stream: Stream, name: str) -> None:
        by, at = self._written.get(twin.untyped_storage()._cdata, (stream, 0))
        if by is not stream and stream.knows.get(by, 0) < at:
            raise RaceError(f"{name} on a stream that did not wait for the one that wrote")

    def _pin(self, made: torch.Tensor) -> None:
        key = made.untyped_storage()._cdata
        self._pinned.add(key)
        weakref.finalize(made, self._pinned.discard, key)

    def _is_pinned(self, tensor: torch.Tensor) -> bool:
        return tensor.untyped_storage()._cdata in self._pinned

    def _has_mask(self, args: Any) -> bool:
        return any(
            isinstance(one, torch.Tensor) and one.dtype in (torch.bool, torch.uint8)
            for one in tree.tree_leaves(args[1:])
        )


def _twin(one: Any) -> Any:
    if isinstance(one, OnGpu):
        return one.cpu_twin
    if isinstance(one, torch.device) or one == "cuda":
        return torch.device("cpu")
    return one


def _line() -> str:
    """The line of vidtag's that asked."""
    for frame in reversed(traceback.extract_stack()):
        if "/vidtag/" in frame.filename.replace("\\", "/"):
            return f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return "elsewhere"


@contextlib.contextmanager
def stand_in_gpu(
    *, memory: float = 8e9, capability: tuple[int, int] = (9, 0), count: int = 1
) -> Iterator[StandInGpu]:
    """This machine has a CUDA device, as far as PyTorch says; the threads that start know it."""
    gpu = StandInGpu(memory, capability, count)
    lifts = torch._C._only_lift_cpu_tensors()
    run = threading.Thread.run

    def run_with_it(thread: threading.Thread) -> None:
        with gpu:
            run(thread)

    instead = {
        "_lazy_init": lambda: None,
        "is_available": lambda: True,
        "device_count": lambda: count,
        "current_device": lambda: 0,
        "get_device_name": lambda *_: "stand-in",
        "get_device_capability": lambda *_: capability,
        "is_bf16_supported": lambda *_, **__: True,  # as PyTorch does, also in software
        "mem_get_info": lambda *_: (int(memory - gpu.live), int(memory)),
        "max_memory_allocated": lambda *_: gpu.peak,
        "reset_peak_memory_stats": lambda *_: setattr(gpu, "peak", gpu.live),
        "empty_cache": lambda: None,
        "synchronize": gpu.synchronize,
        "current_stream": gpu.current_stream,
        "stream": gpu.on,
        "Stream": gpu.new_stream,
        "Event": Event,
    }
    with contextlib.ExitStack() as undoing:
        # Tensors of inference mode have no version, which views of a stand-in tensor need.
        undoing.enter_context(mock.patch.object(torch, "inference_mode", torch.no_grad))
        for name, value in instead.items():
            undoing.enter_context(mock.patch.object(torch.cuda, name, value))
        # PyTorch would look for the way that suits the device that the stand-in is to PyTorch.
        attention = torch.ops.aten.scaled_dot_product_attention.default
        fused = mock.patch.object(
            torch.nn.functional,
            "scaled_dot_product_attention",
            lambda *args, **options: gpu.do(attention, args, options),
        )
        undoing.enter_context(fused)
        undoing.enter_context(mock.patch.object(threading.Thread, "run", run_with_it))
        torch._C._set_only_lift_cpu_tensors(True)
        undoing.callback(torch._C._set_only_lift_cpu_tensors, lifts)
        _GPU.append(gpu)
        undoing.callback(_GPU.pop)
        undoing.callback(transfer._copying.cache_clear)
        transfer._copying.cache_clear()
        with gpu:
            yield gpu
