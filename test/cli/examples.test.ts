/**
 * Every example of docs/export.md, docs/service-cli.md and the help of `export`, as it stands there, in a shell. What a
 * reader puts in place of `…` and of invented names is put in its place.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { useFolder } from '../sources/support/folder.ts';
import { parquetOf } from '../sources/support/member-files.ts';
import { type Bench, bench } from '../support/cli.ts';
import { SECRET_KEY } from '../support/service.ts';
import { serving } from '../support/serving.ts';
import { type Shell, shellIn } from '../support/shell.ts';

/** The blocks of a page that are for a shell. */
const blocksOf = (page: string): string[] =>
  [...readFileSync(resolve(import.meta.dirname, '../../docs', page), 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(
    ([, block]) => block!,
  );

/** A run of the documentation. */
const RUN = '20261125-003012-k3f9qa';

const rows = Array.from({ length: 40 }, (_, n) => {
  const digits = String(n).padStart(4, '0');
  return {
    email: `member${n}@example.com`,
    phone: `0901234${digits}`,
    ifa: `00000000-0000-4000-8000-00000000${digits}`,
  };
});
const csv = [
  'email,tel,mobile,idfa,device_id',
  ...rows.map(({ email, phone, ifa }) => [email, phone, phone, ifa, ifa].join()),
].join('\n');

const expectDone = async (shell: Shell, text: string, change?: Record<string, string>): Promise<string> => {
  expect(text).not.toContain('…');
  const { status, stdout, stderr } = await shell.run(['bash', '-e', '-u', '-o', 'pipefail', '-c', text], change);
  expect([text, status, status === 0 ? '' : stderr]).toEqual([text, 0, '']);
  return stdout;
};

const withKeys = (text: string, key: string, secret: string): string =>
  text
    .replace('LINE_ADS_ACCESS_KEY=…', `LINE_ADS_ACCESS_KEY='${key}'`)
    .replace('LINE_ADS_SECRET_KEY=…', `LINE_ADS_SECRET_KEY='${secret}'`);

/** A directory with the files of the examples. */
async function members(): Promise<{ at: Bench; shell: Shell }> {
  const at = await bench();
  const shell = shellIn(at.directory, at.environment);
  shell.put('members.csv', csv);
  shell.put('opted-out.csv', 'email\nmember1@example.com\n');
  shell.put('staff.csv', 'email\nmember2@example.com\n');
  return { at, shell };
}

/** A run that can continue. */
async function failedRun({ at, shell }: Awaited<ReturnType<typeof members>>): Promise<string> {
  at.simulator.addFault({ kind: 'job_failed', nth: 1 });
  const args = ['--source', 'members.csv', '--field', 'email', '--identifier-type', 'email'];
  const failed = await shell.run([
    'lineup',
    'export',
    ...args,
    '--ad-account',
    'A1',
    '--audience-name',
    'VIP',
    '--json',
  ]);
  expect(failed.status).toBe(1);
  at.simulator.clearFaults();
  return (JSON.parse(failed.stdout) as { runId: string }).runId;
}

test('the examples of docs/export.md', async () => {
  const blocks = blocksOf('export.md');
  const [first, leftOut, resume, runs] = blocks;
  expect(blocks).toHaveLength(4);
  const member = await members();
  const { accessKey, secretKey } = member.at.simulator.keys[0]!;
  await expectDone(member.shell, withKeys(first!, accessKey, secretKey));
  await expectDone((await members()).shell, leftOut!);
  const broken = await members();
  const run = await failedRun(broken);
  await expectDone(broken.shell, runs!.replace(RUN, run));
  await expectDone(broken.shell, resume!.replace(RUN, run));
}, 240_000);

const folder = useFolder();

test('the examples of "lineup export --help"', async () => {
  let help = '';
  const writeOut = (part: string) => {
    help += part;
  };
  const command = exportCommand();
  command.configureOutput({ writeOut });
  command.outputHelp();
  const [named, parquet, several, resume, ...others] = help.match(/^ {2}lineup export .*$/gm) ?? [];
  expect([resume, others]).toEqual([expect.stringContaining(RUN), []]);
  for (const text of [named!, several!]) await expectDone((await members()).shell, text);
  const { at, shell } = await members();
  at.simulator.addAudience({ name: 'Phones', idType: 'HASHED_PHONE_NUMBER', members: 40 });
  shell.put('exports/a.parquet', '');
  copyFileSync(
    await parquetOf(
      folder,
      rows.map(({ email, phone }) => ({ email, phone })),
    ),
    join(at.directory, 'exports/a.parquet'),
  );
  await expectDone(shell, parquet!);
  const broken = await members();
  await expectDone(broken.shell, resume!.replace(RUN, await failedRun(broken)));
}, 240_000);

test('the examples of docs/service-cli.md', async () => {
  const blocks = blocksOf('service-cli.md');
  const [start, token, fill, siblings, credentials] = blocks;
  expect(blocks).toHaveLength(5);
  const at = await serving({ simulator: { jobMs: 40 } });
  const file = at.write('vip.csv', csv);
  const environment = {
    LINEUP_DATA_DIR: join(at.directory, 'another'),
    LINEUP_URL: at.url,
    LINEUP_TOKEN: await at.token('administrator'),
    WAREHOUSE_URL: 'postgresql://reader:invented@127.0.0.1:9/warehouse',
    EXPORTS_BUCKET: 'exports',
  };
  const shell = shellIn(at.directory, environment);
  const own = (text: string) =>
    withKeys(text, at.simulator.keys[0]!.accessKey, SECRET_KEY).replace('/srv/exports/vip.csv', file);

  // `lineup serve` runs until somebody ends it: test/cli/serve.test.ts.
  const [serve, ...address] = start!.split('\n');
  expect(serve).toMatch(/^lineup serve +#/);
  await expectDone(shell, address.join('\n').replace('lineup_…', 'lineup_x'));
  expect(await expectDone(shell, `${token!}\necho "$LINEUP_TOKEN"`)).toMatch(/^lineup_/);
  await expectDone(shell, own(fill!));
  const common = `--name Siblings --authorization "LINE Ads" --audience '${file}' --ad-account A1 --once --wait`;
  await expectDone(
    shell,
    siblings!.replace('…', common).replaceAll('VIP members', 'More').replaceAll('VIP devices', 'Devices'),
  );

  const keys = { access_key: at.simulator.keys[0]!.accessKey, secret_key: SECRET_KEY };
  shell.put('bin/vault', `#!/bin/sh\necho '${JSON.stringify(keys)}'\n`);
  // Neither the database nor the bucket is there.
  await expectDone(shell, credentials!.replace(/(--env \w+=\w+)$/gm, '$1 --save-anyway'));
}, 240_000);
