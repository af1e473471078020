/**
 * The fingerprints of members, as `src/store/fingerprints` keeps them: rows in the database in memory, and files in a
 * directory, which may be lost, damaged or away.
 */
import { hash } from 'node:crypto';
import type { ComparedDelivery, FingerprintFiles, FingerprintRow } from '../../src/contracts/fingerprints.ts';
import { deliveryOf, foldRun, isActive, type RunState } from '../../src/domain/runs/run-state.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { stagedDigest } from '../../src/store/fingerprints/files.ts';
import type { FingerprintPlace, ProcessFingerprints } from '../world/storage.ts';
import type { MemoryConnection } from './connection.ts';
import type { FingerprintsRow, MemoryTransaction } from './database.ts';
import { type Delivered, deliveriesTo, type Rows, runsOfJob } from './job-queries.ts';

interface File extends FingerprintRow {
  /** What it was made of. */
  readonly staged: string;
  /** Which of the keys of the installation it was written with. */
  readonly key: number;
  /** Undefined while it is written. */
  bytes: Uint8Array | undefined;
  isDamaged: boolean;
}

/** Where the files are. */
export class FingerprintDirectory implements FingerprintPlace {
  readonly files = new Map<string, File>();
  isFull = () => false;
  awayUntil = 0;
  made = 0;

  get names(): string[] {
    return [...this.files.keys()];
  }

  lose(): void {
    this.files.clear();
  }

  damage(): void {
    for (const file of this.files.values()) file.isDamaged = true;
  }
}

interface Options {
  readonly connection: MemoryConnection;
  readonly directory: FingerprintDirectory;
  readonly now: () => number;
  /** Does one operation of the disk. */
  readonly perform: <T>(what: string, work: () => T) => Promise<T>;
}

export function memoryFingerprints(options: Options): ProcessFingerprints {
  const { connection, directory } = options;
  return {
    files: filesOf(options),
    tidy: () => connection.statement('tidy fingerprints', (tx) => tidy(tx, directory)),
    forget: (type) =>
      connection.statement('forget fingerprints', (tx) => {
        for (const [key, row] of tx.entries('fingerprints'))
          if (row.identifierType === type) tx.delete('fingerprints', key);
      }),
    loseKey: () =>
      connection.statement('replace key of fingerprints', (tx) => {
        for (const [key] of tx.entries('fingerprints')) tx.delete('fingerprints', key);
        tx.put('fingerprintKey', '', (tx.get('fingerprintKey', '') ?? 0) + 1);
      }),
  };
}

function filesOf({ connection, directory, now, perform }: Options): FingerprintFiles {
  const statement = <T>(name: string, work: (tx: MemoryTransaction) => T) => connection.statement(name, work);
  const onDisk = <T>(operation: string, work: () => T) =>
    perform(operation, () => {
      // Not one that the service knows: a run that fails with it has an internal error.
      if (now() < directory.awayUntil) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
      return work();
    });
  const find = (name: string): File => {
    const file = directory.files.get(name);
    if (!file) throw Object.assign(new Error('no such file or directory'), { code: 'ENOENT' });
    return file;
  };
  const keyNumber = () => statement('read key of fingerprints', (tx) => tx.get('fingerprintKey', '') ?? 0);
  const keyOf = (number: number) => new Secret(Buffer.from(hash('sha256', `key ${number}`), 'hex').subarray(0, 16));
  return {
    key: async () => keyOf(await keyNumber()),
    earlier: async (delivery) => {
      const last = await statement('read last fingerprints', (tx) => lastFingerprints(tx, delivery));
      if (!last) return undefined;
      const key = await keyNumber();
      const open = () => {
        const file = find(last.file);
        if (!file.bytes || file.key !== key) throw notAsWritten();
        return { ...file, bytes: file.bytes };
      };
      const { form, count, staged } = await onDisk('open fingerprints', open);
      if (staged !== last.staged) return undefined;
      const read = () => {
        const { bytes, isDamaged } = open();
        if (isDamaged) throw notAsWritten();
        return bytes;
      };
      return {
        form,
        count,
        run: last.run,
        read: async function* () {
          yield await onDisk('read fingerprints', read);
        },
      };
    },
    write: async (delivery, row, blocks) => {
      const key = await keyNumber();
      if (!keyOf(key).reveal().equals(row.key.reveal())) throw new Error('the key of the fingerprints was lost');
      const name = await onDisk('make fingerprints', () => {
        directory.made += 1;
        const made = `${delivery.runId}-${delivery.delivery}.${directory.made}`;
        const { form, count, chunks } = row;
        const staged = stagedDigest(chunks);
        directory.files.set(made, { form, count, staged, key, bytes: undefined, isDamaged: false });
        return made;
      });
      try {
        const parts: Uint8Array[] = [];
        for await (const block of blocks) parts.push(block.slice());
        await onDisk('write fingerprints', () => {
          if (directory.isFull()) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          find(name).bytes = Buffer.concat(parts);
        });
      } catch (error) {
        directory.files.delete(name);
        throw error;
      }
      return () => statement('keep fingerprints', (tx) => recordFingerprints(tx, delivery, name));
    },
  };
}

const notAsWritten = () => new Error('the file is not as it was written');

const isComplete = ({ run, delivery }: Delivered): boolean =>
  delivery.last_write_at !== null &&
  (run.status === 'succeeded' || (delivery.at_line === 'whole' && run.ended_at !== null));

const byWrite = (a: Delivered, b: Delivered): number =>
  (b.delivery.last_write_at ?? '').localeCompare(a.delivery.last_write_at ?? '');

function lastFingerprints(
  rows: Rows,
  { audienceId, request: { adAccountId, identifierType, field } }: ComparedDelivery,
): { readonly file: string; readonly staged: string; readonly run: RunState } | undefined {
  const [last] = deliveriesTo(rows, adAccountId, audienceId).filter(isComplete).sort(byWrite);
  // Others of the run may share the audience.
  const complete = last?.run.deliveries.filter((delivery) => isComplete({ ...last, delivery }));
  const [row] = rows
    .values('fingerprints')
    .filter(({ runId }) => runId === last?.run.id)
    .filter((found) => found.identifierType === identifierType && found.field === field)
    .filter((found) => complete?.some(({ delivery }) => delivery === found.delivery))
    .sort((a, b) => a.delivery - b.delivery);
  if (!row) return undefined;
  const run = foldRun(rows.get('events', row.runId) ?? []);
  const { staged } = deliveryOf(run, row.delivery);
  return { file: row.file, staged: stagedDigest(staged?.chunks ?? []), run };
}

function recordFingerprints(tx: MemoryTransaction, { runId, delivery, request }: RunState, file: string): void {
  const jobId = tx.get('runs', runId)?.job_id ?? null;
  if (jobId === null) return;
  const { identifierType, field } = request;
  tx.put('fingerprints', `${runId} ${delivery}`, { runId, delivery, jobId, identifierType, field, file });
}

/** Deletes rows that nobody needs, and the files that nothing makes readable. */
function tidy(tx: MemoryTransaction, directory: FingerprintDirectory): void {
  for (const [key, row] of tx.entries('fingerprints')) if (!isNeeded(tx, row)) tx.delete('fingerprints', key);
  const readable = new Set(tx.values('fingerprints').map(({ file }) => file));
  // One that is not written yet is young.
  for (const [name, { bytes }] of directory.files) if (bytes && !readable.has(name)) directory.files.delete(name);
}

function isNeeded(rows: Rows, { runId, delivery }: FingerprintsRow): boolean {
  const run = rows.get('runs', runId);
  if (!run) return false;
  const isLast = run.job_id !== null && runsOfJob(rows, run.job_id)[0]?.id === runId;
  if (isActive(run) || (run.status === 'interrupted' && isLast) || rows.get('stagingKeys', runId)) return true;
  const own = run.deliveries.find((sent) => sent.delivery === delivery);
  if (!own || !isComplete({ run, delivery: own })) return false;
  return !deliveriesTo(rows, run.ad_account_id ?? '', own.audience_id).some(
    (later) =>
      later.run.id !== runId && isComplete(later) && (later.delivery.last_write_at ?? '') > (own.last_write_at ?? ''),
  );
}
