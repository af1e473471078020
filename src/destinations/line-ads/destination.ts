/** LINE Ads behind the port of destinations. It is made from a client, so that tests can give their own. */
import {
  type CustomAudience,
  type CustomAudienceUploadJob,
  type IdType,
  type LineAdsClient,
  LineAdsError,
} from '../../../packages/line-ads/src/index.ts';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import { lineAdsTraits } from '../../domain/destinations/line-ads.ts';
import { all } from '../audience.ts';
import {
  type Accepted,
  type Account,
  type Asking,
  type Audience,
  type Destination,
  hasEnded,
  type Sent,
  type Upload,
  type UploadJob,
  type UploadJobState,
} from '../destination.ts';
import { explain, explained, meaningOfReason, written } from './failure.ts';
import { verify } from './verify.ts';

/** LINE's names for an identifier type in an upload. Those of its audiences are in the traits. */
const idTypes: Readonly<Partial<Record<IdentifierType, IdType>>> = {
  email: 'HASHED_EMAIL',
  phone: 'HASHED_PHONE_NUMBER',
  ifa: 'IFA',
};

function idTypeOf(type: IdentifierType): IdType {
  const found = idTypes[type];
  if (!found) throw new Error(`LINE Ads takes no identifiers of the type ${type}.`);
  return found;
}

export interface LineAdsOptions {
  /** This machine's clock minus LINE's, from the last answer. @default unknown */
  readonly skewMs?: () => number | undefined;
  /** The group whose ad accounts LINE lists. Without it, LINE lists none. */
  readonly groupId?: string | undefined;
}

export function lineAdsDestination(client: LineAdsClient, options: LineAdsOptions = {}): Destination {
  const { customAudiences, adAccounts } = client;

  /** LINE has no call for a single audience, so this reads the list, as far as it is needed. */
  async function* audiences(
    account: string,
    { name, signal }: { readonly name?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<CustomAudience, void> {
    try {
      yield* customAudiences.list(account, { name, signal });
    } catch (error) {
      throw error instanceof LineAdsError ? explain(error) : error;
    }
  }

  const jobsOf = (account: string, audienceId: string, { background, signal }: Asking) =>
    explained(
      customAudiences.uploadJobs(account, audienceId, { signal, ...(background !== undefined && { background }) }),
    );

  const destination: Destination = {
    traits: lineAdsTraits,
    verify: (asked, signal) =>
      verify({ client, destination, skewMs: options.skewMs ?? (() => undefined) }, asked, signal),

    accounts: async (max, signal) => {
      const { groupId } = options;
      const found: Account[] = [];
      if (!groupId) return found;
      const listed = async () => {
        for await (const { id, name } of adAccounts.list(groupId, { includeLinked: true, signal })) {
          found.push({ id, name: name ?? null });
          if (found.length === max) break;
        }
        return found;
      };
      return explained(listed());
    },

    page: async (account, { page, size, search }, signal) => {
      const answer = await explained(customAudiences.page(account, { page, size, name: search || undefined, signal }));
      return { items: answer.audienceGroups.map(audienceOf), hasNext: answer.hasNextPage === true };
    },

    find: async function* (account, by, signal) {
      if ('name' in by) {
        // LINE's own filter may also match parts of names.
        for await (const audience of audiences(account, { name: by.name, signal })) {
          if (audience.name === by.name) yield audienceOf(audience);
        }
        return;
      }
      const wanted = new Set(by.ids);
      if (wanted.size === 0) return;
      for await (const audience of audiences(account, { signal })) {
        if (wanted.delete(audience.id)) yield audienceOf(audience);
        if (wanted.size === 0) return;
      }
    },

    rename: (account, id, name) => written(() => customAudiences.rename(account, id, name).then(audienceOf)),
    remove: (account, id) => written(() => customAudiences.delete(account, id)),

    send: ({ account, audience, action, identifierType, fileName, bytes, read, onProgress, signal }: Upload) => {
      const file = { name: fileName, bytes, read };
      const idType = idTypeOf(identifierType);
      return written(() =>
        customAudiences
          .upload(account, { ...audience, action, idType, file, onProgress, signal })
          .then(({ id, name }): Accepted => ({ audienceId: id, audienceName: name, jobId: null })),
      );
    },

    whatBecame: async (sent, signal) => {
      const { account, audience } = sent;
      const candidates =
        'id' in audience ? [{ id: audience.id, name: null }] : await all(destination.find(account, audience, signal));
      for (const { id, name } of candidates) {
        // Its job is found by the name of the file, as often as it is asked for.
        if (jobOf(await jobsOf(account, id, { signal }), sent)) {
          return { audienceId: id, audienceName: name, jobId: null };
        }
      }
      return undefined;
    },

    job: async (sent, asking) => {
      const { account, audience } = sent;
      // Who asks for one would wait for a job that cannot be found.
      if (!('id' in audience)) throw new TypeError('An upload that LINE has accepted has the id of its audience.');
      const job = jobOf(await jobsOf(account, audience.id, asking), sent);
      return job && uploadJobOf(job);
    },

    uploads: async (account, audienceId, asking) => (await jobsOf(account, audienceId, asking)).map(uploadJobOf),
  };
  return destination;
}

export function audienceOf(audience: CustomAudience): Audience {
  return {
    id: audience.id,
    name: audience.name,
    identifierType: identifierTypeOf(audience.functionType),
    type: audience.functionType,
    status: audience.status,
    failedType: audience.failedType ?? null,
    size: audience.estimatedAudienceSize,
    created: audience.created,
    unusable: null,
  };
}

function identifierTypeOf(functionType: string): IdentifierType | null {
  const types = Object.entries(lineAdsTraits.identifiers) as [IdentifierType, { audienceType: string }][];
  return types.find(([, { audienceType }]) => audienceType === functionType)?.[0] ?? null;
}

const states: readonly string[] = ['QUEUED', 'WORKING', 'FINISHED', 'FAILED'] satisfies UploadJobState[];

/** A status that LINE has added since is none of an ended job. */
const stateOf = ({ jobStatus }: CustomAudienceUploadJob): UploadJobState =>
  states.includes(jobStatus) ? (jobStatus as UploadJobState) : 'WORKING';

export function uploadJobOf(job: CustomAudienceUploadJob): UploadJob {
  return {
    id: job.audienceGroupJobId,
    state: stateOf(job),
    word: job.jobStatus,
    isUnknown: !states.includes(job.jobStatus),
    fileName: job.name,
    action: actionOf(job.type),
    remark: job.failedType ?? null,
    meaning: meaningOfReason(job.failedType) ?? null,
    count: job.audienceCount ?? null,
    again: false,
    created: job.created,
  };
}

/** Removals and unknown types are neither. */
function actionOf(type: string): UploadJob['action'] {
  if (type === 'DIFF_REPLACE') return 'REPLACE';
  return type === 'DIFF_ADD' || type === 'DIFF_AUTO_ADD' ? 'ADD' : null;
}

/**
 * LINE's job for an upload, by its file name. A chunk that was sent twice (harmless for an ADD) has two jobs. An
 * unfinished one goes first, because nothing else may be sent before it has ended. A FAILED one comes last.
 */
function jobOf(
  jobs: readonly CustomAudienceUploadJob[],
  { fileName, otherJobIds }: Sent,
): CustomAudienceUploadJob | undefined {
  const ours = jobs.filter((job) => job.name === fileName && !otherJobIds.includes(job.audienceGroupJobId));
  return (
    ours.find((job) => !hasEnded({ state: stateOf(job) })) ??
    ours.find(({ jobStatus }) => jobStatus === 'FINISHED') ??
    ours[0]
  );
}
