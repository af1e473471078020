/**
 * A data directory that cannot be written: each command says so in a sentence, whether the disk or the permissions
 * forbid it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Bench, bench, members, toVip } from '../support/cli.ts';
import { needs } from '../support/skip.ts';

/** Runs a command where `directory` cannot be written. */
type Forbid = (directory: string) => readonly string[];

/** Permissions do not count for root, unless it gives its capabilities away. */
const byPermissions: Forbid = (directory) => {
  execFileSync('chmod', ['-R', 'a-w', directory]);
  onTestFinished(() => void execFileSync('chmod', ['-R', 'u+w', directory]));
  return process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];
};

const unshared = ['unshare', '--map-root-user', '--mount'];

/** A mount that only the command sees. */
const byDisk: Forbid = (directory) => [
  ...unshared,
  ...['sh', '-c', 'd=$1; shift; mount --bind "$d" "$d" && mount -o remount,ro,bind "$d" && exec "$@"', 'sh', directory],
];

const needsMounts = needs(
  spawnSync(unshared[0]!, [...unshared.slice(1), 'true']).status === 0,
  'this user may not mount',
);

/** Each that writes to the data directory, with what it says when there is no data. */
const commands = (at: Bench): Readonly<Record<string, { args: readonly string[]; without?: RegExp }>> => ({
  export: { args: ['export', '--source', join(at.directory, 'members.csv'), ...toVip] },
  'a dry run': { args: ['export', '--source', join(at.directory, 'members.csv'), ...toVip, '--dry-run'] },
  check: { args: ['check', '--ad-account', 'A1'] },
  serve: { args: ['serve', '--port', '0'] },
  tokens: { args: ['tokens', 'create', '--name', 'CI'] },
  secrets: { args: ['secrets', 'rotate'] },
  backup: { args: ['backup', join(at.directory, 'new.tar.gz')], without: /holds no database/ },
  restore: { args: ['restore', join(at.directory, 'old.tar.gz')] },
  move: {
    args: ['move', '--to', 'postgresql://user@127.0.0.1:1/lineup'],
    without: /holds no embedded database/,
  },
});

const dataIn = (at: Bench, name = ''): string => join(at.environment.LINEUP_DATA_DIR!, name);

/** With a source, and a backup to restore. */
async function installation(): Promise<Bench> {
  const at = await bench();
  at.write('members.csv', members(3).csv);
  const made = await at.run(['tokens', 'create', '--name', 'first']);
  expect([made.code, (await at.export(['--source', join(at.directory, 'members.csv'), ...toVip])).code]).toEqual([
    0, 0,
  ]);
  expect((await at.run(['backup', join(at.directory, 'old.tar.gz')])).code).toBe(0);
  return at;
}

async function tryAll(at: Bench, environment: Record<string, string>, under: readonly string[], isEmpty: boolean) {
  for (const [name, { args, without }] of Object.entries(commands(at))) {
    const { code, stderr } = await at.start(args, { environment, under }).finished;
    expect([name, code, stderr], stderr).toEqual([
      name,
      2,
      expect.stringMatching(
        (isEmpty && without) || /^Error: .*cannot be written: access is denied, or the disk is read-only/,
      ),
    ]);
    expect(stderr).not.toContain('internal error');
  }
  for (const args of [
    ['runs', 'list'],
    ['fields', '--source', join(at.directory, 'members.csv')],
  ]) {
    expect((await at.start(args, { environment, under }).finished).code, args.join(' ')).toBe(0);
  }
}

describe('a data directory that is read-only', () => {
  test('by permissions', { timeout: 120_000 }, async () => {
    const at = await installation();
    await tryAll(at, {}, byPermissions(dataIn(at)), false);
  });

  test('on a disk', { timeout: 120_000, ...needsMounts }, async () => {
    const at = await installation();
    await tryAll(at, {}, byDisk(dataIn(at)), false);
  });

  test('because the disk on which it shall be made is', { timeout: 120_000, ...needsMounts }, async () => {
    const at = await installation();
    const parent = join(at.directory, 'parent');
    mkdirSync(parent);
    await tryAll(at, { LINEUP_DATA_DIR: join(parent, 'data') }, byDisk(parent), true);
  });

  test('in the part of the database', { timeout: 120_000 }, async () => {
    const at = await installation();
    const under = byPermissions(dataIn(at, 'db'));
    const { code, stderr } = await at.start(['serve', '--port', '0'], { under }).finished;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/db cannot be written: access is denied/)]);
  });
});
