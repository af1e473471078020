/** Which uploaded files may hold a person: those that a job reads are looked through, in the fields that it exports. */
import type { ErasedPeople } from '../../../packages/identifiers/src/kernel/instance.ts';
import type { Erasure } from '../../contracts/erasures.ts';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { chunkLimitsOf, destinationOfJob } from '../../domain/destinations/index.ts';
import { uploadOfSegment } from '../../domain/files/file-names.ts';
import { deliveriesOfJob } from '../../domain/jobs/audiences.ts';
import { chunkNameOf } from '../../export/context.ts';
import { kernelBySize } from '../../export/kernel-by-size.ts';
import { openScanOf } from '../../export/open-scan.ts';
import { noFolder } from '../../export/stage/chunk-files.ts';
import { usualThreads } from '../../export/stage/kernel-threads.ts';
import { stage } from '../../export/stage/stage.ts';
import { scansOfSource } from '../../sources/scans.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import { listSuppressionLists } from '../../store/repositories/suppression-lists.ts';
import { listStoredFiles } from '../../store/repositories/uploads.ts';
import type { UseCaseDeps } from '../deps.ts';
import { sourceRefOf } from '../sources/source-ref.ts';
import { timeLimit } from '../time-limit.ts';

/** How long the command waits. A file that is not read by then may hold the person. */
const LOOK_MS = 20_000;

type Found = Erasure['uploads'][number];

/** @param people who are looked for */
export async function uploadsWith(
  deps: Pick<UseCaseDeps, 'db' | 'sources' | 'sleep'>,
  type: IdentifierType,
  people: ErasedPeople,
  signal: AbortSignal,
): Promise<Found[]> {
  const limit = timeLimit(deps, LOOK_MS);
  try {
    return await lookThrough(deps, type, people, AbortSignal.any([signal, limit.signal]));
  } finally {
    limit.end();
  }
}

async function lookThrough(
  deps: Pick<UseCaseDeps, 'db' | 'sources' | 'sleep'>,
  type: IdentifierType,
  people: ErasedPeople,
  until: AbortSignal,
): Promise<Found[]> {
  const lists = await listSuppressionLists(deps.db);
  const ofLists = lists.map((list) => list.source_authorization_id === null && uploadOfSegment(list.segment_id));
  const found: Found[] = [];
  for (const { id, name, used_by: jobs } of await listStoredFiles(deps.db)) {
    // A list must know whom it keeps out.
    if (jobs.length === 0 && ofLists.includes(id)) continue;
    const each: (boolean | null)[] = [];
    for (const job of jobs) each.push(await isInFileOf(deps, await getJob(deps.db, job.id), type, people, until));
    // Nobody knows which field of a file has identifiers that no job reads.
    const holds = each.includes(true) ? true : jobs.length === 0 || each.includes(null) ? null : false;
    if (holds !== false) found.push({ id, name, jobs, holds });
  }
  return found;
}

/** Null when the file could not be read. */
async function isInFileOf(
  { sources, sleep }: Pick<UseCaseDeps, 'sources' | 'sleep'>,
  job: StoredJob,
  type: IdentifierType,
  people: ErasedPeople,
  signal: AbortSignal,
): Promise<boolean | null> {
  const concerned = deliveriesOfJob(job).filter(({ configuration }) => configuration.identifier_type === type);
  if (concerned.length === 0) return false;
  const fields = concerned.map(({ configuration }) => ({
    field: configuration.id_field,
    identifierType: type,
    defaultCountry: configuration.default_country,
  }));
  const open = () => sources.open(sourceRefOf(job), 'service', signal, { yields: true });
  try {
    const withScan = scansOfSource(open, openScanOf(fields, false), signal);
    return await withScan(undefined, async (scan) => {
      const deliveries = concerned.map(({ configuration }, n) => ({
        identifierType: type,
        ifaFormat: configuration.ifa_format,
        defaultCountry: configuration.default_country ?? undefined,
        erased: people,
        chunkName: chunkNameOf(n + 1),
        ...chunkLimitsOf(destinationOfJob(job.type)),
        startKernel: kernelBySize(usualThreads()),
      }));
      const staged = await stage({ scan, deliveries, folder: noFolder, signal, clock: { sleep } });
      return staged.some(({ erased }) => erased !== undefined && erased > 0);
    });
  } catch {
    // A file that cannot be read, or not in time, is named; the person goes on the list anyway.
    return null;
  }
}
