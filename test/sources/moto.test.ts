/** Object storage at a server that is not ours: signatures, lists, versions and rights. */
import { describe, expect, it } from 'vitest';
import { needs } from '../support/skip.ts';
import { moto, useMoto } from './support/moto.ts';
import { s3At } from './support/object-storage.ts';
import { readValues, scanFailure } from './support/values.ts';

describe('S3 by moto', needs(moto, 'moto is not installed (scripts/find-moto.sh)'), () => {
  const { place, put, putUnsigned, setChecking } = useMoto();
  const storage = (changes: Record<string, string> = {}) =>
    s3At(place, {
      access_key_id: place.key.accessKeyId,
      secret_access_key: place.key.secretAccessKey,
      ...changes,
    });

  it('lists more objects than fit into one answer, and reads them', async () => {
    await setChecking(false);
    await putUnsigned('many');
    const keys = Array.from({ length: 1_050 }, (_, index) => `daily/${String(index).padStart(4, '0')}.csv`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(
        keys.slice(at, at + 50).map((key) => putUnsigned(`many/${key}`, `email\n${key}@example.com\n`)),
      );
    }
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await storage({ bucket: 'many' }).audiences({ limit: 200, cursor });
      found.push(...page.items.map(({ name }) => name));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(keys);
    const source = await storage().open('s3://many/daily/00?[02468].csv');
    expect(await readValues(source, 'email')).toHaveLength(50);
  });

  it('reads objects with every kind of key', async () => {
    await setChecking(false);
    await put('keys');
    for (const key of ["a b/+x'(1)!.csv", '会員/é%41&=.csv', '~_.-:@$,;.csv']) {
      await put(`keys/${key.split('/').map(encodeURIComponent).join('/')}`, `email\n${key.length}@example.com\n`);
      const { items } = await storage({ bucket: 'keys' }).audiences({ limit: 10, search: key.slice(0, 2) });
      expect(items.map(({ name }) => name)).toContain(key);
      const source = await storage().open(`s3://keys/${key}`);
      expect(await readValues(source, 'email')).toEqual([`${key.length}@example.com`]);
    }
  });

  it('reads one version of an object', async () => {
    await setChecking(true);
    await put('versions');
    await put('versions/m.csv', 'email\na@example.com\n');
    const source = await storage().open('newest:s3://versions/');
    expect(await readValues(source, 'email')).toEqual(['a@example.com']);
    await put('versions/m.csv', 'email\nb@example.com\n');
    expect(await scanFailure(Promise.resolve(source), 'email')).toMatchObject({ code: 'source_expired' });
  });

  it('says what is wrong', async () => {
    await setChecking(true);
    await put('closed');
    await put('closed/m.csv', 'email\n');
    await expect(storage().open('s3://closed/m.csv')).rejects.toMatchObject({
      message: expect.stringContaining('s3:GetObject'),
    });
    await expect(storage({ bucket: 'closed' }).verify()).rejects.toMatchObject({
      message: expect.stringContaining('s3:ListBucket'),
    });
    await expect(storage({ secret_access_key: 'another' }).verify()).rejects.toMatchObject({
      message: expect.stringContaining('does not accept the secret access key'),
    });
    await expect(storage({ access_key_id: 'AKIDOTHER' }).verify()).rejects.toMatchObject({
      message: expect.stringContaining('does not know this access key'),
    });
    await expect(storage({ bucket: 'nobody-has-this' }).verify()).rejects.toMatchObject({
      code: 'source_not_found',
    });
    await expect(storage().open('s3://closed-not/none.csv')).rejects.toMatchObject({
      code: 'source_not_found',
    });
    expect(await storage({ bucket: 'versions' }).verify()).toBeDefined();
    expect(await storage().verify()).toBeDefined();
  });
});
