"""Bits of H.264 and HEVC syntax elements (ITU-T H.264, 9.1: Exp-Golomb codes)."""

from __future__ import annotations


class BitReader:
    """Reads bits, the highest of each byte first; ``place`` is the number of bits read."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "big")
        self._length = 8 * len(data)
        self.place = 0

    def take(self, count: int) -> int:
        """The next bits as a number."""
        self.place += count
        return self._bits >> max(self._length - self.place, 0) & (1 << count) - 1

    def exp_golomb(self) -> int:
        """An Exp-Golomb number, ue(v)."""
        zeros = 0
        while self.place < self._length and not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


def exp_golomb(number: int) -> str:
    """Exp-Golomb code of a number, as text of zeros and ones."""
    digits = f"{number + 1:b}"
    return "0" * (len(digits) - 1) + digits


def replace_exp_golomb(body: bytes, place: int, number: int) -> bytes:
    """A parameter set with the Exp-Golomb number at bit ``place`` replaced."""
    reader = BitReader(body)
    reader.take(place)
    reader.exp_golomb()
    bits = f"{int.from_bytes(body, 'big'):0{8 * len(body)}b}"
    # The last bit that is 1 ends the data; zeros after it fill the byte.
    bits = (bits[:place] + exp_golomb(number) + bits[reader.place :]).rstrip("0")
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")
