/** Channels and the outbox on a database, with real servers. */
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../../src/contracts/domain-events.ts';
import type { EventLog, LogEventName, LogFields } from '../../../src/contracts/event-log.ts';
import { type Channel, newChannel } from '../../../src/contracts/notifications.ts';
import { noSecretsOutside } from '../../../src/contracts/secrets-outside.ts';
import type { Notifications } from '../../../src/contracts/use-cases.ts';
import { internalFact, localized, sentence } from '../../../src/domain/text/sentence.ts';
import { Secret } from '../../../src/domain/values/secret.ts';
import { systemClock } from '../../../src/machine/system-clock.ts';
import { revealChannel, updateChannel } from '../../../src/store/repositories/notification-channels.ts';
import { putIntoOutbox } from '../../../src/store/repositories/outbox.ts';
import { readSecretOutside } from '../../../src/store/secrets/outside.ts';
import type { SecretBox } from '../../../src/store/secrets/secret-box.ts';
import { notificationUseCases } from '../../../src/use-cases/notifications/index.ts';
import { emptyOutbox } from '../../../src/use-cases/notifications/outbox.ts';
import { mainDatabase, useDatabase } from '../../support/databases.ts';
import { needsPostgres } from '../../support/postgres.ts';
import { mailReceiver, webReceiver } from '../../support/receivers.ts';
import { aiko, at, openBox } from '../../support/service.ts';

const failed: DomainEvent = {
  type: 'job_failed',
  at: at(0).toISOString(),
  jobId: 'job_1',
  jobName: 'VIP <gold>',
  runId: 'run_1',
  error: { code: 'line_unauthorized', message: 'LINE refused the key.', reason: 'AUTHORIZATION_FAILED' },
};
const signal = new AbortController().signal;

/** As docs/notifications.md tells receivers to verify a message without a library. */
function signatureByHand(key: string, headers: IncomingHttpHeaders, body: string): string {
  const bytes = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  return `v1,${createHmac('sha256', bytes).update(text).digest('base64')}`;
}

describe('notifications', () => {
  const opened = useDatabase(mainDatabase);
  let box: SecretBox;
  let minutes = 0;
  let internalHosts: string[] = [];
  let service: Notifications;
  const events: (LogFields & { event: LogEventName })[] = [];
  const log: EventLog = { record: (event, fields) => void events.push({ event, ...fields }) };
  const deps = () => ({
    db: opened.database.db,
    box,
    readSecret: (reference: string) => readSecretOutside(reference, noSecretsOutside),
    log,
    now: () => at(minutes),
    sleep: systemClock.sleep,
    publicUrl: 'https://lineup.example.com',
    internalHosts: async () => internalHosts,
  });
  const publish = (event: DomainEvent) =>
    opened.database.db.transaction().execute((tx) => putIntoOutbox(tx, event, at(minutes)));
  const deliver = () => emptyOutbox(deps(), signal);
  const allow = (hosts: string[]) => {
    internalHosts = hosts;
  };
  const create = async (input: object): Promise<Channel & { key: string | undefined }> => {
    const made = await service.create(newChannel.parse(input), aiko);
    return { ...made.channel, key: made.signingKey?.reveal() };
  };
  const webhook = (url: string, change: object = {}) =>
    create({ kind: 'webhook', label: 'Operations', configuration: { url }, ...change });

  beforeEach(async () => {
    minutes = 0;
    internalHosts = [];
    events.length = 0;
    box = await openBox(opened.database.db);
    service = notificationUseCases(deps());
  });

  test('a webhook gets one message, with a signature that a Standard Webhooks library accepts', async () => {
    allow(['127.0.0.1']);
    const receiver = await webReceiver();
    const { key, target } = await webhook(`${receiver.url}/hook?token=in-the-url`);
    await publish(failed);
    await publish(failed);
    await deliver();
    await deliver();
    expect(receiver.received).toHaveLength(1);
    const [{ path, headers, body }] = receiver.received as [(typeof receiver.received)[0]];
    expect([path, target]).toEqual(['/hook?token=in-the-url', new URL(receiver.url).host]);
    expect(headers['webhook-timestamp']).toBe(String(at(0).getTime() / 1_000));
    expect(headers['webhook-signature']).toBe(signatureByHand(key ?? '', headers, body));
    expect(JSON.parse(body)).toEqual({
      type: 'job_failed',
      timestamp: failed.at,
      data: {
        job: { id: 'job_1', name: 'VIP <gold>' },
        run_id: 'run_1',
        error: failed.type === 'job_failed' && failed.error,
        subject: 'Lineup: The job “VIP <gold>” failed',
        text: expect.stringContaining('LINE refused the key.'),
        link: 'https://lineup.example.com/jobs/job_1',
      },
    });
    expect(await service.list()).toMatchObject([{ last_sent_at: at(0).toISOString(), last_error: null }]);
  });

  test('the alerts of several rules at the same moment are sent one by one, typed and signed', async () => {
    const receiver = await webReceiver();
    allow(['127.0.0.1']);
    const { key } = await webhook(receiver.url);
    const about = { at: at(0).toISOString(), jobId: 'job_1', jobName: 'VIP', runId: 'run_1' };
    const facts = { threshold: 60, measured: 75, message: 'The run has taken 75 min. The limit is 60 min.' };
    await publish({ type: 'alert_raised', ...about, rule: 'slow', ...facts });
    await publish({ type: 'alert_raised', ...about, rule: 'late', ...facts });
    await publish({ type: 'alert_raised', ...about, rule: 'slow', ...facts });
    await deliver();
    const bodies = receiver.received.map(({ headers, body }) => {
      expect(headers['webhook-signature']).toBe(signatureByHand(key ?? '', headers, body));
      return JSON.parse(body) as { type: string; data: Record<string, unknown> };
    });
    expect(bodies.map(({ type, data }) => [type, data.rule])).toEqual([
      ['alert_raised', 'slow'],
      ['alert_raised', 'late'],
    ]);
    expect(bodies[0]?.data).toEqual({
      job: { id: 'job_1', name: 'VIP' },
      run_id: 'run_1',
      rule: 'slow',
      ...facts,
      subject: 'Lineup: Alert for “VIP”: a slow run',
      text: expect.stringContaining('75 min'),
      link: 'https://lineup.example.com/jobs/job_1',
    });
  });

  test('an event is written in the transaction of its change: without the change there is no event', async () => {
    allow(['127.0.0.1']);
    const receiver = await webReceiver();
    await webhook(receiver.url);
    const undone = opened.database.db.transaction().execute(async (tx) => {
      expect(await putIntoOutbox(tx, failed, at(0))).toBe(1);
      throw new Error('the change did not happen');
    });
    await expect(undone).rejects.toThrow('did not happen');
    await deliver();
    expect(receiver.received).toEqual([]);
  });

  test('a channel that is deleted at the same time does not let the change fail', needsPostgres, async () => {
    allow(['127.0.0.1']);
    const { id } = await webhook((await webReceiver()).url);
    const { db } = opened.database;
    const [isDeleted, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const deletion = (await opened.another()).db.transaction().execute(async (tx) => {
      await tx.deleteFrom('notification_channels').where('id', '=', id).execute();
      isDeleted.resolve();
      await commit.promise;
    });
    await isDeleted.promise;
    const change = publish(failed);
    const waiting = sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await waiting.execute(db)).rows[0]?.count).toBe(1);
    commit.resolve();
    await deletion;
    expect(await change).toBe(0);
  });

  test('an edited channel keeps the values that are not entered again, and a webhook keeps its signing key', async () => {
    allow(['127.0.0.1']);
    const [before, after] = [await webReceiver(), await webReceiver()];
    const { id, key } = await webhook(before.url);
    const { channel: edited, signingKey } = await service.change(
      id,
      { label: 'On call', events: ['run_late', 'job_failed'] },
      aiko,
    );
    expect(edited).toMatchObject({ label: 'On call', events: ['run_late', 'job_failed'], kind: 'webhook' });
    expect(signingKey).toBeNull();
    await publish(failed);
    await deliver();
    expect(before.received).toHaveLength(1);

    expect((await service.change(id, { configuration: { url: after.url } }, aiko)).channel).toMatchObject({
      label: 'On call',
      target: new URL(after.url).host,
    });
    await service.test(id, signal);
    const [{ headers, body }] = after.received as [(typeof after.received)[0]];
    expect(headers['webhook-signature']).toBe(signatureByHand(key ?? '', headers, body));
    expect(() => new Webhook(key ?? '').verify(body, headers as Record<string, string>)).toThrow('too old');
    expect(before.received).toHaveLength(1);

    const wrong = service.change(id, { configuration: { url: 'nowhere' } }, aiko);
    await expect(wrong).rejects.toMatchObject({ fields: [{ path: 'configuration.url' }] });
    const text = { message: 'This contains an unknown property.' };
    const unknown = service.change(id, { configuration: { url: after.url, colour: 'red' } }, aiko);
    await expect(unknown).rejects.toMatchObject({ ...text, fields: [{ path: 'configuration', ...text }] });
    const inside = service.change(id, { configuration: { url: 'http://10.0.0.1/' } }, aiko);
    await expect(inside).rejects.toMatchObject({ fields: [{ path: 'configuration.url' }] });
    await expect(service.change('ntf_none', {}, aiko)).rejects.toMatchObject({ code: 'not_found' });
    expect((await service.change(id, {}, aiko)).channel).toMatchObject({ label: 'On call' });
  });

  test('an edited channel keeps the events and the keys that only a newer version knows', async () => {
    allow(['127.0.0.1']);
    const { db } = opened.database;
    const receiver = await webReceiver();
    const { id, key } = await webhook(receiver.url);
    const stored = async () => {
      const { configuration } = await revealChannel(db, box, id);
      const { events } = await db
        .selectFrom('notification_channels')
        .select('events')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return { events, configuration: configuration.reveal() };
    };
    const configuration = new Secret({ url: receiver.url, signing_key: key, proxy: 'p' });
    await db.transaction().execute((tx) => updateChannel(tx, box, id, { configuration }));
    await db
      .updateTable('notification_channels')
      .set({ events: sql`'["job_failed", "moon_full"]'` })
      .where('id', '=', id)
      .execute();
    expect(await service.list()).toMatchObject([{ events: ['job_failed'], damaged: ['events.1'] }]);
    await service.change(id, { label: 'On call', events: ['run_late'] }, aiko);
    await service.change(id, { configuration: { url: receiver.url } }, aiko);
    expect(await stored()).toMatchObject({
      events: ['run_late', 'moon_full'],
      configuration: { url: receiver.url, proxy: 'p' },
    });
    // Of another place, nobody knows whether it may have them.
    await service.change(id, { configuration: { url: `${receiver.url}/other` } }, aiko);
    expect((await stored()).configuration).not.toHaveProperty('proxy');
  });

  test('a message that does not arrive is tried again with growing waits and new signatures, and given up after a day', async () => {
    allow(['127.0.0.1']);
    const receiver = await webReceiver();
    await webhook(receiver.url);
    receiver.answer(500);
    await publish(failed);
    const tries: number[] = [];
    for (minutes = 0; minutes <= 26 * 60; minutes += minutes < 64 ? 1 : 16) {
      const before = receiver.received.length;
      await deliver();
      if (receiver.received.length > before) tries.push(minutes);
    }
    expect(tries.slice(0, 6)).toEqual([0, 1, 3, 7, 15, 31]);
    expect(tries.at(-1)).toBe(24 * 60);
    expect(await service.list()).toMatchObject([{ last_error: 'It answered with HTTP 500.', last_sent_at: null }]);
    const ids = new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
    const times = new Set(receiver.received.map(({ headers }) => headers['webhook-timestamp']));
    expect([ids.size, times.size]).toEqual([1, tries.length]);
    const about = { type: 'job_failed', job_id: 'job_1', run_id: 'run_1', code: 'http_500' };
    expect(events[0]).toMatchObject({ event: 'notification.failed', attempt: 1, ...about });
    expect(events.at(-1)).toMatchObject({ event: 'notification.given_up', attempt: tries.length, ...about });
    expect(JSON.stringify(events)).not.toMatch(/VIP|127\.0\.0\.1/);

    // The next change of state arrives.
    receiver.answer(204);
    await publish({
      type: 'job_recovered',
      at: at(1).toISOString(),
      jobId: 'job_1',
      jobName: 'VIP',
      runId: 'run_2',
    });
    await deliver();
    expect(JSON.parse(receiver.received.at(-1)?.body ?? '')).toMatchObject({ type: 'job_recovered' });
    expect((await service.list())[0]?.last_error).toBeNull();
  });

  test('each channel gets its own language, with a link and without internal places of this installation', async () => {
    allow(['127.0.0.1']);
    const [english, japanese] = [await webReceiver(), await webReceiver()];
    await webhook(english.url, { language: 'en' });
    await webhook(japanese.url, { label: 'Tokyo', language: 'ja' });
    const { message, sentence: output } = localized(
      sentence`There is no file ${'/srv/exports/gold members/vip.csv'} that is open to exports.`,
    );
    const database = localized(
      sentence`${internalFact('crm.internal:5432', sentence`The PostgreSQL database`)} cannot be read: ${'it is away'}.`,
    );
    await publish({
      ...failed,
      error: { code: 'source_not_found', message, sentence: output, reason: null },
    });
    await publish({
      type: 'authorization_unhealthy',
      at: at(1).toISOString(),
      authorizationId: 'aut_1',
      authorizationLabel: 'CRM',
      ...database,
    });
    // An event from a version without sentences.
    const old = 'There is no file /srv/exports/vip.csv that is open to exports.';
    await publish({ ...failed, at: at(2).toISOString(), error: { code: 'x', message: old, reason: null } });
    await deliver();
    const dataOf = ({ received }: typeof english) =>
      received.map(({ body }) => (JSON.parse(body) as { data: Record<string, string> }).data);
    expect(dataOf(english).map(({ link }) => link)).toEqual([
      'https://lineup.example.com/jobs/job_1',
      'https://lineup.example.com/authorizations/aut_1',
      'https://lineup.example.com/jobs/job_1',
    ]);
    const everything = JSON.stringify([english.received, japanese.received].map((all) => all.map(({ body }) => body)));
    for (const place of ['/srv', 'gold members/', 'crm.internal']) expect(everything).not.toContain(place);
    expect(dataOf(english)[0]?.text).toContain('There is no file vip.csv that is open to exports.');
    expect(dataOf(english)[1]?.text).toContain('The PostgreSQL database cannot be read');
    expect(dataOf(japanese)[0]).toMatchObject({
      subject: 'Lineup: ジョブ「VIP <gold>」が失敗しました',
      text: expect.stringContaining('vip.csv'),
    });
    expect(dataOf(japanese)[1]?.subject).toContain('認証情報「CRM」');
    expect(JSON.parse(japanese.received[1]?.body ?? '')).toMatchObject({
      type: 'authorization_unhealthy',
      data: { authorization: { id: 'aut_1', label: 'CRM' } },
    });
  });

  test('successes and keys that stop working can be chosen; successes are sent only if they are chosen', async () => {
    allow(['127.0.0.1']);
    const receiver = await webReceiver();
    const usual = await webhook(receiver.url);
    expect(usual.events).toContain('authorization_unhealthy');
    expect(usual.events).not.toContain('job_succeeded');
    const success = {
      type: 'job_succeeded',
      at: at(0).toISOString(),
      jobId: 'job_1',
      jobName: 'VIP',
      runId: 'run_1',
      uniqueMembers: 57_207,
    } as const;
    await publish(success);
    await deliver();
    expect(receiver.received).toEqual([]);
    await service.change(usual.id, { events: ['job_succeeded'], language: 'th' }, aiko);
    expect((await service.list())[0]).toMatchObject({ language: 'th' });
    await publish({ ...success, at: at(1).toISOString() });
    await deliver();
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      type: 'job_succeeded',
      data: {
        link: 'https://lineup.example.com/runs/run_1',
        text: expect.stringContaining('57,207'),
        subject: expect.stringContaining('สำเร็จ'),
      },
    });
  });

  test('two processes that send from the outbox at once send each message once', async () => {
    allow(['127.0.0.1']);
    const receiver = await webReceiver();
    await webhook(receiver.url);
    for (let n = 0; n < 12; n += 1) await publish({ ...failed, runId: `run_${n}` });
    const other = await opened.another();
    await Promise.all([deliver(), emptyOutbox({ ...deps(), db: other.db }, signal)]);
    const runs = receiver.received.map(({ body }) => (JSON.parse(body) as { data: { run_id: string } }).data.run_id);
    expect(runs.sort()).toEqual(Array.from({ length: 12 }, (_, n) => `run_${n}`).sort());
  });

  test('a channel that takes no messages is asked once in a round, and keeps no other one waiting', async () => {
    allow(['127.0.0.1']);
    const [away, there] = [await webReceiver(), await webReceiver()];
    for (const { url } of [away, there]) await webhook(url);
    away.answer(500);
    for (let n = 0; n < 5; n += 1) await publish({ ...failed, runId: `run_${n}` });
    await deliver();
    expect([away.received.length, there.received.length]).toEqual([1, 5]);
    await deliver();
    expect(away.received).toHaveLength(2);
    away.answer(204);
    minutes = 2;
    await deliver();
    const runs = away.received.slice(2).map(({ body }) => JSON.parse(body).data.run_id);
    expect(runs.sort()).toEqual(['run_0', 'run_1', 'run_2', 'run_3', 'run_4']);
  });

  test('a receiver that does not answer in time gets the message again', async () => {
    allow(['127.0.0.1']);
    const receiver = await webReceiver();
    const { id } = await webhook(receiver.url);
    await publish(failed);
    const waits: number[] = [];
    const sleep = async (ms: number) => void waits.push(ms);
    await emptyOutbox({ ...deps(), sleep }, signal);
    expect(waits).toEqual([15_000]);
    expect(await service.list()).toMatchObject([{ id, last_error: 'It took too long to answer.' }]);
    minutes = 5;
    await deliver();
    expect(receiver.received.map(({ body }) => JSON.parse(body).data.run_id)).toContain('run_1');
  });

  test('no redirect is followed, and no message goes to an internal host unless it is allowed', async () => {
    const inside = await webReceiver();
    const port = new URL(inside.url).port;
    await expect(webhook(inside.url)).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: [{ path: 'configuration.url', message: expect.stringContaining('inside this network') }],
    });
    const { id } = await webhook(`http://localhost:${port}`);
    expect(await service.test(id, signal)).toMatchObject({
      ok: false,
      message: expect.stringContaining('localhost is inside this network'),
    });
    allow(['localhost']);
    const target = await webReceiver();
    inside.answer(302, { location: target.url });
    expect(await service.test(id, signal)).toMatchObject({
      ok: false,
      message: 'It answered with HTTP 302.',
    });
    expect([inside.received.length, target.received.length]).toEqual([1, 0]);
  });

  test('Slack gets its own format, and a channel gets only the events that it wants', async () => {
    allow(['127.0.0.1']);
    const receiver = await webReceiver();
    const url = `${receiver.url}/services/T000/B000/not-a-real-secret`;
    const made = await create({
      kind: 'slack',
      label: 'Slack',
      configuration: { url },
      events: ['job_failed'],
    });
    expect(JSON.stringify(made)).not.toContain('not-a-real-secret');
    await publish({ ...failed, type: 'guard_stopped', at: at(1).toISOString() });
    await publish(failed);
    await deliver();
    expect(receiver.received.map(({ body }) => JSON.parse(body))).toEqual([
      { text: expect.stringMatching(/^\*Lineup: The job “VIP &lt;gold&gt;” failed\*\nThe job/) },
    ]);
    // The sealed values are nowhere in the database.
    const rows = await opened.database.db.selectFrom('notification_channels').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('not-a-real-secret');
    await service.delete(made.id, aiko);
    expect(await service.list()).toEqual([]);
    const actions = await opened.database.db.selectFrom('audit_log').select('action').orderBy('id').execute();
    expect(actions.map(({ action }) => action)).toEqual(['notification_channel.create', 'notification_channel.delete']);
  });

  test('e-mail is sent by SMTP, and without encryption only if that is set', async () => {
    allow(['127.0.0.1']);
    const logins: (string | undefined)[] = [];
    const receiver = await mailReceiver({
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) => {
        logins.push(username);
        done(password === 'a mail password' ? null : new Error('wrong'), { user: username });
      },
    });
    const email = (change: object) => ({
      kind: 'email',
      label: 'Mail',
      configuration: {
        host: '127.0.0.1',
        port: receiver.port,
        from: 'lineup@example.com',
        to: ['ops@example.com', 'oncall@example.jp'],
        user: 'lineup',
        password: 'a mail password',
        ...change,
      },
    });
    // The server’s certificate is self-signed.
    const encrypted = await create(email({}));
    expect(await service.test(encrypted.id, signal)).toMatchObject({
      ok: false,
      message: expect.any(String),
    });
    expect([receiver.received.length, logins]).toEqual([0, []]);
    await service.delete(encrypted.id, aiko);

    const wrong = await create(email({ security: 'none', password: 'mistaken' }));
    const refused = await service.test(wrong.id, signal);
    expect(refused).toMatchObject({ ok: false, message: expect.stringContaining('535') });
    expect(refused.message).not.toContain('mistaken');
    await service.delete(wrong.id, aiko);

    const { target } = await create(email({ security: 'none' }));
    expect(target).toBe('ops@example.com, oncall@example.jp');
    await publish({ ...failed, jobName: 'VIP\r\nBcc: stranger@example.com' });
    await deliver();
    expect(receiver.received).toHaveLength(1);
    const [{ to, text }] = receiver.received as [(typeof receiver.received)[0]];
    expect(to).toEqual(['ops@example.com', 'oncall@example.jp']);
    expect(text).not.toMatch(/^Bcc:/m);
    expect(text).toMatch(/^Message-ID: <msg_1_\d+@example\.com>\r$/m);
  });
});
