/**
 * A reader that dies of its sources. Of a file `x.csv` the file `x.csv.mood`, if there is one, says what it does to its reader
 * and during which work ("abort fields", "loop scan"); `x.csv.touched` gets a line each time that it is opened. Of Lytics the
 * token says so ("abort@<file for the lines>"), whatever is asked; of an upload, its name ("abort.csv").
 */
import { appendFile, readFile } from 'node:fs/promises';
import { examine } from '../../src/readers/files/uploads.ts';
import { providerOf } from '../../src/readers/process/providers.ts';
import { serveReader } from '../../src/readers/process/serve.ts';
import type { SourceAccess } from '../../src/readers/protocol.ts';
import type { SourceProvider } from '../../src/sources/provider.ts';
import type { Scan, Source } from '../../src/sources/source.ts';

serveReader({
  providerOf: async (access) => {
    const { provider, credentials } = await providerOf(access);
    return { provider: hostile(access, provider), credentials };
  },
  examine: async (upload, name, signal) => {
    await suffer(name.split('.')[0], 'examine');
    return examine(upload, name, signal);
  },
});

const deeds: Record<string, () => unknown> = {
  /** As native code that crashes. */
  abort: () => process.abort(),
  /** Of JavaScript's heap. */
  heap: () => {
    const kept: object[] = [];
    for (;;) kept.push({ kept: [...kept.slice(-10)] });
  },
  /** Outside of the heap. */
  memory: () => {
    const kept: Buffer[] = [];
    for (;;) kept.push(Buffer.alloc(1 << 20, 1));
  },
  loop: () => {
    for (;;);
  },
  /** As native code that waits: the event loop stands still, and the processor is free for others. */
  still: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  /** As a driver does in the handler of a socket: nobody can catch it. */
  throw: () =>
    setImmediate(() => {
      throw new RangeError('the value was member1@example.com');
    }),
  reject: () => void Promise.reject(new TypeError('the value was member1@example.com')),
  exit: () => process.exit(3),
  kill: () => process.kill(process.pid, 'SIGKILL'),
};

/** Does what the mood says, if it is about this work; what does not end the process at once never comes to an end. */
async function suffer(mood: string | undefined, work: string): Promise<void> {
  const [deed = '', during = work] = (mood ?? '').trim().split(' ');
  if (!(deed in deeds) || during !== work) return;
  deeds[deed]!();
  await new Promise(() => {});
}

function hostile(access: SourceAccess, provider: SourceProvider): SourceProvider {
  const [token, log] = access.provider === 'files' ? [] : (access.credentials.token?.split('@') ?? []);
  const moodOf = async (audienceId: string) =>
    token ?? (await readFile(`${audienceId}.mood`, 'utf8').catch(() => undefined));
  const touch = async (path: string | undefined, work: string) => {
    if (path) await appendFile(path, `${work}\n`);
  };
  return {
    open: async (credentials, audienceId, signal) => {
      await touch(token === undefined ? `${audienceId}.touched` : log, 'open');
      await suffer(await moodOf(audienceId), 'open');
      return ofMood(await provider.open(credentials, audienceId, signal), () => moodOf(audienceId));
    },
    audiences: async (...asked) => {
      await touch(log, 'audiences');
      await suffer(token, 'audiences');
      return provider.audiences(...asked);
    },
    lists: (audienceId) => provider.lists(audienceId),
    verify: async (...asked) => {
      await touch(log, 'verify');
      await suffer(token, 'verify');
      return provider.verify(...asked);
    },
  };
}

const ofMood = (source: Source, mood: () => Promise<string | undefined>): Source => ({
  label: source.label,
  readOnce: source.readOnce,
  fields: async (signal) => {
    const now = await mood();
    if (now === 'large fields') return [{ name: 'x'.repeat(5_000_000), type: 'text', list: false }];
    await suffer(now, 'fields');
    return source.fields(signal);
  },
  preview: (field, limit, signal) => source.preview(field, limit, signal),
  scan: async (field, signal, from) => {
    const scan = await source.scan(field, signal, from);
    const { marked, finished } = scan;
    return {
      marked,
      finished,
      blocks: thenSuffer(scan, mood),
      progress: () => scan.progress(),
      close: () => scan.close(),
    };
  },
  close: () => source.close(),
});

/** After the first block was given. */
async function* thenSuffer(scan: Scan, mood: () => Promise<string | undefined>) {
  for await (const block of scan.blocks) {
    yield block;
    await suffer(await mood(), 'scan');
  }
}
