/** Sibling audiences on the command line: one scan fills an audience for each identifier, against the simulator. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sendFile, serveFiles } from '../sources/support/file-server.ts';
import { type Bench, bench, held, inFours, members, sha256 } from '../support/cli.ts';

const numbers = Array.from({ length: 10 }, (_, n) => n);
const idfa = (n: number) => `AEBE52E7-03EE-455A-B3C4-E5728396620${n}`;
const csv = `id,email,tel,idfa\n${numbers
  .map((n) => `${n},m${n}@example.com,${n % 2 === 0 ? `+81901234000${n}` : ''},${idfa(n)}\n`)
  .join('')}`;

/**
 * The same numbers as they are written in Japan. To read these, a kernel first learns about the numbers of a country.
 */
const national = csv.replaceAll(',+81', ',0');
const japan = ['--default-country', 'JP'];

const hashes = {
  email: numbers.map((n) => sha256(`m${n}@example.com`)).sort(),
  phone: numbers
    .filter((n) => n % 2 === 0)
    .map((n) => sha256(`81901234000${n}`))
    .sort(),
  ifa: numbers.map((n) => sha256(idfa(n).toLowerCase())).sort(),
};

const email = ['--field', 'email', '--identifier-type', 'email', '--ad-account', 'A1'];
const toVip = [...email, '--audience-name', 'VIP'];
const phoneAndIfa = ['--sibling', 'phone:tel', '--sibling', 'ifa:idfa'];

/** Audiences of 10 old members each, for the three identifiers. */
async function filled() {
  const at = await bench();
  const add = (idType: 'HASHED_EMAIL' | 'HASHED_PHONE_NUMBER' | 'IFA') =>
    at.simulator.addAudience({ name: `Old ${idType}`, members: 10, idType });
  const ids = {
    email: add('HASHED_EMAIL'),
    phone: add('HASHED_PHONE_NUMBER'),
    ifa: add('IFA'),
  };
  const to = [
    ...[...email, '--audience-id', ids.email],
    ...['--sibling', `phone:tel:id=${ids.phone}`, '--sibling', `ifa:idfa:id=${ids.ifa}`],
  ];
  return { at, ids, to };
}

const uploads = ({ simulator }: Bench) =>
  simulator
    .inspect()
    .jobs.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('lineup-'));

test('one scan fills an audience for each identifier, also from standard input', async () => {
  const { export: run, simulator } = await bench();
  const flags = ['--source', '-', ...toVip, ...japan, ...phoneAndIfa, ...inFours];
  const { code, run: document } = await run(flags, { input: national });
  expect(code).toBe(0);
  const [phone, ifa] = document.siblings ?? [];
  expect(held(simulator, document.audience?.id ?? '')).toEqual(hashes.email);
  expect(held(simulator, phone?.audience.id ?? '')).toEqual(hashes.phone);
  expect(held(simulator, ifa?.audience.id ?? '')).toEqual(hashes.ifa);
  expect(document).toMatchObject({
    status: 'succeeded',
    ...{ identifierType: 'email', field: 'email' },
    audience: { name: 'VIP', created: true },
    counts: { rows: 10, unique: 10, uploaded: 10 },
    siblings: [
      {
        ...{ delivery: 2, identifierType: 'phone', field: 'tel', error: null },
        audience: { name: 'VIP (phone)', created: true },
        counts: { rows: 10, scanned: 10, missing: 5, unique: 5, uploaded: 5 },
      },
      {
        ...{ delivery: 3, identifierType: 'ifa', field: 'idfa', error: null },
        audience: { name: 'VIP (ifa)', created: true },
        counts: { rows: 10, unique: 10, uploaded: 10 },
      },
    ],
  });
  expect(phone?.chunks).toHaveLength(2);
  expect(document.warnings).toEqual([]);
});

test('two identifiers of a type get different names, and the result says which is which', async () => {
  const { run, write } = await bench();
  const source = write('members.csv', csv.replace('id,', 'home,').replaceAll(/\n(\d),/g, '\n+81901234100$1,'));
  const flags = ['--sibling', 'phone:tel', '--sibling', 'phone:home', '--poll-interval', '50'];
  const { code, stdout } = await run(['export', '--source', source, ...toVip, ...flags]);
  expect(code).toBe(0);
  const titles = stdout.split('\n').filter((line) => line.includes(' from the field '));
  expect(titles.map((line) => line.replace(/ \d+$/, ''))).toEqual([
    'E-mail from the field "email"',
    'Phone from the field "tel": audience "VIP (phone)"',
    'Phone from the field "home": audience "VIP 2 (phone)"',
  ]);
});

test('a run without siblings has no word of them', async () => {
  const { write, export: run } = await bench();
  const { run: document } = await run(['--source', write('m.csv', csv), ...email, '--audience-name', 'VIP']);
  expect(document.status).toBe('succeeded');
  for (const key of ['siblings', 'identifierType', 'field']) expect(document).not.toHaveProperty(key);
});

test('no audience is touched unless the guard passes each of them', async () => {
  const { at, ids, to } = await filled();
  const source = at.write('members.csv', csv);
  // Five phone numbers instead of ten are too few; advertising ids are as many as before.
  const refused = await at.export(['--source', source, ...to, '--max-shrink', '0.4']);
  expect([refused.code, refused.run.error?.code]).toEqual([3, 'audience_shrinks']);
  expect(refused.run.error?.message).toMatch(
    /^Audience “Old HASHED_PHONE_NUMBER”: The audience would shrink from about 10 members .* to 5, by 50 %\./,
  );
  expect(uploads(at)).toEqual([]);
  for (const id of Object.values(ids)) expect(held(at.simulator, id)).toHaveLength(10);

  const allowed = await at.export(['--resume', refused.run.runId ?? '', '--max-shrink', '0.5']);
  expect(allowed.code).toBe(0);
  expect(held(at.simulator, ids.phone)).toEqual(hashes.phone);
  expect(held(at.simulator, ids.ifa)).toEqual(hashes.ifa);
});

test('an identifier that nobody has stops all of them', async () => {
  const { at, ids, to } = await filled();
  const source = at.write('members.csv', csv.replaceAll(/,\+8190\d+/g, ','));
  const { code, run: document } = await at.export(['--source', source, ...to]);
  expect([code, document.error?.code]).toEqual([3, 'nothing_to_send']);
  expect(document.error?.message).toContain('None of the 10 values of "tel" is valid.');
  expect(uploads(at)).toEqual([]);
  expect(held(at.simulator, ids.email)).toHaveLength(10);
});

test('one that fails does not stop the others, and is continued alone', async () => {
  const { at, ids, to } = await filled();
  const source = at.write('members.csv', csv);
  at.simulator.addFault({ kind: 'job_failed', fileName: '-2-1.txt' });
  const failed = await at.export(['--source', source, ...to, ...inFours]);
  expect([failed.code, failed.run.error?.code]).toEqual([1, 'upload_job_failed']);
  expect(failed.run.error?.message).toContain('Audience “Old HASHED_PHONE_NUMBER”:');
  expect(held(at.simulator, ids.email)).toEqual(hashes.email);
  expect(held(at.simulator, ids.ifa)).toEqual(hashes.ifa);
  expect(failed.run.siblings).toMatchObject([{ error: { code: 'upload_job_failed' } }, { error: null }]);

  // An audience that is complete may belong to a newer run by now.
  const newer = at.write('newer.csv', members(10, 'newer').csv);
  const replaced = await at.export(['--source', newer, ...email, '--audience-id', ids.email]);
  expect(replaced.code).toBe(0);
  const before = uploads(at);
  const resumed = await at.export(['--resume', failed.run.runId ?? '']);
  expect(resumed.code).toBe(0);
  expect(resumed.run.siblings?.[0]?.error).toBeNull();
  expect(held(at.simulator, ids.phone)).toEqual(hashes.phone);
  expect(held(at.simulator, ids.email)).toEqual(members(10, 'newer').hashes);
  const id = failed.run.runId;
  expect(uploads(at).slice(before.length)).toEqual([`lineup-${id}-2-1.txt`, `lineup-${id}-2-2.txt`]);
});

test('one that is half sent goes on, although another one is refused when the run continues', async () => {
  const { at, ids, to } = await filled();
  const source = at.write('members.csv', csv);
  at.simulator.addFault({ kind: 'job_failed', fileName: '-2.txt', nth: 1 });
  const failed = await at.export(['--source', source, ...to, '--chunk-records', '6']);
  // The second chunk of the e-mails or of the advertising ids has failed. The phone numbers have one chunk.
  expect([failed.code, failed.run.error?.code]).toEqual([1, 'upload_job_failed']);
  expect(held(at.simulator, ids.phone)).toEqual(hashes.phone);
  const resumed = await at.export(['--resume', failed.run.runId ?? '', '--max-shrink', '0']);
  // The guard does not look at what has begun.
  expect(resumed.code).toBe(0);
  expect(held(at.simulator, ids.email)).toEqual(hashes.email);
  expect(held(at.simulator, ids.ifa)).toEqual(hashes.ifa);
});

test('those that LINE has nothing of wait for a person, while half-sent ones are completed', async () => {
  const { at, ids, to } = await filled();
  const source = at.write('members.csv', csv);
  // LINE’s jobs fail for the one chunk of the phone numbers, and for a second chunk of another identifier.
  at.simulator.addFault({ kind: 'job_failed', fileName: '-2-1.txt', nth: 1 });
  at.simulator.addFault({ kind: 'job_failed', fileName: '-2.txt', nth: 1 });
  const failed = await at.export(['--source', source, ...to, '--chunk-records', '6']);
  expect(failed.code).toBe(1);
  expect(failed.run.siblings?.[0]?.error?.code).toBe('upload_job_failed');
  // Once more, one that is half sent fails, and the phone numbers are refused.
  at.simulator.addFault({ kind: 'job_failed', fileName: '-2.txt', nth: 1 });
  const again = await at.export(['--resume', failed.run.runId ?? '', '--max-shrink', '0.1']);
  expect([again.code, again.run.error?.code]).toEqual([1, 'upload_job_failed']);
  expect(again.run.siblings?.[0]?.error?.message).toMatch(/^Audience “[^”]+”: The audience would shrink/);
  const resumed = await at.export(['--resume', failed.run.runId ?? '', '--max-shrink', '0.1']);
  expect([resumed.code, resumed.run.error?.code]).toEqual([3, 'audience_shrinks']);
  expect(held(at.simulator, ids.email)).toEqual(hashes.email);
  expect(held(at.simulator, ids.ifa)).toEqual(hashes.ifa);
  expect(held(at.simulator, ids.phone)).toHaveLength(10);
  const allowed = await at.export(['--resume', failed.run.runId ?? '', '--max-shrink', '0.5']);
  expect(allowed.code).toBe(0);
  expect(held(at.simulator, ids.phone)).toEqual(hashes.phone);
});

test('a key that LINE refuses is the reason of the run, whatever else has failed', async () => {
  const { at, to } = await filled();
  const source = at.write('members.csv', csv);
  at.simulator.addFault({ kind: 'key_revoked', endpoint: 'upload', nth: 1 });
  const { code, run: document } = await at.export(['--source', source, ...to]);
  expect([code, document.error?.code, document.error?.resumable]).toEqual([1, 'line_unauthorized', true]);
});

test('a suppression list has a field for each identifier, or none', async () => {
  const { write, export: run, simulator } = await bench();
  const source = write('members.csv', national);
  const list = write('left.csv', `email,phone_number\nM3@example.com,09012340004\n`);
  const suppress = ['--suppress', list, '--suppress-field', 'phone=phone_number', '--suppress-field', 'ifa='];
  const { code, run: document } = await run([...['--source', source, ...toVip, ...japan, ...phoneAndIfa, ...suppress]]);
  expect(code).toBe(0);
  const [phone, ifa] = document.siblings ?? [];
  expect(held(simulator, document.audience?.id ?? '')).toEqual(
    hashes.email.filter((hash) => hash !== sha256('m3@example.com')),
  );
  expect(held(simulator, phone?.audience.id ?? '')).toEqual(
    hashes.phone.filter((hash) => hash !== sha256('819012340004')),
  );
  expect(held(simulator, ifa?.audience.id ?? '')).toEqual(hashes.ifa);
  expect([document.counts?.suppressed, phone?.counts?.suppressed]).toEqual([1, 1]);
  expect(ifa?.warnings.map((warning) => warning.code)).toContain('suppression_without_field');

  // Without a word about it, a list has the same columns as the source.
  const others = [...email, '--audience-name', 'VIP 2', '--sibling', 'phone:tel'];
  const wrong = await run(['--source', source, ...others, '--suppress', list]);
  expect([wrong.code, wrong.run.error?.code]).toEqual([1, 'suppression_list_failed']);
  expect(wrong.run.error?.message).toContain('"tel"');
});

test('all identifiers leave out the members of one version of a list that is replaced meanwhile', async () => {
  const { write, export: run, simulator } = await bench();
  const version = (n: number) => Buffer.from(`email,phone_number\nm${n}@example.com,0901234000${n}\n`);
  // To open a file takes a request, and to read it another one.
  const lists = await serveFiles((request, response, count) =>
    sendFile(request, response, version(count > 2 ? 4 : 3), { etag: count > 2 ? '"4"' : '"3"' }),
  );
  const list = `${lists.origin}/left.csv`;
  const suppress = ['--suppress', list, '--suppress-field', 'phone=phone_number', '--suppress-field', 'ifa='];
  const source = write('members.csv', national);
  const { code, run: document } = await run([...['--source', source, ...toVip, ...japan, ...phoneAndIfa, ...suppress]]);
  const phones = document.siblings?.[0]?.audience.id ?? '';
  expect(code).toBe(0);
  expect([held(simulator, document.audience?.id ?? ''), held(simulator, phones)]).toEqual([
    hashes.email.filter((hash) => hash !== sha256('m3@example.com')),
    hashes.phone.filter((hash) => hash !== sha256('819012340003')),
  ]);
});

test('the column of a list for the first identifier is the one that is named for its type', async () => {
  const { write, export: run, simulator } = await bench();
  const source = write('members.csv', csv);
  const list = write('left.csv', 'email,address\nnobody@example.com,m3@example.com\n');
  const suppress = ['--suppress', list, '--suppress-field', 'email=address'];
  const { code, run: document } = await run(['--source', source, ...toVip, ...suppress]);
  expect([code, document.counts?.suppressed]).toEqual([0, 1]);
  expect(held(simulator, document.audience?.id ?? '')).not.toContain(sha256('m3@example.com'));
});

test('a dry run looks at every audience and sends nothing', async () => {
  const { at, ids, to } = await filled();
  const source = at.write('members.csv', csv);
  const { code, run: document } = await at.export(['--source', source, ...to, '--max-shrink', '0.4', '--dry-run']);
  expect([code, document.status]).toEqual([0, 'dry_run']);
  expect(document.siblings?.map(({ warnings }) => warnings.map((warning) => warning.code))).toEqual([
    ['shrink'],
    ['hashed_ifa'],
  ]);
  expect(document.siblings?.[0]?.audience.before?.size).toBe(10);
  expect(uploads(at)).toEqual([]);
  expect(held(at.simulator, ids.phone)).toHaveLength(10);
});

test('prepare writes the files of each identifier', async () => {
  const { write, run, directory } = await bench();
  const out = join(directory, 'out');
  const source = write('members.csv', csv);
  const flags = [...email.slice(0, 4), ...phoneAndIfa, '--out', out];
  const { code, stdout } = await run(['prepare', '--source', source, ...flags]);
  expect(code).toBe(0);
  expect(stdout).toContain('Prepared 3 chunk files');
  expect(stdout).toContain('Phone from the field "tel"');
  expect(readdirSync(out).sort()).toEqual(['2-chunk-0001.txt', '3-chunk-0001.txt', 'chunk-0001.txt', 'manifest.json']);
  const linesOf = (name: string) => readFileSync(join(out, name), 'utf8').trim().split('\n').sort();
  expect(linesOf('2-chunk-0001.txt')).toEqual(hashes.phone);
  expect(linesOf('3-chunk-0001.txt')).toEqual(hashes.ifa);
  expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))).toMatchObject({
    siblings: [
      { field: 'tel', counts: { unique: 5 } },
      { field: 'idfa', counts: { unique: 10 } },
    ],
  });
});

test.each(['VIP', 'id=5343822743475'])('prepare has no audience for %s', async (audience) => {
  const { write, run, directory } = await bench();
  const flags = ['--sibling', `phone:tel:${audience}`, '--out', join(directory, 'out')];
  const source = write('members.csv', csv);
  const { code, stderr } = await run(['prepare', '--source', source, ...email.slice(0, 4), ...flags]);
  expect(code).toBe(2);
  expect(stderr).toContain('prepare fills no audience. Write --sibling phone:tel.');
  expect(readdirSync(directory)).not.toContain('out');
});

test('the help says how each command takes further identifiers', async () => {
  const { run } = await bench();
  const help = async (...command: string[]) => (await run([...command, '--help'])).stdout.replaceAll(/\s+/g, ' ');
  const withAudience =
    '--sibling <type:field[:name]> a further identifier of the same members, for a custom audience of its own';
  expect(await help('export')).toContain(withAudience);
  expect(await help('jobs', 'edit')).toContain(withAudience);
  expect(await help('prepare')).toContain('--sibling <type:field> a further identifier of the same members, e.g.');
});

test('prepare leaves no file when one identifier has nobody', async () => {
  const { write, run, directory } = await bench();
  const out = join(directory, 'out');
  const source = write('members.csv', csv.replaceAll(/,\+8190\d+/g, ','));
  const { code } = await run(['prepare', '--source', source, ...email.slice(0, 4), ...phoneAndIfa, '--out', out]);
  expect(code).toBe(3);
  expect(readdirSync(out)).toEqual([]);
});

describe('bad input gets one sentence, and nothing is sent', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a field twice', ['--sibling', 'phone:email'], /The field "email" is used twice/],
    [
      'the audience of the first identifier',
      ['--sibling', 'phone:tel:audience=first'],
      /LINE Ads does not take identifiers of the types email and phone in one audience/,
    ],
    ['the same audience twice', ['--sibling', 'phone:tel:VIP'], /Two identifiers have the same audience \("VIP"\)/],
    ['an unknown type', ['--sibling', 'fax:tel'], /"fax" is not an identifier type\. Use email, phone, ifa\./],
    [
      'an option that no identifier takes',
      [...japan, '--sibling', 'ifa:idfa'],
      /--default-country works only with identifiers of the type phone\./,
    ],
    ['a wrong id', ['--sibling', 'phone:tel:id=none'], /The id of an audience is a number/],
    [
      'too many',
      ['a', 'b', 'c', 'd', 'e'].flatMap((field) => ['--sibling', `phone:${field}`]),
      /--sibling may be given 4 times, but was given 5 times/,
    ],
    [
      'a field of a list twice',
      ['--sibling', 'phone:phone', '--suppress-field', 'phone=a', '--suppress-field', 'phone=b'],
      /--suppress-field is given twice for phone/,
    ],
    [
      'a list’s field for no identifier',
      ['--sibling', 'phone:phone', '--suppress-field', 'ifa=idfa'],
      /none has the type ifa/,
    ],
    [
      'no field of a list for the first identifier',
      ['--sibling', 'phone:phone', '--suppress-field', 'email='],
      /would leave nobody out of the first/,
    ],
    ['a field that is not there', ['--sibling', 'phone:phnoe'], /phnoe/],
  ];
  test.each(cases)('%s', async (_, flags, sentence) => {
    const at = await bench();
    const source = at.write('members.csv', csv.replace('tel', 'phone'));
    const { code, run: document, stderr } = await at.export(['--source', source, ...toVip, ...flags]);
    expect(code).toBe(2);
    expect(document.error?.message ?? stderr).toMatch(sentence);
    expect(uploads(at)).toEqual([]);
  });

  test('a sibling of an existing audience needs a name or an id', async () => {
    const at = await bench();
    const source = at.write('members.csv', csv);
    const flags = [...email, '--audience-id', '555', '--sibling', 'phone:tel'];
    const { code, run: document } = await at.export(['--source', source, ...flags]);
    expect(code).toBe(2);
    expect(document.error?.message).toContain('Write phone:tel:NAME or phone:tel:id=ID.');
  });

  test('an audience of another type is refused before the scan', async () => {
    const { at, ids } = await filled();
    const source = at.write('members.csv', csv);
    const flags = [...email, '--audience-id', ids.email, '--sibling', `phone:tel:id=${ids.ifa}`];
    const { code, run: document } = await at.export(['--source', source, ...flags]);
    expect([code, document.error?.code]).toEqual([1, 'audience_type_mismatch']);
    expect(uploads(at)).toEqual([]);
  });
});
