/** Signed webhooks: over HTTP, on a real database, with signatures that are made by hand. */
import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { MAX_REMEMBERED, purgeWebhooks } from '../../src/store/repositories/webhooks.ts';
import { examineSecrets, rotateSecrets } from '../../src/store/secrets/stored-secrets.ts';
import { members } from '../support/cli.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { aiko, openBox } from '../support/service.ts';
import { useServiceBench } from '../support/service-bench.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Hook {
  readonly id: string;
  readonly body?: string | Buffer;
  readonly secret?: string;
  /** Of the attempt. @default that of the service */
  readonly at?: Date;
  readonly headers?: Record<string, string | undefined>;
}

/** As the documentation of Standard Webhooks says: independent of the library. */
function signature({ id, body = '', secret = '', at }: Hook & { readonly at: Date }): string {
  const seconds = Math.floor(at.getTime() / 1_000);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64')}`;
}

describe('a signed webhook', () => {
  const bench = useServiceBench();
  let server: TestServer | undefined;
  const app = async () => {
    server ??= await testServer(await bench().database.another(), bench().service);
    return server.app;
  };

  const send = async (jobId: string, hook: Hook) => {
    const at = hook.at ?? bench().clock.now();
    const answer = await (await app()).inject({
      method: 'POST',
      url: `/api/v1/jobs/${jobId}/webhook`,
      headers: present({
        'webhook-id': hook.id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signature({ ...hook, at }),
        ...hook.headers,
      }),
      ...(hook.body !== undefined && { payload: hook.body }),
    });
    return { ...answer.json(), status: answer.statusCode, retryAfter: answer.headers['retry-after'] };
  };

  let jobs = 0;
  const waiting = async () => {
    jobs += 1;
    const job = await bench().createJob(
      {
        segment_id: bench().write(`vip-${jobs}.csv`, members(40).csv),
        audience_name: `VIP ${jobs}`,
        run_frequency: 'when_ready',
        time_of_day: undefined,
        trigger: { kind: 'webhook' },
      },
      `Job ${jobs}`,
    );
    return bench().waitForJob(job.id, atRest);
  };
  const newSecret = async (id: string, options = {}) =>
    (await bench().service.webhooks.makeSecret(id, { rotate: false, old_valid_hours: 24, ...options }, aiko)).secret;
  const ready = async () => {
    const { id } = await waiting();
    return { id, secret: await newSecret(id) };
  };
  const runsOf = async (id: string) => (await bench().service.runs.list({ limit: 50, jobId: id })).items;
  const afterRun = (id: string, before: JobView) =>
    bench().waitForJob(id, (job) => atRest(job) && job.last_run?.id !== before.last_run?.id);

  test('makes one run, however often it comes, and says so in the logs', async () => {
    const { id, secret } = await ready();
    const before = await bench().service.jobs.get(id);
    expect(before).toMatchObject({ status: 'sleeping', next_run_at: null, trigger: { fired_at: null } });
    bench().clock.advance(20 * MINUTE);

    const hook = { id: 'msg_1', secret, body: '{"person":"hanako@example.com"}' };
    const first = await send(id, hook);
    expect(first).toMatchObject({ status: 200, job_status: 'sleeping', repeated: false, run_at: expect.any(String) });
    expect(await send(id, hook)).toMatchObject({ repeated: true, message: expect.stringContaining('no further run') });
    const after = await afterRun(id, before);
    expect(after).toMatchObject({ status: 'sleeping', next_run_at: null, trigger: { fired_at: expect.any(String) } });
    expect(await send(id, { ...hook, at: bench().clock.now() })).toMatchObject({ repeated: true });
    expect(await runsOf(id)).toHaveLength(2);

    const log = (await bench().service.jobs.transitions(id, { limit: 99 })).items;
    expect(log).toContainEqual(
      expect.objectContaining({ action: 'trigger', actor: 'webhook', reason: 'The webhook msg_1 has come.' }),
    );
    const entries = (await bench().service.auditLog.list({ limit: 50 })).items.filter(
      ({ subject_id }) => subject_id === id,
    );
    expect(entries.filter(({ action }) => action === 'job.trigger')).toMatchObject([
      { actor: 'webhook', detail: { webhook: 'msg_1' }, request_id: expect.any(String) },
    ]);
    expect(JSON.stringify([log, entries, server?.log()])).not.toMatch(/hanako|whsec_/);
    expect(JSON.stringify(entries)).not.toContain(secret.slice(6));
  });

  test('makes one run together with others, and another one when it comes during a run', async () => {
    const { id, secret } = await ready();
    const [created] = await runsOf(id);
    const at = (await send(id, { id: 'a', secret })).run_at;
    expect(Date.parse(at) - Date.parse(created!.queued_at)).toBe(15 * MINUTE);
    expect((await send(id, { id: 'b', secret })).run_at).toBe(at);
    await bench().service.jobs.act(id, 'run_now', aiko);
    const during = await bench().service.jobs.get(id);
    expect(during).toMatchObject({ status: 'runnable' });
    expect(await send(id, { id: 'c', secret })).toMatchObject({ repeated: false, run_at: expect.any(String) });
    const rested = await bench().waitForJob(id, atRest);
    expect(rested.next_run_at).not.toBeNull();
    bench().clock.advance(20 * MINUTE);
    await afterRun(id, rested);
    expect(await runsOf(id)).toHaveLength(3);
  });

  test('is refused in the same words for an unknown job, a job without a secret, and a wrong signature', async () => {
    const { id, secret } = await ready();
    const { id: without } = await waiting();
    const wrong = `whsec_${randomBytes(32).toString('base64')}`;
    const answers = [
      await send(id, { id: 'x', secret: wrong }),
      await send('job_2222222222222222', { id: 'x', secret }),
      await send(without, { id: 'x', secret }),
      await send(id, { id: 'x', secret, body: 'signed', headers: { 'webhook-id': 'y' } }),
      await send(id, { id: 'x', secret, headers: { 'webhook-signature': 'v1a,AAAA v1, v2' } }),
    ];
    for (const { request_id: _, retryAfter: __, ...answer } of answers) {
      expect(answer).toMatchObject({ status: 403, code: 'not_permitted' });
      expect(answer.detail).toBe(answers[0]!.detail);
    }
    expect(await runsOf(id)).toHaveLength(1);
    expect((await bench().service.jobs.get(without)).warnings).toMatchObject([{ path: 'configuration.trigger' }]);
    expect((await bench().service.jobs.get(id)).warnings).toEqual([]);
  });

  test('may differ from the clock of the service by five minutes', async () => {
    const { id, secret } = await ready();
    const away = (ms: number) => new Date(bench().clock.now().getTime() + ms);
    for (const ms of [-5 * MINUTE - 2_000, 5 * MINUTE + 2_000]) {
      const answer = await send(id, { id: 'late', secret, at: away(ms) });
      expect([answer.status, answer.detail]).toEqual([403, expect.stringContaining('more than 5 minutes')]);
    }
    for (const [n, ms] of [-5 * MINUTE + 5_000, 5 * MINUTE - 5_000].entries())
      expect(await send(id, { id: `near-${n}`, secret, at: away(ms) })).toMatchObject({ repeated: false });
  });

  test('may have any body up to 64 kB, and needs its headers', async () => {
    const { id, secret } = await ready();
    for (const [name, body] of Object.entries({
      none: undefined,
      empty: '',
      text: 'not JSON \0',
      // Compressed bodies are not UTF-8.
      bytes: Buffer.from([0x1f, 0x8b, 0xff, 0x00, 0xc3, 0x28]),
      most: 'x'.repeat(65_536),
    }))
      expect(await send(id, { id: name, secret, ...(body !== undefined && { body }) })).toMatchObject({
        repeated: false,
      });
    // Another text with the same replacement characters is another body.
    const at = bench().clock.now();
    const forged = { 'webhook-signature': signature({ id: 'forged', secret, at, body: '\uFFFD' }) };
    const answer = await send(id, { id: 'forged', secret, at, body: Buffer.from([0xff]), headers: forged });
    expect(answer.status).toBe(403);
    expect((await send(id, { id: 'large', secret, body: 'x'.repeat(65_537) })).status).toBe(413);
    for (const headers of [
      { 'webhook-id': undefined },
      { 'webhook-id': 'with.stop' },
      { 'webhook-id': 'x'.repeat(201) },
      { 'webhook-timestamp': '1e3' },
      { 'webhook-signature': undefined },
    ])
      expect(await send(id, { id: 'headers', secret, headers })).toMatchObject({
        status: 400,
        code: 'invalid_argument',
      });
  });

  test('is signed with the new secret, or with the one before for a while', async () => {
    const { id, secret } = await ready();
    await expect(newSecret(id)).rejects.toMatchObject({ code: 'action_not_allowed' });
    const second = await newSecret(id, { rotate: true });
    expect((await bench().service.jobs.get(id)).trigger).toMatchObject({
      webhook: { secret_made_at: expect.any(String), old_secret_valid_until: expect.any(String) },
    });
    const both = `${signature({ id: 'n', secret: 'whsec_AAAA', at: bench().clock.now() })} ${signature({ id: 'n', secret: second, at: bench().clock.now() })}`;
    expect(await send(id, { id: 'n', headers: { 'webhook-signature': both } })).toMatchObject({ repeated: false });
    expect(await send(id, { id: 'old', secret })).toMatchObject({ repeated: false });
    const third = await newSecret(id, { rotate: true, old_valid_hours: 1 });
    expect((await send(id, { id: 'first', secret })).status).toBe(403);
    expect(await send(id, { id: 'second', secret: second })).toMatchObject({ repeated: false });
    bench().clock.advance(HOUR + MINUTE);
    expect((await send(id, { id: 'over', secret: second })).status).toBe(403);
    expect(await send(id, { id: 'third', secret: third })).toMatchObject({ repeated: false });
    const last = await newSecret(id, { rotate: true, old_valid_hours: 0 });
    expect((await send(id, { id: 'ended', secret: third })).status).toBe(403);
    expect(await send(id, { id: 'last', secret: last })).toMatchObject({ repeated: false });
  });

  test('gets a clear answer from a paused or terminated job, and none when the job waits for something else', async () => {
    const { id, secret } = await ready();
    await bench().service.jobs.act(id, 'pause', aiko);
    expect(await send(id, { id: '1', secret })).toMatchObject({
      job_status: 'paused',
      message: 'The job is paused or has failed. Its run begins when somebody resumes it.',
    });
    await bench().service.jobs.act(id, 'terminate', aiko);
    const refused = await send(id, { id: '2', secret });
    expect(refused).toMatchObject({ status: 409, code: 'action_not_allowed' });
    expect(refused.detail).toContain('terminated');

    const other = await ready();
    const { revision, configuration } = await bench().service.jobs.get(other.id);
    const change = {
      configuration: { ...configuration, run_frequency: 'daily' as const, time_of_day: '09:00', trigger: undefined },
    };
    await bench().service.jobs.change(other.id, revision, change, aiko);
    expect((await send(other.id, { id: '1', secret: other.secret })).status).toBe(403);
    await expect(newSecret(other.id)).rejects.toMatchObject({ code: 'action_not_allowed' });
  });

  test('comes at most 60 times a minute, and is forgotten after a while', async () => {
    const { id, secret } = await ready();
    for (let n = 0; n < 60; n += 1) expect((await send(id, { id: `n${n}`, secret })).repeated).toBe(false);
    expect(await send(id, { id: 'n60', secret })).toMatchObject({ status: 429, retryAfter: '60' });
    expect((await send(id, { id: 'n59', secret })).repeated).toBe(true);
    bench().clock.advance(2 * MINUTE);
    expect((await send(id, { id: 'n60', secret })).repeated).toBe(false);

    const { db } = bench().database.database;
    const count = async () =>
      (await db.selectFrom('webhooks_seen').select('id').where('job_id', '=', id).execute()).length;
    const rows = Array.from({ length: MAX_REMEMBERED }, (_, n) => ({
      job_id: id,
      id: `old${n}`,
      at: bench().clock.now(),
    }));
    await db.insertInto('webhooks_seen').values(rows).execute();
    await purgeWebhooks(db, bench().clock.now());
    expect(await count()).toBe(MAX_REMEMBERED);
    await purgeWebhooks(db, new Date(bench().clock.now().getTime() + 8 * 24 * HOUR));
    expect(await count()).toBe(0);
  });

  test('has a secret that is sealed, sealed again with a new key, and shown nowhere', async () => {
    const { id, secret } = await ready();
    const { db } = bench().database.database;
    const rows = await db.selectFrom('webhook_secrets').selectAll().where('job_id', '=', id).execute();
    expect(JSON.stringify(rows)).not.toContain(secret.slice(6));
    expect(JSON.stringify(await bench().service.jobs.get(id))).not.toContain('whsec_');
    const box = await openBox(db, bench().key);
    expect((await examineSecrets(db, [])).lost.webhooks).toContain(rows[0]!.id);
    expect(await db.transaction().execute((tx) => rotateSecrets(tx, box))).toBe(0);
  });
});

const atRest = ({ status, last_run }: JobView) => status !== 'runnable' && last_run?.ended_at !== null;

const present = (headers: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
