/** LY's upload jobs as those of the port, and which of them is that of an upload whose answer was lost. Pure. */
import { dateOf, type UploadJob as LyUploadJob, type UploadType } from '../../../packages/ly-ads/src/index.ts';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import type { lyAdsTraits } from '../../domain/destinations/ly-ads.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Sent, Upload, UploadJob, UploadJobState } from '../destination.ts';

/** What LY calls the content of a file. E-mail addresses and phone numbers are one. */
const uploadTypes = {
  email: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
  phone: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
  ifa: 'by_kind',
} as const satisfies Record<keyof typeof lyAdsTraits.identifiers, UploadType | 'by_kind'>;

export function uploadTypeOf({ identifierType, kind }: Pick<Upload, 'identifierType' | 'kind'>): UploadType {
  const known: Partial<Record<IdentifierType, UploadType | 'by_kind'>> = uploadTypes;
  const type = known[identifierType];
  if (type === undefined) throw new Error(`LY Ads takes no identifiers of the type "${identifierType}".`);
  if (type !== 'by_kind') return type;
  const word = kind?.toUpperCase();
  if (word === 'IDFA' || word === 'AAID') return word;
  throw new Error(`An upload of advertising IDs to LY Ads needs their kind, got ${JSON.stringify(kind)}.`);
}

const states: Readonly<Record<string, UploadJobState>> = {
  RECEIVING: 'WORKING',
  RECEIVED: 'FINISHED',
  INVALID_FILE: 'FAILED',
  FAILED: 'FAILED',
};

/** LY tells no reasons, so the word itself is the remark. */
const meanings: Readonly<Record<string, Sentence>> = {
  INVALID_FILE: sentence`LY Ads cannot use the file, and does not say why. These are possible reasons: fewer than 100 rows, column headings that LY does not expect (see the setting of the authorization), values that are not what the identifier type says, or a file over 1 GiB.`,
  FAILED: sentence`LY Ads could not take in the file because of an error on its side. The file can be sent again.`,
};

export function uploadJobOf(job: LyUploadJob): UploadJob {
  const word = job.jobStatus ?? 'UNKNOWN';
  const meaning = meanings[word] ?? null;
  const at = dateOf(job.uploadSubmitDate);
  return {
    id: job.uploadJobId,
    // A word that LY has added since is none of an ended job.
    state: states[word] ?? 'WORKING',
    word,
    isUnknown: states[word] === undefined,
    fileName: '',
    action: 'ADD',
    remark: meaning === null ? null : word,
    meaning,
    count: null,
    again: word === 'FAILED',
    created: at === undefined ? '' : new Date(at).toISOString(),
  };
}

/** As many jobs as LY shows. With so many, others may be hidden. */
const MAX_JOBS = 100;

/** LY's clock may be so much behind ours. It has whole seconds. */
const MARGIN_MS = 5_000;

/**
 * The job of an upload whose answer was lost, if it is certain. Jobs have no name: it must be the only one of its type
 * that came by the API since then and that no journal knows. Where there is a doubt, the file is sent again: that does
 * no harm, because it adds the same members. A wrong job would lose them.
 */
export function jobSince(jobs: readonly LyUploadJob[], sent: Sent): LyUploadJob | undefined {
  if (jobs.length >= MAX_JOBS) return undefined;
  const uploadType = uploadTypeOf(sent);
  const since = Math.floor(Date.parse(sent.since) / 1_000) * 1_000 - MARGIN_MS;
  const candidates = jobs.filter(
    (job) =>
      !sent.otherJobIds.includes(job.uploadJobId) &&
      isOr(job.uploadType, uploadType) &&
      isOr(job.uploadSource, 'API') &&
      (dateOf(job.uploadSubmitDate) ?? since) >= since,
  );
  const [job] = candidates;
  if (candidates.length !== 1 || !job) return undefined;
  const isCertain =
    job.uploadType === uploadType && job.uploadSource === 'API' && dateOf(job.uploadSubmitDate) !== undefined;
  return isCertain ? job : undefined;
}

/** Whether a value is the wanted one, or may be. */
const isOr = (value: string | null, wanted: string): boolean =>
  value === wanted || value === null || value === 'UNKNOWN';
