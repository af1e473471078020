/**
 * A reader that a source can crash. For a file `x.csv`, the file `x.csv.fault` (if there is one) names the fault and
 * the operation (“abort fields”, “loop scan”). `x.csv.touched` gets one line for each time that it is opened. For
 * Lytics, the token names the fault (“abort@<file for the lines>”) for every operation. For an upload, the file name
 * does (“abort.csv”).
 */
import { appendFile, readFile } from 'node:fs/promises';
import { examine } from '../../src/readers/files/uploads.ts';
import { providerOf } from '../../src/readers/process/providers.ts';
import { serveReader } from '../../src/readers/process/serve.ts';
import type { SourceAccess } from '../../src/readers/protocol.ts';
import type { Scan, Source, SourceProvider } from '../../src/sources/source.ts';

serveReader({
  providerOf: async (access) => {
    const { provider, credentials } = await providerOf(access);
    return { provider: withFaults(access, provider), credentials };
  },
  examine: async (upload, name, signal) => {
    await injectFault(name.split('.')[0], 'examine');
    return examine(upload, name, signal);
  },
});

const faults: Record<string, () => unknown> = {
  /** Crashes as native code does. */
  abort: () => process.abort(),
  /** Fills JavaScript’s heap. */
  heap: () => {
    const kept: object[] = [];
    for (;;) kept.push({ kept: [...kept.slice(-10)] });
  },
  /** Fills memory outside the heap. */
  memory: () => {
    const kept: Buffer[] = [];
    for (;;) kept.push(Buffer.alloc(1 << 20, 1));
  },
  loop: () => {
    for (;;);
  },
  /** Waits as native code does: the event loop stands still, and the processor is free for others. */
  still: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  /** Throws as a driver does in a socket’s handler: no code can catch it. */
  throw: () =>
    setImmediate(() => {
      throw new RangeError('the value was member1@example.com');
    }),
  reject: () => void Promise.reject(new TypeError('the value was member1@example.com')),
  exit: () => process.exit(3),
  kill: () => process.kill(process.pid, 'SIGKILL'),
};

/** Causes the fault if it is about this operation. If the process survives, the operation never ends. */
async function injectFault(fault: string | undefined, work: string): Promise<void> {
  const [name = '', during = work] = (fault ?? '').trim().split(' ');
  if (!(name in faults) || during !== work) return;
  faults[name]!();
  await new Promise(() => {});
}

function withFaults(access: SourceAccess, provider: SourceProvider): SourceProvider {
  const [token, log] = 'credentials' in access ? (access.credentials.token?.split('@') ?? []) : [];
  const faultOf = async (audienceId: string) =>
    token ?? (await readFile(`${audienceId}.fault`, 'utf8').catch(() => undefined));
  const touch = async (path: string | undefined, work: string) => {
    if (path) await appendFile(path, `${work}\n`);
  };
  return {
    open: async (credentials, audienceId, signal) => {
      await touch(token === undefined ? `${audienceId}.touched` : log, 'open');
      await injectFault(await faultOf(audienceId), 'open');
      return withFault(await provider.open(credentials, audienceId, signal), () => faultOf(audienceId));
    },
    audiences: async (...asked) => {
      await touch(log, 'audiences');
      await injectFault(token, 'audiences');
      return provider.audiences(...asked);
    },
    lists: (...asked) => provider.lists(...asked),
    verify: async (...asked) => {
      await touch(log, 'verify');
      await injectFault(token, 'verify');
      return provider.verify(...asked);
    },
  };
}

const withFault = (source: Source, fault: () => Promise<string | undefined>): Source => ({
  label: source.label,
  readOnce: source.readOnce,
  fields: async (signal) => {
    const now = await fault();
    if (now === 'large fields') return [{ name: 'x'.repeat(5_000_000), type: 'text', list: false }];
    await injectFault(now, 'fields');
    return source.fields(signal);
  },
  preview: (field, limit, signal) => source.preview(field, limit, signal),
  scan: async (fields, signal, from) => {
    const scan = await source.scan(fields, signal, from);
    const { marked, finished } = scan;
    return {
      marked,
      finished,
      column: () => scan.column(),
      blocks: blocksThenFault(scan, fault),
      progress: () => scan.progress(),
      close: () => scan.close(),
    };
  },
  close: () => source.close(),
});

/** After the first block. */
async function* blocksThenFault(scan: Scan, fault: () => Promise<string | undefined>) {
  for await (const block of scan.blocks) {
    yield block;
    await injectFault(await fault(), 'scan');
  }
}
