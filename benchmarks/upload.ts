/** Uploads one chunk of 60 MB to the simulator, with a separate process each: `node benchmarks/upload.ts`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LineAdsClient } from '../packages/line-ads/src/index.ts';
import { markdown } from './measure.ts';

const CHUNK_LINES = 923_076;
const ROUNDS = 5;

/** Prints the throughput and the peak memory of this process, the client. */
async function benchUpload(directory: string): Promise<void> {
  const path = chunkFile(join(directory, 'chunk.txt'));
  const bytes = CHUNK_LINES * 65;
  const main = resolve(import.meta.dirname, '../simulators/line-ads/main.ts');
  const simulator = spawn(process.execPath, [main, '--port', '0', '--job-ms', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const baseUrl = await urlOf(simulator.stdout);
    const client = new LineAdsClient({
      accessKey: 'LINEADSAMPLE',
      secretKey: 'LINEADSECRETKEYSAMPLE',
      baseUrl,
    });
    const rates: number[] = [];
    let id = '';
    for (let round = 0; round <= ROUNDS; round++) {
      const begun = performance.now();
      const audience = await client.customAudiences.upload('A1', {
        ...(id ? { id } : { name: `bench ${Date.now()}` }),
        action: id ? 'REPLACE' : 'ADD',
        idType: 'HASHED_EMAIL',
        file: { path, name: `lineup-bench-${round}.txt` },
      });
      id = audience.id;
      if (round > 0) rates.push(bytes / 1e6 / ((performance.now() - begun) / 1000));
      // The first request after a job has ended also does the work of the job, which is not part of the upload.
      await client.customAudiences.uploadJobs('A1', id);
    }
    rates.sort((a, b) => a - b);
    console.log('\nUpload of a 60 MB chunk to the simulator, over loopback\n');
    console.log(
      markdown(
        ['', 'least', 'median', 'most', 'peak memory of the client'],
        [
          [
            'MB/s',
            ...[0, ROUNDS >> 1, ROUNDS - 1].map((n) => rates[n]!.toFixed(0)),
            `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
          ],
        ],
      ),
    );
  } finally {
    simulator.kill();
  }
}

function chunkFile(path: string): string {
  const file = openSync(path, 'w');
  for (let n = 0; n < CHUNK_LINES; n++) {
    const word = ((n * 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
    writeSync(file, `${word.repeat(7)}${n.toString(16).padStart(8, '0')}\n`);
  }
  closeSync(file);
  return path;
}

async function urlOf(output: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for (;;) {
    const [data] = (await once(output, 'data')) as [Buffer];
    text += data.toString();
    const url = /LINE_ADS_BASE_URL=(\S+)/.exec(text)?.[1];
    if (url) return url;
  }
}

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
try {
  await benchUpload(directory);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
