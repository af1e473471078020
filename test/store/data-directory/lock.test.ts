import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { isLocked, tryLock } from '../../../src/store/data-directory/lock.ts';
import { directoryOfTest } from '../../support/directory.ts';

const lockPath = () => join(directoryOfTest('lock'), 'a.lock');
const module = new URL('../../../src/store/data-directory/lock.ts', import.meta.url).href;

/** Another process that takes the lock and holds it until it is killed. */
async function holder(path: string) {
  const program = `import { tryLock } from ${JSON.stringify(module)};
    process.stdout.write(tryLock(${JSON.stringify(path)}) ? 'held' : 'refused'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [word] = await once(child.stdout!, 'data');
  return { child, word: String(word) };
}

test('a lock has one holder within a process', () => {
  const path = lockPath();
  const release = tryLock(path);
  expect(release).toBeDefined();
  expect(tryLock(path)).toBeUndefined();
  expect(isLocked(path)).toBe(true);
  release?.();
  release?.();
  expect(isLocked(path)).toBe(false);
});

test('a lock has one holder over all processes, and SIGKILL frees it', async () => {
  const path = lockPath();
  const { child, word } = await holder(path);
  expect(word).toBe('held');
  expect(tryLock(path)).toBeUndefined();
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  const release = tryLock(path);
  expect(release).toBeDefined();
  const second = await holder(path);
  expect(second.word).toBe('refused');
  second.child.kill('SIGKILL');
  release?.();
});

test('a lock is held even if nothing refers to its release function any more', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const path = lockPath();
  expect(tryLock(path)).toBeDefined();
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  expect(isLocked(path)).toBe(true);
});
