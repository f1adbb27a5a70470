// The peaks of the part of the sound that is in view, asked for in pieces and kept for a while.
import { ask } from "./api.js";

const PIECE = 1024;

export class Waveform {
  /** @param {() => void} arrived */
  constructor(arrived) {
    this.arrived = arrived;
    /** @type {Map<string, Uint8Array|null>} */
    this.pieces = new Map();
    this.missing = false;
  }
  /**
   * The height of the sound, 0 to 1, for each pixel; null where it is not here yet.
   * @param {number} start @param {number} scale seconds for each pixel @param {number} width
   */
  heights(start, scale, width) {
    // Pieces of one zoom are aligned, so that scrolling asks for each of them once.
    const level = Math.max(0, Math.floor(Math.log2(scale / 0.01)));
    const each = 0.01 * 2 ** level, length = each * PIECE;
    const found = new Float32Array(width).fill(-1);
    for (let n = Math.floor(start / length); n * length < start + width * scale; n++) {
      const piece = n < 0 ? null : this.piece(level, n, length);
      if (!piece) continue;
      for (let x = Math.max(0, Math.floor((n * length - start) / scale)); x < width; x++) {
        const from = Math.floor((start + x * scale - n * length) / each);
        if (from < 0) continue;
        if (from >= PIECE) break;
        const to = Math.min(PIECE, Math.max(from + 1, Math.ceil((start + (x + 1) * scale - n * length) / each)));
        let high = 0;
        for (let k = from; k < to; k++) high = Math.max(high, piece[k] || 0);
        found[x] = high / 255;
      }
    }
    return found;
  }
  piece(level, n, length) {
    const name = `${level}/${n}`;
    if (this.pieces.has(name)) return this.pieces.get(name);
    if (this.missing) return null;
    this.pieces.set(name, null);
    if (this.pieces.size > 400) this.pieces.delete(this.pieces.keys().next().value);
    ask(`peaks?start=${n * length}&end=${(n + 1) * length}&count=${PIECE}`).then((answer) => {
      if (!answer) throw new Error("it is being made");
      this.pieces.set(name, new Uint8Array(answer));
      this.arrived();
    }).catch(() => {
      // Asked for again after a while.
      this.pieces.delete(name);
      this.missing = true;
      setTimeout(() => { this.missing = false; this.arrived(); }, 4000);
    });
    return null;
  }
}
