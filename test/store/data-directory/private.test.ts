/** Directories that other users could enter are closed to them, or refused. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { keepPrivate } from '../../../src/store/data-directory/private.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

function aDirectory(mode: number) {
  const root = mkdtempSync(join(tmpdir(), 'lineup-test-private-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const directory = join(root, 'data');
  mkdirSync(join(directory, 'runs', 'r1'), { recursive: true });
  const write = (path: string, fileMode: number) => {
    writeFileSync(join(root, path), 'x');
    chmodSync(join(root, path), fileMode);
  };
  write('elsewhere.txt', 0o644);
  write('data/runs/r1/journal.ndjson', 0o666);
  write('data/tool', 0o755);
  write('data/secret.key', 0o644);
  symlinkSync(join(root, 'elsewhere.txt'), join(directory, 'link'));
  for (const path of ['data/runs/r1', 'data/runs', 'data']) chmodSync(join(root, path), mode);
  const notes: string[] = [];
  return { root, directory, notes, note: (text: string) => void notes.push(text) };
}

test.each([0o777, 0o755, 0o750, 0o701])(
  'a directory of mode %o is closed with its content, and this is reported',
  (mode) => {
    const { root, directory, notes, note } = aDirectory(mode);
    keepPrivate(directory, { note });
    expect(
      ['', 'runs', 'runs/r1', 'runs/r1/journal.ndjson', 'tool'].map((path) => modeOf(join(directory, path))),
    ).toEqual(['700', '700', '700', '600', '700']);
    expect(notes).toEqual([
      expect.stringContaining(`Other users of this machine could open ${directory} (mode 0${mode.toString(8)})`),
    ]);
    // The target of a link is not part of it. A key that others could read is reported in another place.
    expect([modeOf(join(root, 'elsewhere.txt')), modeOf(join(directory, 'secret.key'))]).toEqual(['644', '644']);
    keepPrivate(directory, { note });
    expect(notes).toHaveLength(1);
  },
);

test('a missing directory, or a file in its place, is left for later code', () => {
  const { root, note, notes } = aDirectory(0o700);
  keepPrivate(join(root, 'none'), { note });
  keepPrivate(join(root, 'elsewhere.txt'), { note });
  expect(notes).toEqual([]);
});

describe('a directory is refused', () => {
  const failing = (code: string) => (path: string) => {
    throw Object.assign(new Error(code), { code, path });
  };

  test.each([
    ['that belongs to another user', 0o777, { user: 4_294_967 }, /belongs to another user/],
    ['that belongs to another user, even if it is closed', 0o700, { user: 4_294_967 }, /belongs to another user/],
    [
      'on a read-only disk',
      0o755,
      { chmod: failing('EROFS') },
      /its permissions cannot be changed \(EROFS\)\. Run: chmod -R go= /,
    ],
    ['whose mode cannot be changed', 0o755, { chmod: failing('EPERM') }, /its permissions cannot be changed \(EPERM\)/],
    ['on a file system without permissions', 0o755, { chmod: () => {} }, /its file system has no permissions/],
  ])('%s', (_, mode, options, message) => {
    const { directory, note, notes } = aDirectory(mode);
    const failure = (() => {
      try {
        keepPrivate(directory, { note, ...options });
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({ code: 'invalid_configuration', message: expect.stringMatching(message) });
    expect(notes).toEqual([]);
  });
});
