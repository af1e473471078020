/** Somebody who may write into an open folder replaces files and folders by links at the worst moments. */
import { execFile } from 'node:child_process';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rename, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { filesBelow } from '../../src/readers/files/files-below.ts';
import { OpenFolders } from '../../src/readers/files/open-folders.ts';
import { pathsBelow } from '../../src/readers/files/paths.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import type { Source } from '../../src/sources/source.ts';
import { useFolder } from '../sources/support/folder.ts';
import { csvOf, ndjsonOf, parquetOf, sheetOf } from '../sources/support/member-files.ts';
import { readMembers } from '../sources/support/values.ts';
import { needs } from '../support/skip.ts';

const folder = useFolder();
const onLinux = needs(process.platform === 'linux', 'only Linux lists the open files of a process');
let roots = 0;

/** An open folder with one for the day in it, and a closed one. */
async function folders() {
  roots += 1;
  const root = folder.path(`root-${roots}`);
  await mkdir(join(root, 'open/day'), { recursive: true });
  await mkdir(join(root, 'closed'));
  return root;
}

const INSIDE = [{ email: 'a@open.example' }];
const OUTSIDE = [{ email: 'x@closed.example' }];

/** The same name in the open folder and in the closed one, with different members. */
const formats: readonly (readonly [name: string, bytesOf: (rows: typeof INSIDE) => Promise<Buffer>])[] = [
  ['members.csv', async (rows) => Buffer.from(csvOf(rows))],
  ['members.csv.gz', async (rows) => gzipSync(csvOf(rows))],
  ['members.ndjson', async (rows) => Buffer.from(ndjsonOf(rows))],
  ['members.xlsx', async (rows) => sheetOf(rows)],
  ['members.parquet', async (rows) => readFile(await parquetOf(folder, rows))],
];

/** The files below a folder that this process has open. */
async function openBelow(root: string): Promise<string[]> {
  const names = await readdir('/proc/self/fd');
  const paths = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(root));
}

test.each(formats)('%s is read as it was checked, whenever a link replaces it', onLinux, async (name, bytesOf) => {
  // Each reading asks once. The third one is the scan of all formats.
  for (const worst of [1, 2, 3, 4]) {
    const root = await folders();
    const path = join(root, 'open', name);
    await writeFile(path, await bytesOf(INSIDE));
    await writeFile(join(root, 'closed', name), await bytesOf(OUTSIDE));
    const open = await OpenFolders.of([join(root, 'open')], []);
    let asked = 0;
    const admits = (real: string) => {
      asked += 1;
      if (asked === worst) {
        rmSync(path);
        symlinkSync(join(root, 'closed', name), path);
      }
      return open.offers(real);
    };
    let source: Source | undefined;
    const read = async () => {
      source = await openFiles({
        source: path,
        locations: [{ kind: 'file', path, name, size: 1_000, admits }],
      });
      const masked = await source.preview('email', 1);
      return [masked.flatMap(({ values }) => values), await readMembers(await source.scan(['email']))];
    };
    const result = await read().catch((error: { code: string }) => error.code);
    await source?.close();
    expect(['source_unreadable', [['a***@o***.example'], [['a@open.example']]]], `${worst}`).toContainEqual(result);
    expect(await openBelow(root)).toEqual([]);
  }
});

test.each(['file', 'folder'])(
  'a link in place of the %s when it is opened, and only then, opens nothing outside',
  onLinux,
  async (kind) => {
    const root = await folders();
    await writeFile(join(root, 'open/day/members.csv'), 'inside');
    await writeFile(join(root, 'closed/members.csv'), 'outside');
    symlinkSync(join(root, 'closed'), join(root, 'link-folder'));
    symlinkSync(join(root, 'closed/members.csv'), join(root, 'link-file'));
    const main = resolve(import.meta.dirname, '../support/swapped-links-main.ts');
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
    const { stdout } = await promisify(execFile)(process.execPath, [main, root, kind], { env });
    expect(['inside', 'source_unreadable']).toContain(stdout.trim());
  },
);

test('the list names no file of a folder that a link leads to meanwhile', onLinux, async () => {
  const root = await folders();
  const [day, closed] = [join(root, 'open/day'), join(root, 'closed')];
  await writeFile(join(day, 'members.csv'), 'email\n');
  await writeFile(join(closed, 'payroll.csv'), 'email\n');
  const open = await OpenFolders.of([join(root, 'open')], []);
  const swapping = {
    folders: open.folders,
    offers: (path: string) => open.offers(path),
    holds: (path: string) => {
      if (basename(path) === 'day') {
        renameSync(day, join(root, 'aside'));
        symlinkSync(closed, day);
      }
      return open.holds(path);
    },
  } as OpenFolders;
  const listed = await filesBelow(swapping, AbortSignal.timeout(10_000));
  expect(listed.map(({ path }) => basename(path))).toEqual(['members.csv']);
});

test('the list tells no size of a file that a link leads to meanwhile', async () => {
  const root = await folders();
  const path = join(root, 'open/day/members.csv');
  await writeFile(path, 'email\n');
  await writeFile(join(root, 'closed/members.csv'), 'email\nx@closed.example\n');
  const list = async () => pathsBelow({ roots: [join(root, 'open')], own: [] }).list(AbortSignal.timeout(10_000));
  const [ofFile] = await list();
  expect(await ofFile?.describe()).toMatchObject({ file: { bytes: 6 } });
  rmSync(path);
  symlinkSync(join(root, 'closed/members.csv'), path);
  expect(await ofFile?.describe()).toBeUndefined();

  rmSync(path);
  writeFileSync(path, 'email\n');
  const [ofFolder] = await list();
  await rename(join(root, 'open/day'), join(root, 'aside'));
  symlinkSync(join(root, 'closed'), join(root, 'open/day'));
  onTestFinished(() => rmSync(join(root, 'open/day')));
  expect(await ofFolder?.describe()).toBeUndefined();
});
