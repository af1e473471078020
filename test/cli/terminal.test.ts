/**
 * Ctrl-C at a real process. interrupted.test.ts shows what the first one stops, and move.test.ts the words of the
 * second.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const terminal = resolve(import.meta.dirname, '../../src/cli/terminal.ts');

test('a second Ctrl-C ends a process that does not stop, and says how its work ended', async () => {
  const text = `import { interruptible } from '${terminal}';
    const work = () => new Promise(() => { setInterval(() => {}, 60_000); console.error('Working'); });
    await interruptible(work, { onSecondSignal: () => 'Nobody knows how it ended.' });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', text], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part;
    if (part.includes('Working') || part.includes('Stopping')) child.kill('SIGINT');
  });
  const [code] = await once(child, 'close');
  expect([code, said]).toEqual([
    130,
    'Working\nStopping … (press Ctrl-C again to stop now)\nNobody knows how it ended.\n',
  ]);
});
