/**
 * Files that no export reads, whatever folders an administrator opens: Lineup’s own folders, system folders, and
 * special files.
 */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OpenFolders } from '../../src/readers/files/open-folders.ts';
import { pathsBelow } from '../../src/readers/files/paths.ts';
import { openFiles } from '../../src/sources/files/open.ts';
import { readMembers } from '../sources/support/values.ts';
import { aiko } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(10_000);
const table = 'email\na@example.com\n';

function folders() {
  const root = mkdtempSync(join(tmpdir(), 'lineup-test-closed-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, content = table) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    return join(root, path);
  };
  write('exports/members.csv');
  write('exports/part-00000');
  write('exports/0001_part_00.gz');
  write('data/secret.key', 'c2VjcmV0\n');
  write('data/staged/run_1/lineup-run_1-1.txt');
  write('data/runs/r/journal.ndjson', '{"email":"x"}\n');
  write('elsewhere/uploads/upl_1.csv');
  write('.env', 'LINEUP_SECRET_KEY=x\n');
  write('exports/.hidden/members.csv');
  write('exports/shadow', 'root:*:19000:0:99999:7:::\n');
  write('exports/settings.yml', 'password: hunter2\n');
  symlinkSync(join(root, 'data'), join(root, 'exports/way-in'));
  symlinkSync(join(root, 'exports/shadow'), join(root, 'exports/shadow.csv'));
  const own = [join(root, 'data'), join(root, 'elsewhere/uploads')];
  const open = (roots: readonly string[]) => pathsBelow({ roots, own });
  return { root, write, own, open };
}

describe('with a root that contains everything', () => {
  test.each([
    'data/secret.key',
    'data/staged/run_1/lineup-run_1-1.txt',
    'data/staged/*/*.txt',
    'data/**/*',
    'data/runs/r/journal.ndjson',
    'exports/way-in/staged/run_1/lineup-run_1-1.txt',
    'elsewhere/uploads/upl_1.csv',
    '.env',
    'exports/.hidden/members.csv',
    'exports/../data/secret.key',
  ])('%s is not found', async (path) => {
    const { root, open } = folders();
    const failure = await open([root])
      .open(join(root, path), signal())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'source_not_found' });
  });

  test.each(['exports/shadow', 'exports/shadow.csv', 'exports/settings.yml'])(
    '%s is refused because of its extension',
    async (path) => {
      const { root, open } = folders();
      await expect(open([root]).open(join(root, path), signal())).rejects.toMatchObject({
        code: 'source_unsupported',
        message: expect.stringContaining('Its name must end with one of these: .csv, .tsv'),
      });
    },
  );

  test('exports are read, also with the names that clusters use', async () => {
    const { root, open } = folders();
    const place = open([root]);
    for (const path of ['exports/members.csv', 'exports/part-*', '**/members.csv']) {
      const source = await place.open(join(root, path), signal());
      expect(await readMembers(await source.scan(['email'])), path).toEqual([['a@example.com']]);
    }
  });

  test('the list shows readable files, and exactly these can be read', async () => {
    const { root, open } = folders();
    const place = open([root]);
    const listed = (await place.list(signal())).map(({ id }) => id);
    expect(listed).toEqual(
      ['exports/0001_part_00.gz', 'exports/members.csv', 'exports/part-00000'].map((path) => join(root, path)),
    );
    for (const id of listed) expect(await place.lists(id), id).toBe(true);
    for (const path of [
      'exports/shadow',
      'exports/shadow.csv',
      'exports/*.csv',
      'exports/../exports/members.csv',
      'exports/none.csv',
      'exports/way-in/staged/run_1/lineup-run_1-1.txt',
      'data/staged/run_1/lineup-run_1-1.txt',
      '../members.csv',
    ]) {
      expect(await place.lists(`${root}/${path}`), path).toBe(false);
    }
  });

  test('files in very deep folders are not in the list', async () => {
    const { root, write, open } = folders();
    const deep = write('exports/1/2/3/4/5/6/7/members.csv');
    expect(await open([root]).lists(deep)).toBe(false);
    expect(await open([join(root, 'exports/1/2')]).lists(deep)).toBe(true);
  });
});

test('a root inside Lineup’s own folders or the system’s opens nothing', async () => {
  const { root, open } = folders();
  for (const closed of [join(root, 'data'), join(root, 'data/staged'), join(root, 'exports/way-in'), '/proc']) {
    const place = open([closed]);
    expect(await place.list(signal()), closed).toEqual([]);
    await expect(place.open(join(closed, 'secret.key'), signal()), closed).rejects.toMatchObject({
      code: 'source_not_found',
    });
  }
  // Also through links that lead there.
  await expect(open(['/']).open('/proc/self/environ', signal())).rejects.toMatchObject({
    code: 'source_not_found',
  });
  await expect(open(['/']).open('/etc/passwd', signal())).rejects.toMatchObject({
    code: 'source_unsupported',
  });
});

test('a pipe, a device and a folder cannot be read, whatever their names are', async () => {
  const { root, open } = folders();
  execFileSync('mkfifo', [join(root, 'exports/pipe.csv')]);
  mkdirSync(join(root, 'exports/folder.csv'));
  symlinkSync('/dev/zero', join(root, 'exports/zero.csv'));
  for (const name of ['pipe.csv', 'folder.csv', 'zero.csv']) {
    await expect(open([root]).open(join(root, 'exports', name), signal()), name).rejects.toMatchObject({
      code: 'source_not_found',
    });
  }
});

describe('a file that changes between the check and the opening', () => {
  const located = async () => {
    const { root, own } = folders();
    const path = join(root, 'exports/members.csv');
    const open = await OpenFolders.of([join(root, 'exports')], own);
    const admits = (real: string) => open.offers(real);
    const read = () => openFiles({ source: path, locations: [{ kind: 'file', path, name: path, size: 1, admits }] });
    return { root, path, read };
  };

  test.each(['data/secret.key', 'data/staged/run_1/lineup-run_1-1.txt'])(
    'a link to %s cannot be read',
    async (target) => {
      const { root, path, read } = await located();
      rmSync(path);
      symlinkSync(join(root, target), path);
      await expect(read()).rejects.toMatchObject({ code: 'source_unreadable' });
    },
  );

  test('a link in place of a parent folder cannot be followed, either', async () => {
    const { root, read } = await located();
    renameSync(join(root, 'exports'), join(root, 'moved'));
    symlinkSync(join(root, 'elsewhere'), join(root, 'exports'));
    writeFileSync(join(root, 'elsewhere/members.csv'), table);
    await expect(read()).rejects.toMatchObject({ code: 'source_unreadable' });
  });

  test('a pipe does not block the reader', async () => {
    const { path, read } = await located();
    rmSync(path);
    execFileSync('mkfifo', [path]);
    await expect(read()).rejects.toMatchObject({ code: 'source_unreadable' });
  });

  test('a newer regular file in its place is read', async () => {
    const { root, path, read } = await located();
    linkSync(path, join(root, 'exports/second-name.csv'));
    writeFileSync(join(root, 'exports/newer.csv'), 'email\nb@example.com\n');
    renameSync(join(root, 'exports/newer.csv'), path);
    expect(await readMembers(await (await read()).scan(['email']))).toEqual([['b@example.com']]);
  });
});

describe('the settings', () => {
  test('refuse invalid folders, each at its line, and warn about broad ones', async () => {
    const bench = await serviceBench({ role: 'api' });
    const { settings } = bench.service;
    const data = join(bench.directory, 'data');
    mkdirSync(join(data, 'staged'), { recursive: true });
    symlinkSync(data, join(bench.directory, 'members', 'link'));
    const roots = ['/srv', data, join(data, 'staged'), join(data, 'uploads'), '/proc/self', '/dev', '/run'];
    const refusal = await settings
      .write('files', { roots: [...roots, join(bench.directory, 'members/link')] }, aiko)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: 'invalid_argument',
      fields: [1, 2, 3, 4, 5, 6, 7].map((n) => ({
        path: `roots.${n}`,
        message: expect.stringContaining('cannot be opened to exports'),
      })),
    });
    expect((await settings.read()).files.roots).toEqual([join(bench.directory, 'members')]);
    expect((await settings.read()).warnings).toEqual([]);

    const { warnings } = await settings.write('files', { roots: ['/', bench.directory, '/etc', '/srv/x'] }, aiko);
    expect(warnings.map(({ path, message }) => [path, message])).toEqual([
      ['files.roots.0', expect.stringContaining('holds much more than exports')],
      ['files.roots.0', expect.stringContaining(`contains ${data}, which belongs to Lineup`)],
      ['files.roots.0', expect.stringContaining(`contains ${join(data, 'uploads')}`)],
      ['files.roots.1', expect.stringContaining(`contains ${data}, which belongs to Lineup`)],
      ['files.roots.1', expect.stringContaining(`contains ${join(data, 'uploads')}`)],
      ['files.roots.2', expect.stringContaining('holds much more than exports')],
    ]);
    // No file of it is offered.
    writeFileSync(join(data, 'secret.key'), 'c2VjcmV0\n');
    writeFileSync(join(data, 'staged', 'lineup-1.txt'), `${'ab'.repeat(32)}\n`);
    const path = bench.write('vip.csv', table);
    await settings.write('files', { roots: [bench.directory] }, aiko);
    const { items } = await bench.service.sources.audiences(null, { limit: 99 }, signal());
    expect(items.map(({ id }) => id)).toEqual([path]);
  });
});
