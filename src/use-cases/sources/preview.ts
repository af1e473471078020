/** The preview of an export: the whole scan and the same rules, but no file, and nothing is sent. */
import type { NormalizeOptions } from '../../../packages/identifiers/src/normalize.ts';
import type { Preview, PreviewRequest } from '../../contracts/sources.ts';
import {
  chunkLimitsOf,
  defaultDestination,
  destinationOfJob,
  headingOf,
  nameIn,
} from '../../domain/destinations/index.ts';
import type { DestinationTraits, RuleSet } from '../../domain/destinations/traits.ts';
import { hashingProblem } from '../../domain/jobs/configuration.ts';
import type { Caller } from '../../domain/people/people.ts';
import type { RunRequest } from '../../domain/runs/run.ts';
import { wrongValue } from '../../domain/text/localized.ts';
import { asSentence } from '../../domain/text/sentence.ts';
import { countryOfInstallation } from '../../domain/values/installation-country.ts';
import { chunkNameOf } from '../../export/context.ts';
import { kernelBySize } from '../../export/kernel-by-size.ts';
import { openScanOf, type ScannedField } from '../../export/open-scan.ts';
import { scanAfterLists } from '../../export/scan-after-lists.ts';
import { noFolder } from '../../export/stage/chunk-files.ts';
import { usualThreads } from '../../export/stage/kernel-threads.ts';
import { stage } from '../../export/stage/stage.ts';
import type { LineRules, Staged } from '../../export/stage/types.ts';
import { listWarnings } from '../../export/suppression.ts';
import { stagingWarnings } from '../../export/warnings.ts';
import { scansOfSource, valuesOf } from '../../sources/scans.ts';
import type { Source } from '../../sources/source.ts';
import type { UseCaseDeps } from '../deps.ts';
import { readSettings } from '../settings.ts';
import { listsForRun } from '../suppression-lists/for-run.ts';
import { beside } from './first-values.ts';
import { comparedInPreview, turnoverInPreview } from './preview-turnover.ts';
import { countQueryLook } from './query-looks.ts';
import { Reach } from './reach.ts';
import { LOOK } from './registry.ts';
import { SentExamples } from './sent-examples.ts';
import { refOf } from './source-ref.ts';
import { splitValuesOf } from './split-values.ts';

/** What a preview says of one identifier. */
type Identifier = Pick<PreviewRequest, 'id_field' | 'identifier_type' | 'ifa_format' | 'default_country'>;

/**
 * @throws {LineupError} `source_*`, `field_not_found`; `too_many_requests` for a query; `invalid_argument` when the
 * database must hash what is sent raw;
 *   `interrupted` when `signal` is aborted
 */
export async function previewOf(
  deps: Pick<UseCaseDeps, 'db' | 'now' | 'sources' | 'sleep' | 'fingerprints'>,
  caller: Caller,
  request: PreviewRequest,
  signal: AbortSignal,
): Promise<Preview> {
  const { hash_in_database: hashInDatabase } = request;
  const traits = destinationOfJob(request.type ?? defaultDestination.jobType);
  const identifiers: readonly Identifier[] = [request, ...request.siblings];
  const unhashed = hashInDatabase ? hashingProblem(identifiers) : undefined;
  if (unhashed !== undefined) throw wrongValue('hash_in_database', asSentence(unhashed));
  const presumedCountry = countryOfInstallation((await readSettings(deps.db)).appearance);
  const asked = { presumedCountry, ...nameIn(traits) };
  const fields = identifiers.map((identifier) => ({ ...scannedField(identifier), presumedCountry }));
  // The hashes of several fields do not say which of them belong to the same member.
  const isReachable = identifiers.length > 1 && !hashInDatabase;
  const job = { chosen: request.suppression_lists, deliveries: fields, hashInDatabase };
  const columns = request.split ? [request.split.column] : [];
  const lists = await listsForRun(deps, job, 'person', signal, { yields: true });
  let source: Source | undefined;
  const open = async () => {
    const isFirst = source === undefined;
    source = await deps.sources.open(refOf(request), 'person', signal, { ...LOOK, yields: true });
    if (isFirst && source.isQuery) await count(source);
    return source;
  };
  const count = async (opened: Source) => {
    const look = { kind: 'preview', fields: [...fields.map(({ field }) => field), ...columns] } as const;
    await countQueryLook(deps, caller, request.source_authorization_id, look).catch(async (error: unknown) => {
      await opened.close();
      throw error;
    });
  };
  const previewed = { role: caller.role, request, identifiers, hasLists: lists.length > 0 };
  const compared = await comparedInPreview(deps, previewed, signal);
  const preview = await scanAfterLists(
    {
      deliveries: identifiers.map((identifier, n) => ({
        rules: {
          ...rulesOf(identifier, request, traits),
          presumedCountry,
          keepsLines: compared[n] !== undefined,
        },
        chunkName: chunkNameOf(n + 1),
      })),
      lists,
      withScan: scansOfSource(open, openScanOf(fields, hashInDatabase), signal),
      startKernel: kernelBySize(usualThreads()),
      signal,
      onProgress: () => {},
    },
    async () => ({}),
    async (scan, _, { deliveries }) => {
      const rules = await Promise.all(identifiers.map((identifier) => normalizing(identifier, traits.rules)));
      const reach = isReachable ? new Reach(rules) : undefined;
      // Hashes of a database have no other form, and the values of a query show whatever its author wants.
      const sent = hashInDatabase || scan.ofQuery ? [] : rules.map((options) => new SentExamples(options));
      const takers = rules.map((_, n) => [reach?.takers[n], sent[n]].filter((taker) => taker !== undefined));
      const staged = await stage({
        scan: hashInDatabase ? scan : beside(scan, takers),
        deliveries,
        folder: noFolder,
        signal,
        clock: deps,
      });
      const [first, ...siblings] = await Promise.all(
        identifiers.map(async (identifier, n) => {
          const { warnings, ...described } = await describe(source!, identifier, asked, staged[n]!, signal);
          const turnover = compared[n] && (await turnoverInPreview(deps, compared[n], staged[n]!, signal));
          staged[n]!.lines?.release();
          return {
            ...described,
            ...(turnover && { turnover }),
            sent: sent[n]?.found ?? [],
            warnings: [...warnings, ...listWarnings(lists, n)],
          };
        }),
      );
      return {
        complete: true,
        ...first!,
        ...(siblings.length > 0 && { siblings }),
        ...(reach && { reachable: reach.result() }),
      };
    },
  );
  if (!request.split) return preview;
  const { column } = request.split;
  return { ...preview, split: await splitValuesOf(column, scansOfSource(open, valuesOf([column]), signal)) };
}

async function describe(
  source: Source,
  { id_field, identifier_type: identifierType }: Identifier,
  asked: Pick<RunRequest, 'presumedCountry' | 'destination'>,
  staged: Staged,
  signal: AbortSignal,
) {
  return {
    counts: staged.counts,
    examples: await examplesOf(source, id_field, staged, signal),
    chunks: staged.chunks.length,
    warnings: stagingWarnings(staged, { identifierType, ...asked }),
  };
}

const scannedField = ({ id_field, identifier_type, default_country }: Identifier): ScannedField => ({
  field: id_field,
  identifierType: identifier_type,
  defaultCountry: default_country,
});

const rulesOf = (identifier: Identifier, { hold_out }: PreviewRequest, traits: DestinationTraits): LineRules => ({
  identifierType: identifier.identifier_type,
  ifaFormat: identifier.ifa_format,
  hashesInRawColumn: traits.rules.hashesInRawColumn,
  defaultCountry: identifier.default_country ?? undefined,
  holdOut: hold_out ?? undefined,
  ...headingOf(traits, identifier.identifier_type),
  ...chunkLimitsOf(traits),
});

/** How the reference implementation of the rules reads its values. */
async function normalizing(
  { identifier_type: type, ifa_format: ifaFormat, default_country }: Identifier,
  { hashesInRawColumn }: RuleSet,
): Promise<NormalizeOptions> {
  if (default_country === null) return { type, ifaFormat, hashesInRawColumn };
  const { e164DigitsIn } = await import('../../../packages/identifiers/src/phone.ts');
  return { type, ifaFormat, hashesInRawColumn, toE164Digits: e164DigitsIn(default_country) };
}

/** Examples come from this many first members. */
const LOOKED_AT = 1_000;
const EXAMPLES = 5;

async function examplesOf(
  source: Source,
  field: string,
  { findings }: Staged,
  signal: AbortSignal,
): Promise<Preview['examples']> {
  const reasons = Object.entries(findings.invalidRows);
  if (reasons.length === 0) return {};
  const rows = await source.preview(field, LOOKED_AT, signal);
  const masked = new Map(rows.map(({ row, values }) => [row, values.join(', ')]));
  return Object.fromEntries(
    reasons.map(([reason, numbers]) => [
      reason,
      numbers
        .flatMap((row) => {
          const value = masked.get(row);
          return value === undefined ? [] : [{ row, value }];
        })
        .slice(0, EXAMPLES),
    ]),
  );
}
