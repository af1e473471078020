/**
 * The bytes of a file behind a URL. A connection that breaks is made again, and goes on where it stood, if the server says
 * that the file is still the same one. A file that is not read to its end fails: it would be a short audience.
 */
import type { IncomingMessage } from 'node:http';
import { within } from '../../remote/deadline.ts';
import { retryDelay } from '../../remote/retry.ts';
import { explainNetwork, Unavailable } from './failure.ts';
import { get, type RemoteFile } from './request.ts';
import { assertContinues, type Version, versionOf } from './version.ts';

/** Somebody may be waiting, and whoever runs a job tries again by itself. */
const ATTEMPTS_TO_BEGIN = 3;

/**
 * @param onSize told the length of the whole, where the server tells it
 * @throws {LineupError} `source_*`; `source_expired` when the file was changed while it was read
 */
export async function* readUrl(
  file: RemoteFile,
  signal: AbortSignal,
  onSize: (size: number) => void,
): AsyncGenerator<Uint8Array, void> {
  const { name, url, access } = file;
  let version: Version | undefined;
  let offset = 0;
  let failures = 0;
  for (;;) {
    let answer: IncomingMessage | undefined;
    try {
      answer = await get(file, version && offset > 0 ? restOf(version, offset) : {}, signal);
      if (version && offset > 0) assertContinues(answer, version, offset, name);
      else version = versionOf(answer, name);
      if (version.size !== undefined) onSize(version.size);
      const blocks: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
      for (;;) {
        const next = await within(access.silenceMs, signal, () => blocks.next());
        if (next.done) break;
        offset += next.value.length;
        failures = 0;
        yield next.value;
      }
      assertWhole(answer, version, offset, name);
      return;
    } catch (cause) {
      signal.throwIfAborted();
      const error = explainNetwork(name, url.host, cause);
      failures += 1;
      const mayGoOn = offset === 0 ? failures < ATTEMPTS_TO_BEGIN : version?.etag !== undefined;
      const again = mayGoOn && error instanceof Unavailable;
      const wait = again ? retryDelay(error, failures, Math.random()) : undefined;
      if (wait === undefined) throw error;
      await access.clock.sleep(wait, signal);
    } finally {
      answer?.destroy();
    }
  }
}

/** `If-Range`: of a file that has changed the server gives the whole. */
const restOf = ({ etag }: Version, offset: number): Record<string, string> => ({
  range: `bytes=${offset}-`,
  ...(etag !== undefined && { 'if-range': etag }),
});

function assertWhole(answer: IncomingMessage, { size }: Version, read: number, name: string): void {
  if (answer.complete && (size === undefined || read === size)) return;
  throw new Unavailable(`${name}: the connection broke before the end of the file.`, 'broken off');
}
