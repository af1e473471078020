/** Which files of the machine may be read: those in the open folders, by any name. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fileSources } from '../../src/readers/files/index.ts';
import { pathsBelow } from '../../src/readers/files/paths.ts';
import { readMembers } from '../sources/support/values.ts';
import { textRows, workbookOf } from '../sources/support/workbook.ts';

const signal = () => AbortSignal.timeout(10_000);

function folders() {
  const root = mkdtempSync(join(tmpdir(), 'lineup-test-paths-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, email: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), `email\n${email}\n`);
  };
  write('open/part-2.csv', 'b@example.com');
  write('open/part-1.csv', 'a@example.com');
  write('open/deep/part-3.csv', 'c@example.com');
  write('open/odd[1].csv', 'd@example.com');
  write('secret/part-4.csv', 'x@example.com');
  symlinkSync(join(root, 'secret/part-4.csv'), join(root, 'open/part-9.csv'));
  symlinkSync(join(root, 'secret'), join(root, 'open/way-out'));
  const provider = fileSources([pathsBelow({ roots: [join(root, 'open')], own: [] })]);
  const emails = async (path: string) => {
    const source = await provider.open(null, join(root, path), signal());
    return (await readMembers(await source.scan(['email']))).flat();
  };
  return { root, provider, emails };
}

test('a file can be read, and a glob in the order of the names, without files outside the roots', async () => {
  const { emails } = folders();
  expect(await emails('open/part-2.csv')).toEqual(['b@example.com']);
  expect(await emails('open/odd[1].csv')).toEqual(['d@example.com']);
  expect(await emails('open/part-*.csv')).toEqual(['a@example.com', 'b@example.com']);
  expect(await emails('open/**/part-{1,3}.csv')).toEqual(['c@example.com', 'a@example.com']);
});

test.each([
  'secret/part-4.csv',
  'secret/*.csv',
  '*/part-4.csv',
  'open/part-9.csv',
  'open/way-out/*.csv',
  'open/*/../../secret/*.csv',
  'open/none-*.csv',
])('%s is not found', async (path) => {
  const { root, provider } = folders();
  const failure = await provider.open(null, join(root, path), signal()).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'source_not_found' });
  expect(String(failure)).toContain(`these folders are open to exports: ${join(root, 'open')}`);
});

test('a sheet can be chosen for one workbook or for a glob; a file whose name contains the # has priority', async () => {
  const { root, emails, provider } = folders();
  const book = (name: string) =>
    workbookOf({
      sheets: {
        One: textRows([['email'], [`${name}1@example.com`]]),
        Two: textRows([['email'], [`${name}2@example.com`]]),
      },
    });
  writeFileSync(join(root, 'open/a.xlsx'), book('a'));
  writeFileSync(join(root, 'open/b.xlsx'), book('b'));
  writeFileSync(join(root, 'secret/c.xlsx'), book('c'));
  expect(await emails('open/a.xlsx')).toEqual(['a1@example.com']);
  expect(await emails('open/a.xlsx#Two')).toEqual(['a2@example.com']);
  expect(await emails('open/*.xlsx#Two')).toEqual(['a2@example.com', 'b2@example.com']);
  await expect(emails('secret/c.xlsx#Two')).rejects.toMatchObject({ code: 'source_not_found' });
  writeFileSync(join(root, 'open/a.xlsx#Two.csv'), 'email\nitself@example.com\n');
  expect(await emails('open/a.xlsx#Two.csv')).toEqual(['itself@example.com']);
  const listed = await provider.audiences(null, { limit: 50, search: 'xlsx' }, signal());
  expect(listed.items.map(({ name }) => name)).toEqual(['a.xlsx', 'a.xlsx#Two.csv', 'b.xlsx']);
});

test('a name with an unknown extension is reported', async () => {
  const { provider } = folders();
  await expect(provider.open(null, 'vip.csv', signal())).rejects.toMatchObject({ code: 'source_not_found' });
});

test('the list is given in pages, and can be searched by a part of the name', async () => {
  const { root, provider } = folders();
  const page = { limit: 2, search: 'PART' };
  const first = await provider.audiences(null, page, signal());
  expect(first.items.map(({ id }) => id)).toEqual([join(root, 'open/deep/part-3.csv'), join(root, 'open/part-1.csv')]);
  expect(first.items[0]).toMatchObject({
    name: 'deep/part-3.csv',
    file: { folder: join(root, 'open'), bytes: 'email\nc@example.com\n'.length },
  });
  const rest = await provider.audiences(null, { ...page, cursor: first.next! }, signal());
  expect(rest).toMatchObject({ items: [{ id: join(root, 'open/part-2.csv') }], next: null });
});
