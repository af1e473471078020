/** LINE’s data on the command line: the ad accounts of a group, and the custom audiences of an account. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bench, bench, members, toVip } from '../support/cli.ts';
import { needs } from '../support/skip.ts';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
const there = ['--ad-account', 'A1'];

/** A bench with an audience of forty members. */
async function filled(): Promise<{ at: Bench; vip: string }> {
  const at = await bench();
  const { run } = await at.export(['--source', at.write('members.csv', members(40).csv), ...toVip]);
  return { at, vip: run.audience!.id! };
}

const namesOf = ({ simulator }: Bench): string[] => simulator.inspect().audiences.map(({ name }) => name);

describe('accounts', () => {
  test('are those of the group', async () => {
    const { run } = await bench();
    const { code, stdout } = await run(['accounts', '--group', 'G1']);
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/)[0]),
    ).toEqual(['Id', 'A3', 'A2', 'A1']);
    const list = JSON.parse((await run(['accounts', '--group', 'G1', '--json'])).stdout);
    expect(list.map(({ id }: { id: string }) => id)).toEqual(['A3', 'A2', 'A1']);
  });

  test('of an empty group give an empty list, and those of a foreign group are refused', async () => {
    const { run } = await bench({ adAccounts: [] });
    expect(await run(['accounts', '--group', 'G1'])).toMatchObject({
      code: 0,
      stdout: 'Group G1 has no ad accounts.\n',
    });
    expect(await run(['accounts', '--group', 'G9'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'Error: LINE answered 400 INVALID_GROUP_ID (groupId). Check the group ID.\n',
    });
  });
});

describe('audiences', () => {
  test('are listed, by name too', async () => {
    const { at, vip } = await filled();
    const { stdout } = await at.run(['audiences', 'list', ...there]);
    expect(stdout).toMatch(new RegExp(`^${vip}\\s+VIP\\s+\\S+\\s+\\S+\\s+[\\d,-]+`, 'm'));
    const named = await at.run(['audiences', 'list', ...there, '--name', 'VIP', '--json']);
    expect(JSON.parse(named.stdout)).toMatchObject([{ id: vip, name: 'VIP' }]);
    expect((await at.run(['audiences', 'list', ...there, '--name', 'nobody'])).stdout).toBe(
      'Ad account A1 has no custom audiences.\n',
    );
  });

  test('are shown with their uploads', async () => {
    const { at, vip } = await filled();
    const { stdout } = await at.run(['audiences', 'show', vip, ...there]);
    expect(stdout).toMatch(/^Upload job\s+File\s+Type\s+State\s+Processed\s+Created$/m);
    expect(stdout).toMatch(/\sDIFF_ADD\s+FINISHED\s+40\s/);
    const document = JSON.parse((await at.run(['audiences', 'show', vip, ...there, '--json'])).stdout);
    expect(document).toMatchObject({ id: vip, uploadJobs: [{ jobStatus: 'FINISHED', audienceCount: 40 }] });
  });

  test('can be renamed, and get a lookalike', async () => {
    const { at, vip } = await filled();
    const renamed = await at.run(['audiences', 'rename', vip, 'VIP of Kansai', ...there]);
    expect(renamed).toMatchObject({ code: 0, stdout: `Renamed ${vip} to "VIP of Kansai"\n` });
    expect(namesOf(at)).toContain('VIP of Kansai');
    const lookalike = ['audiences', 'lookalike', vip, ...there, '--name', 'Like VIP', '--rate', '0.05'];
    expect(await at.run(lookalike)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Created lookalike \d+ "Like VIP", \w+\n$/),
    });
    expect(namesOf(at)).toContain('Like VIP');
  });

  test('are compared, at most five at once', async () => {
    const { at, vip } = await filled();
    const { run } = await at.export([
      ...['--source', at.write('others.csv', members(40).csv), ...toVip.slice(0, -1), 'The same'],
    ]);
    const other = run.audience!.id!;
    expect((await at.run(['audiences', 'overlap', vip, other, ...there])).stdout).toMatch(
      new RegExp(`^${other}\\s+(100 %|–)$`, 'm'),
    );
    const five = await at.run(['audiences', 'overlap', vip, '1', '2', '3', '4', '5', ...there]);
    expect(five).toMatchObject({ code: 2, stderr: expect.stringContaining('one to four audiences at once') });
  });

  test('that do not exist are named, and LINE gets no other request', async () => {
    const { at } = await filled();
    const before = namesOf(at);
    for (const args of [
      ['show', '12345'],
      ['rename', '12345', 'x'],
      ['delete', '12345', '--yes'],
    ]) {
      const { code, stderr } = await at.run(['audiences', ...args, ...there]);
      expect([code, stderr]).toEqual([
        1,
        'Error: Ad account A1 has no custom audience 12345. Run "lineup audiences list --ad-account A1" to list the audiences.\n',
      ]);
    }
    expect(namesOf(at)).toEqual(before);
  });

  test('are deleted only after a person confirms', async () => {
    const { at, vip } = await filled();
    const asked = await at.run(['audiences', 'delete', vip, ...there]);
    expect(asked).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`Delete ${vip} "VIP"? This cannot be undone. Confirm with --yes.`),
    });
    expect(namesOf(at)).toContain('VIP');
    const done = await at.run(['audiences', 'delete', vip, ...there, '--yes']);
    expect(done).toMatchObject({ code: 0, stdout: `Deleted ${vip} "VIP"\n` });
    expect(namesOf(at)).not.toContain('VIP');
  });

  test.for([
    ['yes', 2, true],
    ['delete', 0, false],
  ] as const)(
    'are deleted only with "yes": a person types "%s" on a terminal',
    needs(existsSync('/usr/bin/script'), 'there is no program that opens a terminal'),
    async ([word, status, remains]) => {
      const { at, vip } = await filled();
      const command = [process.execPath, main, 'audiences', 'delete', vip, ...there].join(' ');
      const terminal = spawn('/usr/bin/script', ['-qefc', command, '/dev/null'], {
        cwd: at.directory,
        env: at.environment,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let shown = '';
      terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
        if (shown.includes('to continue: ') && terminal.stdin.writable) terminal.stdin.end(`${word}\n`);
      });
      const [code] = await once(terminal, 'close');
      expect([code, namesOf(at).includes('VIP')], shown).toEqual([status, remains]);
    },
  );
});
