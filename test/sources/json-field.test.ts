import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantiate } from '../../src/sources/files/text-module.ts';
import { parseLines, readLines } from './support/json-lines.ts';
import { damagedText, soundText } from './support/json-texts.ts';

/** Reads the text in all ways that may differ, compares them with JSON.parse, and returns the outcome. */
function compared(text: Buffer, field: string) {
  const expected = parseLines(text, field);
  for (const cuts of [[], [1], [Math.floor(text.length / 2)], [text.length - 1]]) {
    assertSame(readLines(text, cuts, field), expected);
  }
  return expected;
}

function assertSame(outcome: ReturnType<typeof readLines>, expected: ReturnType<typeof parseLines>) {
  if (expected.fault) {
    expect(outcome.fault).toEqual(expected.fault);
    expect(outcome.records).toEqual(expected.records.slice(0, outcome.records.length));
  } else expect(outcome).toEqual(expected);
}

/** The line is after one and before one that are good. */
const around = (line: string | Buffer) =>
  Buffer.concat([Buffer.from('{"a":"1","b":2}\n'), Buffer.from(line), Buffer.from('\n{"a":"3","b":2}\n')]);

const raw = (...parts: (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.of(part))));

describe('the value of a line', () => {
  it.each<[line: string, ...values: string[]]>([
    // Objects.
    ['{}', ''],
    ['{ }', ''],
    ['{"a":"x"}', 'x'],
    ['{"b":1}', ''],
    ['{"b":"x","a":"y","c":"z"}', 'y'],
    ['{"a":"x","a":"y"}', 'y'],
    ['{"a":"x","a":null}', ''],
    ['{"b":1,"b":2,"a":"x"}', 'x'],
    ['{"":1,"a":"x"}', 'x'],
    ['{"aa":1,"A":2,"a ":3}', ''],
    ['{"__proto__":{"a":"x"}}', ''],
    ['{"\\u0061":"x"}', 'x'],
    ['{"a":"x","\\u0061":"y"}', 'y'],
    ['{"a\\u0000":"x"}', ''],
    ['{"b":{"a":"x"}}', ''],
    ['{"b":[{"a":"x"}],"a":"y"}', 'y'],
    [`{"${'k'.repeat(100)}":1,"a":"x"}`, 'x'],
    [`{${Array.from({ length: 100 }, (_, n) => `"k${n}":${n}`).join()},"a":"x"}`, 'x'],
    // White space.
    [' \t\r{ \t\r"a" \t\r: \t\r"x" \t\r, \t\r"b" \t\r: \t\r1 \t\r} \t\r', 'x'],
    [`{"a":${' '.repeat(100)}"x"}`, 'x'],
    // Strings.
    ['{"a":""}', ''],
    ['{"a":" "}', ' '],
    ['{"a":"\x7f"}', '\x7f'],
    ['{"a":"\\"\\\\\\/\\b\\f\\r\\t"}', '"\\/\b\f\r\t'],
    ['{"a":"x\\ny\\"z"}', 'x\ny"z'],
    ['{"a":"\\u0022\\u000a\\u0000\\u00E9\\u00e9"}', '"\n\0éé'],
    ['{"a":"\\uD83D\\uDE00😀"}', '😀😀'],
    ['{"a":"\\ud800"}', '\ufffd'],
    ['{"a":"\\ude00\\ud83d"}', '\ufffd\ufffd'],
    ['{"a":"é日本\u2028\u2029\ufeff\uffff"}', 'é日本\u2028\u2029\ufeff\uffff'],
    ['{"a":"{\'a\':[1,2]}, //"}', "{'a':[1,2]}, //"],
    ['{"b":"\\"","a":"x"}', 'x'],
    ['{"b":"\\\\","a":"x"}', 'x'],
    ['{"b":"\\\\\\"","a":"x"}', 'x'],
    ['{"b":"\\u12aF\\n","a":"x"}', 'x'],
    ...[15, 16, 17, 31, 32, 33, 511, 512, 513, 5000].map((length): [string, string] => [
      `{"a":"${'x'.repeat(length)}"}`,
      'x'.repeat(length),
    ]),
    // Numbers.
    ['{"a":0}', '0'],
    ['{"a":-0}', '0'],
    ['{"a":819012345678}', '819012345678'],
    ['{"a":-12}', '-12'],
    ['{"a":1.0}', '1'],
    ['{"a":0.10}', '0.1'],
    ['{"a":1e3}', '1000'],
    ['{"a":1E+3}', '1000'],
    ['{"a":1e-7}', '1e-7'],
    ['{"a":0e0}', '0'],
    ['{"a":999999999999999}', '999999999999999'],
    ['{"a":9007199254740993}', '9007199254740992'],
    ['{"a":123456789012345678901234567890}', '1.2345678901234568e+29'],
    ['{"a":1e999}', 'Infinity'],
    ['{"b":-0.5e-10,"a":"x"}', 'x'],
    // Literals.
    ['{"a":true}', 'true'],
    ['{"a":false}', 'false'],
    ['{"a":null}', ''],
    ['{"b":true,"c":false,"d":null,"a":"x"}', 'x'],
    // Lists.
    ['{"a":[]}', ''],
    ['{"a":[ ]}', ''],
    ['{"a":["x","y",1.0,null,true]}', 'x', 'y', '1', '', 'true'],
    ['{"a":["x\\ny"]}', 'x\ny'],
    // Nesting.
    ['{"b":[[],{},[{}],{"c":[]}],"a":"x"}', 'x'],
    ['{"b": [ 1 , [ ] , { } , { "c" : [ "\\"]" , -1e5 ] , "d" : null } ] , "a": "x"}', 'x'],
    ...[62, 63, 64, 65, 20_000].flatMap((depth): [string, string][] => [
      [`{"b":${'['.repeat(depth)}${']'.repeat(depth)},"a":"x"}`, 'x'],
      [`{"b":${'{"c":'.repeat(depth)}1${'}'.repeat(depth)},"a":"x"}`, 'x'],
    ]),
  ])('is that of JSON.parse: %.60s', (line, ...values) => {
    const { records, fault } = compared(around(line), 'a');
    expect(fault).toBeUndefined();
    expect(records.slice(1, -1)).toEqual(values.map((value, n) => (n === 0 ? '+' : '.') + value));
  });

  it('is of a field with any name', () => {
    const line = Buffer.from('{"":1,"é":2,"__proto__":3,"toString":4,"\\ud800":5,"\ufffd":6}');
    const names = ['', 'é', '__proto__', 'toString', '\ud800', '\ufffd', 'valueOf', 'k'.repeat(5000)];
    expect(names.map((name) => compared(line, name).records)).toEqual(
      ['+1', '+2', '+3', '+4', '+5', '+6', '+', '+'].map((record) => [record]),
    );
  });
});

describe('a line is refused as by JSON.parse:', () => {
  it.each<[fault: string, ...lines: (string | Buffer)[]]>([
    [
      'not_json',
      // Not an object.
      ...['[]', '"a"', '1', 'null', 'true', 'a', '"{}"', '\0', '\u3000{}', '\ufeff{}', '{}{}', '{},', '{}}'],
      // Not a whole one.
      ...['{', '}', '{"', '{"a', '{"a"', '{"a":', '{"a":"', '{"a":"x', '{"a":"x"', '{"a":"x",', '{"a":"x","'],
      ...['{"a":t', '{"a":tru', '{"a":fals', '{"a":nul', '{"a":1', '{"a":-', '{"a":[', '{"a":[1', '{"a":[1,'],
      // Commas and colons.
      ...['{,}', '{"a":1,}', '{,"a":1}', '{"a":1,,"b":2}', '{"a":1 "b":2}', '{"a" 1}', '{"a"::1}', '{"a",1}'],
      ...['{"b":[,]}', '{"b":[1,]}', '{"b":[,1]}', '{"b":[1,,2]}', '{"b":[1 2]}', '{"b":[1:2]}', '{"a":}'],
      // Keys.
      ...['{a:1}', "{'a':1}", '{1:1}', '{null:1}', '{"a"}', '{[]:1}', '{"b":{c:1}}', '{"b":{"c"}}', '{"b":{"c",1}}'],
      // Brackets.
      ...['{"b":[}', '{"b":{]}', '{"b":[1}', '{"b":{"c":1]}', '{"b":[[1]}', '{"b":[1]]}', '{"b":{}}}'],
      ...['{"b":[1]1}', '{"b":{}{}}', '{"b":[}]}', `{"b":${'['.repeat(63)}${']'.repeat(62)}}}`],
      // Missing brackets, about as deep as the module reads, and deeper.
      ...[62, 63, 64, 65, 128].flatMap((depth) => [
        `{"b":${'['.repeat(depth)}${']'.repeat(depth - 1)}}`,
        `{"b":${'{"c":'.repeat(depth)}1${'}'.repeat(depth)}`,
      ]),
      // Strings.
      ...['{"a":"\t"}', '{"a":"\r"}', '{"a":"\0"}', '{"a":"\x1f"}', '{"b":"\x01"}', '{"b\x01":1}', '{"a":\'x\'}'],
      ...['{"a":"\\x"}', '{"b":"\\x"}', '{"b":"\\"}', '{"b":"\\u"}', '{"b":"\\u12"}', '{"b":"\\u123"}'],
      ...[
        '{"b":"\\u123g"}',
        '{"b":"\\u 123"}',
        '{"b":"\\U0041"}',
        '{"b":"\\u+123"}',
        '{"b":"\\u:000"}',
        '{"b":"\\\'"}',
      ],
      ...['{"b":"\\u@000"}', '{"b":"\\u`000"}', '{"b":"\\u/000"}', '{"b\\q":1}', '{"b":"x""y"}', '{"b":"\\0"}'],
      // Numbers.
      ...['{"a":01}', '{"a":-01}', '{"a":00}', '{"a":+1}', '{"a":.5}', '{"a":1.}', '{"a":1.e1}', '{"a":1e}'],
      ...['{"a":1e+}', '{"a":-}', '{"a":- 1}', '{"a":0x1}', '{"a":1_000}', '{"a":1e1.5}', '{"a":1.2.3}'],
      ...['{"b":01}', '{"b":-01}', '{"b":+1}', '{"b":.5}', '{"b":1.}', '{"b":1.e1}', '{"b":1e}', '{"b":1e-}'],
      ...['{"b":-}', '{"b":0x1}', '{"b":NaN}', '{"b":Infinity}', '{"b":-Infinity}', '{"b":1a}', '{"b":１}'],
      // Literals and other text.
      ...['{"a":True}', '{"a":nul}', '{"a":nulll}', '{"a":truefalse}', '{"b":TRUE}', '{"b":falsE}', '{"b":fals3}'],
      ...['{"b":undefined}', '{"b":x}', '{"a":1}x', '{"a":1}//x', '{/**/"a":1}', '{"a":1}\0', '{"a":1};'],
      // White space that JSON does not know.
      ...['\v{}', '{\f}', '{"a":\u00a01}', '{"a"\u2003:1}', '{}\u2028', '{"a":1\0}'],
    ],
    ['not_scalar', '{"a":{}}', '{"a":{"b":1}}', '{"a":[[]]}', '{"a":["x",{}]}', '{"a":1,"a":{}}', '{"\\u0061":{}}'],
    [
      'encoding',
      ...[raw('{"a":"', 0xff, '"}'), raw('{"a":"', 0x80, '"}'), raw('{"a":"', 0xc3, '"}'), raw('{"a":1}', 0xfe)],
      ...[
        raw('{"b":"', 0xed, 0xa0, 0x80, '"}'),
        raw('{"', 0xc0, 0x80, '":1}'),
        raw('{"b":"', 0xf5, 0x80, 0x80, 0x80, '"}'),
      ],
      ...[raw('{"b":"', 0xe6, 0x97, '"}'), raw(0xff), raw('{', 0xa0, '}')],
    ],
  ])('%s', (fault, ...lines) => {
    for (const line of lines) {
      const text = around(line);
      expect(compared(text, 'a').fault, String(line)).toEqual({ fault, row: 2 });
    }
  });

  it('the first of several faults is named', () => {
    const faults = ['{"a":{}}', '{"a":1', raw('{"a":"', 0xff, '"}')];
    for (const first of faults) {
      for (const second of faults) {
        const text = Buffer.concat([around(first), Buffer.from('\n\r\n'), around(second)]);
        expect(compared(text, 'a').fault).toEqual({ ...compared(around(first), 'a').fault });
      }
    }
  });
});

describe('generated lines', () => {
  const field = fc.constantFrom('a', 'a', 'a', 'é', '', '__proto__', 'constructor');
  const cuts = fc.array(fc.nat(), { maxLength: 6 });

  it.each([
    ['sound', soundText, 250],
    ['damaged', damagedText, 500],
  ])('that are %s are read as by JSON.parse, wherever the blocks are split', (_name, text, numRuns) => {
    fc.assert(
      fc.property(text, cuts, field, (bytes, places, name) =>
        assertSame(readLines(bytes, places, name), parseLines(bytes, name)),
      ),
      { numRuns },
    );
  });
});

describe('many blocks', () => {
  const blocksOf = (length: number, size: number) =>
    Array.from({ length: Math.floor(length / size) }, (_, n) => (n + 1) * size);

  it('may have values longer than a block, and values longer than their lines', () => {
    const lines = Array.from({ length: 10_000 }, (_, n) =>
      JSON.stringify({ id: n, a: `user${n}@example.com`, tags: ['x', { n }], b: n % 3 === 0 ? '"\n' : null }),
    );
    const listed = `{"a":[${Array.from({ length: 100_000 }, () => '1e20').join()}]}`;
    lines.splice(100, 0, listed, '{"a":"1"}', `{"a":"${'é'.repeat(2_000_000)}"}`, listed, '{"a":"x\\ny"}');
    const text = Buffer.from(lines.join('\n'));
    assertSame(readLines(text, blocksOf(text.length, 1 << 20), 'a'), parseLines(text, 'a'));
    assertSame(readLines(text, [], 'b'), parseLines(text, 'b'));
  });

  it('may not have a line that is longer than any member', () => {
    const text = Buffer.alloc((64 << 20) + 20, 'x');
    text.write('{"a":1}\n{"a":"');
    expect(readLines(text, blocksOf(text.length, 1 << 22), 'a').fault).toEqual({ fault: 'too_long', row: 2 });
  });
});

/** How many of the lines the module settles by itself, up to the first one that it does not. */
function settledOf(lines: readonly string[], name: string): number {
  const { memory, extract, free, settled } = instantiate<{
    memory: WebAssembly.Memory;
    extract(input: number, end: number, output: number, name: number, nameSize: number): number;
    free: WebAssembly.Global;
    settled: WebAssembly.Global;
  }>('json-field');
  const bytes = Buffer.from(memory.buffer);
  const input = free.value + bytes.write(name, free.value);
  const end = input + bytes.write(lines.map((line) => `${line}\n`).join(''), input);
  extract(input, end, end + 16, free.value, name.length);
  return settled.value;
}

it('ordinary lines are not parsed a second time', () => {
  const lines = [
    '{"id":"0","email":"a@example.com","name":"x","since":"2026-01-01"}',
    '{"id": 17, "email": "b@example.com", "name": "\\u65e5\\"", "score": -1.5e3}\r',
    '{"email":819012345678,"tags":["x",{"y":[]}],"vip":true,"name":null}',
    ' {"name":"日本"} ',
    '{"email":null}',
    '{"email":true}',
    '{}',
  ];
  expect(settledOf(lines, 'email')).toBe(lines.length);
});
