/**
 * Sends a file several times in one way: `node upload-client.ts <way> <address> <file> <directory>`. Prints what one
 * time took (`Measured`), as JSON. The first time is a warm-up.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { LineAdsClient, type UploadFile } from '../packages/line-ads/src/index.ts';
import { readStaged } from '../src/export/resume.ts';
import { newFileKey } from '../src/store/sealed-files/gcm.ts';
import { SealedFolder } from '../src/store/sealed-files/sealed-folder.ts';
import { FRAME_BYTES } from '../src/store/sealed-files/sealed-frames.ts';
import type { Measured } from './measure.ts';

const TIMES = 8;
const [way = '', url = '', path = '', directory = ''] = process.argv.slice(2);
const { size } = statSync(path);

/** Each sends the file once, and resolves with the number of bytes that the server got. */
const ways: Record<string, () => Promise<number>> = {
  'bare-64': () => bare(64 * 1024),
  'bare-512': () => bare(512 * 1024),
  file: () => upload({ name: 'lineup-bench.txt', path }),
  sealed: await sealed(),
};

/** As much as Node.js can do, without a form, a signature or a check. */
async function bare(highWaterMark: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const post = request(url, { method: 'POST', headers: { 'content-length': size } }, resolve);
  post.once('error', reject);
  await pipeline(createReadStream(path, { highWaterMark }), post);
  return Number(JSON.parse(await text(await promise)).estimatedAudienceSize);
}

/** As an export does it: an encrypted chunk, checked against its digest. */
async function sealed(): Promise<() => Promise<number>> {
  const key = newFileKey();
  const findOrMake = async () => key;
  const folder = new SealedFolder(directory, { find: findOrMake, findOrMake, delete: async () => {} });
  await folder.clear();
  const plain = readFileSync(path);
  const writer = await folder.open('chunk.txt');
  for (let at = 0; at < size; at += FRAME_BYTES) await writer.append(plain.subarray(at, at + FRAME_BYTES));
  const sha256 = createHash('sha256').update(plain).digest('hex');
  await writer.close(sha256);
  const chunk = { index: 1, file: 'chunk.txt', records: size / 65, bytes: size, sha256 };
  return () => upload({ name: 'lineup-bench.txt', bytes: size, read: () => readStaged(folder, chunk) });
}

async function upload(file: UploadFile): Promise<number> {
  const client = new LineAdsClient({
    accessKey: 'LINEADSAMPLE',
    secretKey: 'LINEADSECRETKEYSAMPLE',
    baseUrl: url,
    // LINE's limit of requests would be the limit of this benchmark.
    limiter: { acquire: async () => () => {} },
  });
  const options = { id: '1', action: 'REPLACE', idType: 'HASHED_EMAIL', file } as const;
  const { estimatedAudienceSize } = await client.customAudiences.upload('A1', options);
  return Number(estimatedAudienceSize);
}

const seconds: number[] = [];
let spent = process.cpuUsage();
for (let time = 0; time <= TIMES; time++) {
  const begun = performance.now();
  const bytes = await ways[way]!();
  if (bytes < size) throw new Error(`The server got ${bytes} of ${size} bytes.`);
  if (time > 0) seconds.push((performance.now() - begun) / 1000);
  else spent = process.cpuUsage();
}
const { user, system } = process.cpuUsage(spent);
const measured: Measured = {
  seconds: seconds.toSorted((a, b) => a - b)[TIMES >> 1]!,
  processorSeconds: (user + system) / 1e6 / TIMES,
  peakMb: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify(measured));
