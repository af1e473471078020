/** Patterns of keys, addresses, and the XML of storage, which any server may send. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readAddress } from '../../src/sources/object-storage/address.ts';
import { readBuckets, readError, readObjects, readTag } from '../../src/sources/object-storage/answers.ts';
import { keyPattern } from '../../src/sources/object-storage/pattern.ts';
import { bucketUrl, isAmazons } from '../../src/sources/s3/address.ts';

describe('a pattern of keys', () => {
  const letters = fc.constantFrom('a', 'b', '.', '_');
  const name = fc.string({ unit: letters, maxLength: 3 });
  const piece = fc.oneof(letters, fc.constantFrom('*', '?', '[ab]', '[!a]'));
  const segment = fc.oneof(
    fc.constant('**'),
    fc.array(piece, { maxLength: 4 }).map((parts) => parts.join('')),
  );
  // `***` is no segment that anybody writes, and a model would need a rule for it.
  const pattern = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join('/'))
    .filter((text) => !/[^/]\*\*|\*\*[^/]/.test(text));
  const key = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));

  /** A regular expression for a pattern. */
  function modelOf(text: string): RegExp {
    const parts = text.split('/');
    const shown = parts.includes('**') ? '(?![._])' : '(?!\\.)';
    const expressions = parts.map((part, index) => {
      const isLast = index === parts.length - 1;
      if (part === '**') return `(?:${shown}[^/]*/)*${isLast ? `${shown}[^/]*` : ''}`;
      const tokens = part.match(/\[!a\]|\[ab\]|./gs) ?? [];
      const translated = tokens.map(
        (token) => ({ '*': '[^/]*', '?': '[^/]', '[!a]': '[^/a]', '[ab]': '[ab]', '.': '\\.' })[token] ?? token,
      );
      return `${/^[._]/.test(part) ? '' : shown}${translated.join('')}${isLast ? '' : '/'}`;
    });
    return new RegExp(`^${expressions.join('')}$`, 's');
  }

  test('matches as a regular expression does, and every match begins with its prefix', () => {
    fc.assert(
      fc.property(pattern, key, (text, name) => {
        const compiled = keyPattern(text);
        expect(compiled.matches(name)).toBe(modelOf(text).test(name));
        if (compiled.matches(name)) expect(name.startsWith(compiled.prefix)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['exports/2026-*/part-?.csv', 'exports/2026-'],
    ['exports/**/*.parquet', 'exports/'],
    ['*.csv', ''],
    ['exports/a.csv', 'exports/a.csv'],
  ])('%s lists below "%s"', (text, prefix) => expect(keyPattern(text).prefix).toBe(prefix));

  it.each([
    ['daily/**', false],
    ['daily/**/*.csv', false],
    ['daily/*/*/*.csv', true],
  ])('%s leaves out what Spark is still writing (newest: %s)', (text, newest) => {
    const { matches } = keyPattern(text, newest);
    expect(matches('daily/2026/11/part-00000.csv')).toBe(true);
    for (const key of ['_temporary/0/part-00000.csv', '2026/_temporary/part-00000.csv', '2026/11/_part.csv']) {
      expect(matches(`daily/${key}`), key).toBe(false);
    }
  });

  it.each([
    ['_daily/**', '_daily/a.csv', false],
    ['daily/**/_temporary/*.csv', 'daily/2026/_temporary/a.csv', false],
    ['daily/_*.csv', 'daily/_a.csv', true],
    ['daily/*.csv', 'daily/_a.csv', false],
  ])('%s matches %s (newest: %s)', (text, name, newest) => {
    expect(keyPattern(text, newest).matches(name)).toBe(true);
  });

  it('needs little time, whatever it is', () => {
    const hostile = keyPattern(Array(500).fill('**').join('/'));
    expect(hostile.matches(`${'a/'.repeat(500)}.b`)).toBe(false);
  });
});

describe('an address', () => {
  it.each([
    ['s3://members/daily/a b+c.csv', { bucket: 'members', key: 'daily/a b+c.csv', newest: false }],
    ['newest:s3://members/daily/', { bucket: 'members', key: 'daily/', newest: true }],
    ['s3://m.em_b/x.xlsx#会員', { bucket: 'm.em_b', key: 'x.xlsx', sheet: '会員' }],
    ['s3://members/#1.csv', { key: '#1.csv', sheet: undefined }],
  ])('%s is read', (text, expected) => expect(readAddress('s3', text)).toMatchObject(expected));

  it.each([
    's3://members',
    's3://members/',
    's3://members/daily/',
    's3:///key',
    's3://a@b/key',
    's3://AKIA:SECRET@bucket/list.csv',
    'newest:s3://AKIA:SEC/RET@bucket/list.csv',
    's3://members/list.csv?X-Amz-Signature=abc',
    's3://members/list.csv?AWSAccessKeyId=a&Signature=abc',
    's3://-x/key',
    'gs://members/key',
    'newest:newest:s3://members/key',
    's3://members/two\nlines',
    `s3://members/${'x'.repeat(1_025)}`,
  ])('%j is refused', (text) => {
    expect(() => readAddress('s3', text)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining('s3://bucket/') }),
    );
  });

  it.each([
    [{ region: 'ap-northeast-1' }, 'members', 'https://members.s3.ap-northeast-1.amazonaws.com/'],
    [{ region: 'cn-north-1' }, 'members', 'https://members.s3.cn-north-1.amazonaws.com.cn/'],
    [{ region: 'eu-west-1' }, 'mem.bers', 'https://s3.eu-west-1.amazonaws.com/mem.bers'],
    [{ region: 'eu-west-1', inHost: false }, 'members', 'https://s3.eu-west-1.amazonaws.com/members'],
    [{ endpoint: 'http://127.0.0.1:9000' }, 'members', 'http://127.0.0.1:9000/members'],
    [{ endpoint: 'https://x.example/storage/s3/' }, 'members', 'https://x.example/storage/s3/members'],
    [{ endpoint: 'https://oss.example', inHost: true }, 'members', 'https://members.oss.example/'],
    [{ endpoint: 'https://10.0.0.7', inHost: true }, 'members', 'https://10.0.0.7/members'],
    [{ region: 'eu-west-1' }, undefined, 'https://s3.eu-west-1.amazonaws.com/'],
  ] as const)('of a bucket with %j is a URL', (place, bucket, url) => {
    const whole = { endpoint: undefined, region: 'us-east-1', inHost: undefined, ...place };
    expect(bucketUrl(whole, bucket).href).toBe(url);
  });
});

describe('a host of S3', () => {
  it.each([
    's3.amazonaws.com',
    's3.ap-northeast-1.amazonaws.com',
    's3.dualstack.eu-west-1.amazonaws.com',
    's3-fips.us-east-1.amazonaws.com',
    's3.cn-north-1.amazonaws.com.cn',
    'bucket.vpce-0a1b-2c3d.s3.us-east-1.vpce.amazonaws.com',
  ])('is %s', (host) => expect(isAmazons(host)).toBe(true));

  it.each([
    's3.evil.example',
    's3.us-east-1.amazonaws.com.evil.example',
    'xs3.us-east-1.amazonaws.com',
    'evil.execute-api.us-east-1.amazonaws.com',
    's3-evil-1.us-east-1.elb.amazonaws.com',
    's3express-1.us-east-1.elb.amazonaws.com',
    'ec2-1-2-3-4.compute-1.amazonaws.com',
  ])('is not %s', (host) => expect(isAmazons(host)).toBe(false));
});

describe('XML of a storage', () => {
  const list = (content: string) => `<ListBucketResult>${content}</ListBucketResult>`;
  const entry = (fields: Record<string, string>) => {
    const all = { Key: 'a', Size: '1', LastModified: '2026-01-05T12:00:00.000Z', ...fields };
    return `<Contents>${Object.entries(all)
      .map(([name, value]) => `<${name}>${value}</${name}>`)
      .join('')}</Contents>`;
  };

  it('is a list of objects', async () => {
    const fields = { Key: 'a+b%2B%E4%BC%9A', ETag: '&quot;1&quot;' };
    const text = list(`<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>${entry(fields)}`);
    const modified = Date.UTC(2026, 0, 5, 12);
    expect(await readObjects(text, 'ETag')).toEqual({
      objects: [{ key: 'a b+会', size: 1, modified, tag: '1' }],
      more: true,
      token: undefined,
    });
    const next = list('<IsTruncated>true</IsTruncated><NextContinuationToken>1/+=</NextContinuationToken>');
    expect(await readObjects(next, 'ETag')).toEqual({ objects: [], more: true, token: '1/+=' });
  });

  it.each([
    ['nothing', ''],
    ['a page', '<html><body>Sign in</body></html>'],
    ['a document type', `<!DOCTYPE x [<!ENTITY a "aaaa">]>${list('')}`],
    ['too deep', list('<a>'.repeat(200))],
    ['cut off', list(entry({})).slice(0, -5)],
    ['without a size', list(entry({ Size: '' }))],
    ['a negative size', list(entry({ Size: '-1' }))],
    ['a size beyond numbers', list(entry({ Size: '9'.repeat(30) }))],
    ['without a time', list(entry({ LastModified: 'today' }))],
    ['without a key', list(entry({ Key: '' }))],
    ['a key that is not encoded', list(`<EncodingType>url</EncodingType>${entry({ Key: '%' })}`)],
    ['a token beyond URLs', list(`<NextContinuationToken>${'x'.repeat(5_000)}</NextContinuationToken>`)],
    ['more than were asked for', list(entry({}).repeat(1_001))],
  ])('that is %s is refused', async (_, text) => {
    await expect(readObjects(text, 'ETag')).rejects.toMatchObject({ name: 'XmlError' });
  });

  test('of any content is a list or refused, and an error or none', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('<ListBucketResult>', '</ListBucketResult>', '<Contents>', '</Contents>', '<Key>', '&amp;'),
      fc.constantFrom('<Error>', '<Code>', '</Code>', '</Error>', '<![CDATA[', ']]>', '<__proto__>', '\0', '<?xml'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part), async (parts) => {
        const text = parts.join('');
        await readObjects(text, 'ETag').catch((error) => expect(error.name).toBe('XmlError'));
        await readBuckets(text).catch((error) => expect(error.name).toBe('XmlError'));
        await readError(text);
      }),
      { numRuns: 500 },
    );
  });

  it('has codes and regions, but no texts of a server', async () => {
    const text =
      '<Error><Code>AccessDenied</Code><Message>member@example.com</Message><Region>eu-west-1</Region></Error>';
    expect(await readError(text)).toEqual({ code: 'AccessDenied', region: 'eu-west-1', encryption: false });
    expect(await readError('<Error><Code>a b</Code></Error>')).toBeUndefined();
  });

  it.each([
    ['"abc"', 'abc'],
    ['abc-2', 'abc-2'],
    ['W/"abc"', undefined],
    ['"a"\r\nx: y', undefined],
    ['', undefined],
  ])('has the version %j as %j', (text, tag) => expect(readTag(text)).toBe(tag));
});
