import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Secret } from '../../../src/domain/values/secret.ts';
import { tokenFile } from '../../../src/store/data-directory/token-file.ts';
import { directoryOfTest } from '../../support/directory.ts';

const urlOf = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);

/** Another command, which asks for a token when a line comes. It notes each mint, and says which token it has. */
async function aCommand(directory: string) {
  const program = `
    import { appendFileSync, readFileSync } from 'node:fs';
    import { SharedTokens } from ${urlOf('destinations/shared-token.ts')};
    import { Secret } from ${urlOf('domain/values/secret.ts')};
    import { systemClock } from ${urlOf('machine/system-clock.ts')};
    import { tokenFile } from ${urlOf('store/data-directory/token-file.ts')};
    const [directory, mints] = process.argv.slice(1);
    const rules = {
      mint: async (_, kept) => {
        appendFileSync(mints, (kept ? kept.reveal() : 'none') + '\\n');
        // Long enough for the other one to come and wait.
        await systemClock.sleep(300);
        const count = readFileSync(mints, 'utf8').trim().split('\\n').length;
        const expiresAt = new Date(Date.now() + 3_600_000);
        return { token: new Secret('token-' + count), keep: new Secret('refresh-' + count), expiresAt };
      },
      renewBeforeMs: 1_800_000,
      stored: true,
    };
    const tokens = new SharedTokens(systemClock, (id) => tokenFile(directory, id)).of('a', { key: 'x' }, rules);
    process.stdin.on('data', async (refused) => {
      const token = await tokens.current(new Secret(String(refused).trim()));
      process.stdout.write(token.reveal() + '\\n');
    });
    process.stdout.write('ready\\n');`;
  const arguments_ = ['--input-type=module', '-e', program, '--', directory, join(directory, 'mints')];
  const child = spawn(process.execPath, arguments_, { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = async () => String((await once(child.stdout, 'data'))[0]).trim();
  await said();
  return {
    ask: (refused: string) => {
      const answer = said();
      child.stdin.write(`${refused}\n`);
      return answer;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const mintsIn = (directory: string) => readFileSync(join(directory, 'mints'), 'utf8').trim().split('\n');

test('two commands at once mint one token, which lies in a file that only its owner can read', async () => {
  const directory = directoryOfTest('tokens');
  const commands = await Promise.all([aCommand(directory), aCommand(directory)]);
  const ask = (refused: string) => Promise.all(commands.map((command) => command.ask(refused)));
  expect(await ask('none')).toEqual(['token-1', 'token-1']);
  expect(await ask('token-1')).toEqual(['token-2', 'token-2']);
  expect(mintsIn(directory)).toEqual(['none', 'refresh-1']);
  await Promise.all(commands.map((command) => command.kill()));
  const folder = join(directory, 'tokens');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder).toSorted()).toEqual(['a', 'a.lock']);
  expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o600);
});

test('a command that is killed while it mints leaves the turn to the next one', async () => {
  const directory = directoryOfTest('tokens');
  writeFileSync(join(directory, 'mints'), '');
  const first = await aCommand(directory);
  void first.ask('none').catch(() => {});
  await expect.poll(() => mintsIn(directory)).toEqual(['none']);
  await first.kill();
  const second = await aCommand(directory);
  expect(await second.ask('none')).toBe('token-2');
  await second.kill();
});

test('half a file counts as none', async () => {
  const directory = directoryOfTest('tokens');
  const store = tokenFile(directory, 'a');
  expect(await store.read()).toBeUndefined();
  const turn = (await store.tryTurn())!;
  expect(await store.tryTurn()).toBeUndefined();
  const times = { mintedAt: new Date(0), expiresAt: new Date(1) };
  const token = { token: new Secret('x'), keep: null, ...times, belongsTo: 'y' };
  await turn.save(token);
  await turn.release();
  expect(await store.read()).toEqual(token);
  const path = join(directory, 'tokens', 'a');
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, -5));
  expect(await store.read()).toBeUndefined();
});
