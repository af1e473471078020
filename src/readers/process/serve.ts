/** The reader's side of the protocol: executes commands and answers each of them, also after an error. */
import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { inTraceOf } from '../../machine/active-trace.ts';
import { hashesOf } from '../../sources/scans.ts';
import type { Scan, Source } from '../../sources/source.ts';
import { latestOf } from '../../sources/watch.ts';
import {
  type Answer,
  answerTooLarge,
  type CommandInput,
  type CommandName,
  type FromReader,
  LONGEST_ANSWER,
  type Reply,
  type ScanEnd,
  serializeError,
  type ToReader,
  type UploadAccess,
  VALUES_FD,
} from '../protocol.ts';
import { blockHead, endFrame } from '../scan-frames.ts';
import { confine } from './confine.ts';
import type { ProviderOf } from './providers.ts';

const PROGRESS_EVERY_MS = 200;

/** Opens sources by their description. */
export interface SourceOpener {
  readonly providerOf: ProviderOf;
  /** Checks that an upload can be exported. @returns its format */
  readonly examine: (upload: UploadAccess, name: string, signal: AbortSignal) => Promise<string>;
}

/** Executes the commands of the parent process until the parent ends this process or itself. */
export function serveReader(opener: SourceOpener): void {
  confine();
  const reader = new Reader(opener, new Socket({ fd: VALUES_FD, readable: false, writable: true }));
  process.on('message', (message: ToReader) => reader.receive(message));
  send({ ready: true });
}

function send(message: FromReader): void {
  // Ignores a closed channel: confine.ts then ends this process.
  process.send?.(message, undefined, undefined, () => {});
}

type CommandHandler<Name extends CommandName> = (
  input: CommandInput<Name>,
  signal: AbortSignal,
  id: number,
) => Promise<Answer<Name>>;

class Reader {
  readonly #opener: SourceOpener;
  readonly #values: Writable;
  readonly #running = new Map<number, AbortController>();
  #source: Source | undefined;

  constructor(opener: SourceOpener, values: Writable) {
    this.#opener = opener;
    this.#values = values;
  }

  receive(message: ToReader): void {
    if ('stop' in message) this.#running.get(message.id)?.abort();
    else void inTraceOf(message.trace, () => this.#execute(message.id, message.command, message.input));
  }

  async #execute(id: number, command: CommandName, input: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const done = this.#handlers[command] as (input: unknown, signal: AbortSignal, id: number) => Promise<unknown>;
    const reply = await done(input, controller.signal, id).then(
      (answer): Reply => ({ answer }),
      (error: unknown): Reply => ({ failure: serializeError(error) }),
    );
    // A scan continues after its answer.
    if (command !== 'scan' || 'failure' in reply) this.#running.delete(id);
    const fits = JSON.stringify(reply).length <= LONGEST_ANSWER;
    const memoryBytes = process.memoryUsage.rss();
    send({ id, memoryBytes, ...(fits ? reply : { failure: serializeError(answerTooLarge()) }) });
  }

  readonly #handlers: { readonly [Name in CommandName]: CommandHandler<Name> } = {
    open: async ({ access, audienceId, options }, signal) => {
      const { provider, credentials } = await this.#opener.providerOf(access);
      this.#source = await provider.open(credentials, audienceId, signal, options);
      const { label, readOnce = false, notice = null, reading = null, isQuery = false } = this.#source;
      return { label, readOnce, notice, reading, isQuery, hashes: this.#source.scanHashes !== undefined };
    },
    fields: (_, signal) => this.#opened().fields(signal),
    preview: async ({ field, limit }, signal) => {
      const source = this.#opened();
      return source.isQuery ? [] : source.preview(field, limit, signal);
    },
    outcomes: async (asked, signal) => {
      // The rules for phone numbers of all countries are large.
      const { outcomesOf } = await import('./outcomes.ts');
      return outcomesOf(this.#opened(), asked, signal);
    },
    scan: async (asked, signal, id) => {
      const scan = await ('hashed' in asked
        ? hashesOf(asked.hashed)(this.#opened(), signal)
        : this.#opened().scan(asked.fields, signal, asked.from));
      void this.#send(id, scan);
      return { marked: scan.marked, places: scan.place !== undefined };
    },
    close: async () => {
      await this.#source?.close();
      this.#source = undefined;
      // Node.js writes its compile cache when a process ends by itself, but this one is killed. The cache speeds up the
      // next start.
      flushCompileCache();
      return null;
    },
    audiences: async ({ access, page }, signal) => {
      const { provider, credentials } = await this.#opener.providerOf(access);
      return provider.audiences(credentials, page, signal);
    },
    lists: async ({ access, audienceId }) => {
      const { provider, credentials } = await this.#opener.providerOf(access);
      return provider.lists(audienceId, credentials);
    },
    latest: async ({ access, audienceId, watched }, signal) => {
      const { provider, credentials } = await this.#opener.providerOf(access);
      return latestOf(provider, credentials, audienceId, watched, signal);
    },
    verify: async ({ access }, signal) => {
      const { provider, credentials } = await this.#opener.providerOf(access);
      return provider.verify(credentials, signal);
    },
    examine: ({ upload, name }, signal) => this.#opener.examine(upload, name, signal),
  };

  #opened(): Source {
    if (!this.#source) throw new Error('no source is open');
    return this.#source;
  }

  async #send(id: number, scan: Awaited<ReturnType<Source['scan']>>): Promise<void> {
    let sent: number | undefined;
    const timer = setInterval(() => {
      const progress = scan.progress();
      if (progress !== undefined && progress !== sent) send({ id, progress });
      sent = progress;
    }, PROGRESS_EVERY_MS);
    // Ignores a closed pipe: the service has ended, and this process ends too.
    await sendScan(scan, this.#values).catch(() => {});
    clearInterval(timer);
    this.#running.delete(id);
  }
}

/**
 * Writes the blocks of a scan, each after the pipe has accepted the one before, and then the result. After the last
 * frame, the reader is free for another scan.
 */
export async function sendScan(scan: Scan, out: Writable): Promise<void> {
  const end = await pass(scan, out).catch((error: unknown): ScanEnd => ({ failure: serializeError(error) }));
  await scan.close();
  await write(out, endFrame(end));
}

async function pass(scan: Scan, out: Writable): Promise<ScanEnd> {
  for await (const block of scan.blocks) {
    if (block.length === 0) continue;
    out.cork();
    out.write(blockHead({ bytes: block, column: scan.column(), place: scan.place?.() }));
    // The scan reuses the block's memory for the next block.
    const taken = write(out, block);
    out.uncork();
    await taken;
  }
  await scan.finished;
  const judged = scan.judged?.();
  return { failure: null, ...(judged && { judged }) };
}

const write = (out: Writable, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    out.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
