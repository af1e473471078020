/**
 * How fast a chunk of 60 MB goes out, beside a bare stream of the same file in the same run: to a server on loopback
 * that only counts bytes, from a separate process each time. `node benchmarks/upload.ts [rounds, default 3]`
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Measured, markdown, median, roundsInTurn } from './measure.ts';

const CHUNK_LINES = 923_076;
const ROUNDS = Number(process.argv[2] ?? 3);

/** The names of upload-client.ts. */
const ways = {
  'bare-64': '`http.request`, blocks of 64 KB (the default of `createReadStream`)',
  'bare-512': '`http.request`, blocks of 512 KB',
  file: 'the LINE client, a plain file',
  sealed: 'the LINE client, a sealed chunk with its digest checked',
};

/** Prints a table. */
async function benchUpload(directory: string): Promise<void> {
  const path = chunkFile(join(directory, 'chunk.txt'));
  const sink = spawn(process.execPath, [join(import.meta.dirname, 'upload-sink.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(sink.stdout, 'data')) as [Buffer];
    const url = line.toString().trim();
    const figures = roundsInTurn(
      Object.fromEntries(Object.keys(ways).map((way) => [way, () => client(way, url, path, directory)])),
      ROUNDS,
    );
    const share = (list: readonly Measured[], reference: string) =>
      `${Math.round((100 * median(figures[reference]!).seconds) / median(list).seconds)} %`;
    console.log('A chunk of 60 MB to a server that counts its bytes, over loopback\n');
    console.log(
      markdown(
        ['', 'MB/s', 'of bare, 64 KB', 'of bare, 512 KB', 'processor ms', 'peak memory'],
        Object.entries(ways).map(([way, name]) => {
          const list = figures[way]!;
          const { seconds, processorSeconds, peakMb } = median(list);
          return [
            name,
            ((CHUNK_LINES * 65) / 1e6 / seconds).toFixed(0),
            share(list, 'bare-64'),
            share(list, 'bare-512'),
            (1000 * processorSeconds).toFixed(0),
            `${Math.round(peakMb)} MB`,
          ];
        }),
      ),
    );
  } finally {
    sink.kill();
  }
}

function client(way: string, url: string, path: string, directory: string): Measured {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'upload-client.ts'), way, url, path, join(directory, 'sealed')],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`upload-client.ts ${way}: exit ${status}`);
  return JSON.parse(stdout) as Measured;
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

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
try {
  await benchUpload(directory);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
