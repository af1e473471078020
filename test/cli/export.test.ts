/** The main command as a person runs it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bench, exporting, held, members, sha256 } from '../support/cli.ts';
import { inEncoding } from '../support/legacy-text.ts';

const toA1 = ['--field', 'email', '--identifier-type', 'email', '--ad-account', 'A1'];

describe('a new audience', () => {
  test('is created, holds exactly the right hashes, and the document has an outcome for every value', async () => {
    const { write, export: run, simulator, directory } = await bench();
    const hash = sha256('prehashed@example.com');
    const source = write(
      'members.csv',
      `id,email\n1,taro@example.com\n2, HANAKO@Example.com \n3,\n4,not-an-email\n5,${hash}\n6,taro@example.com\n`,
    );
    const { code, run: document, stderr } = await run(['--source', source, ...toA1, '--audience-name', 'VIP 会員']);
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);
    expect(document).toMatchObject({
      status: 'succeeded',
      rulesVersion: 2,
      audience: { name: 'VIP 会員', created: true },
      counts: {
        rows: 6,
        scanned: 6,
        missing: 1,
        invalid: { not_an_email: 1 },
        prehashed: 1,
        hashed: 3,
        duplicates: 1,
        unique: 3,
        uploaded: 3,
      },
      chunks: [{ index: 1, action: 'ADD', records: 3, bytes: 195, jobStatus: 'FINISHED', audienceCount: 3 }],
      warnings: [{ code: 'mixed_hashed_and_plain', count: 1 }],
      error: null,
      invalidRows: { not_an_email: [4] },
    });
    const id = document.audience?.id ?? '';
    expect(held(simulator, id)).toEqual([sha256('taro@example.com'), sha256('hanako@example.com'), hash].sort());
    expect(simulator.inspect().violations).toEqual([]);
    // The staged chunks are deleted when the run succeeds, and no raw value was ever written.
    const written = readdirSync(join(directory, 'data'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(written.map((entry) => entry.name).filter((name) => name.startsWith('chunk'))).toEqual([]);
    for (const entry of written) {
      const text = readFileSync(join(entry.parentPath, entry.name), 'latin1');
      expect(text).not.toContain('example.com');
      expect(text).not.toContain(simulator.keys[0]?.secretKey);
    }
  });

  test('of phone numbers that a spreadsheet has damaged holds the repaired numbers, and the document says so', async () => {
    const { write, export: run, simulator } = await bench();
    const source = write('p.csv', 'phone\n6281234567890.0\n8.19012E+11\n62812345678\n+81 (0)90-1234-5679\n');
    const { code, run: document } = await run([
      ...['--source', source, '--field', 'phone', '--identifier-type', 'phone', '--ad-account', 'A1'],
      ...['--audience-name', 'Phones', '--default-country', 'ID'],
    ]);
    expect(code).toBe(0);
    expect(document).toMatchObject({
      counts: { scanned: 4, hashed: 3, invalid: { not_a_phone: 1 } },
      invalidRows: { not_a_phone: [2] },
      warnings: [{ code: 'spreadsheet_damaged', count: 2 }],
    });
    expect(held(simulator, document.audience?.id ?? '')).toEqual(
      ['6281234567890', '62812345678', '819012345679'].map(sha256).sort(),
    );
  });

  test('of numbers whose first 0 is gone stays as it is in a script, which is told and warned', async () => {
    const { write, start, simulator } = await bench();
    const numbers = Array.from({ length: 25 }, (_, n) => `90123400${n + 10}`);
    const source = write('p.csv', `phone\n${numbers.join('\n')}\n`);
    const command = ['--source', source, '--field', 'phone', '--identifier-type', 'phone', '--ad-account', 'A1'];
    const inTokyo = { environment: { TZ: 'Asia/Tokyo' } };
    const { code, stderr, stdout } = await start(exporting([...command, '--audience-name', 'Phones']), inTokyo)
      .finished;
    expect(code).toBe(0);
    expect(stderr).toContain(
      'Phone numbers are sent as they are, because no --default-country is given. If some lack the country code of Japan (+81), give --default-country JP.',
    );
    const document = JSON.parse(stdout);
    expect(document.warnings).toMatchObject([{ code: 'phone_looks_national', count: 25 }]);
    expect(held(simulator, document.audience.id)).toEqual(numbers.map(sha256).sort());
  });

  test('with a name that LINE already has is refused, and the message has its id', async () => {
    const { write, export: run, simulator } = await bench();
    const source = write('m.csv', members(3).csv);
    const first = await run(['--source', source, ...toA1, '--audience-name', 'VIP']);
    const second = await run(['--source', source, ...toA1, '--audience-name', 'VIP']);
    expect(second.code).toBe(1);
    expect(second.run.error).toMatchObject({ code: 'audience_name_taken' });
    expect(second.run.error?.message).toContain(first.run.audience?.id);
    expect(simulator.inspect().jobs).toHaveLength(1);
  });
});

describe('an existing audience', () => {
  test('is replaced by the first chunk and filled by the others, each after the previous one has finished', async () => {
    const { write, export: run, simulator } = await bench();
    const before = await run(['--source', write('a.csv', members(10, 'old').csv), ...toA1, '--audience-name', 'VIP']);
    const id = before.run.audience?.id ?? '';
    const now = members(10, 'new');
    const { code, run: document } = await run([
      '--source',
      write('b.csv', now.csv),
      ...toA1,
      '--audience-id',
      id,
      '--chunk-records',
      '4',
    ]);
    expect(code).toBe(0);
    expect(document.chunks.map(({ action, records }) => [action, records])).toEqual([
      ['REPLACE', 4],
      ['ADD', 4],
      ['ADD', 2],
    ]);
    expect(held(simulator, id)).toEqual(now.hashes);
    expect(simulator.inspect().violations).toEqual([]);
  });

  test('is appended to with --mode append', async () => {
    const { write, export: run, simulator } = await bench();
    const [old, more] = [members(5, 'old'), members(5, 'more')];
    const before = await run(['--source', write('a.csv', old.csv), ...toA1, '--audience-name', 'VIP']);
    const id = before.run.audience?.id ?? '';
    const { run: document } = await run([
      '--source',
      write('b.csv', more.csv),
      ...toA1,
      '--audience-id',
      id,
      '--mode',
      'append',
    ]);
    expect(document.chunks[0]?.action).toBe('ADD');
    expect(held(simulator, id)).toEqual([...old.hashes, ...more.hashes].sort());
  });

  test('with another identifier type is refused before anything is written', async () => {
    const { write, export: run, simulator } = await bench();
    const before = await run(['--source', write('a.csv', members(3).csv), ...toA1, '--audience-name', 'VIP']);
    const phones = write('p.csv', 'phone\n+81 90-0000-0001\n');
    const { code, run: document } = await run([
      '--source',
      phones,
      '--field',
      'phone',
      '--identifier-type',
      'phone',
      '--ad-account',
      'A1',
      '--audience-id',
      before.run.audience?.id ?? '',
    ]);
    expect([code, document.error?.code]).toEqual([1, 'audience_type_mismatch']);
    expect(simulator.inspect().jobs).toHaveLength(1);
  });

  test('that LINE does not have is refused', async () => {
    const { write, export: run } = await bench();
    const { code, run: document } = await run([
      '--source',
      write('a.csv', members(3).csv),
      ...toA1,
      '--audience-id',
      '123',
    ]);
    expect([code, document.error?.code]).toEqual([1, 'audience_not_found']);
  });
});

describe('the guard', () => {
  test('refuses a replace that shrinks too much, gives both sizes, and prints a command to continue', async () => {
    const { write, export: run, simulator, run: lineup } = await bench();
    const before = await run(['--source', write('a.csv', members(100).csv), ...toA1, '--audience-name', 'VIP']);
    const id = before.run.audience?.id ?? '';
    const few = members(10, 'few');
    const refused = await run(['--source', write('b.csv', few.csv), ...toA1, '--audience-id', id]);
    expect([refused.code, refused.run.error?.code]).toEqual([3, 'audience_shrinks']);
    expect(refused.run.error?.message).toMatch(/from 100 .* to 10/);
    expect(held(simulator, id)).toHaveLength(100);
    const [, ...args] = refused.run.error?.resume?.split(' ') ?? [];
    expect((await lineup([...args, '--poll-interval', '50'])).code).toBe(0);
    expect(held(simulator, id)).toEqual(few.hashes);
  });

  test('refuses the first replace of an audience of other people, whose size LINE’s upload jobs give', async () => {
    const { write, export: run, simulator, run: lineup } = await bench();
    const id = simulator.addAudience({ name: 'External 5k', members: 5_207 });
    const few = members(10, 'few');
    const to = ['--source', write('b.csv', few.csv), ...toA1, '--audience-id', id];
    const refused = await run(to);
    expect([refused.code, refused.run.error?.code]).toEqual([3, 'audience_shrinks']);
    expect(refused.run.audience?.before).toEqual({
      size: 5_207,
      basis: 'upload_jobs',
      runId: null,
      at: null,
    });
    expect(refused.run.error?.message).toContain('from about 5,207 members (LINE’s upload jobs) to 10, by 99.8 %');
    expect(refused.stderr).toContain('--max-shrink');
    expect(simulator.state.members(id).size).toBe(5_207);
    const [, ...args] = refused.run.error?.resume?.split(' ') ?? [];
    expect(args).toEqual(expect.arrayContaining(['--max-shrink', '1']));
    expect((await lineup([...args, '--poll-interval', '50'])).code).toBe(0);
    expect(held(simulator, id)).toEqual(few.hashes);
    // From now on our own replace counts, so the same replace is not refused.
    expect((await run(to)).code).toBe(0);
    expect(simulator.inspect().violations).toEqual([]);
  });

  test('takes LINE’s estimate if LINE lists no upload, and accepts a replace of that size', async () => {
    const { write, export: run, simulator } = await bench();
    const elsewhere = { members: 300, jobs: [] };
    const id = simulator.addAudience({ name: 'External', estimatedAudienceSize: '195', ...elsewhere });
    const few = await run(['--source', write('b.csv', members(90).csv), ...toA1, '--audience-id', id]);
    expect(few.code).toBe(3);
    expect(few.run.error?.message).toContain('from at least 195 members (LINE’s estimate) to 90');
    const same = await run(['--source', write('c.csv', members(280).csv), ...toA1, '--audience-id', id]);
    expect([same.code, same.run.audience?.before?.basis]).toEqual([0, 'estimate']);
  });

  test('asks a person if the size of an audience is unknown, and names the flag that allows it', async () => {
    const { write, export: run, simulator } = await bench();
    const id = simulator.addAudience({
      name: 'External',
      members: 90,
      jobs: [],
      estimatedAudienceSize: '-',
    });
    const many = members(500);
    const to = ['--source', write('b.csv', many.csv), ...toA1, '--audience-id', id];
    const asked = await run(to);
    expect([asked.code, asked.run.error?.code]).toEqual([3, 'audience_size_unknown']);
    expect(asked.stderr).toContain('allow this run with --max-shrink 1.');
    expect(asked.run.error?.resume).toMatch(/ --max-shrink 1$/);
    expect(simulator.state.members(id).size).toBe(90);
    const adding = await run([...to, '--mode', 'append']);
    expect([adding.code, adding.run.audience?.before]).toEqual([0, null]);
    expect((await run([...to, '--max-shrink', '1'])).code).toBe(0);
    expect(held(simulator, id)).toEqual(many.hashes);
  });

  test('asks if another person has filled the audience since our last replace', async () => {
    const { write, export: run, simulator } = await bench();
    const ours = write('a.csv', members(100).csv);
    const made = await run(['--source', ours, ...toA1, '--audience-name', 'VIP']);
    const id = made.run.audience?.id ?? '';
    const elsewhere = { LINEUP_DATA_DIR: 'elsewhere' };
    const theirs = write('b.csv', members(900, 'theirs').csv);
    const theirRun = await run(['--source', theirs, ...toA1, '--audience-id', id], {
      environment: elsewhere,
    });
    expect(theirRun.code).toBe(0);
    const again = await run(['--source', ours, ...toA1, '--audience-id', id]);
    expect(again.code).toBe(3);
    expect(again.run.error?.message).toContain('from about 900 members (LINE’s upload jobs) to 100');
    expect(simulator.state.members(id).size).toBe(900);
  });

  test('does not stop a daily replace without a reason: in many chunks, in a new data directory, after daily appends', async () => {
    const { write, export: run, simulator } = await bench({ matchMs: 60_000 });
    const daily = write('a.csv', members(12).csv);
    const made = await run(['--source', daily, ...toA1, '--audience-name', 'VIP']);
    const to = ['--source', daily, ...toA1, '--audience-id', made.run.audience?.id ?? ''];
    for (const more of [['--chunk-records', '5'], ['--mode', 'append'], ['--mode', 'append'], []]) {
      const { code, run: done } = await run([...to, ...more]);
      expect([more, code, done.error]).toEqual([more, 0, null]);
    }
    // A data directory records the requests of the last second. A new one has no record of them.
    expect(simulator.inspect().violations).toEqual([]);
    const fresh = await run(to, { environment: { LINEUP_DATA_DIR: 'fresh' } });
    expect([fresh.code, fresh.run.audience?.before]).toEqual([
      0,
      { size: 12, basis: 'upload_jobs', runId: null, at: null },
    ]);
  });

  test('lets the next run fill a new audience whose first upload failed at LINE', async () => {
    const { write, export: run, simulator } = await bench();
    simulator.addFault({ kind: 'job_failed' });
    const source = write('a.csv', members(12).csv);
    const failed = await run(['--source', source, ...toA1, '--audience-name', 'VIP']);
    expect(failed.code).toBe(1);
    const id = failed.run.audience?.id ?? '';
    const next = await run(['--source', source, ...toA1, '--audience-id', id]);
    expect([next.code, next.run.audience?.before?.size]).toEqual([0, 0]);
  });

  test('always refuses an empty result', async () => {
    const { write, export: run, simulator } = await bench();
    const { code, run: document } = await run([
      '--source',
      write('a.csv', 'email\nnope\n\n'),
      ...toA1,
      '--audience-name',
      'VIP',
      '--max-shrink',
      '1',
    ]);
    expect([code, document.error?.code]).toEqual([3, 'nothing_to_send']);
    expect(simulator.inspect().jobs).toEqual([]);
  });

  test('a dry run shows LINE’s current size and the new size', async () => {
    const { write, simulator, run: lineup, export: run } = await bench();
    const id = simulator.addAudience({ name: 'External 5k', members: 5_207 });
    const to = ['--source', write('b.csv', members(10).csv), ...toA1, '--audience-id', id, '--dry-run'];
    const shown = await lineup(['export', ...to]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('LINE holds about 5,207 (LINE’s upload jobs) → would hold 10 (−99.8 %)');
    const { run: document } = await run(to);
    expect(document.audience?.before).toMatchObject({ size: 5_207, basis: 'upload_jobs' });
    expect(document.warnings).toMatchObject([{ code: 'shrink', count: 5_197 }]);
    expect(simulator.inspect().requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('a dry run writes nothing, shows a refusal as a warning, and needs no keys', async () => {
    const { write, export: run, simulator } = await bench();
    const before = await run(['--source', write('a.csv', members(100).csv), ...toA1, '--audience-name', 'VIP']);
    const id = before.run.audience?.id ?? '';
    const few = write('b.csv', members(10).csv);
    const dry = await run(['--source', few, ...toA1, '--audience-id', id, '--dry-run']);
    expect([dry.code, dry.run.status, dry.run.counts?.uploaded]).toEqual([0, 'dry_run', 0]);
    expect(dry.run.warnings.map(({ code }) => code)).toEqual(['shrink']);
    const without = await run(['--source', few, ...toA1, '--audience-id', id, '--dry-run'], {
      environment: { LINE_ADS_ACCESS_KEY: undefined, LINE_ADS_SECRET_KEY: undefined },
    });
    expect([without.code, without.run.status]).toEqual([0, 'dry_run']);
    expect(simulator.inspect().jobs).toHaveLength(1);
    // A dry run never counts as the last successful run.
    const full = await run(['--source', write('c.csv', members(60).csv), ...toA1, '--audience-id', id]);
    expect(full.code).toBe(0);
  });
});

describe('LINE’s reason is shown for', () => {
  test.each([
    ['FAILED', { kind: 'job_failed', failedType: 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT' }, 1, 'upload_job_failed'],
    [
      'a 400 with a reason',
      { kind: 'status', status: 400, reason: 'INVALID_FILE_CONTENT', endpoint: 'upload' },
      1,
      'line_rejected',
    ],
    ['a 403', { kind: 'status', status: 403, reason: 'ACCOUNT_NOT_ALLOWED' }, 1, 'line_forbidden'],
  ] as const)('%s', async (_, fault, exit, code) => {
    const { write, export: run, simulator } = await bench();
    simulator.addFault(fault);
    const finished = await run(['--source', write('a.csv', members(3).csv), ...toA1, '--audience-name', 'VIP']);
    expect([finished.code, finished.run.error?.code]).toEqual([exit, code]);
    expect(finished.run.error?.reason).toBe('failedType' in fault ? fault.failedType : fault.reason);
  });

  test('a finished job with fewer members, as a success with warnings', async () => {
    const { write, export: run, simulator } = await bench();
    simulator.addFault({ kind: 'job_partial', audienceCount: 2, failedType: 'SOME_REMARK' });
    const { code, run: document } = await run([
      '--source',
      write('a.csv', members(5).csv),
      ...toA1,
      '--audience-name',
      'VIP',
    ]);
    expect(code).toBe(0);
    expect(document.warnings.map((warning) => [warning.code, warning.count])).toEqual([
      ['job_failed_type', 1],
      ['count_differs', 3],
    ]);
  });

  test('a wrong key', async () => {
    const { write, export: run } = await bench();
    const {
      code,
      run: document,
      stderr,
    } = await run(['--source', write('a.csv', members(3).csv), ...toA1, '--audience-name', 'VIP'], {
      environment: { LINE_ADS_SECRET_KEY: 'WRONGSECRETKEY' },
    });
    expect([code, document.error?.code]).toEqual([1, 'line_unauthorized']);
    expect(stderr + JSON.stringify(document)).not.toContain('WRONGSECRETKEY');
  });
});

test('the plain report shows every count, and progress goes only to stderr', async () => {
  const { write, run } = await bench();
  const { code, stdout, stderr } = await run([
    'export',
    '--source',
    write('a.csv', members(1234).csv),
    ...toA1,
    '--audience-name',
    'VIP',
    '--poll-interval',
    '50',
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/unique\s+1,234/);
  expect(stdout).toMatch(/FINISHED\s+1,234/);
  expect(stdout).not.toContain('Uploading');
  expect(stderr).toContain('Uploading chunk 1 of 1');
});

test('prepare writes chunk files and a manifest and sends nothing', async () => {
  const { write, run, directory, simulator } = await bench();
  const { csv, hashes } = members(10);
  const out = join(directory, 'out');
  const { code, stdout } = await run([
    'prepare',
    '--source',
    write('a.csv', csv),
    '--field',
    'email',
    '--identifier-type',
    'email',
    '--chunk-records',
    '4',
    '--out',
    out,
    '--json',
  ]);
  expect(code).toBe(0);
  expect(readdirSync(out).sort()).toEqual(['chunk-0001.txt', 'chunk-0002.txt', 'chunk-0003.txt', 'manifest.json']);
  const lines = ['1', '2', '3'].flatMap((n) =>
    readFileSync(join(out, `chunk-000${n}.txt`), 'utf8')
      .trimEnd()
      .split('\n'),
  );
  expect(lines.sort()).toEqual(hashes);
  expect(JSON.parse(stdout)).toMatchObject({
    counts: { unique: 10 },
    chunks: [{ records: 4 }, { records: 4 }, { records: 2 }],
  });
  expect(simulator.inspect().requests).toEqual([]);
  expect(existsSync(join(directory, 'data'))).toBe(false);
  // Otherwise the chunks of two runs would mix.
  expect(
    (await run(['prepare', '--source', 'a.csv', '--field', 'email', '--identifier-type', 'email', '--out', out])).code,
  ).toBe(2);
});

test('fields shows the fields of a source, with a preview that hides the members', async () => {
  const { write, run } = await bench();
  const source = write('a.csv', 'メール,phone\ntaro.yamada@example.com,+81 90-0000-0001\n');
  const { code, stdout } = await run(['fields', '--source', source, '--field', 'メール', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    fields: [{ name: 'メール' }, { name: 'phone' }],
    preview: [{ row: 1 }],
  });
  expect(stdout).not.toContain('taro');
  expect((await run(['fields', '--source', source, '--field', 'mail'])).code).toBe(2);
});

test('CSV of Excel in Japan needs no flag, and gives the same hashes as the file in UTF-8', async () => {
  const { write, export: run, run: lineup, simulator } = await bench();
  const { csv, hashes } = members(40);
  const text = csv.replace('id,email', '会員番号,メールアドレス').replaceAll('\n', '\r\n');
  const to = ['--identifier-type', 'email', '--ad-account', 'A1'];
  const source = write('会員.csv', inEncoding('shift_jis', text));
  const { code, run: document } = await run([
    ...['--source', source, '--field', 'メールアドレス'],
    ...to,
    ...['--audience-name', 'Excel'],
  ]);
  expect([code, held(simulator, document.audience?.id ?? '')]).toEqual([0, hashes]);
  const { stdout } = await lineup(['fields', '--source', source, '--json']);
  expect(JSON.parse(stdout).reading).toMatchObject({
    encoding: 'shift_jis',
    delimiter: 'comma',
    header: true,
  });

  // This encoding cannot be detected. The run keeps the flags.
  const odd = write('odd.csv', inEncoding('euc-jp', text.replaceAll(',', '|').split('\r\n').slice(1).join('\r\n')));
  const flags = ['--encoding', 'euc-jp', '--delimiter', 'pipe', '--header', 'no', '--field', 'column 2'];
  const other = await run(['--source', odd, ...to, ...flags, '--audience-name', 'Odd']);
  expect([other.code, held(simulator, other.run.audience?.id ?? '')]).toEqual([0, hashes]);
  const wrong = await lineup(['fields', '--source', odd, '--delimiter', 'x']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--delimiter takes comma, tab')]);
});
