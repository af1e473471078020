/**
 * Who would join the audience of a saved job, and who would leave it, with the result of a preview. A preview reads the
 * whole source and costs nothing, so a person could vary a query until it tells whether one member is in the audience:
 * with nine invented members beside one, ten join, or fewer than ten. So everybody but administrators is told only of
 * what nobody could vary here: the source, the field and all options are those of the run that has filled the audience,
 * and nobody is left out, then or now.
 */
import type { ComparedDelivery, EarlierFingerprints } from '../../contracts/fingerprints.ts';
import type { PreviewRequest } from '../../contracts/sources.ts';
import { destinationOfJob } from '../../domain/destinations/index.ts';
import { deliveriesOfJob } from '../../domain/jobs/audiences.ts';
import type { Role } from '../../domain/people/people.ts';
import { maySeeLeftOut } from '../../domain/runs/left-out.ts';
import { mayLeave, type Turnover } from '../../domain/runs/turnover.ts';
import { isVaried } from '../../domain/runs/varied.ts';
import type { Staged } from '../../export/stage/types.ts';
import { formOf, inTime } from '../../export/turnover/count.ts';
import { Fingerprints } from '../../export/turnover/fingerprints.ts';
import { scanOfPart, sourceOfPart } from '../../jobs/parts/scan.ts';
import { sourceRevision } from '../../store/repositories/authorizations.ts';
import { lastFingerprints } from '../../store/repositories/fingerprints.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import { readEvents } from '../../store/repositories/run-events.ts';
import type { UseCaseDeps } from '../deps.ts';
import { refOf, writeSourceRef } from './source-ref.ts';

type Deps = Pick<UseCaseDeps, 'db' | 'sleep' | 'fingerprints'>;
type Identifier = Pick<PreviewRequest, 'id_field' | 'identifier_type' | 'ifa_format' | 'default_country'>;

/** More are not counted, because a preview is not worth so much time. */
const MAX_MEMBERS = 5_000_000;

/** The run that an identifier is compared with. */
export interface Compared {
  readonly delivery: ComparedDelivery;
  readonly runId: string;
  readonly earlier: EarlierFingerprints;
}

/** What is previewed, and for whom. */
interface Previewed {
  readonly role: Role;
  readonly request: PreviewRequest;
  readonly identifiers: readonly Identifier[];
  /** Whether a suppression list applies. */
  readonly hasLists: boolean;
}

/**
 * What each identifier of the preview is compared with. Undefined where that is not known, or must not be told: without
 * it, the preview is the same.
 */
export async function comparedInPreview(
  deps: Deps,
  previewed: Previewed,
  signal: AbortSignal,
): Promise<readonly (Compared | undefined)[]> {
  const { fingerprints: files } = deps;
  if (!files) return [];
  return inTime(files, deps, signal, () => comparedWith(deps, previewed)).catch(() => []);
}

/** @returns undefined when it is not known */
export async function turnoverInPreview(
  { db, sleep, fingerprints: files }: Deps,
  { delivery, runId, earlier }: Compared,
  { lines, counts: { unique } }: Pick<Staged, 'lines' | 'counts'>,
  signal: AbortSignal,
): Promise<Turnover | undefined> {
  if (!files || !lines || unique > MAX_MEMBERS) return undefined;
  const count = async (inTime: AbortSignal) => {
    const all = new Fingerprints(await files.key(), lines);
    for await (const _ of all.sorted(earlier.read())) inTime.throwIfAborted();
    // While it was read, another run may have taken its place, with another source.
    if ((await lastFingerprints(db, delivery))?.runId !== runId || all.lines !== unique) return undefined;
    return { joining: unique - all.common, leaving: earlier.count - all.common };
  };
  return inTime(files, { sleep }, signal, count).catch(() => undefined);
}

async function comparedWith(
  { db, fingerprints: files }: Deps,
  { role, request, identifiers, hasLists }: Previewed,
): Promise<readonly (Compared | undefined)[]> {
  if (!files || request.job_id === undefined) return [];
  const isTrusted = maySeeLeftOut(role);
  if (!isTrusted && (hasLists || request.hold_out !== null)) return [];
  const job = await getJob(db, request.job_id);
  const traits = destinationOfJob(job.type);
  if (!mayLeave(traits, { mode: traits.modes[0]! })) return [];
  const deliveries = deliveriesOfJob(job);
  const revision = await sourceRevision(db, request.source_authorization_id);
  // Only the file that the part has now: a person may ask for that of another part.
  const isOwnFile = request.segment_id === job.configuration.segment_id;
  const scan = isOwnFile ? await scanOfPart({ runEvents: (id) => readEvents(db, id) }, job) : undefined;
  const divided = sourceOfPart(scan, job);
  const read = {
    source: {
      ...writeSourceRef(refOf(request)),
      ...(revision !== null && { revision }),
      ...(divided && { divided }),
    },
    hashInDatabase: request.hash_in_database || undefined,
    holdOut: request.hold_out,
  } as const;
  const found: (Compared | undefined)[] = [];
  for (const identifier of identifiers) {
    const { id_field: field, identifier_type: identifierType, ifa_format: ifaFormat } = identifier;
    const { default_country: defaultCountry } = identifier;
    const own = deliveries.find(
      ({ configuration }) => configuration.id_field === field && configuration.identifier_type === identifierType,
    );
    const asked = { adAccountId: job.configuration.adaccount_id, identifierType, field };
    const delivery = { audienceId: own?.audienceId ?? null, request: asked };
    const last = await lastFingerprints(db, delivery);
    const earlier = last && (await files.earlier(delivery));
    const isSame = earlier?.form === formOf(traits, { identifierType, ifaFormat });
    const isTold =
      isSame && (isTrusted || !isVaried({ ...asked, ...read, ifaFormat, defaultCountry }, [], earlier.run));
    found.push(last && isTold ? { delivery, runId: last.runId, earlier } : undefined);
  }
  return found;
}
