/** Texts of JSON in every form that the grammar allows, and texts that are no longer JSON. */
import fc from 'fast-check';

const space = fc.constantFrom('', '', '', ' ', '\t', '\r', '  ', ' \t\r '.repeat(6));

const piece = fc.constantFrom(
  ...['a', 'b', '@example.com', '{', '}', '[', ']', ':', ',', "'", '+81 90', '\x7f', '\u2028', '\ufeff'],
  ...['é', '日本', '😀', 'x'.repeat(16), 'y'.repeat(600)],
  ...['\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u0041', '\\u00e9', '\\u000A', '\\u0000'],
  ...['\\uD83D\\uDE00', '\\ud800', '\\uDc00'],
);
const string = fc.oneof(
  fc.constantFrom('""', '"a@example.com"', '"b"'),
  fc.array(piece, { maxLength: 6 }).map((pieces) => `"${pieces.join('')}"`),
);

const number = fc.oneof(
  fc.constantFrom('0', '-0', '7', '-7', '1.0', '1e3', '1E+2', '1e-2', '0.5', '0e0', '1e21', '1e999', '-1e999'),
  fc.constantFrom('123456789012345', '999999999999999', '1234567890123456', '12345678901234567890123'),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);

const key = fc.oneof(
  { arbitrary: fc.constantFrom('"a"', '"a"', '"b"', '"ab"', '"é"', '""', '"__proto__"'), weight: 4 },
  { arbitrary: fc.constantFrom('"\\u0061"', '"constructor"', `"${'k'.repeat(40)}"`), weight: 1 },
  { arbitrary: string, weight: 1 },
);

/**
 * The JSON.parse of Node.js 24 may keep the first value of a key that comes twice, the second time with an escape:
 * `{"a":1,"\u0061":2,"b":3}`. It gives one answer at its first call and another one later, so it cannot judge such
 * objects.
 */
const isJudged = (name: string, before: readonly string[]): boolean =>
  !name.includes('\\') || before.every((other) => JSON.parse(other) !== JSON.parse(name));

const tree = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { arbitrary: string, weight: 5 },
    { arbitrary: number, weight: 3 },
    { arbitrary: fc.constantFrom('true', 'false', 'null'), weight: 2 },
    { arbitrary: tie('list'), weight: 1 },
    { arbitrary: tie('object'), weight: 1 },
  ),
  list: fc
    .tuple(space, fc.array(fc.tuple(space, tie('value'), space), { maxLength: 4 }))
    .map(([inside, items]) => `[${inside}${items.map((parts) => parts.join('')).join(',')}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(space, key, space, tie('value'), space), { maxLength: 5 }))
    .map(([inside, members]) => {
      const names = members.map(([, name]) => name);
      const judged = members.filter(([, name], index) => isJudged(name, names.slice(0, index)));
      const written = judged.map(
        ([before, name, around, value, after]) => `${before}${name}${around}:${around}${value}${after}`,
      );
      return `{${inside}${written.join(',')}}`;
    }),
}));

const object = fc.tuple(space, tree.object, space).map((parts) => parts.join(''));

/** Bytes that mean something in JSON, or that are not UTF-8. */
const byte = fc.constantFrom(...Buffer.from('{}[]":,\\/ \t\r\n01.eE+-tfnua\0\x1f\x7f'), 0x80, 0xc3, 0xed, 0xff);

const damage = fc.record({ at: fc.nat(), removed: fc.nat(2), added: fc.array(byte, { maxLength: 2 }) });

/** Lines of objects, some of them blank. */
export const soundText = fc
  .array(
    fc.oneof({ arbitrary: object, weight: 9 }, { arbitrary: fc.constantFrom('', ' ', '\r', '\u3000'), weight: 1 }),
    {
      maxLength: 8,
    },
  )
  .chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => Buffer.from(lines.join(end))));

/** The same with some bytes replaced, added or removed. */
export const damagedText = fc
  .tuple(soundText, fc.array(damage, { minLength: 1, maxLength: 2 }))
  .map(([text, damages]) =>
    damages.reduce((bytes, { at, removed, added }) => {
      const place = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, place), Buffer.from(added), bytes.subarray(place + removed)]);
    }, text),
  );
