/** Uploads on a real connection: the client’s answers, and what is left when the client leaves. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Upload } from '../../src/contracts/uploads.ts';
import { heldMemory } from '../support/memory.ts';
import { until } from '../support/service-bench.ts';
import { type Serving, serving } from '../support/serving.ts';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const filesOf = ({ directory }: Serving) => {
  const uploads = join(directory, 'data', 'uploads');
  const names = existsSync(uploads) ? readdirSync(uploads).filter((name) => name.startsWith('upl_')) : [];
  return names.map((name) => join(uploads, name));
};

/** A request whose body the caller writes. */
async function sending(bench: Serving, headers: Record<string, string> = {}, query = 'name=members.csv') {
  const token = await bench.token('editor');
  const sent = request(`${bench.url}/api/v1/uploads?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream', ...headers },
  });
  return { sent, answer: answerTo(sent) };
}

function answerTo(sent: ClientRequest): Promise<Answer> {
  const answered = new Promise<Answer>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', async (response) => {
      let text = '';
      for await (const part of response) text += part;
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] });
    });
  });
  answered.catch(() => {});
  return answered;
}

test('a file is stored, listed with the limit, and deleted; a file that is too large is refused before or during the upload', async () => {
  const bench = await serving({ role: 'api', uploads: { maxBytes: 1_000_000 } });
  const { sent, answer } = await sending(bench, {}, 'name=%E4%BC%9A%E5%93%A1.csv&policy=keep');
  sent.end('email\na@example.com\n');
  const { status, body } = await answer;
  expect([status, body]).toMatchObject([201, { name: '会員.csv', policy: 'keep', format: 'csv', bytes: 20 }]);
  const headers = { authorization: `Bearer ${await bench.token('editor')}` };
  const list = () => fetch(`${bench.url}/api/v1/uploads`, { headers }).then((answer) => answer.json());
  expect(await list()).toEqual({ items: [body], max_bytes: 1_000_000 });
  const { id } = body as unknown as Upload;
  expect((await fetch(`${bench.url}/api/v1/uploads/${id}`, { method: 'DELETE', headers })).status).toBe(204);
  expect(await list()).toMatchObject({ items: [] });
  expect(filesOf(bench)).toEqual([]);
  const entries = (await bench.service.auditLog.list({ limit: 10 })).items.filter(
    ({ subject_type }) => subject_type === 'upload',
  );
  expect(entries.map(({ action }) => action)).toEqual(['upload.delete', 'upload.create']);
  expect(JSON.stringify(entries)).not.toContain('会員');

  const reported = await sending(bench, { 'content-length': '1000001' });
  reported.sent.flushHeaders();
  expect(await reported.answer).toMatchObject({ status: 413, body: { code: 'upload_too_large' } });
  reported.sent.destroy();

  const untold = await sending(bench);
  for (let n = 0; n < 20; n += 1) untold.sent.write(Buffer.alloc(100_000, 'a'));
  expect(await untold.answer).toMatchObject({ status: 413, body: { code: 'upload_too_large' } });
  untold.sent.destroy();
  expect(filesOf(bench)).toEqual([]);
});

test('a client that leaves in the middle leaves no file, and a page of another site cannot upload', async () => {
  const bench = await serving({ role: 'api' });
  const { sent, answer } = await sending(bench, { 'content-length': '5000000' });
  sent.write(Buffer.alloc(2_000_000, 'a'));
  await until(
    async () => filesOf(bench),
    ([partial]) => partial !== undefined && statSync(partial).size > 1_000_000,
  );
  sent.destroy();
  await expect(answer).rejects.toThrow();
  await until(
    async () => filesOf(bench),
    (files) => files.length === 0,
  );

  const refused = await fetch(`${bench.url}/api/v1/uploads?name=a.csv`, {
    method: 'POST',
    headers: { origin: 'https://elsewhere.example.com', 'content-type': 'application/octet-stream' },
    body: 'email\n',
  });
  expect(refused.status).toBe(403);
  expect(await bench.service.uploads.list()).toEqual([]);
});

test('a full disk, a wrong kind of file, a form and a name with a path are reported', async () => {
  const bench = await serving({ role: 'api', uploads: { freeBytes: async () => 1_000 } });
  const full = await sending(bench);
  full.sent.end('email\n');
  expect(await full.answer).toMatchObject({ status: 503, body: { code: 'disk_full' } });
  const form = await sending(bench, { 'content-type': 'multipart/form-data; boundary=x' });
  form.sent.end('--x--');
  expect(await form.answer).toMatchObject({
    status: 400,
    body: { detail: 'Send the file as the request body, with Content-Type: application/octet-stream.' },
  });
  const path = await sending(bench, {}, 'name=..%2Fmembers.csv');
  path.sent.end('email\n');
  expect(await path.answer).toMatchObject({ status: 400, body: { errors: [{ path: 'name' }] } });
});

test('memory stays constant during a large upload', async () => {
  const bench = await serving({ role: 'api' });
  const { sent, answer } = await sending(bench);
  const block = Buffer.from('member@example.com\n'.repeat(50_000));
  sent.write('email\n');
  const held: number[] = [];
  for (let n = 0; n < 120; n += 1) {
    if (!sent.write(block)) await new Promise((resolve) => sent.once('drain', resolve));
    if (n % 40 === 20) held.push(await heldMemory());
  }
  sent.end();
  expect((await answer).body).toMatchObject({ bytes: 6 + 120 * block.length });
  // Between two measurements 38 MB arrive.
  expect(Math.max(...held) - held[0]!).toBeLessThan(19_000_000);
});
