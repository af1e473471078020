/** Decides which URLs are below a root, as a server may decode them and not as they look. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FileUrl, isBelow, readFileUrl, segmentsOf } from '../../../src/domain/files/file-url.ts';

function read(text: string): FileUrl {
  const found = readFileUrl(text);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

const root = read('https://files.example.com/exports/');

describe('the root https://files.example.com/exports/', () => {
  test.each([
    'https://files.example.com/exports/members.csv',
    'HTTPS://FILES.example.COM:443/exports/members.csv',
    'https://files.example.com/exports/2026/11/members.csv.gz',
    'https://files.example.com/ex%70orts/members.csv',
    'https://files.example.com/exports/a/../members.csv',
    'https://files.example.com/exports/会員 一覧.csv',
    'https://files.example.com/exports/100%25.csv',
    'https://files.example.com/exports/a;v=1/..members..csv',
    '  https://files.example.com/exports/members.csv ',
  ])('includes %s', (text) => {
    expect(isBelow(read(text), root)).toBe(true);
  });

  test.each([
    'https://files.example.com/exports.csv',
    'https://files.example.com/exports2/members.csv',
    'https://files.example.com/Exports/members.csv',
    'https://files.example.com//exports/members.csv',
    'https://files.example.com/exports/../members.csv',
    'https://files.example.com/exports/%2e%2e/members.csv',
    'https://files.example.com/exports/.%2E/members.csv',
    'https://files.example.com/',
    'http://files.example.com/exports/members.csv',
    'https://files.example.com:8443/exports/members.csv',
    'https://files.example.com./exports/members.csv',
    'https://files.example.com.evil.example/exports/members.csv',
    'https://evil.example/files.example.com/exports/members.csv',
    'https://files-example.com/exports/members.csv',
    'https://ﬁles.example.com.evil.example/exports/members.csv',
  ])('does not include %s', (text) => {
    expect(isBelow(read(text), root)).toBe(false);
  });
});

test('a host may be in any letters, and an address in any notation', () => {
  expect(isBelow(read('https://ＦＩＬＥＳ.example.com/exports/a.csv'), root)).toBe(true);
  const address = read('https://127.0.0.1/');
  for (const written of ['2130706433', '0x7f.1', '017700000001', '127.1']) {
    expect(isBelow(read(`https://${written}/a.csv`), address), written).toBe(true);
  }
});

test('a root works without a slash at its end, and may be a file itself', () => {
  expect(isBelow(read('https://h.example/exports/a.csv'), read('https://h.example/exports'))).toBe(true);
  expect(isBelow(read('https://h.example/exports2'), read('https://h.example/exports'))).toBe(false);
  expect(isBelow(read('https://h.example/a.csv'), read('https://h.example/a.csv'))).toBe(true);
  expect(isBelow(read('https://h.example/b.csv'), read('https://h.example/a.csv'))).toBe(false);
});

test.each([
  'members.csv',
  '/data/members.csv',
  '//files.example.com/exports/members.csv',
  'https:files.example.com/exports/members.csv',
  'https:///files.example.com/exports/members.csv',
  'https:\\\\files.example.com\\exports\\members.csv',
  'https://files.example.com/exports\\..\\members.csv',
  'https://files.example.com\\@evil.example/exports/members.csv',
  'https://files.example.com/exports/mem\tbers.csv',
  'ht\ntps://files.example.com/exports/members.csv',
  'https://user@files.example.com/exports/members.csv',
  'https://user:password@files.example.com/exports/members.csv',
  'https://files.example.com@evil.example/exports/members.csv',
  'https://files.example.com/exports/members.csv?X-Amz-Signature=secret',
  'https://files.example.com/exports/members.csv?',
  'https://files.example.com/exports/members.csv#secret',
  'https://files.example.com/exports/%2e%2e%2fmembers.csv',
  'https://files.example.com/exports/..%2fmembers.csv',
  'https://files.example.com/exports/..%5cmembers.csv',
  'https://files.example.com/exports/..%252fmembers.csv',
  'https://files.example.com/exports/%252e%252e/members.csv',
  'https://files.example.com/exports/%25252e%25252e/members.csv',
  'https://files.example.com/exports/..%252f..%252fx%25zz',
  'https://files.example.com/exports/..;/members.csv',
  'https://files.example.com/exports/..;a=b/members.csv',
  'https://files.example.com/exports/%c0%ae%c0%ae/members.csv',
  'https://files.example.com/exports/%ff/members.csv',
  'https://files.example.com/exports/a%00.csv',
  'https://files.example.com/exports/a%0d%0aHost:x/members.csv',
  'https://files.example.com/exports/%zz/members.csv',
  'ftp://files.example.com/exports/members.csv',
  'file:///etc/passwd',
  'data:text/csv,email',
  'https://[::1/members.csv',
  'https://',
])('%s is refused, and the message does not repeat it', (text) => {
  const found = readFileUrl(text);
  if (!('problem' in found)) throw new Error(`taken as ${found.url.href}`);
  expect(found.problem).not.toMatch(/secret|evil|password@/);
});

test('no path after the root leads outside it, however often a server decodes it', () => {
  const piece = fc.constantFrom('..', '.', '%2e', '%252e', '/', '%2f', '%252f', '\\', '%5c', ';', 'a', '%61');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const found = readFileUrl(`https://files.example.com/exports/${pieces.join('')}`);
      if ('problem' in found || !isBelow(found, root)) return;
      let path = found.url.pathname;
      for (let times = 0; times < 4; times += 1) {
        // What a careless server does: it decodes, turns backslashes, cuts parameters and resolves dots.
        const served = path.replaceAll('\\', '/').replace(/;[^/]*/g, '');
        expect(new URL(`https://h${served}`).pathname.startsWith('/exports')).toBe(true);
        path = decodeURIComponent(path);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('the time to read a segment grows only with its length, even when it is encoded many times', () => {
  // The URL of a redirect can be as long as a header. Each of these hides `/` under one more encoding.
  const nested = (times: number) => new URL(`https://files.example.com/exports/%${'25'.repeat(times)}2f.csv`);
  expect(segmentsOf(nested(60_000))).toBeUndefined();
  expect(segmentsOf(new URL(`https://files.example.com/${'%25'.repeat(60_000)}.csv`))).toHaveLength(1);
  expect(readFileUrl(nested(60_000).href)).toEqual({ problem: 'The URL is too long.' });
}, 60_000);
