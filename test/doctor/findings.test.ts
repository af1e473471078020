/** The findings of each subject, for given observations. */
import { describe, expect, test } from 'vitest';
import { readConfigAnyway } from '../../src/config/config.ts';
import { readSurroundings } from '../../src/config/surroundings.ts';
import type { Connection } from '../../src/contracts/consents.ts';
import { ageingFindings } from '../../src/doctor/ageing.ts';
import { refusedFindings } from '../../src/doctor/authorizations.ts';
import { consentFindings } from '../../src/doctor/consents.ts';
import {
  administrationFindings,
  auditStreamFindings,
  databaseFindings,
  type KeyState,
  keyFindings,
} from '../../src/doctor/database.ts';
import { judge, kindOf, sharedMemory } from '../../src/doctor/disk.ts';
import { endingFindings } from '../../src/doctor/ending.ts';
import { type Check, examine, type Finding, ok } from '../../src/doctor/finding.ts';
import { clockFinding, proxyFindings } from '../../src/doctor/hosts.ts';
import { memoryFinding, memoryLimit, processorFinding, readQuota, timeZones } from '../../src/doctor/machine.ts';
import { partFindings, type SplitJob } from '../../src/doctor/parts.ts';
import { roomFindings } from '../../src/doctor/room.ts';
import type { Stored } from '../../src/doctor/stored.ts';
import { type WaitingJob, waitingFindings } from '../../src/doctor/waiting.ts';
import { type WatchingJob, watchingFindings } from '../../src/doctor/watching.ts';
import type { SecretHealth } from '../../src/store/secrets/stored-secrets.ts';

const statusOf = (findings: readonly Finding[]) => findings.map(({ status }) => status);

describe('the checks', () => {
  const check = (topic: string, look: Check['look'], limitMs = 5_000): Check => ({ topic, limitMs, look });

  test('run at the same time, and their findings are in order', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { findings, leftBehind } = await examine([
      check('first', async () => {
        await promise;
        return [ok('first', 'after the second')];
      }),
      check('second', async () => {
        resolve();
        return [ok('second', 'before the first')];
      }),
    ]);
    expect(findings.map(({ topic }) => topic)).toEqual(['first', 'second']);
    expect(leftBehind).toBe(false);
  });

  test('that fail or take too long do not block others, and do not reveal their values', async () => {
    const { findings, leftBehind } = await examine([
      check('slow', () => new Promise(() => {}), 1),
      check('heeds', (signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)), 1),
      check('fails', async () => {
        throw Object.assign(new TypeError('hunter2'), { code: 'EWHATEVER' });
      }),
      check('well', async () => [ok('well', 'well')]),
    ]);
    expect(statusOf(findings)).toEqual(['problem', 'problem', 'problem', 'ok']);
    expect(findings[0]?.message).toContain('within 1 s');
    expect(findings[1]?.message).toContain('within 1 s');
    expect(findings[2]?.message).toContain('TypeError, EWHATEVER');
    expect(JSON.stringify(findings)).not.toContain('hunter2');
    expect(leftBehind).toBe(true);
  });
});

test('a stream of the audit log that does not go on is a problem', () => {
  const streams = [5, 3_600].map((lagSeconds) => ({ name: 'file', lagSeconds }));
  expect(statusOf(auditStreamFindings(streams))).toEqual(['ok', 'problem']);
});

test('nobody is locked out unnoticed', () => {
  expect(statusOf((['nobody_yet', 'managed', 'locked_out'] as const).flatMap(administrationFindings))).toEqual([
    'ok',
    'ok',
    'problem',
  ]);
});

test('the clock may be near LINE’s, far off, or so far off that LINE refuses requests', () => {
  const minute = 60_000;
  expect(statusOf([0, 2 * minute, -4 * minute, 14 * minute, -16 * minute].map(clockFinding))).toEqual([
    'ok',
    'ok',
    'warning',
    'warning',
    'problem',
  ]);
  expect(clockFinding(-16 * minute).message).toContain('16 minutes behind');
  expect(clockFinding(undefined).status).toBe('warning');
});

describe('the finding about the machine', () => {
  test('names limits of memory and processors', () => {
    expect(memoryLimit(0, 8e9)).toBe(8e9);
    expect(memoryLimit(1.8e19, 8e9)).toBe(8e9);
    expect(memoryLimit(5e8, 8e9)).toBe(5e8);
    expect(statusOf([memoryFinding(1e9, true), memoryFinding(1e9, false), memoryFinding(5e8, false)])).toEqual([
      'warning',
      'ok',
      'warning',
    ]);
    expect([readQuota('150000 100000\n'), readQuota('max 100000\n'), readQuota('')]).toEqual([
      1.5,
      undefined,
      undefined,
    ]);
    expect(statusOf([processorFinding(0.5), processorFinding(2)])).toEqual(['warning', 'ok']);
  });

  test('names the time zones that are unknown', () => {
    expect(statusOf(timeZones(undefined, ['Asia/Tokyo']))).toEqual(['ok']);
    expect(timeZones('Asia/Tokio', ['Mars/Olympus'])).toMatchObject([
      { status: 'warning', message: expect.stringContaining('TZ') },
      { status: 'problem', message: expect.stringContaining('Mars/Olympus') },
    ]);
  });

  const seen = { topic: 'Data directory', what: '/data', variable: 'LINEUP_DATA_DIR', free: 5e9 };
  test.each([
    ['ext4', true, true, 'ok'],
    ['overlay', true, true, 'warning'],
    ['overlay', false, false, 'ok'],
    ['tmpfs', true, false, 'warning'],
    ['nfs', true, true, 'warning'],
    ['nfs', true, false, 'ok'],
    [undefined, true, true, 'ok'],
  ] as const)('%s (precious: %s, locks: %s) is %s', (kind, precious, locks, status) => {
    expect(judge({ ...seen, kind, precious, locks })).toMatchObject({ status });
  });

  test('warns about little free space', async () => {
    expect(judge({ ...seen, free: 9e8, kind: 'ext4', precious: true, locks: true }).status).toBe('warning');
    expect(kindOf({ type: 0xef53 })).toBe('ext4');
    expect((await sharedMemory('/nowhere/shm'))[0]?.message).toContain('Parquet');
  });
});

test('a proxy is reported, without its password', () => {
  const at = 'http://aiko:hunter2@proxy.corp.example:3128';
  const findingsFor = (environment: Record<string, string>) => proxyFindings(readSurroundings(environment).proxy);
  expect(findingsFor({})).toMatchObject([{ status: 'ok', message: expect.stringContaining('None is set') }]);
  const set = [
    ...findingsFor({ HTTPS_PROXY: at, no_proxy: 'corp.example,10.0.0.0/8' }),
    ...findingsFor({ http_proxy: at, SSL_CERT_FILE: '/ca.pem' }),
  ];
  expect(statusOf(set)).toEqual(['ok', 'ok']);
  expect(set[0]?.message).toContain('http://proxy.corp.example:3128, 2 exceptions');
  expect(JSON.stringify(set)).not.toMatch(/hunter2|aiko/);
});

describe('an invalid environment', () => {
  test('is still read: each invalid variable is named, and its value is not shown', async () => {
    const { config, problems } = await readConfigAnyway({
      LINEUP_LOG_LEVEL: 'hunter2',
      LINEUP_CONCURRENCY: 'hunter2 "hunter2"',
      LINE_ADS_BASE_URL: 'hunter2',
      LINEUP_TRUST_PROXY: 'hunter2',
      LINEUP_OIDC_ISSUER: 'https://login.example.com',
      LINEUP_URL: 'https://lineup.example.com',
      LINEUP_RETRY_HOURS: '3',
      LINEUP_INTERNAL_HOSTS: 'db, http://hunter2',
    });
    const named = [
      'LINE_ADS_BASE_URL',
      'LINEUP_TRUST_PROXY',
      'LINEUP_LOG_LEVEL',
      'LINEUP_OIDC_CLIENT_ID and LINEUP_OIDC_CLIENT_SECRET',
      'LINEUP_INTERNAL_HOSTS',
      'LINEUP_CONCURRENCY',
      'LINEUP_TOKEN',
    ];
    expect(problems.map((message) => named.find((name) => message.startsWith(name)))).toEqual(
      expect.arrayContaining(named),
    );
    expect(problems.join()).not.toContain('hunter2');
    expect(await config.server()).toMatchObject({ retryHours: 3, logLevel: 'info', oidc: undefined });
  });

  test('is not reported if all variables are valid', async () => {
    expect((await readConfigAnyway({})).problems).toEqual([]);
  });
});

const secrets = (change: Partial<SecretHealth>): SecretHealth => ({
  sealed: 3,
  opened: 3,
  known: true,
  needed: ['1a2b3c4d'],
  lost: {
    authorizations: [],
    tokens: [],
    channels: [],
    uploads: [],
    runs: [],
    signOns: [],
    webhooks: [],
    settings: [],
  },
  toEnter: 0,
  ...change,
});

const open = (change: Partial<Extract<Stored, { state: 'open' }>> = {}): Stored => ({
  state: 'open',
  server: {
    place: 'db:5432/lineup',
    version: '17.2',
    shared: false,
    aheadMs: 0,
    connections: { most: 97, used: 4 },
  },
  migrations: { applied: 16, known: 16, problem: undefined },
  content: {
    secrets: secrets({}),
    timeZones: [],
    hosts: { hosts: [], internalHosts: [], unreadable: 0 },
    outside: { count: 0, problems: [] },
    administration: 'managed',
    auditStreams: [],
    ageing: [],
    ending: [],
    waiting: [],
    watching: [],
    splits: [],
    destinations: [],
  },
  ...change,
});

describe('the database is', () => {
  const server = { place: 'db/lineup', version: '17', shared: true, aheadMs: -90_000 };
  test.each<[string, Stored, string[], RegExp]>([
    ['well', open(), ['ok', 'ok', 'ok', 'ok'], /17\.2 at db:5432.*Up to date/],
    ['absent', { state: 'absent' }, ['ok'], /first start/],
    ['in use', { state: 'in_use', message: 'Process 7 has it.' }, ['ok', 'warning'], /Process 7/],
    ['away', { state: 'unusable', message: 'It is away.' }, ['problem'], /It is away/],
    [
      'short of connections, and its clock differs',
      open({ server: { ...server, connections: { most: 20, used: 6 } } }),
      ['ok', 'warning', 'warning', 'ok'],
      /pooler.*6 of 20.*90 s behind/,
    ],
    ['embedded', open({ server: { ...server, shared: false, connections: undefined } }), ['ok', 'ok'], /Embedded/],
    [
      'older',
      open({ migrations: { applied: 14, known: 16, problem: undefined } }),
      ['ok', 'ok', 'ok', 'warning'],
      /2 of 16/,
    ],
    [
      'new',
      open({ migrations: { applied: 0, known: 16, problem: undefined } }),
      ['ok', 'ok', 'ok', 'ok'],
      /first start creates/,
    ],
    [
      'newer',
      open({ migrations: { applied: 0, known: 0, problem: 'It is newer.' } }),
      ['ok', 'ok', 'ok', 'problem'],
      /It is newer/,
    ],
  ])('%s', (_, stored, statuses, words) => {
    const findings = databaseFindings(stored);
    expect(statusOf(findings)).toEqual(statuses);
    expect(findings.map(({ message }) => message).join(' ')).toMatch(words);
  });
});

test('authorizations that nobody has connected, or whose consent is refused, are named without their labels', () => {
  const connection: Connection = {
    connected: true,
    by: 'Aiko Tanaka',
    at: '2026-03-02T00:00:00.000Z',
    identity: 'BIZ0001',
    refreshed_at: null,
    account: { id: '1001', name: 'Example Group' },
    redirect_uri: null,
  };
  const stored = (id: string, change: Partial<Connection> | null, health: 'healthy' | 'unhealthy' = 'healthy') => ({
    id,
    provider: 'ly_ads',
    health,
    connection: change === null ? undefined : { ...connection, ...change },
  });
  expect(consentFindings([stored('aut_line', null)], new Date())).toEqual([]);
  const at = (day: string) => new Date(`${day}T00:00:00Z`);
  expect(consentFindings([stored('aut_1', {})], at('2026-08-28'))).toMatchObject([{ status: 'ok' }]);
  expect(consentFindings([stored('aut_1', {})], at('2026-08-29'))).toMatchObject([
    { status: 'warning', message: expect.stringContaining('aut_1 was connected 180 days ago') },
  ]);
  const found = consentFindings(
    [
      stored('aut_1', {}),
      stored('aut_2', { connected: false }),
      stored('aut_3', {}, 'unhealthy'),
      stored('aut_4', { account: null }),
    ],
    at('2026-03-03'),
  );
  expect(found.map(({ status, message }) => `${status} ${message.split(' ')[0]}`)).toEqual([
    'warning aut_2',
    'problem aut_3',
    'warning aut_4',
  ]);
  expect(JSON.stringify(found)).not.toMatch(/Aiko|BIZ0001|Example/);
});

test('keys that a destination has refused are named by their ids, and consents are not', () => {
  const stored = (id: string, health: 'healthy' | 'unhealthy' | 'unknown') => ({
    id,
    provider: 'line_official_account',
    health,
    connection: undefined,
  });
  expect(refusedFindings([])).toEqual([]);
  expect(refusedFindings([stored('aut_1', 'healthy'), stored('aut_2', 'unknown')])).toMatchObject([{ status: 'ok' }]);
  expect(refusedFindings([stored('aut_1', 'healthy'), stored('aut_2', 'unhealthy')])).toMatchObject([
    { status: 'problem', message: 'aut_2 of LINE Official Account was refused at its last check.' },
  ]);
});

test('audiences that no run has renewed before their end are named by their ids', () => {
  const now = new Date('2026-12-01T00:00:00Z');
  const ending = (jobId: string, day: string) => ({ jobId, audienceId: '7', endsAt: new Date(`${day}T00:00:00Z`) });
  expect(endingFindings([], now)).toEqual([]);
  expect(endingFindings([ending('job_1', '2026-12-16')], now)).toMatchObject([{ status: 'ok' }]);
  const days = ['2026-12-16', '2026-12-15', '2026-12-01'];
  const found = endingFindings(
    days.map((day, n) => ending(`job_${n + 1}`, day)),
    now,
  );
  expect(found.map(({ status, message }) => `${status} ${message}`)).toEqual([
    'warning job_2: the audience 7 ends in 14 days, and no run has renewed it.',
    'problem job_3: the audience 7 has ended.',
  ]);
});

test('jobs that wait in vain for another one are named by their ids', () => {
  const waiting = (...states: WaitingJob['status'][]) =>
    waitingFindings(states.map((status, n) => ({ jobId: `job_${n}`, awaitedId: 'job_x', status })));
  expect(waiting()).toEqual([]);
  expect(waiting('sleeping', 'runnable', 'completed')).toMatchObject([{ status: 'ok' }]);
  expect(waiting('sleeping', null, 'paused', 'failed', 'killed').map(({ message }) => message)).toEqual([
    'job_1 waits for job_x, which was deleted.',
    'job_2 waits for job_x, which is paused.',
    'job_3 waits for job_x, which has failed.',
    'job_4 waits for job_x, which is terminated.',
  ]);
});

describe('looks at sources and webhooks', () => {
  const now = new Date('2026-12-31T00:00:00Z');
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
  const looking: WatchingJob = {
    jobId: 'job_1',
    kind: 'object',
    isLookedAt: true,
    setAt: hoursAgo(72),
    firedAt: null,
    failingSince: null,
    failures: 0,
    found: 'same',
    nextAt: hoursAgo(-0.1),
    secretMadeAt: null,
  };
  const webhook: WatchingJob = { ...looking, kind: 'webhook', found: null, nextAt: null, secretMadeAt: hoursAgo(72) };
  const about = (...jobs: WatchingJob[]) => watchingFindings(jobs, now);

  test.each<[string, Partial<WatchingJob>, string | null]>([
    ['gets answers', {}, null],
    ['fails', { failingSince: hoursAgo(5), failures: 4 }, 'could not look at its source, 4 times in 5 hours'],
    ['is not made', { nextAt: hoursAgo(3) }, 'a look at its source is due for 3 hours'],
    ['was never made', { found: null, nextAt: null }, 'a look at its source is due for 3 days'],
    ['is not made while the job is stopped', { nextAt: hoursAgo(3), isLookedAt: false }, null],
    ['finds nothing', { found: 'nothing' }, 'nothing has come for 3 days'],
    ['finds nothing any more', { found: 'nothing', firedAt: hoursAgo(30) }, 'nothing has come for 30 hours'],
    ['finds nothing yet', { found: 'nothing', setAt: hoursAgo(3) }, null],
  ])('a look that %s', (_, change, message) => {
    expect(about({ ...looking, ...change })).toMatchObject([
      message === null
        ? { status: 'ok' }
        : { status: 'warning', message: expect.stringContaining(message), todo: expect.anything() },
    ]);
  });

  test.each<[string, Partial<WatchingJob>, string | null]>([
    ['with webhooks', { firedAt: hoursAgo(1) }, null],
    ['without a secret', { secretMadeAt: null }, 'has no signing secret'],
    ['without any webhook', {}, 'no webhook has come since its secret was made, 3 days ago'],
    ['whose secret is new', { secretMadeAt: hoursAgo(2) }, null],
  ])('a job %s', (_, change, message) => {
    expect(about({ ...webhook, ...change })).toMatchObject([
      message === null
        ? { status: 'ok' }
        : { status: 'warning', message: expect.stringContaining(message), todo: expect.anything() },
    ]);
  });

  test('are not told where there are none, and not each of very many', () => {
    expect(about()).toEqual([]);
    const failing = Array.from({ length: 200 }, (_, n) => ({ ...looking, jobId: `job_${n}`, failingSince: now }));
    const findings = about(...failing);
    expect(findings).toHaveLength(11);
    expect(findings.at(-1)?.message).toContain('190 more');
  });
});

test('values that do not come back, and jobs with nearly too many, are named without the values', () => {
  const now = new Date('2026-12-31T00:00:00Z');
  const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 3_600_000);
  const found = (parts: number, ...vanished: SplitJob['vanished']) =>
    partFindings([{ id: 'job_1', parts, vanished }], now).map(({ status, message }) => `${status} ${message}`);
  expect(partFindings([], now)).toEqual([]);
  const well = ['ok All values were seen within 30 days, and no job is near its 200 audiences.'];
  expect(found(179)).toEqual(well);
  expect(found(3, daysAgo(1), daysAgo(30))).toEqual(well);
  const long = 'audiences had no value in a scan for more than 30 days. They stay as they are.';
  expect(found(3, daysAgo(1), daysAgo(31))).toEqual([`warning job_1: 1 of 3 ${long}`]);
  // The run that has seen a value is gone, so it is long ago.
  expect(found(3, null, daysAgo(31), daysAgo(1))).toEqual([`warning job_1: 2 of 3 ${long}`]);
  expect(found(180)).toEqual(['warning job_1: it has 180 of at most 200 audiences.']);
  expect(found(200, null)).toHaveLength(2);
});

test.each([
  [899, 'ok'],
  [900, 'warning'],
  [1_000, 'warning'],
])('%d of 1,000 audiences: %s', (count, status) => {
  expect(roomFindings('aut_1', count, 1_000)).toMatchObject([{ status }]);
});

test('lists that run empty, and jobs with too few days, are named without their names', () => {
  const fine = { id: 'job_1', tooFew: null, emptying: null };
  expect(ageingFindings([])).toEqual([]);
  expect(ageingFindings([fine])).toMatchObject([{ status: 'ok' }]);
  const found = ageingFindings([fine, { id: 'job_2', tooFew: 'Too few.', emptying: 'Empty soon.' }]);
  expect(found.map(({ status, message }) => `${status} ${message}`)).toEqual([
    'problem job_2: Empty soon.',
    'warning job_2: Too few.',
  ]);
});

describe('the secret key', () => {
  const key: KeyState = {
    from: 'LINEUP_SECRET_KEY',
    path: '/data/secret.key',
    embedded: false,
    problem: undefined,
  };
  const file: KeyState = { ...key, from: 'file' };
  const none: KeyState = { ...key, from: 'nowhere' };
  const content = (change: Partial<SecretHealth>) =>
    open({
      content: {
        secrets: secrets(change),
        timeZones: [],
        hosts: { hosts: [], internalHosts: [], unreadable: 0 },
        outside: { count: 0, problems: [] },
        administration: 'managed',
        auditStreams: [],
        ageing: [],
        ending: [],
        waiting: [],
        watching: [],
        splits: [],
        destinations: [],
      },
    });
  const lost = content({ sealed: 3, opened: 0, known: false });
  test.each<[string, KeyState, Stored, string, RegExp]>([
    ['opens all secrets', key, open(), 'ok', /all 3 stored/],
    ['is in a file, with a database server', file, open(), 'warning', /key file is on this disk/],
    ['is in a file, with the embedded database', { ...file, embedded: true }, open(), 'ok', /all 3/],
    ['is a different key', key, lost, 'problem', /0 of 3.*not the key/],
    ['opens some secrets', key, content({ sealed: 3, opened: 2, known: true }), 'problem', /2 of 3/],
    ['is lost', none, lost, 'problem', /missing/],
    ['will be created by Lineup', { ...none, embedded: true }, { state: 'absent' }, 'ok', /first start/],
    ['must be created by a person', none, { state: 'unusable', message: '' }, 'problem', /refuses to start/],
    ['was not tried', key, { state: 'in_use', message: '' }, 'ok', /not checked/],
    ['cannot be read', { ...file, problem: 'chmod 600' }, open(), 'problem', /chmod/],
    ['was kept by a rotation', none, content({}), 'ok', /an earlier key.*all 3/],
  ])('%s', (_, key, stored, status, words) => {
    const findings = keyFindings(key, stored);
    expect(statusOf(findings)).toEqual([status]);
    expect(findings[0]?.message).toMatch(words);
  });

  test('is named by its id when it is missing, with the way out', () => {
    for (const each of [none, key]) {
      const [finding] = keyFindings(each, lost);
      expect(finding?.todo).toMatch(/1a2b3c4d.*lineup secrets forget/);
    }
  });

  test('was lost: what a person must enter again is a problem until then', () => {
    const findings = keyFindings(key, content({ toEnter: 2 }));
    expect(statusOf(findings)).toEqual(['ok', 'problem']);
    expect(findings[1]?.message).toMatch(/^2 authorizations or notification channels/);
  });
});
