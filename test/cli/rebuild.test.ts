/** A lost installation, rebuilt from its configuration file beside the same LINE. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { members } from '../support/cli.ts';
import { aiko, SECRET_KEY } from '../support/service.ts';
import { serving } from '../support/serving.ts';

const atRest = ({ status }: JobView) => status !== 'runnable';

test('jobs adopt the audiences that they had, in their order, also those of further identifiers', async () => {
  const lost = await serving();
  const source = lost.write('vip.csv', 'email,mobile\na@example.com,0312345678\nb@example.com,0312345679\n');
  const phones = {
    identifier_type: 'phone',
    id_field: 'mobile',
    audience_name: 'Phones',
    default_country: 'JP',
  };
  const made = [
    await lost.createJob({ segment_id: source, siblings: [phones] }, 'Two identifiers'),
    await lost.createJob({ segment_id: lost.write('more.csv', members(5).csv), audience_name: 'More' }, 'A'),
    await lost.createJob({ segment_id: source, audience_name: 'Third' }, 'Between'),
  ];
  for (const { id } of made) await lost.waitForJob(id, atRest);
  await lost.lineup(['export-config', '--out', 'written.yaml']);
  const written = readFileSync(join(lost.directory, 'written.yaml'), 'utf8');
  const audiencesAtLine = () => lost.simulator.inspect().audiences.map(({ id, name }) => [id, name]);
  const audiences = audiencesAtLine();
  const own = audiences.filter(([, name]) => ['VIP', 'Phones', 'More', 'Third'].includes(name!));
  expect(own).toHaveLength(4);

  const young = await serving({ sameLine: lost.simulator });
  await young.service.settings.write('files', { roots: [join(lost.directory, 'members')] }, aiko);
  const file = join(young.directory, 'lineup.yaml');
  writeFileSync(file, written);
  const environment = {
    MAIN_ACCOUNT_ACCESS_KEY: lost.simulator.keys[0]!.accessKey,
    MAIN_ACCOUNT_SECRET_KEY: SECRET_KEY,
  };
  const applied = await young.lineup(['apply', file, '--yes'], { environment });
  expect([applied.code, applied.stderr]).toEqual([
    0,
    expect.stringContaining('done: + create job "Between"'),
  ]);
  for (const [id, name] of own) {
    expect(applied.stdout).toContain(
      `audience ${id} "${name}" is adopted: the first run replaces its members`,
    );
  }
  const { items } = await young.service.jobs.list({ limit: 9 });
  for (const { id } of items) {
    expect((await young.waitForJob(id, atRest)).last_run).toMatchObject({ status: 'succeeded' });
  }
  expect(audiencesAtLine()).toEqual(audiences);
  await young.lineup(['export-config', '--out', 'again.yaml']);
  expect(readFileSync(join(young.directory, 'again.yaml'), 'utf8')).toBe(written);
  expect((await young.lineup(['diff', file])).code).toBe(0);

  // The id of another audience is reported at its line, and nothing is changed.
  writeFileSync(file, written.replace(`"${own[0]![0]}"`, '"424242"'));
  const other = await young.lineup(['diff', file]);
  expect([other.code, other.stderr]).toEqual([
    2,
    expect.stringMatching(
      /lineup\.yaml:\d+:\d+ jobs\[0\]\.configuration\.audience_id: In the service, the job "Two identifiers" fills the audience \d+\. Write that id/,
    ),
  ]);
}, 240_000);
