import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageFilter } from '../../../src/sources/postgres/message-filter.ts';
import { errorMessage, message } from '../support/postgres-messages.ts';

/** Kinds whose content may be of any length up to some hundred bytes. */
const messages = fc.array(
  fc.record({
    kind: fc.constantFrom('d', 'd', 'd', 'N', 'S', 'A', 'H', 'C', 'D', 'T', 'R'),
    content: fc.uint8Array({ maxLength: 40 }),
  }),
  { maxLength: 60 },
);

/** All that comes out for a stream that arrives in pieces of these sizes. */
function push(
  frames: MessageFilter,
  stream: Buffer,
  sizes: Iterator<number>,
): { rows: Buffer; others: Buffer } {
  const rows: Buffer[] = [];
  const others: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const size = sizes.next().value as number;
    const given = frames.push(Buffer.from(stream.subarray(at, at + size)));
    // Copied at once: what was given before may not be touched by what comes later.
    rows.push(Buffer.from(given.rows));
    others.push(...given.others);
    at += size;
  }
  return { rows: Buffer.concat(rows), others: Buffer.concat(others) };
}

const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 90 }));

function* always(size: number): Generator<number> {
  for (;;) yield size;
}

const passThrough = (stream: Buffer, frames = new MessageFilter()) => push(frames, stream, always(1 << 16));

describe('the messages of a server', () => {
  it('are parted into rows and others, however the bytes fall', () => {
    fc.assert(
      fc.property(messages, sizes, (sent, pieces) => {
        const frames = new MessageFilter();
        frames.copying = true;
        const stream = Buffer.concat(sent.map(({ kind, content }) => message(kind, content)));
        const given = push(frames, stream, pieces);
        const isRow = ({ kind }: { kind: string }) => kind === 'd';
        const passes = ({ kind }: { kind: string }) => !'dNSA'.includes(kind);
        expect(given.rows).toEqual(Buffer.concat(sent.filter(isRow).map(({ content }) => content)));
        expect(given.others).toEqual(
          Buffer.concat(sent.filter(passes).map(({ kind, content }) => message(kind, content))),
        );
        expect(frames.rows).toBe(sent.filter(isRow).length);
      }),
    );
  });

  it('tell of an error its code and position alone, however the bytes fall', () => {
    const sent = errorMessage({
      S: 'ERROR',
      C: '22P02',
      M: 'invalid: "a@example.com"',
      D: 'a@example.com',
      P: '17',
    });
    const expected = errorMessage({ S: 'ERROR', C: '22P02', M: '', P: '17' });
    fc.assert(
      fc.property(sizes, (pieces) => {
        const stream = Buffer.concat([sent, message('Z', Buffer.from('I'))]);
        const { others } = push(new MessageFilter(), stream, pieces);
        expect(others).toEqual(Buffer.concat([expected, message('Z', Buffer.from('I'))]));
      }),
    );
  });

  it('tell of an error of any length its code', () => {
    const sent = errorMessage({ S: 'ERROR', C: '22P02', M: 'x'.repeat(40 << 20) });
    expect(passThrough(sent).others).toEqual(errorMessage({ S: 'ERROR', C: '22P02', M: '' }));
  });

  it.each([
    ['without an end', Buffer.from('SERROR\0C22P02\0Mcut')],
    ['with an end that is no end', Buffer.from('C22P02\0')],
    ['of one letter', Buffer.from('C')],
    ['of nothing', Buffer.alloc(0)],
    ['with a code that is none', Buffer.from('Ca@example.com\0Pa@example.com\0\0')],
  ])('make a whole error of one %s', (_, content) => {
    const { others } = passThrough(message('E', content));
    expect(others.toString()).toMatch(/^E[\s\S]{4}SERROR\0C(22P02|XX000)\0M\0\0$/);
    expect(others.readUInt32BE(1)).toBe(others.length - 1);
  });

  it.each([
    ['of a kind that no server sends', message('J', Buffer.from('8.0.36'))],
    ['that ask for a COPY to the server', message('G', Buffer.from([0, 0, 0]))],
    ['of rows of a COPY that nobody asked for', message('d', Buffer.from('a'))],
    ['of a row that is longer than a server makes one', Buffer.from('d\x7f\xff\xff\xff', 'latin1')],
    ['that are shorter than their own length', Buffer.from('Z\0\0\0\x03')],
  ])('%s are refused', (name, sent) => {
    const frames = new MessageFilter();
    frames.copying = name.startsWith('of a row');
    expect(() => passThrough(sent, frames)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  it.each(['R', 'K', 'Z', '1', '2', 'C', 'H', 't', 'T', 'D', 'N', 'S', 'A'])(
    'of the kind %s have a longest length, known from the header alone',
    (kind) => {
      const header = message(kind, Buffer.alloc(0));
      header.writeUInt32BE(0xffff_ffff, 1);
      expect(() => passThrough(header)).toThrow(expect.objectContaining({ code: 'too_much' }));
    },
  );

  it('of one answer have a longest length and a highest number together', () => {
    const notice = message('N', Buffer.alloc(1 << 20));
    expect(() => passThrough(Buffer.concat(Array(33).fill(notice)))).toThrow(
      expect.objectContaining({ code: 'too_much' }),
    );
    const none = message('n', Buffer.alloc(0));
    const frames = new MessageFilter();
    expect(() => passThrough(Buffer.concat(Array(50_001).fill(none)), frames)).toThrow(
      expect.objectContaining({ code: 'too_much' }),
    );
    const answer = Buffer.concat([...Array(40_000).fill(none), message('Z', Buffer.from('T'))]);
    expect(() => passThrough(Buffer.concat([answer, answer, answer]))).not.toThrow();
  });
});
