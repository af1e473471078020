// What the rules for e-mail addresses of all lengths and scripts share.

/**
 * Which of 16 bytes an address may contain. One table gives a bit for the upper half of a byte, the other gives for the
 * lower half the bits with which it is refused. It refuses white space and control characters (bit 0, and 0x7f: bit 4),
 * `"(),` (bit 1), `:;<>` (bit 2), `[\]` (bit 3), and everything that is not ASCII (bit 0).
 */
@inline
export function fit16(v: v128): v128 {
  const upper = i8x16.swizzle(
    i8x16(1, 1, 2, 4, 0, 8, 0, 16, 1, 1, 1, 1, 1, 1, 1, 1),
    v128.and(i16x8.shr_u(v, 4), i8x16.splat(0x0f)),
  );
  const lower = i8x16.swizzle(
    i8x16(3, 1, 3, 1, 1, 1, 1, 1, 3, 3, 5, 13, 15, 9, 5, 17),
    v128.and(v, i8x16.splat(0x0f)),
  );
  return i8x16.eq(v128.and(upper, lower), i8x16.splat(0));
}

@inline
function isDigit(byte: u8): bool {
  return byte - 0x30 < 10;
}

/** Whether the last label of a domain has only digits. There is a dot before it. */
@inline
export function endsWithNumber(end: usize): bool {
  return isDigit(load<u8>(end - 1)) && hasDotBeforeDigits(end - 1);
}

function hasDotBeforeDigits(end: usize): bool {
  let at = end - 1;
  while (isDigit(load<u8>(at))) at--;
  return load<u8>(at) == 0x2e;
}
