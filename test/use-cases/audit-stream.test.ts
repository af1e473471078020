/** The audit log as a stream to a file and a webhook: at least once, in order, and never past what is still to come. */
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type AuditLine, type AuditTargets, auditLine } from '../../src/contracts/audit-stream.ts';
import type { EventLog, LogEventName, LogFields } from '../../src/contracts/event-log.ts';
import type { Leases } from '../../src/contracts/ports.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import type { HeldLeases } from '../../src/store/coordination/leases.ts';
import { type Db, transaction } from '../../src/store/database/database.ts';
import { recordAudit } from '../../src/store/repositories/audit-log.ts';
import { auditStreamStates, purgeAudit, Watermark } from '../../src/store/repositories/audit-streams.ts';
import { auditLogUseCases } from '../../src/use-cases/audit-log.ts';
import { AuditStream, auditStreamChores } from '../../src/use-cases/audit-stream/index.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { leasesOn } from '../support/leases.ts';

const aiko = { id: 'usr_aiko', name: 'Aiko Tanaka', requestId: 'req_1' };
const write = (db: Db, subjectId: string, detail: Record<string, unknown> = {}, at = new Date()) =>
  transaction(db, (tx) => recordAudit(tx, aiko, { action: 'job.create', subjectType: 'job', subjectId, detail }, at));

describe('what is still to come', () => {
  const look = (newest: number, allOverBelow: number, begunBelow: number) => ({
    newest,
    allOverBelow: BigInt(allOverBelow),
    begunBelow: BigInt(begunBelow),
  });

  test('is waited for, and constant writing does not put that off', () => {
    const mark = new Watermark();
    expect(mark.after(look(5, 100, 100))).toBe(5);
    // Transaction 100 is open; whatever it writes has an id up to that of a later look.
    expect(mark.after(look(7, 100, 103))).toBe(5);
    expect(mark.after(look(9, 102, 106))).toBe(5);
    // All of the first look are over. The next ones are not.
    expect(mark.after(look(12, 103, 109))).toBe(7);
    expect(mark.after(look(12, 109, 109))).toBe(12);
  });
});

describe.each(databases)('the audit log as a stream on $kind', (kind) => {
  const current = useDatabase(kind);
  let leases: HeldLeases;
  let events: [LogEventName, LogFields | undefined][];
  const log: EventLog = { record: (event, fields) => events.push([event, fields]) };
  let laterMs = 0;
  const now = () => new Date(Date.now() + laterMs);
  beforeEach(() => {
    events = [];
    laterMs = 0;
    leases = leasesOn(current.database.db);
  });
  afterEach(() => leases.close());

  const depsWith = (own: Leases = leases) => ({
    db: current.database.db,
    log,
    now,
    sleep: systemClock.sleep,
    leases: own,
  });
  const quiet = new AbortController().signal;
  /** Looks until everything has arrived: writers of other databases of the same server may hold it up. */
  const sendUntil = (stream: Pick<AuditStream, 'send'>, arrived: () => unknown, wanted: unknown) =>
    expect
      .poll(
        async () => {
          await stream.send(quiet);
          return arrived();
        },
        { timeout: 20_000 },
      )
      .toEqual(wanted);
  const streamOf = (targets: AuditTargets): Pick<AuditStream, 'send'> => {
    const [chore] = auditStreamChores(depsWith(), targets);
    return { send: (signal) => chore!.run(signal, () => {}) };
  };
  function collecting(own?: Leases) {
    const got: AuditLine[] = [];
    const stream = new AuditStream(depsWith(own), 'webhook', async (lines) => {
      got.push(...lines);
    });
    return { stream, subjects: () => got.map(({ subject_id }) => subject_id), got };
  }
  function directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'lineup-audit-'));
    onTestFinished(() => rmSync(path, { recursive: true }));
    return path;
  }
  const subjectsIn = (path: string) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => auditLine.parse(JSON.parse(line)).subject_id);

  test('an entry that commits late is neither overtaken nor lost', async () => {
    if (kind.kind === 'PGlite') return;
    const { db } = current.database;
    const { stream, subjects } = collecting();
    for (const isKept of [true, false]) {
      const other = await current.another();
      const { promise: go, resolve: letGo } = Promise.withResolvers<void>();
      const { promise: written, resolve: hasWritten } = Promise.withResolvers<void>();
      const late = transaction(other.db, async (tx) => {
        await recordAudit(
          tx,
          aiko,
          { action: 'job.create', subjectType: 'job', subjectId: `late ${isKept}` },
          new Date(),
        );
        hasWritten();
        await go;
        if (!isKept) throw new Error('rolled back');
      });
      late.catch(() => {});
      await written;
      await write(db, `early ${isKept}`);
      const before = subjects();
      for (let n = 0; n < 3; n += 1) await stream.send(quiet);
      expect(subjects()).toEqual(before);
      letGo();
      await late.catch(() => {});
      const wanted = [...before, ...(isKept ? ['late true'] : []), `early ${isKept}`];
      await sendUntil(stream, subjects, wanted);
    }
  });

  test('a file has one line for each entry, mode 0600, and may be rotated at any time', async () => {
    const { db } = current.database;
    const path = join(directory(), 'audit.jsonl');
    const stream = streamOf({ file: path });
    await write(db, 'job_1', { changes: { name: ['a', 'b\nc'] } });
    await write(db, 'job_2');
    await sendUntil(stream, () => existsSync(path) && subjectsIn(path), ['job_1', 'job_2']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const [first] = readFileSync(path, 'utf8').split('\n');
    expect(JSON.parse(first!)).toEqual({
      id: expect.any(Number),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      actor_id: 'usr_aiko',
      actor: 'Aiko Tanaka',
      action: 'job.create',
      subject_type: 'job',
      subject_id: 'job_1',
      request_id: 'req_1',
      detail: { changes: { name: ['a', 'b\nc'] } },
    });

    renameSync(path, `${path}.1`);
    await write(db, 'job_3');
    await sendUntil(stream, () => existsSync(path) && subjectsIn(path), ['job_3']);
    expect(subjectsIn(`${path}.1`)).toEqual(['job_1', 'job_2']);
    truncateSync(path, 0);
    await write(db, 'job_4');
    await sendUntil(stream, () => subjectsIn(path), ['job_4']);
    // A process that was killed while it wrote.
    writeFileSync(path, '{"id": 4', { flag: 'a' });
    await write(db, 'job_5');
    await sendUntil(stream, () => readFileSync(path, 'utf8').split('\n').length, 4);
    expect(readFileSync(path, 'utf8').split('\n')[2]).toContain('job_5');
  });

  test('a file that cannot be written is tried again after a pause, without a gap', async () => {
    const { db } = current.database;
    const folder = join(directory(), 'log');
    const path = join(folder, 'audit.jsonl');
    const stream = streamOf({ file: path });
    await write(db, 'job_1', {}, new Date(Date.now() - 60_000));
    await sendUntil(stream, () => events.map(([event]) => event), ['audit.send_failed']);
    expect(events[0]?.[1]).toMatchObject({ type: 'file', code: 'ENOENT', attempt: 1 });
    const [state] = await auditStreamStates(db, now());
    expect([state?.name, Math.floor(state?.lagSeconds ?? 0) >= 60]).toEqual(['file', true]);
    mkdirSync(folder);
    await stream.send(quiet);
    expect(existsSync(path)).toBe(false);
    laterMs = 6_000;
    await write(db, 'job_2');
    await sendUntil(stream, () => existsSync(path) && subjectsIn(path), ['job_1', 'job_2']);
    expect(events.map(([event]) => event)).toEqual(['audit.send_failed', 'audit.send_recovered']);
    expect(await auditStreamStates(db, now())).toEqual([{ name: 'file', lagSeconds: 0 }]);
  });

  test('what is no file is left alone', async () => {
    await write(current.database.db, 'job_1');
    await sendUntil(streamOf({ file: '/dev/null' }), () => events[0]?.[1]?.code, 'not_a_file');
  });

  test('a webhook gets signed batches in order, and the same again until it accepts them', async () => {
    const { db } = current.database;
    const key = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    const statuses = [500, 302, 200];
    const requests: { id: string; subjects: string[]; authorization: string | undefined }[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      const headers = request.headers as Record<string, string>;
      const { type, data } = new Webhook(key).verify(body, headers) as {
        type: string;
        data: { entries: AuditLine[] };
      };
      expect(type).toBe('audit_log.entries');
      const subjects = data.entries.map((entry) => auditLine.parse(entry).subject_id);
      requests.push({ id: headers['webhook-id']!, subjects, authorization: headers.authorization });
      response.writeHead(statuses.shift() ?? 200, { location: 'http://127.0.0.1:1/' }).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const stream = streamOf({
      webhook: { url, signingKey: new Secret(key), authorization: new Secret('Splunk an-invented-token') },
    });
    await write(db, 'job_1');
    await write(db, 'job_2');
    await sendUntil(stream, () => requests.length, 1);
    laterMs = 6_000;
    await sendUntil(stream, () => requests.length, 2);
    laterMs = 20_000;
    await sendUntil(stream, () => requests.length, 3);
    await write(db, 'job_3');
    await sendUntil(stream, () => requests.length, 4);
    expect(requests.map(({ subjects }) => subjects)).toEqual([
      ['job_1', 'job_2'],
      ['job_1', 'job_2'],
      ['job_1', 'job_2'],
      ['job_3'],
    ]);
    expect(new Set(requests.map(({ id }) => id)).size).toBe(2);
    expect(requests[0]?.authorization).toBe('Splunk an-invented-token');
    expect(events.map(([event, fields]) => [event, fields?.code])).toEqual([
      ['audit.send_failed', 'http_500'],
      ['audit.send_failed', 'http_302'],
      ['audit.send_recovered', undefined],
    ]);
    expect(JSON.stringify(events)).not.toContain('invented');
  });

  test('one of several processes sends, and after its death another sends what was not noted', async () => {
    const { db } = current.database;
    for (let n = 1; n <= 5; n += 1) await write(db, `job_${n}`);
    const others = leasesOn(db);
    onTestFinished(() => others.close());
    const [first, second] = [collecting(), collecting(others)];
    // The first one dies after the delivery, before it notes that.
    const dying = new AuditStream(depsWith(), 'webhook', async (lines) => {
      first.got.push(...lines);
      await sql`delete from lineup.leases`.execute(db);
    });
    await expect
      .poll(
        () =>
          dying.send(quiet).then(
            () => 'sent',
            () => 'lost its lease',
          ),
        { timeout: 20_000 },
      )
      .toBe('lost its lease');
    await sendUntil(second.stream, second.subjects, ['job_1', 'job_2', 'job_3', 'job_4', 'job_5']);
    expect(first.subjects()).toEqual(second.subjects());
    // While one sends, the other leaves it alone.
    await write(db, 'job_6');
    const { promise: go, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    let batches = 0;
    const slow = new AuditStream(depsWith(leasesOn(db)), 'webhook', async () => {
      batches += 1;
      begin();
      await go;
    });
    const sending = (async () => {
      while (batches === 0) await slow.send(quiet);
    })();
    await begun;
    await second.stream.send(quiet);
    letGo();
    await sending;
    await second.stream.send(quiet);
    expect(second.subjects()).not.toContain('job_6');
  });

  test('batches have an end, by entries and by bytes', async () => {
    const { db } = current.database;
    await sql`
      insert into lineup.audit_log (at, actor_id, actor, action, subject_type, subject_id, detail)
      select now(), 'a', 'a', 'job.create', 'job', n::text, jsonb_build_object('text', repeat('x', case when n > 1000 then 400000 else 1 end))
      from generate_series(1, 1004) as n`.execute(db);
    const batches: string[][] = [];
    const stream = new AuditStream(depsWith(), 'file', async (lines) => {
      batches.push(lines.map(({ subject_id }) => subject_id));
    });
    await sendUntil(stream, () => batches.flat().length, 1004);
    expect(batches.map((batch) => batch.length)).toEqual([500, 500, 2, 2]);
    expect(batches.flat()).toEqual(Array.from({ length: 1004 }, (_, n) => `${n + 1}`));
  });

  test('retention keeps what has not arrived, for a while', async () => {
    const { db } = current.database;
    const days = (count: number) => new Date(Date.now() - count * 86_400_000);
    const { stream, subjects } = collecting();
    await write(db, 'arrived', {}, days(50));
    await sendUntil(stream, subjects, ['arrived']);
    await write(db, 'waits', {}, days(40));
    await write(db, 'too old', {}, days(200));
    await write(db, 'new');
    const left = async () => (await db.selectFrom('audit_log').select('subject_id').orderBy('id').execute()).length;
    expect(await purgeAudit(db, days(30), days(120), new Date())).toBe(1);
    expect(await left()).toBe(2);
    // A stream that nobody has switched on for a week keeps nothing.
    expect(await purgeAudit(db, days(30), days(120), new Date(Date.now() + 8 * 86_400_000))).toBe(0);
    expect(await left()).toBe(1);
  });

  test('whoever reads in order gets parts, and no entry before one that may still come', async () => {
    const { db } = current.database;
    const audit = auditLogUseCases({ db, now } as Parameters<typeof auditLogUseCases>[0]);
    const read = async (after: number) => {
      const part = await audit.inOrder({ limit: 2, after });
      return { ...part, items: part.items.map(({ subject_id }) => subject_id) };
    };
    const soon = (after: number, wanted: object) =>
      expect.poll(() => read(after), { timeout: 20_000 }).toMatchObject(wanted);
    for (const name of ['one', 'two', 'three']) await write(db, name);
    await soon(0, { items: ['one', 'two'] });
    const { after, newest } = await read(0);
    await soon(after, { items: ['three'], after: newest, newest });
    expect(await read(newest)).toEqual({ items: [], after: newest, newest });
    if (kind.kind === 'PGlite') return;
    const other = await current.another();
    const { promise: go, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: written, resolve: hasWritten } = Promise.withResolvers<void>();
    const late = transaction(other.db, async (tx) => {
      await recordAudit(tx, aiko, { action: 'job.create', subjectType: 'job', subjectId: 'late' }, new Date());
      hasWritten();
      await go;
    });
    await written;
    await write(db, 'early');
    for (let n = 0; n < 3; n += 1) expect(await read(newest)).toMatchObject({ items: [], after: newest });
    letGo();
    await late;
    await soon(newest, { items: ['late', 'early'] });
  });
});
