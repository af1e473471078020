import { expect, test } from 'vitest';
import type { DomainEvent } from '../../../src/contracts/domain-events.ts';
import { localized, sentence, share } from '../../../src/domain/text/sentence.ts';
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
    /send this list anyway/,
  ],
  [{ type: 'guard_stopped', ...about, error: error('nothing_to_send') }, /nothing to send$/, /run the job again/],
  [
    { type: 'guard_stopped', ...about, error: error('too_few_rows') },
    /stopped before it sent anything$/,
    /It is too_few_rows\..*run the job again/s,
  ],
  [
    {
      type: 'audience_incomplete',
      ...about,
      message: 'LINE holds 200,000 of 238,709 members.',
      sent: 200_000,
      total: 238_709,
    },
    /The audience of “VIP” is incomplete$/,
    /^LINE holds 200,000 of 238,709 members\..*Continue the job/s,
  ],
  [
    { type: 'guard_stopped', ...about, error: error('size_change_exceeded') },
    /needs your approval$/,
    /breaks an alert rule.*It is size_change_exceeded\..*send this list anyway/s,
  ],
  [
    {
      type: 'alert_raised',
      ...about,
      ...{ rule: 'slow', threshold: 60, measured: 75 },
      message: 'The run has taken 75 min. The limit is 60 min.',
    },
    /^Lineup: Alert for “VIP”: a slow run$/,
    /^The run has taken 75 min\. The limit is 60 min\..*one more message when it is over\.$/s,
  ],
  [
    {
      type: 'alert_cleared',
      ...about,
      ...{ rule: 'slow', threshold: 60, measured: 12, since: '2026-03-01T09:30:00.000Z' },
      message: 'The run has taken 12 min. The limit is 60 min.',
    },
    /^Lineup: Alert for “VIP” is over: a slow run$/,
    /12 min.*The alert began at Mar 1, 2026, 9:30\sAM UTC\./s,
  ],
])('$type says what happened and what to do', async (event, subject, text) => {
  const message = messageOf(event, null, await translatorFor('en', 'UTC'));
  expect(message.subject).toMatch(subject);
  expect(asText(message)).toMatch(text);
});

test('the name of an alert rule is translated, too', async () => {
  const event: DomainEvent = {
    type: 'alert_raised',
    ...about,
    ...{ rule: 'match_rate_drop', threshold: 30, measured: 40 },
    ...localized(
      sentence`The match rate is ${share(0.3)}, ${share(0.4)} below the mean after earlier runs (${share(0.5)}). The limit is ${share(0.3)}.`,
    ),
  };
  const message = messageOf(event, null, await translatorFor('ja', 'UTC'));
  expect(message.subject).toBe('Lineup: 「VIP」のアラート：一致率の低下');
  expect(message.paragraphs[0]).toBe('一致率は30%で、過去の実行後の平均（50%）を40%下回っています。上限は30%です。');
});

test('a message about a run that waits for a person leads to its numbers, and any other to the job', async () => {
  const translate = await translatorFor('en', 'UTC');
  const linkOf = (code: string) =>
    messageOf({ type: 'guard_stopped', ...about, error: error(code) }, 'https://lineup.example.com', translate).link;
  expect(linkOf('audience_shrinks')).toBe('https://lineup.example.com/jobs/job_1?stopped=run_1');
  expect(linkOf('nothing_to_send')).toBe('https://lineup.example.com/jobs/job_1');
});
