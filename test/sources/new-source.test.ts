/** The source that docs/new-source.md builds: its types, its form, and the contract of sources. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { Provider } from '../../src/contracts/providers/index.ts';
import { Secret } from '../../src/contracts/secret.ts';
import type { ProviderOptions, Source, SourceProvider } from '../../src/sources/source.ts';
import { directoryOfTest } from '../support/directory.ts';
import { type Row, sourceContract } from './contract.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/new-source.md'), 'utf8');
// Beside the libraries, so that imports of packages work.
const folder = join(root, `build/new-source-${process.pid}`);

/** The whole files of the page, in a folder of their own. Their imports lead to the sources of Lineup. */
const files = [...page.matchAll(/^```ts\n\/\/ (\S+sqlite\S+)\n(.*?)^```$/gms)].map(([, name, text]) => {
  const path = join(folder, name!);
  const imports = (match: string, from: string) => {
    const own = from === './source.ts' || !from.startsWith('.');
    return own ? match : match.replace(from, relative(dirname(path), join(root, dirname(name!), from)));
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text!.replaceAll(/from '([^']+)'/g, imports));
  return path;
});
afterAll(() => rmSync(folder, { recursive: true }));

const { sqlite } = (await import(files[0]!)) as { sqlite: Provider };
const { sqliteProvider } = (await import(files[2]!)) as {
  sqliteProvider: (options: ProviderOptions) => SourceProvider;
};

function fileOf(rows: readonly Row[]): string {
  const path = join(directoryOfTest('shop'), 'shop.db');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE members (email TEXT, phone TEXT); BEGIN');
  const insert = database.prepare('INSERT INTO members VALUES (?, ?)');
  for (const { email, phone = null } of rows) insert.run(email, phone);
  database.exec('COMMIT');
  database.close();
  return path;
}

async function openAt(path: string): Promise<Source> {
  const source = await sqliteProvider({ ownMachine: true }).open(
    new Secret({ path }),
    'members',
    new AbortController().signal,
  );
  onTestFinished(() => source.close());
  return source;
}

sourceContract({
  name: 'docs/new-source.md',
  lists: false,
  nul: true,
  places: false,
  open: async (rows) => openAt(fileOf(rows)),
  // The last page of the file is damaged.
  openBroken: async (rows) => {
    const path = fileOf(rows);
    const source = await openAt(path);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, bytes.length - 4_096));
    return source;
  },
});

test('its types are correct', () => {
  const config = join(folder, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), include: [], files }));
  const { stdout, status } = spawnSync('npx', ['tsc', '--noEmit', '-p', config], {
    cwd: root,
    encoding: 'utf8',
  });
  expect([stdout, status]).toEqual(['', 0]);
});

test('its form takes what its variables hold, and the service refuses files of the machine', async () => {
  const [method] = sqlite.methods;
  expect(method!.configuration.parse({ path: ' shop.db ' })).toEqual({ path: 'shop.db' });
  expect(method!.fields.map(({ variable }) => variable)).toEqual(['LINEUP_SQLITE_FILE']);
  const path = fileOf([{ email: 'a@example.com' }]);
  const { signal } = new AbortController();
  await expect(sqliteProvider({}).open(new Secret({ path }), 'members', signal)).rejects.toMatchObject({
    code: 'source_unsupported',
  });
  const own = sqliteProvider({ ownMachine: true });
  expect(await own.audiences(new Secret({ path }), { limit: 5 }, signal)).toMatchObject({
    items: [{ id: 'members' }],
    next: null,
  });
});
