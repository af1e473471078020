import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CopyFrames } from '../../../src/sources/postgres/copy-frames.ts';

const message = (kind: string, content: Uint8Array): Buffer => {
  const header = Buffer.from(`${kind}0000`);
  header.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([header, content]);
};

const messages = fc.array(
  fc.record({
    kind: fc.constantFrom('d', 'd', 'd', 'N', 'S', 'H', 'c', 'C', 'Z', 'E'),
    content: fc.uint8Array({ maxLength: 40 }),
  }),
  { maxLength: 60 },
);

it('parts the rows from all other messages, however the bytes fall', () => {
  fc.assert(
    fc.property(messages, fc.infiniteStream(fc.integer({ min: 1, max: 90 })), (sent, sizes) => {
      const stream = Buffer.concat(sent.map(({ kind, content }) => message(kind, content)));
      const frames = new CopyFrames();
      const rows: Buffer[] = [];
      const others: Buffer[] = [];
      for (let at = 0; at < stream.length; ) {
        const size = sizes.next().value as number;
        const given = frames.push(Buffer.from(stream.subarray(at, at + size)));
        // Copied at once: what was given before may not be touched by what comes later.
        rows.push(given.rows);
        others.push(...given.others);
        at += size;
      }
      const isRow = ({ kind }: { kind: string }) => kind === 'd';
      expect(Buffer.concat(rows)).toEqual(Buffer.concat(sent.filter(isRow).map(({ content }) => content)));
      expect(Buffer.concat(others)).toEqual(
        Buffer.concat(sent.filter((one) => !isRow(one)).map(({ kind, content }) => message(kind, content))),
      );
      expect(frames.rows).toBe(sent.filter(isRow).length);
    }),
  );
});
