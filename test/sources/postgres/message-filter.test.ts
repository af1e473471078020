import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageFilter } from '../../../src/sources/postgres/message-filter.ts';
import { errorMessage, message } from '../support/postgres-messages.ts';

/** Kinds of messages with any content of up to some hundred bytes. */
const messages = fc.array(
  fc.record({
    kind: fc.constantFrom('d', 'd', 'd', 'N', 'S', 'A', 'H', 'C', 'D', 'T', 'R'),
    content: fc.uint8Array({ maxLength: 40 }),
  }),
  { maxLength: 60 },
);

/** The output for a stream that arrives in pieces of these sizes. */
function push(frames: MessageFilter, stream: Buffer, sizes: Iterator<number>): { rows: Buffer; others: Buffer } {
  const rows: Buffer[] = [];
  const others: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const size = sizes.next().value as number;
    const given = frames.push(Buffer.from(stream.subarray(at, at + size)));
    // Copied at once, because later pieces must not change earlier output.
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
  it('are separated into rows and others, wherever the bytes are split', () => {
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

  it('give only the code and position of an error, wherever the bytes are split', () => {
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

  it('give the code of an error of any length', () => {
    const sent = errorMessage({ S: 'ERROR', C: '22P02', M: 'x'.repeat(40 << 20) });
    expect(passThrough(sent).others).toEqual(errorMessage({ S: 'ERROR', C: '22P02', M: '' }));
  });

  it.each([
    ['without an end', Buffer.from('SERROR\0C22P02\0Mcut')],
    ['with a wrong end', Buffer.from('C22P02\0')],
    ['of one letter', Buffer.from('C')],
    ['of nothing', Buffer.alloc(0)],
    ['with an invalid code', Buffer.from('Ca@example.com\0Pa@example.com\0\0')],
  ])('become a complete error message if it is %s', (_, content) => {
    const { others } = passThrough(message('E', content));
    expect(others.toString()).toMatch(/^E[\s\S]{4}SERROR\0C(22P02|XX000)\0M\0\0$/);
    expect(others.readUInt32BE(1)).toBe(others.length - 1);
  });

  it.each([
    ['of a kind that servers do not send', message('J', Buffer.from('8.0.36'))],
    ['that ask for a COPY to the server', message('G', Buffer.from([0, 0, 0]))],
    ['with rows of an unrequested COPY', message('d', Buffer.from('a'))],
    ['with a row longer than any server sends', Buffer.from('d\x7f\xff\xff\xff', 'latin1')],
    ['shorter than their own length', Buffer.from('Z\0\0\0\x03')],
  ])('%s are refused', (name, sent) => {
    const frames = new MessageFilter();
    frames.copying = name.startsWith('of a row');
    expect(() => passThrough(sent, frames)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  it.each(['R', 'K', 'Z', '1', '2', 'C', 'H', 't', 'T', 'D', 'N', 'S', 'A'])(
    'of the kind %s have a maximum length, checked in the header',
    (kind) => {
      const header = message(kind, Buffer.alloc(0));
      header.writeUInt32BE(0xffff_ffff, 1);
      expect(() => passThrough(header)).toThrow(expect.objectContaining({ code: 'too_much' }));
    },
  );

  it('of one answer have a maximum total length and number', () => {
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
