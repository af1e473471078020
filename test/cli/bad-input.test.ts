/** Every user error gives one clear sentence and the right exit status, and sends nothing to LINE. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bench, members } from '../support/cli.ts';
import { needs } from '../support/skip.ts';

const complete = (source: string, change: Record<string, string | null> = {}): string[] => {
  const flags: Record<string, string | null> = {
    '--source': source,
    '--field': 'email',
    '--identifier-type': 'email',
    '--ad-account': 'A1',
    '--audience-name': 'VIP',
    ...change,
  };
  return Object.entries(flags).flatMap(([flag, value]) => (value === null ? [] : [flag, value]));
};

describe('exit 2, usage and configuration', () => {
  const cases: [string, (source: string) => string[], RegExp][] = [
    ['a missing file', () => complete('membres.csv'), /membres\.csv.*members\.csv/s],
    [
      'a missing column; the message lists the columns and the most similar one',
      (source) => complete(source, { '--field': 'emial' }),
      /emial.*email.*id|emial.*id.*email/s,
    ],
    [
      'both audience flags',
      (source) => complete(source, { '--audience-id': '1' }),
      /--audience-id and --audience-name cannot be used together/,
    ],
    [
      'neither audience flag',
      (source) => complete(source, { '--audience-name': null }),
      /--audience-id or --audience-name/,
    ],
    [
      'a name over 120 characters',
      (source) => complete(source, { '--audience-name': '会'.repeat(121) }),
      /121 characters.*120/,
    ],
    [
      'an identifier type of another destination',
      (source) => complete(source, { '--identifier-type': 'line_user_id' }),
      /for LINE Ads, which does not take line_user_id\. LINE Official Account takes it, through the service: ".*jobs create/,
    ],
    [
      'a further identifier of another destination',
      (source) => complete(source, { '--sibling': 'line_user_id:id' }),
      /LINE Official Account takes it, through the service/,
    ],
    ['an empty name', (source) => complete(source, { '--audience-name': ' ' }), /empty/],
    [
      'too many chunk records',
      (source) => complete(source, { '--chunk-records': '1000001' }),
      /--chunk-records.*1000000.*1000001/,
    ],
    ['too many chunk bytes', (source) => complete(source, { '--chunk-bytes': '62914561' }), /--chunk-bytes.*62914560/],
    [
      'more threads than there can be',
      (source) => complete(source, { '--threads': '9' }),
      /--threads takes a whole number from 1 to 8, but got "9"/,
    ],
    ['no thread', (source) => complete(source, { '--threads': '0' }), /--threads.*from 1 to 8/],
    ['a poll interval below 50', (source) => complete(source, { '--poll-interval': '49' }), /--poll-interval.*50/],
    [
      'an ad account with a slash',
      (source) => complete(source, { '--ad-account': 'A/1' }),
      /--ad-account takes an id of letters and digits, but got "A\/1"/,
    ],
    [
      'a name with a control character',
      (source) => complete(source, { '--audience-name': 'V\u001bIP' }),
      /--audience-name holds a line break or another control character/,
    ],
    [
      'a max-shrink over 1',
      (source) => complete(source, { '--max-shrink': '1.5' }),
      /--max-shrink takes a number from 0 to 1, but got "1\.5"/,
    ],
    ['an unknown format', (source) => complete(source, { '--format': 'xls' }), /--format.*csv.*parquet/],
    [
      'an unknown identifier type',
      (source) => complete(source, { '--identifier-type': 'cookie' }),
      /email, phone, ifa/,
    ],
    [
      'an unknown country',
      (source) => complete(source, { '--identifier-type': 'phone', '--default-country': 'XX' }),
      /--default-country/,
    ],
    [
      'an unknown flag; the message has the most similar one',
      (source) => [...complete(source), '--feild', 'x'],
      /--feild.*--field/,
    ],
    [
      'two sources',
      (source) => [...complete(source), '--source', source],
      /--source is given more than once.*'daily\/\*\.csv'/,
    ],
    ['two ad accounts', (source) => [...complete(source), '--ad-account', 'A2'], /--ad-account.*more than once/],
    ['only --json', () => [], /--source.*--field.*--identifier-type.*--ad-account/],
  ];
  test.each(cases)('%s', async (_, args, expected) => {
    const { write, export: run, simulator } = await bench();
    const { code, run: document, stderr } = await run(args(write('members.csv', members(3).csv)));
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, document.runId, document.status]).toEqual([2, null, 'failed']);
    expect(simulator.inspect().jobs).toEqual([]);
  });

  const contents: [string, string | Buffer, RegExp][] = [
    ['zero bytes', '', /empty/],
    ['a binary file', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0xff, 0xfe, 0, 1, 2, 3]), /members\.csv/],
    [
      'Shift_JIS with too few bytes to recognise it',
      Buffer.concat([
        Buffer.from('id,email\n1,'),
        Buffer.from([0x83, 0x65, 0x83, 0x58]),
        Buffer.from('@example.com\n'),
      ]),
      /--encoding: shift_jis/,
    ],
  ];
  test.each(contents)('%s', async (_, content, expected) => {
    const { write, export: run, simulator } = await bench();
    const { code, stderr } = await run(complete(write('members.csv', content)));
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
    expect(simulator.inspect().jobs).toEqual([]);
  });

  test.each([
    ['LINE_ADS_ACCESS_KEY', undefined, /LINE_ADS_ACCESS_KEY is not set/],
    ['LINE_ADS_SECRET_KEY', undefined, /LINE_ADS_SECRET_KEY is not set/],
    ['LINE_ADS_BASE_URL', 'ads.line.me', /LINE_ADS_BASE_URL/],
    ['LINEUP_DATA_DIR', '/dev/null', /\/dev\/null/],
  ])('%s with the value %s', async (name, value, expected) => {
    const { write, export: run } = await bench();
    const { code, stderr } = await run(complete(write('members.csv', members(3).csv)), {
      environment: { [name]: value },
    });
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
  });

  test('an unknown command; the message has the most similar one', async () => {
    const { run } = await bench();
    const { code, stderr } = await run(['exprot']);
    expect(stderr).toMatch(/exprot.*export/s);
    expect(code).toBe(2);
  });
});

describe('exit 3, a guard refused', () => {
  test('a file with only a header', async () => {
    const { write, export: run, simulator } = await bench();
    const { code, run: document } = await run(complete(write('members.csv', 'id,email\n')));
    expect([code, document.error?.code]).toEqual([3, 'nothing_to_send']);
    expect(simulator.inspect().jobs).toEqual([]);
  });
});

describe('exit 1, the run failed', () => {
  test('an unreachable host; the message says how often Lineup tried', async () => {
    const { write, export: run } = await bench();
    const { code, run: document } = await run(complete(write('members.csv', members(3).csv)), {
      environment: { LINE_ADS_BASE_URL: `http://127.0.0.1:${await closedPort()}/api` },
    });
    expect([code, document.error?.code, document.error?.retryable]).toEqual([1, 'line_unreachable', true]);
    expect(document.error?.message).toMatch(/\d+ (times|attempts)/);
  }, 45_000);

  const needsRoot = needs(process.getuid?.() === 0, 'only root can mount a file system');
  // A disk that is really full: a small file system for this test.
  test('a full disk, before anything is sent', needsRoot, async () => {
    const { write, export: run, simulator, directory } = await bench();
    const small = join(directory, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', small]);
    try {
      const { code, run: document } = await run(complete(write('members.csv', members(10_000).csv)), {
        environment: { LINEUP_DATA_DIR: join(small, 'data') },
      });
      expect([code, document.error?.code]).toEqual([1, 'disk_full']);
      expect(simulator.inspect().jobs).toEqual([]);
    } finally {
      execFileSync('umount', ['-l', small]);
    }
  });
});

test.each([
  [['runs', 'show', 'no-such-run'], 'run_not_found', 2],
  [['runs', 'watch', 'no-such-run'], 'missing_credentials', 2],
  [['runs', 'list', '--deleted-job'], 'invalid_argument', 2],
  [['runs', 'list', '--from', 'yesterday'], 'invalid_argument', 2],
  [['audiences', 'list', '--ad-account', 'A9'], 'line_forbidden', 1],
  [['fields', '--source', 'no.csv'], 'source_not_found', 2],
  [['jobs', 'list', '--no-such-flag'], 'invalid_argument', 2],
])('%j with --json starts no run and prints only the error', async (args, code, status) => {
  const { run } = await bench();
  const { code: exit, stdout, stderr } = await run([...args, '--json']);
  const document = JSON.parse(stdout);
  expect([exit, Object.keys(document)]).toEqual([status, ['error']]);
  expect(document.error).toMatchObject({ code, retryable: false, resume: null });
  expect(stderr).toContain(document.error.message);
});

test('no output contains the secret key', async () => {
  const { write, run, simulator } = await bench();
  const source = write('members.csv', members(3).csv);
  const secret = simulator.keys[0]?.secretKey ?? '';
  for (const args of [
    ['export', ...complete(source)],
    ['export', ...complete('no.csv')],
    ['check', '--ad-account', 'A1'],
    ['runs', 'list', '--json'],
  ]) {
    const { stdout, stderr } = await run(args);
    expect(stdout + stderr).not.toContain(secret);
  }
});

/** A port without a server. It was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
