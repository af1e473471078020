/** Members from object storage, with the credentials of the environment and of the machine. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { Interception } from '../../simulators/s3/index.ts';
import { key, startStorage } from '../sources/support/object-storage.ts';
import { bench, held, sha256, toVip } from '../support/cli.ts';

const environment = {
  AWS_ACCESS_KEY_ID: key.accessKeyId,
  AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
  AWS_EC2_METADATA_DISABLED: 'true',
  HOME: '/nonexistent',
};

const emails = Array.from({ length: 20_000 }, (_, index) => `member${index}@example.com`);
const csv = (values: readonly string[]) => `id,email\n${values.map((value, row) => `${row},${value}\n`).join('')}`;

test('the newest export arrives whole, although the storage has faults', async () => {
  const faults: Interception[] = [
    { status: 503, code: 'SlowDown' },
    { status: 500, code: 'InternalError' },
    { breakAfter: 1_000 },
    { breakAfter: 200_000 },
    { status: 503, code: 'SlowDown' },
  ];
  const sim = await startStorage({ fault: () => faults.shift() });
  sim.put('members', 'daily/old.csv.gz', gzipSync(csv(['old@example.com'])), new Date(0));
  sim.put('members', 'daily/new.csv', csv(emails), new Date(1_000));
  const { export: run, simulator } = await bench();
  const { code, run: document } = await run(['--source', 'newest:s3://members/daily/', ...toVip], {
    environment: { ...environment, AWS_ENDPOINT_URL_S3: sim.origin },
  });
  expect([code, document.error]).toEqual([0, null]);
  expect(held(simulator, document.audience?.id ?? '')).toEqual(emails.map(sha256).sort());
  expect(faults).toEqual([]);
  expect(JSON.stringify(document)).not.toContain(key.secretAccessKey);
});

test('the credentials may be those of a profile of the machine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineup-test-aws-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'credentials');
  writeFileSync(
    file,
    `[shop]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`,
  );
  const sim = await startStorage();
  sim.put('members', 'm.csv', csv(emails.slice(0, 10)));
  const { export: run } = await bench();
  const { AWS_EC2_METADATA_DISABLED, HOME } = environment;
  const machine = { AWS_EC2_METADATA_DISABLED, HOME, AWS_ENDPOINT_URL_S3: sim.origin };
  const asked = ['--source', 's3://members/m.csv', ...toVip];
  const profile = { AWS_PROFILE: 'shop', AWS_SHARED_CREDENTIALS_FILE: file };
  const found = await run(asked, { environment: { ...machine, ...profile } });
  expect([found.code, found.run.error, found.run.counts?.unique]).toEqual([0, null, 10]);
});

test('a machine without credentials is an error that says what to set', async () => {
  const { export: run } = await bench();
  const { AWS_EC2_METADATA_DISABLED, HOME } = environment;
  const { run: document } = await run(['--source', 's3://members/m.csv', ...toVip], {
    environment: { AWS_EC2_METADATA_DISABLED, HOME, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' },
  });
  expect(document.error).toMatchObject({
    code: 'source_unauthorized',
    message: expect.stringContaining('finds no credentials for S3 on this machine'),
  });
});

test.each(['export', 'prepare'])('%s reads an object again that is replaced while it is read', async (command) => {
  const newer = csv(emails.map((email) => `new-${email}`));
  const sim = await startStorage({
    fault: ({ incoming }) => {
      // Behind the part that the format is detected from.
      if (incoming.headers.range?.startsWith('bytes=65536-')) sim.put('members', 'm.csv', newer);
      return undefined;
    },
  });
  sim.put('members', 'm.csv', csv(emails));
  const { export: run, run: lineup, simulator, directory } = await bench();
  const options = { environment: { ...environment, AWS_ENDPOINT_URL_S3: sim.origin } };
  const source = ['--source', 's3://members/m.csv'];
  const hashes = emails.map((email) => sha256(`new-${email}`)).sort();
  if (command === 'export') {
    const { code, run: document } = await run([...source, ...toVip], options);
    expect([code, document.error]).toEqual([0, null]);
    expect(held(simulator, document.audience?.id ?? '')).toEqual(hashes);
  } else {
    const out = join(directory, 'out');
    const asked = [...source, '--field', 'email', '--identifier-type', 'email', '--out', out];
    const { code, stderr } = await lineup(['prepare', ...asked], options);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const lines = readFileSync(join(out, 'chunk-0001.txt'), 'utf8').trim().split('\n');
    expect(lines.sort()).toEqual(hashes);
  }
});

test('an address with a secret is refused before a run begins', async () => {
  const { run, write, directory } = await bench();
  const source = write('m.csv', csv(emails.slice(0, 10)));
  const secret = 's3://AKIA:SECRET@members/out.csv';
  for (const args of [
    ['--source', secret],
    ['--source', source, '--suppress', secret],
    ['--source', source, '--suppress', 's3://members/out.csv?X-Amz-Signature=SECRET'],
  ]) {
    const { code, stdout, stderr } = await run(['export', ...args, ...toVip], { environment });
    expect([code, `${stdout}${stderr}`]).toEqual([2, expect.stringContaining('Enter an object like')]);
    expect(`${stdout}${stderr}`).not.toContain('SECRET');
  }
  expect(existsSync(join(directory, 'data', 'runs'))).toBe(false);
});

test('Google needs credentials of the machine, or an HMAC key', async () => {
  const { export: run } = await bench();
  const { run: document } = await run(['--source', 'gs://members/m.csv', ...toVip], {
    environment: { GOOGLE_APPLICATION_CREDENTIALS: '/nonexistent/key.json' },
  });
  expect(document.error).toMatchObject({
    code: 'source_unauthorized',
    message: expect.stringContaining('This machine has no credentials of Google Cloud'),
  });
});

test('the help of --source names every form', async () => {
  const { run } = await bench();
  const help = (await run(['fields', '--help'])).stdout.replaceAll(/\s+/g, ' ');
  expect(help).toContain(
    's3:// or gs://<bucket>/<key or glob>, newest:s3://<bucket>/<folder>/ for the newest object; of a workbook, also #Sheet at the end',
  );
});
