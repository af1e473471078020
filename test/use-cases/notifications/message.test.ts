import { expect, test } from 'vitest';
import type { DomainEvent } from '../../../src/contracts/domain-events.ts';
import { translatorFor } from '../../../src/i18n/server-catalogues.ts';
import { asText, messageOf } from '../../../src/use-cases/notifications/message.ts';

const about = { at: '2026-03-02T00:00:00.000Z', jobId: 'job_1', jobName: 'VIP', runId: 'run_1' };
const error = (code: string) => ({ code, message: `It is ${code}.`, reason: null });

test.each<[DomainEvent, subject: RegExp, text: RegExp]>([
  [
    { type: 'job_waiting', ...about, error: error('line_unauthorized') },
    /“VIP” waits$/,
    /starts automatically.*It is line_unauthorized\..*Verify the authorization/s,
  ],
  [{ type: 'job_waiting', ...about, error: error('line_clock_skewed') }, /waits$/, /clock.*\(NTP\)/s],
  [
    { type: 'guard_stopped', ...about, error: error('audience_shrinks') },
    /needs your approval$/,
    /run it anyway/,
  ],
  [
    { type: 'guard_stopped', ...about, error: error('nothing_to_send') },
    /nothing to send$/,
    /run the job again/,
  ],
  [
    {
      type: 'audience_incomplete',
      ...about,
      message: 'LINE holds 200,000 of 238,709 members.',
      sent: 200_000,
      total: 238_709,
    },
    /The audience of “VIP” is incomplete at LINE$/,
    /^LINE holds 200,000 of 238,709 members\..*Continue the job/s,
  ],
])('$type says what happened and what to do', async (event, subject, text) => {
  const message = messageOf(event, null, await translatorFor('en', 'UTC'));
  expect(message.subject).toMatch(subject);
  expect(asText(message)).toMatch(text);
});
