import { describe, expect, it } from 'vitest';
import { classifyNetworkFault } from '../../client-core/src/network-fault.ts';
import { everyItem } from '../../client-core/src/request.ts';
import { frameMultipart } from '../../client-core/src/upload.ts';
import { parseReasons } from '../src/failure.ts';
import { clockSkew, describeSkew } from '../src/sign.ts';
import { collect } from './helpers.ts';

describe('clock skew', () => {
  const serverDate = 'Mon, 05 Jan 2026 12:00:00 GMT';
  const noon = Date.parse(serverDate);
  const skewed = (minutes: number) => describeSkew(clockSkew(serverDate, noon + minutes * 60_000));

  it('reports more than three minutes, in the right direction', () => {
    expect(skewed(3)).toBeUndefined();
    expect(skewed(-3)).toBeUndefined();
    expect(skewed(-20)).toContain('20 minutes behind LINE');
    expect(skewed(4)).toContain('4 minutes ahead of LINE');
    expect(skewed(9 * 60)).toContain('9 hours ahead of LINE');
    expect(skewed(-5 * 1440)).toContain('5 days behind LINE');
  });

  it('is unknown without a readable date', () => {
    expect(clockSkew(null, noon)).toBeUndefined();
    expect(clockSkew('yesterday', noon)).toBeUndefined();
  });
});

describe('parseReasons', () => {
  it.each([
    ['{"errors":[{"reason":"REQUIRED","property":"id"}]}', [{ reason: 'REQUIRED', property: 'id' }]],
    ['{"errors":[{"reason":"A"},{"reason":"B","property":null,"x":1}]}', [{ reason: 'A' }, { reason: 'B' }]],
    ['{"errors":[null,7,{},{"reason":5},{"reason":""}]}', []],
    ['{"errors":{}}', []],
    ['null', []],
    ['[]', []],
    ['', []],
    ['<html>Bad Gateway</html>', []],
  ])('%s', (body, expected) => {
    expect(parseReasons(body)).toEqual(expected);
  });

  it('shortens an unusual reason to one short line', () => {
    const [entry] = parseReasons(JSON.stringify({ errors: [{ reason: `A\n\u001b[31m${'x'.repeat(999)}` }] }));
    expect(entry!.reason).toHaveLength(200);
    expect(entry!.reason).toMatch(/^A \[31mx+$/);
  });
});

describe('classifyNetworkFault', () => {
  const system = (code: string, syscall?: string) =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code, syscall }) });

  it.each([
    [system('ECONNREFUSED', 'connect'), true, false],
    [system('EHOSTUNREACH', 'connect'), true, false],
    [system('ETIMEDOUT', 'connect'), true, false],
    [system('ENOTFOUND', 'getaddrinfo'), true, false],
    [system('UND_ERR_CONNECT_TIMEOUT'), true, false],
    [system('ECONNRESET', 'read'), false, false],
    [system('EPIPE', 'write'), false, false],
    [system('ETIMEDOUT', 'read'), false, false],
    [system('UND_ERR_SOCKET'), false, false],
    [system('CERT_HAS_EXPIRED'), true, true],
    [system('DEPTH_ZERO_SELF_SIGNED_CERT'), true, true],
    [system('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), true, true],
    [system('ERR_TLS_CERT_ALTNAME_INVALID'), true, true],
    [new TypeError('fetch failed', { cause: new Error('bad port') }), true, true],
    [new Error('whatever'), false, false],
    ['not even an error', false, false],
  ])('%s: never sent %s, permanent %s', (error, neverSent, permanent) => {
    expect(classifyNetworkFault(error)).toMatchObject({ neverSent, permanent });
  });

  it('reads the errors of several addresses', () => {
    const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED', syscall: 'connect' });
    const both = new TypeError('fetch failed', { cause: new AggregateError([refused, refused]) });
    expect(classifyNetworkFault(both)).toMatchObject({ neverSent: true, cause: refused });
  });
});

describe('frameMultipart', () => {
  it('frames the fields in order and the file last', () => {
    const frame = frameMultipart(
      [
        ['name', '会員 "A"\n'],
        ['action', 'ADD'],
      ],
      { field: 'file', name: 'a"b\r\nc.txt', contentType: 'text/plain' },
      'BOUND',
    );
    expect(frame.contentType).toBe('multipart/form-data; boundary=BOUND');
    expect(frame.head.toString()).toBe(
      '--BOUND\r\nContent-Disposition: form-data; name="name"\r\n\r\n会員 "A"\n\r\n' +
        '--BOUND\r\nContent-Disposition: form-data; name="action"\r\n\r\nADD\r\n' +
        '--BOUND\r\nContent-Disposition: form-data; name="file"; filename="a%22b%0D%0Ac.txt"\r\n' +
        'Content-Type: text/plain\r\n\r\n',
    );
    expect(frame.tail.toString()).toBe('\r\n--BOUND--\r\n');
  });
});

describe('everyItem', () => {
  const idOf = ({ id }: { id: string }) => id;

  const pages = (...ids: string[][]) => {
    const asked: number[] = [];
    const fetchPage = (hasNext: (page: number) => boolean | undefined) => async (page: number) => {
      asked.push(page);
      const items = (ids[page - 1] ?? ids.at(-1))!.map((id) => ({ id }));
      return { items, hasNext: hasNext(page) };
    };
    return { asked, fetchPage };
  };
  const idsOf = (items: { id: string }[]) => items.map(({ id }) => id).join('');

  it('gives an item once if it moves to the next page meanwhile', async () => {
    const { fetchPage, asked } = pages(['a', 'b'], ['b', 'c']);
    expect(
      idsOf(
        await collect(
          everyItem(
            fetchPage((page) => page < 2),
            idOf,
          ),
        ),
      ),
    ).toBe('abc');
    expect(asked).toEqual([1, 2]);
  });

  it('ends at a page without new items, whatever the server says', async () => {
    const { fetchPage, asked } = pages(['a'], ['b']);
    expect(
      idsOf(
        await collect(
          everyItem(
            fetchPage(() => true),
            idOf,
          ),
        ),
      ),
    ).toBe('ab');
    expect(asked).toEqual([1, 2, 3]);
    const silent = pages(['a'], []);
    expect(
      idsOf(
        await collect(
          everyItem(
            silent.fetchPage(() => undefined),
            idOf,
          ),
        ),
      ),
    ).toBe('a');
  });

  it('requests no page that nobody reads', async () => {
    const { fetchPage, asked } = pages(['a'], ['b']);
    for await (const item of everyItem(
      fetchPage(() => true),
      idOf,
    ))
      if (item.id === 'a') break;
    expect(asked).toEqual([1]);
  });
});
