/** All destinations, as data. */
import { type IdentifierType, type IfaFormat, type IfaKind, identifierTypes } from '../audiences/requests.ts';
import { asSentence, type Sentence } from '../text/sentence.ts';
import { lineAdsTraits } from './line-ads.ts';
import { lineOfficialAccountTraits } from './line-official-account.ts';
import { lyAdsTraits } from './ly-ads.ts';
import type { DestinationTraits, SentIdentifier } from './traits.ts';

const known = [lineAdsTraits, lyAdsTraits, lineOfficialAccountTraits] as const;
export const destinations: readonly DestinationTraits[] = known;

/** The identifier types that a destination takes, in the order of its traits. */
export const typesOf = ({ identifiers }: Pick<DestinationTraits, 'identifiers'>): readonly IdentifierType[] =>
  (Object.keys(identifiers) as IdentifierType[]).filter((type) => identifiers[type]);

/** The identifier types that any destination takes. */
export const takenTypes: readonly IdentifierType[] = identifierTypes.filter((type) =>
  destinations.some(({ identifiers }) => identifiers[type]),
);

/** Who runs a destination, for sentences. */
export const ownerOf = ({ owner }: Pick<DestinationTraits, 'owner'>): Sentence => asSentence(owner);

/** That of requests that name none. */
export const defaultDestination: DestinationTraits = lineAdsTraits;

/** Of a destination that only a newer service knows. */
const OTHER = 'the destination';

/** Who runs a destination, in English for the command line. @param id as a run request names it */
export const ownerNamed = (id: string = defaultDestination.id): string =>
  destinations.find((destination) => destination.id === id)?.owner ?? OTHER;

/** As `ownerNamed`. @param type of a job */
export const ownerOfJob = (type: string): string =>
  destinations.find(({ jobType }) => jobType === type)?.owner ?? OTHER;

/**
 * @param id as a run request names it
 * @throws {Error} for a destination that is not registered
 */
export function destinationOf(id: string = defaultDestination.id): DestinationTraits {
  const found = destinations.find((destination) => destination.id === id);
  if (!found) throw new Error(`There is no destination "${id}".`);
  return found;
}

/** @param id of a provider, or as a run request names it: missing for LINE Ads */
export const isDestination = (id: string = lineAdsTraits.id): boolean =>
  destinations.some((destination) => destination.id === id);

/** The destination of a job. @param type of the job @throws {Error} for a type that no destination has */
export function destinationOfJob(type: string): DestinationTraits {
  const found = destinations.find(({ jobType }) => jobType === type);
  if (!found) throw new Error(`There is no destination for jobs of the type "${type}".`);
  return found;
}

/** The destination, as a run request names it. It does not name the default one. */
export const nameIn = ({ id }: Pick<DestinationTraits, 'id'>): { readonly destination?: string } =>
  id === defaultDestination.id ? {} : { destination: id };

/**
 * The heading of the files of an identifier type, as a run request keeps it.
 * @param isOmitted whether the authorization leaves headings out
 */
export function headingOf(
  { identifiers }: Pick<DestinationTraits, 'identifiers'>,
  type: IdentifierType,
  isOmitted = false,
): { readonly heading?: string } {
  const heading = identifiers[type]?.heading;
  return heading === undefined || isOmitted ? {} : { heading };
}

/** Whether its files have headings, which an authorization may leave out. */
export const hasHeadings = ({ identifiers }: Pick<DestinationTraits, 'identifiers'>): boolean =>
  Object.values(identifiers).some(({ heading }) => heading !== undefined);

/** The kind of an identifier in the words of the destination. @param kind as a configuration has it */
export const kindOf = ({ kinds = [] }: Pick<SentIdentifier, 'kinds'>, kind: IfaKind | undefined): string | undefined =>
  kinds.find((known) => known.toLowerCase() === kind);

/** Whether an audience takes identifiers of a type. */
export const takesType = (
  { identifiers }: Pick<DestinationTraits, 'identifiers'>,
  audience: { readonly type: string },
  type: IdentifierType,
): boolean => identifiers[type]?.audienceType === audience.type;

/** What an account of a destination is, in English for the command line. @param found undefined for an unknown one */
const accountWord = (found: DestinationTraits | undefined): string =>
  found?.account === 'channel' ? 'channel' : 'ad account';

/** @param id as a run request names it */
export const accountWordOf = (id: string = defaultDestination.id): string =>
  accountWord(destinations.find((destination) => destination.id === id));

/** @param type of a job */
export const accountWordOfJob = (type: string): string =>
  accountWord(destinations.find(({ jobType }) => jobType === type));

/** The types of jobs, one for each destination. The first one is the default. */
export const jobTypes = known.map(({ jobType }) => jobType);

/** The destinations that take over the audiences of this one. @param id of a provider, or as a run request names it */
export const successorsOf = (id: string): readonly DestinationTraits[] =>
  destinations.filter(({ takesOver }) => takesOver === id);

/** Whether the members of these jobs leave by age. @param type of a job, also an unknown one */
export const leavesByAge = (type: string): boolean =>
  destinations.some(({ jobType, leaving }) => jobType === type && leaving.by === 'age');

/** The types of the jobs whose members leave by age. */
export const ageingJobTypes = (): string[] => destinations.map(({ jobType }) => jobType).filter(leavesByAge);

/** The type of the jobs that export to a destination. @param id of a provider: undefined for that of a source */
export const jobTypeOf = (id: string): (typeof jobTypes)[number] | undefined =>
  known.find((found) => found.id === id)?.jobType;

/** The forms in which advertising ids go to the destination. The first one is the default. */
export const ifaFormatsOf = ({ identifiers }: Pick<DestinationTraits, 'identifiers'>): readonly IfaFormat[] =>
  (identifiers.ifa?.sent ?? []).map((sent) => (sent === 'raw' ? 'raw' : 'sha256'));

/** Whether identifiers of two types may fill one audience. */
export const mayShare = (
  { sharing }: Pick<DestinationTraits, 'sharing'>,
  first: IdentifierType,
  further: IdentifierType,
): boolean => sharing.includes(first) && sharing.includes(further);

/** More records than any file can have: the kernel counts them in 32 bits. */
const NO_LIMIT = 2 ** 32 - 1;

/** The limits of the chunks of an export, where nobody has chosen smaller ones. */
export const chunkLimitsOf = ({ file }: Pick<DestinationTraits, 'file'>) => ({
  maxChunkRecords: file.maxRecords ?? NO_LIMIT,
  maxChunkBytes: file.defaultBytes,
});

/** How long after a run audiences are watched. */
export const WATCHED_MS: number = Math.max(...destinations.map(({ watch }) => watch.forMs));
