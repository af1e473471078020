/** Bulk hashing, by the kernel with its own memory. Compared with the model, for bytes that are split anywhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BulkHasher, type BulkHasherOptions, BulkHasherStream } from '../src/bulk.ts';
import { phonesIn } from '../src/phone.ts';
import { record, runModel, unlimited } from './support.ts';

const emails = { type: 'email' } as const;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** All lines, and the counts, for bytes that are written in parts. */
async function hash(options: BulkHasherOptions, parts: readonly Uint8Array[]) {
  const hasher = await BulkHasher.create(options);
  const lines = parts.map((part) => text(hasher.write(part)));
  lines.push(text(hasher.end()));
  return { lines: lines.join('').split('\n').slice(0, -1), counts: hasher.counts() };
}

/** The bytes in two or three parts. */
function cut(bytes: Uint8Array, at: number, length: number): Uint8Array[] {
  const first = at % (bytes.length + 1);
  return [bytes.subarray(0, first), bytes.subarray(first, first + length), bytes.subarray(first + length)];
}

describe('BulkHasher', () => {
  it('gives the same as the model, wherever the bytes are split', async () => {
    const value = fc.oneof(
      fc.constantFrom('taro@example.com', ' Taro@Example.com', 'ＴＡＲＯ@example.com', 'a"b@c.d', 'x\ny', '', 'ü@é.jp'),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.emailAddress(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value), fc.nat(500), fc.nat(50), async (values, at, length) => {
        const stream = Buffer.concat(values.map((value) => record(value)));
        const { lines, counts } = runModel({ ...emails, ...unlimited, marked: false }, stream);
        expect(await hash(emails, cut(stream, at, length))).toEqual({ lines, counts });
      }),
      { numRuns: 40 },
    );
  });

  it('gives lines as soon as they are ready, and the last one without a line break at the end', async () => {
    const hasher = await BulkHasher.create(emails);
    expect(text(hasher.write(Buffer.from('a@example.com\nb@exa')))).toMatch(/^[0-9a-f]{64}\n$/);
    expect(hasher.write(new Uint8Array()).length).toBe(0);
    expect(hasher.write(Buffer.from('mple.com')).length).toBe(0);
    expect(text(hasher.end())).toMatch(/^[0-9a-f]{64}\n$/);
    expect(hasher.end().length).toBe(0);
    expect(hasher.counts()).toMatchObject({ scanned: 2, unique: 2 });
  });

  it('gives nothing for no input', async () => {
    expect(await hash(emails, [])).toMatchObject({ lines: [], counts: { scanned: 0, unique: 0 } });
  });

  it('can give more at once than its buffers hold', async () => {
    const count = 100_000;
    const addresses = Array.from({ length: count }, (_, n) => `${n}@example.com\n`).join('');
    const { lines } = await hash(emails, [Buffer.from(addresses)]);
    expect(new Set(lines).size).toBe(count);
  });

  it('reads phone numbers of a country', async () => {
    const numbers = Buffer.from('090-1234-5678\n819012345678\n0123\n');
    const { lines, counts } = await hash({ type: 'phone', ...phonesIn('JP') }, [numbers]);
    expect(counts).toMatchObject({
      unique: 1,
      duplicates: 1,
      invalid: { not_a_phone: 1 },
      invalidRows: { not_a_phone: [3] },
    });
    expect(lines).toHaveLength(1);
  });

  it('gives raw advertising ids', async () => {
    const ifa = 'AEBE52E7-03EE-455A-B3C4-E57283966239';
    expect((await hash({ type: 'ifa', ifaFormat: 'raw' }, [Buffer.from(`${ifa}\n`)])).lines).toEqual([ifa]);
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown type', { type: 'mail' }, /Expected type to be one of email, phone, ifa, line_user_id, got "mail"/],
    ['an unknown form', { type: 'ifa', ifaFormat: 'md5' }, /ifaFormat .* got "md5"/],
    ['a country in place of a function', { type: 'phone', toE164Digits: 'JP' }, /toE164Digits to be a function/],
  ])('%s is a TypeError, at once', (_, options, message) => {
    const create = () => BulkHasher.create(options as BulkHasherOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
    expect(() => new BulkHasherStream(options as BulkHasherOptions)).toThrow(message);
  });

  it('accepts only bytes, and none after its end', async () => {
    const hasher = await BulkHasher.create(emails);
    expect(() => hasher.write('a@example.com' as unknown as Uint8Array)).toThrow(TypeError);
    hasher.end();
    expect(() => hasher.write(Buffer.from('a'))).toThrow(/no more bytes after end/);
  });
});

describe('BulkHasherStream', () => {
  it('is a transform stream', async () => {
    const stream = new BulkHasherStream(emails);
    expect(() => stream.counts()).toThrow(TypeError);
    const source = new Blob(['a@example.com\n', 'b@example.com\nA@example.com\nnobody']).stream();
    const lines = await new Response(source.pipeThrough(stream)).text();
    expect(lines).toMatch(/^([0-9a-f]{64}\n){2}$/);
    expect(stream.counts()).toMatchObject({ unique: 2, duplicates: 1, invalid: { not_an_email: 1 } });
  });
});
