/** `lineup notifications digest`: shown, and sent to a channel. */
import { expect, test } from 'vitest';
import { webReceiver } from '../support/receivers.ts';
import { aiko } from '../support/service.ts';
import { serving } from '../support/serving.ts';

test('the weekly digest is shown in a language, or sent to a channel at once', async () => {
  const running = await serving();
  const environment = { LINEUP_TOKEN: await running.token('administrator') };
  const lineup = (args: readonly string[], input?: string) =>
    running.lineup(args, { environment, ...(input !== undefined && { input }) });
  const receiver = await webReceiver();
  await running.service.settings.write('network', { internal_hosts: ['127.0.0.1'] }, aiko);
  const created = await lineup(
    ['notifications', 'create', '--kind', 'slack', '--label', '#ads', '--events', 'weekly_digest'],
    JSON.stringify({ url: receiver.url }),
  );
  expect([created.code, created.stderr]).toEqual([0, '']);

  const refused = await running.lineup(['notifications', 'digest']);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('Only an administrator')]);
  const { stdout } = await lineup(['notifications', 'digest']);
  expect(stdout).toMatch(/^Lineup: Weekly digest\. Audiences that need a person: 0\n\nAudiences that need/);
  const japanese = await lineup(['notifications', 'digest', '--language', 'ja', '--json']);
  expect(JSON.parse(japanese.stdout)).toMatchObject({
    subject: 'Lineup: 週間レポート：対応が必要なオーディエンスは0件です',
  });
  const sent = await lineup(['notifications', 'digest', '#ads']);
  expect([sent.code, sent.stdout]).toEqual([0, '✓ The message was accepted.\n']);
  expect(receiver.received.map(({ body }) => body)).toEqual([expect.stringContaining('Weekly digest')]);

  const both = await lineup(['notifications', 'digest', '#ads', '--language', 'ja']);
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('A channel has its own language.')]);
  receiver.answer(500);
  expect((await lineup(['notifications', 'digest', '#ads'])).code).toBe(1);
}, 60_000);
