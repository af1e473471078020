/**
 * Sends the audit log outside, at least once and in order. One process sends at a time, under a lease. The place in the
 * log is noted when the entries are on the disk, or accepted. Whatever fails is tried again for ever.
 */
import type { AuditLine, AuditStreamName, AuditTargets } from '../../contracts/audit-stream.ts';
import type { Lease, Leases } from '../../contracts/ports.ts';
import type { Chore } from '../../jobs/scheduler.ts';
import { transaction } from '../../store/database/database.ts';
import { auditInOrder } from '../../store/repositories/audit-log.ts';
import { lookAtLog, noteSent, sentUpTo, Watermark } from '../../store/repositories/audit-streams.ts';
import type { UseCaseDeps } from '../deps.ts';
import { appendLines } from './file.ts';
import { postLines } from './webhook.ts';

type StreamDeps = Pick<UseCaseDeps, 'db' | 'log' | 'now' | 'sleep'> & { readonly leases: Leases };

type Deliver = (lines: readonly AuditLine[], signal: AbortSignal) => Promise<void>;

/** The most of one batch. A single entry may be larger. */
const MAX_ENTRIES = 500;
const MAX_BYTES = 1_000_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** One chore for each target, in each process that has it in its settings. */
export function auditStreamChores(deps: StreamDeps, { file, webhook }: AuditTargets): readonly Chore[] {
  const chore = (name: AuditStreamName, deliver: Deliver): Chore => {
    const stream = new AuditStream(deps, name, deliver);
    return { name: `audit-stream-${name}`, everyMs: 0, everywhere: true, run: (signal) => stream.send(signal) };
  };
  return [
    ...(file === undefined ? [] : [chore('file', (lines) => appendLines(file, lines))]),
    ...(webhook
      ? [
          chore('webhook', (lines, signal) =>
            postLines(webhook, lines, { now: deps.now(), clock: { sleep: deps.sleep }, signal }),
          ),
        ]
      : []),
  ];
}

export class AuditStream {
  readonly #deps: StreamDeps;
  readonly #name: AuditStreamName;
  readonly #deliver: Deliver;
  readonly #watermark = new Watermark();
  #failures = 0;
  #notBefore = 0;

  constructor(deps: StreamDeps, name: AuditStreamName, deliver: Deliver) {
    this.#deps = deps;
    this.#name = name;
    this.#deliver = deliver;
  }

  /** Sends what is there. */
  async send(signal: AbortSignal): Promise<void> {
    const { db, leases, now } = this.#deps;
    const wait = this.#notBefore - now().getTime();
    // A clock that was set back does not make it wait longer.
    if (wait > 0 && wait <= LONGEST_PAUSE_MS) return;
    const sent = await sentUpTo(db, this.#name, now());
    if (this.#watermark.after(await lookAtLog(db)) <= sent) return;
    const lease = await leases.tryTake([`audit_stream:${this.#name}`]);
    if (!lease) return;
    try {
      await this.#sendAll(lease, signal);
    } finally {
      await lease.release();
    }
  }

  async #sendAll(lease: Lease, signal: AbortSignal): Promise<void> {
    const { db, log, now } = this.#deps;
    const either = AbortSignal.any([signal, lease.lost]);
    while (!either.aborted) {
      const after = await sentUpTo(db, this.#name, now());
      const upTo = this.#watermark.after(await lookAtLog(db));
      const lines = firstBytes(await auditInOrder(db, { after, upTo, limit: MAX_ENTRIES }));
      const last = lines.at(-1);
      if (!last) return;
      try {
        await this.#deliver(lines, either);
      } catch (error) {
        if (!either.aborted) this.#failed(error);
        return;
      }
      await transaction(db, (tx) => noteSent(tx, lease, this.#name, last.id, now()));
      if (this.#failures > 0) log.record('audit.send_recovered', { type: this.#name });
      this.#failures = 0;
    }
  }

  #failed(error: unknown): void {
    const { log, now } = this.#deps;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#notBefore = now().getTime() + pause;
    const { code, name } = error as { code?: unknown; name?: unknown };
    log.record('audit.send_failed', {
      type: this.#name,
      code: String(code ?? name ?? 'unknown'),
      attempt: this.#failures,
      next_attempt_at: new Date(this.#notBefore).toISOString(),
    });
  }
}

/** As many as fit into a batch, but at least one. */
function firstBytes(lines: readonly AuditLine[]): readonly AuditLine[] {
  let bytes = 0;
  const end = lines.findIndex((line, at) => {
    bytes += Buffer.byteLength(JSON.stringify(line));
    return at > 0 && bytes > MAX_BYTES;
  });
  return end === -1 ? lines : lines.slice(0, end);
}
