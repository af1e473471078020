/** The weekly digest: when it is due, that it is sent once, and what it says. */
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent, WeeklyDigest } from '../../../src/contracts/domain-events.ts';
import { type Channel, newChannel } from '../../../src/contracts/notifications.ts';
import { noSecretsOutside } from '../../../src/contracts/secrets-outside.ts';
import type { LanguageCode } from '../../../src/domain/text/localized.ts';
import { translatorFor } from '../../../src/i18n/server-catalogues.ts';
import { initialState } from '../../../src/jobs/states.ts';
import { systemClock } from '../../../src/machine/system-clock.ts';
import type { Db } from '../../../src/store/database/database.ts';
import { createJob } from '../../../src/store/repositories/jobs.ts';
import { writeSetting } from '../../../src/store/repositories/settings.ts';
import { readSecretOutside } from '../../../src/store/secrets/outside.ts';
import type { SecretBox } from '../../../src/store/secrets/secret-box.ts';
import { digestSlot, putWeeklyDigest } from '../../../src/use-cases/notifications/digest.ts';
import { notificationUseCases } from '../../../src/use-cases/notifications/index.ts';
import { asText, messageOf } from '../../../src/use-cases/notifications/message.ts';
import { emptyOutbox } from '../../../src/use-cases/notifications/outbox.ts';
import { databases, useDatabase } from '../../support/databases.ts';
import { mailReceiver, webReceiver } from '../../support/receivers.ts';
import { aiko, aNewJob, anAuthorization, at, openBox } from '../../support/service.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
const signal = new AbortController().signal;

describe('the digest is due on Monday at 09:00 in the time zone', () => {
  test.each([
    ['UTC', '2026-03-09T08:59:59Z', '2026-03-02T09:00:00Z'],
    ['UTC', '2026-03-09T09:00:00Z', '2026-03-09T09:00:00Z'],
    ['UTC', '2026-03-15T23:00:00Z', '2026-03-09T09:00:00Z'],
    ['Asia/Tokyo', '2026-03-09T00:00:00Z', '2026-03-09T00:00:00Z'],
    ['Asia/Tokyo', '2026-03-08T23:59:59Z', '2026-03-02T00:00:00Z'],
    // Clocks went forward on Sunday, 8 March, in New York.
    ['America/New_York', '2026-03-09T12:59:59Z', '2026-03-02T14:00:00Z'],
    ['America/New_York', '2026-03-09T13:00:00Z', '2026-03-09T13:00:00Z'],
    // And back on Sunday, 25 October, in Berlin.
    ['Europe/Berlin', '2026-10-26T07:59:59Z', '2026-10-19T07:00:00Z'],
    ['Europe/Berlin', '2026-10-26T08:00:00Z', '2026-10-26T08:00:00Z'],
  ])('%s at %s: %s', (zone, now, slot) => {
    expect(digestSlot(new Date(now), zone)).toEqual(new Date(slot));
  });
});

describe.each(databases)('the weekly digest on $kind', (kind) => {
  const current = useDatabase(kind);
  let box: SecretBox;
  let minutes = 0;
  const depsOn = (db: Db) => ({
    db,
    box,
    readSecret: (reference: string) => readSecretOutside(reference, noSecretsOutside),
    log: { record: () => {} },
    now: () => at(minutes),
    sleep: systemClock.sleep,
    publicUrl: 'https://lineup.example.com',
    internalHosts: async () => ['127.0.0.1'],
  });
  const deps = () => depsOn(current.database.db);
  const channels = () => notificationUseCases(deps());
  const put = () => putWeeklyDigest(deps());
  const waiting = async () =>
    (await current.database.db.selectFrom('notifications').select(['channel_id', 'event']).execute()).map((row) => [
      row.channel_id,
      (row.event as DomainEvent).at,
    ]);
  const add = async (
    events: DomainEvent['type'][],
    url = 'http://127.0.0.1:1/',
    kindOf: 'slack' | 'webhook' = 'slack',
    language: LanguageCode = 'en',
  ): Promise<Channel> => {
    const input = {
      kind: kindOf,
      label: `${kindOf} ${url} ${events}`,
      events,
      language,
      configuration: { url },
    };
    return (await channels().create(newChannel.parse(input), aiko)).channel;
  };
  const setZone = (time_zone: string) =>
    writeSetting(current.database.db, box, 'appearance', { value: { language: 'en', time_zone } }, aiko, at(minutes));
  beforeEach(async () => {
    minutes = 0;
    box = await openBox(current.database.db);
  });

  test('is off until a channel asks for it, and begins with the next Monday', async () => {
    await put();
    minutes = 9 * HOUR;
    await put();
    expect(await waiting()).toEqual([]);
    const { id } = await add(['weekly_digest']);
    await add(['job_failed']);
    await put();
    expect(await waiting()).toEqual([]);
    minutes = 7 * DAY + 9 * HOUR - 1;
    await put();
    expect(await waiting()).toEqual([]);
    minutes += 1;
    await put();
    expect(await waiting()).toEqual([[id, at(7 * DAY + 9 * HOUR).toISOString()]]);
  });

  test('is sent once by two schedulers, however often they look', async () => {
    const { id } = await add(['weekly_digest']);
    await put();
    const other = depsOn((await current.another()).db);
    minutes = 9 * HOUR;
    await Promise.all([put(), putWeeklyDigest(other), put(), putWeeklyDigest(other)]);
    minutes += 3 * DAY;
    await Promise.all([put(), putWeeklyDigest(other)]);
    expect(await waiting()).toEqual([[id, at(9 * HOUR).toISOString()]]);
  });

  test('makes up for weeks without a service with one digest, and goes on as usual', async () => {
    await add(['weekly_digest']);
    await put();
    minutes = 23 * DAY;
    await put();
    await put();
    minutes = 28 * DAY + 9 * HOUR;
    await put();
    expect((await waiting()).map(([, slot]) => slot)).toEqual([
      at(21 * DAY + 9 * HOUR).toISOString(),
      at(28 * DAY + 9 * HOUR).toISOString(),
    ]);
    const { rows } = await sql`select slot from lineup.weekly_digests`.execute(current.database.db);
    expect(rows).toHaveLength(1);
  });

  test.each([
    ['Asia/Tokyo', 'America/Los_Angeles'],
    ['America/Los_Angeles', 'Asia/Tokyo'],
  ])('is sent once a week when the time zone changes from %s to %s', async (from, to) => {
    await add(['weekly_digest']);
    await setZone(from);
    minutes = -DAY;
    await put();
    minutes = DAY;
    await put();
    await setZone(to);
    for (let day = 1; day <= 13; day += 1) {
      minutes = day * DAY;
      await put();
    }
    expect(await waiting()).toHaveLength(2);
  });

  test('reaches Slack, e-mail and webhooks in their languages, with the trend of a week', async () => {
    const { db } = current.database;
    const { id: authorization } = await anAuthorization(db, box);
    const job = { ...aNewJob(authorization, { audience_name: null, audience_id: '7' }), name: 'VIP <gold>' };
    const { id } = await db
      .transaction()
      .execute((tx) => createJob(tx, job, { ...initialState, status: 'paused' }, aiko, at(-9 * DAY)));
    for (const [day, members] of [
      [-8, 100],
      [-1, 112],
    ] as const) {
      const run = { job_id: id, job_name: 'VIP', trigger: 'schedule', status: 'succeeded' } as const;
      const counts = {
        uploaded: members,
        unique_count: members,
        matching_size: '56',
        matching_status: 'READY',
      };
      const times = { queued_at: at(day * DAY), ended_at: at(day * DAY) };
      const audience = { mode: 'replace', ad_account_id: 'A1', audience_id: '7' } as const;
      await db
        .insertInto('runs')
        .values({ id: `run_${day}`, ...run, ...audience, ...counts, ...times })
        .execute();
    }
    const slack = await webReceiver();
    const hook = await webReceiver();
    const mail = await mailReceiver();
    await add(['weekly_digest'], slack.url, 'slack', 'ja');
    await add(['weekly_digest'], hook.url, 'webhook');
    const configuration = {
      host: '127.0.0.1',
      port: mail.port,
      security: 'none',
      from: 'a@b.example',
      to: ['c@d.example'],
    };
    await channels().create(
      newChannel.parse({
        kind: 'email',
        label: 'Team',
        language: 'id',
        events: ['weekly_digest'],
        configuration,
      }),
      aiko,
    );
    minutes = -1;
    await put();
    minutes = 9 * HOUR;
    await put();
    await emptyOutbox(deps(), signal);

    const { text } = JSON.parse(slack.received[0]!.body) as { text: string };
    expect(text).toContain('*Lineup: 週間レポート：対応が必要なオーディエンスは0件です*');
    expect(text).toContain('「VIP &lt;gold&gt;」は一時停止中です。');
    expect(text).toContain('「VIP &lt;gold&gt;」：112人。1週間前より12%増加。一致率：50%。');
    expect(text).toContain('https://lineup.example.com/');
    expect(mail.received[0]!.text).toMatch(/Ringkasan mingguan/);
    const body = JSON.parse(hook.received[0]!.body);
    expect(body).toMatchObject({
      type: 'weekly_digest',
      timestamp: at(9 * HOUR).toISOString(),
      data: {
        total: 1,
        counts: { needs_person: 0, worth_a_look: 1, healthy: 0 },
        audiences: [
          {
            job_name: 'VIP <gold>',
            level: 'worth_a_look',
            concerns: ['paused'],
            members: 112,
            members_week_ago: 100,
            estimated_size: '56',
            match_rate: 0.5,
          },
        ],
        subject: 'Lineup: Weekly digest. Audiences that need a person: 0',
        link: 'https://lineup.example.com/',
      },
    });
    expect(body.data).not.toHaveProperty('job');
  });

  test('can be seen at any time, and sent to a channel that has not chosen it', async () => {
    const slack = await webReceiver();
    const { id } = await add(['job_failed'], slack.url);
    const shown = await channels().previewDigest();
    expect(shown).toEqual({
      subject: 'Lineup: Weekly digest. Audiences that need a person: 0',
      text: 'Audiences that need a person: 0. Worth a look: 0. Healthy: 0.\n\nhttps://lineup.example.com/',
    });
    expect((await channels().previewDigest('th')).subject).toContain('สรุปประจำสัปดาห์');
    expect(await channels().sendDigest(id, signal)).toMatchObject({ ok: true });
    expect(slack.received[0]!.body).toContain(shown.subject);
    expect(await waiting()).toEqual([]);
    slack.answer(500);
    expect(await channels().sendDigest(id, signal)).toMatchObject({ ok: false });
    await expect(channels().sendDigest('ntf_none', signal)).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('the text names what needs a person first, and says how many audiences it leaves out', async () => {
  const audience = {
    ...{ job_id: 'job_1', job_name: 'VIP\nmembers', ad_account_id: 'A1' },
    ...{ members: 90, members_week_ago: 100, estimated_size: '100 or fewer', match_rate: null },
  };
  const event: WeeklyDigest = {
    type: 'weekly_digest',
    at: at(0).toISOString(),
    total: 23,
    counts: { needs_person: 1, worth_a_look: 1, healthy: 21 },
    audiences: [
      { ...audience, level: 'needs_person', concerns: ['failed', 'incomplete'] },
      {
        ...audience,
        job_name: 'Gold',
        level: 'worth_a_look',
        concerns: ['open_alert', 'size_changed'],
        members_week_ago: 90,
        week: { joining: 1_200, leaving: 0 },
      },
      { ...audience, job_name: 'New', level: 'healthy', concerns: [], members: null, members_week_ago: null },
    ],
  };
  const message = messageOf(event, null, await translatorFor('en', 'UTC'));
  expect(message.subject).toBe('Lineup: Weekly digest. Audiences that need a person: 1');
  expect(asText(message).split('\n\n')).toEqual([
    'Audiences that need a person: 1. Worth a look: 1. Healthy: 21.',
    'What needs a person:',
    '“VIP members” failed, and does not run again automatically. The audience of “VIP members” is incomplete.',
    'Worth a look:',
    '“Gold” has an open alert. The size of “Gold” has changed a lot.',
    'Sizes and match rates:',
    '“VIP members”: 90 members. 10% fewer than a week ago.',
    '“Gold”: 90 members. The same as a week ago. In the week, at least 1,200 joined and fewer than 10 left.',
    '“New”: no successful run yet.',
    'Further audiences that this message does not list: 20.',
  ]);
});
