// SHA-256 (FIPS 180-4) of four messages at once, one message per 32-bit lane.
import { MESSAGES, SCHEDULE, STATES } from './layout.as';
import { workspace } from './place.as';

/** A message of at most this many bytes fits into one block with its padding. */
export const ONE_BLOCK: usize = 55;

const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

@inline function xor(a: v128, b: v128): v128 { return v128.xor(a, b); }
@inline function add(a: v128, b: v128): v128 { return i32x4.add(a, b); }
@inline function shr(x: v128, n: i32): v128 { return i32x4.shr_u(x, n); }
@inline function rotr(x: v128, n: i32): v128 { return xor(i32x4.shr_u(x, n), i32x4.shl(x, 32 - n)); }

@inline function bigSigma0(x: v128): v128 { return xor(xor(rotr(x, 2), rotr(x, 13)), rotr(x, 22)); }
@inline function bigSigma1(x: v128): v128 { return xor(xor(rotr(x, 6), rotr(x, 11)), rotr(x, 25)); }
@inline function sigma0(x: v128): v128 { return xor(xor(rotr(x, 7), rotr(x, 18)), shr(x, 3)); }
@inline function sigma1(x: v128): v128 { return xor(xor(rotr(x, 17), rotr(x, 19)), shr(x, 10)); }

/** T1 of a round. Its choice is `g ^ (e & (f ^ g))`, one operation less than in the standard's form. */
@inline
function t1(e: v128, f: v128, g: v128, h: v128, w: v128): v128 {
  return add(add(add(h, w), xor(g, v128.and(e, xor(f, g)))), bigSigma1(e));
}

/** T2 of a round, with the majority as `b ^ ((a ^ b) & (b ^ c))`. */
@inline
function t2(a: v128, b: v128, c: v128): v128 {
  return add(bigSigma0(a), xor(b, v128.and(xor(a, b), xor(b, c))));
}

/** Words of a 4×4 matrix of 32-bit lanes, transposed. */
@inline function low(a: v128, b: v128): v128 { return v128.shuffle<i32>(a, b, 0, 4, 1, 5); }
@inline function high(a: v128, b: v128): v128 { return v128.shuffle<i32>(a, b, 2, 6, 3, 7); }
@inline function lowHalves(a: v128, b: v128): v128 { return v128.shuffle<i64>(a, b, 0, 2); }
@inline function highHalves(a: v128, b: v128): v128 { return v128.shuffle<i64>(a, b, 1, 3); }

/** Big-endian words to the machine's order and back. */
@inline
function swap(v: v128): v128 {
  return v128.shuffle<i8>(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Copies four words of each of the four blocks to the first words of the schedule. */
@inline
function spread(block: usize, stride: usize, offset: usize, schedule: usize): void {
  const a = swap(v128.load(block + offset));
  const b = swap(v128.load(block + offset + stride));
  const c = swap(v128.load(block + offset + 2 * stride));
  const d = swap(v128.load(block + offset + 3 * stride));
  const w = schedule + offset * 4;
  v128.store(w, lowHalves(low(a, b), low(c, d)));
  v128.store(w, highHalves(low(a, b), low(c, d)), 16);
  v128.store(w, lowHalves(high(a, b), high(c, d)), 32);
  v128.store(w, highHalves(high(a, b), high(c, d)), 48);
}

@inline
function extend(w: usize, previous: v128): v128 {
  const word = add(add(sigma1(previous), v128.load(w - 7 * 16)), add(sigma0(v128.load(w - 15 * 16)), v128.load(w - 16 * 16)));
  v128.store(w, word);
  return word;
}

/** Writes half a digest of each message: takes four state words, and writes 16 bytes of each of four digests. */
@inline
function gather(a: v128, b: v128, c: v128, d: v128, to0: usize, to1: usize, to2: usize, to3: usize): void {
  v128.store(to0, swap(lowHalves(low(a, b), low(c, d))));
  v128.store(to1, swap(highHalves(low(a, b), low(c, d))));
  v128.store(to2, swap(lowHalves(high(a, b), high(c, d))));
  v128.store(to3, swap(highHalves(high(a, b), high(c, d))));
}

/** Hashes the four padded messages of one block at `MESSAGES`; digest `i` goes to `to<i>`. */
export function hashMessages(to0: usize, to1: usize, to2: usize, to3: usize): void {
  startMessages();
  hashNext(workspace + MESSAGES, 64);
  giveDigests(to0, to1, to2, to3);
}

/** Begins four messages. */
export function startMessages(): void {
  const states = workspace + STATES;
  v128.store(states, i32x4.splat(0x6a09e667));
  v128.store(states, i32x4.splat(0xbb67ae85), 16);
  v128.store(states, i32x4.splat(0x3c6ef372), 32);
  v128.store(states, i32x4.splat(0xa54ff53a), 48);
  v128.store(states, i32x4.splat(0x510e527f), 64);
  v128.store(states, i32x4.splat(0x9b05688c), 80);
  v128.store(states, i32x4.splat(0x1f83d9ab), 96);
  v128.store(states, i32x4.splat(0x5be0cd19), 112);
}

/** Writes what is the digest of each message if it ends here. */
export function giveDigests(to0: usize, to1: usize, to2: usize, to3: usize): void {
  const states = workspace + STATES;
  gather(v128.load(states), v128.load(states, 16), v128.load(states, 32), v128.load(states, 48), to0, to1, to2, to3);
  gather(
    v128.load(states, 64), v128.load(states, 80), v128.load(states, 96), v128.load(states, 112),
    to0 + 16, to1 + 16, to2 + 16, to3 + 16,
  );
}

/**
 * Takes the next block of each message: the first one at `block`, each other one `stride` bytes after the one before.
 */
export function hashNext(block: usize, stride: usize): void {
  const states = workspace + STATES, schedule = workspace + SCHEDULE;
  spread(block, stride, 0, schedule);
  spread(block, stride, 16, schedule);
  spread(block, stride, 32, schedule);
  spread(block, stride, 48, schedule);
  // First the whole schedule, then the rounds: together they would need too many registers.
  let x = v128.load(schedule, 14 * 16);
  let y = v128.load(schedule, 15 * 16);
  for (let w = schedule + 16 * 16; w < schedule + 64 * 16; w += 64) {
    x = extend(w, x);
    y = extend(w + 16, y);
    x = extend(w + 32, x);
    y = extend(w + 48, y);
  }
  let a = v128.load(states), b = v128.load(states, 16), c = v128.load(states, 32), d = v128.load(states, 48);
  let e = v128.load(states, 64), f = v128.load(states, 80), g = v128.load(states, 96), h = v128.load(states, 112);
  // The names rotate instead of the values. After eight rounds they are back in place.
  for (let w = schedule, k = K; w < schedule + 64 * 16; w += 128, k += 32) {
    let t = t1(e, f, g, h, add(v128.load(w), v128.load32_splat(k)));
    d = add(d, t); h = add(t, t2(a, b, c));
    t = t1(d, e, f, g, add(v128.load(w, 16), v128.load32_splat(k, 4)));
    c = add(c, t); g = add(t, t2(h, a, b));
    t = t1(c, d, e, f, add(v128.load(w, 32), v128.load32_splat(k, 8)));
    b = add(b, t); f = add(t, t2(g, h, a));
    t = t1(b, c, d, e, add(v128.load(w, 48), v128.load32_splat(k, 12)));
    a = add(a, t); e = add(t, t2(f, g, h));
    t = t1(a, b, c, d, add(v128.load(w, 64), v128.load32_splat(k, 16)));
    h = add(h, t); d = add(t, t2(e, f, g));
    t = t1(h, a, b, c, add(v128.load(w, 80), v128.load32_splat(k, 20)));
    g = add(g, t); c = add(t, t2(d, e, f));
    t = t1(g, h, a, b, add(v128.load(w, 96), v128.load32_splat(k, 24)));
    f = add(f, t); b = add(t, t2(c, d, e));
    t = t1(f, g, h, a, add(v128.load(w, 112), v128.load32_splat(k, 28)));
    e = add(e, t); a = add(t, t2(b, c, d));
  }
  v128.store(states, add(a, v128.load(states)));
  v128.store(states, add(b, v128.load(states, 16)), 16);
  v128.store(states, add(c, v128.load(states, 32)), 32);
  v128.store(states, add(d, v128.load(states, 48)), 48);
  v128.store(states, add(e, v128.load(states, 64)), 64);
  v128.store(states, add(f, v128.load(states, 80)), 80);
  v128.store(states, add(g, v128.load(states, 96)), 96);
  v128.store(states, add(h, v128.load(states, 112)), 112);
}
