/**
 * Previews an export with the same scan and the same rules, but writes no lines to disk. So a killed process leaves nothing of a
 * preview behind.
 */
import { chunkLimits } from '../../contracts/line-limits.ts';
import type { Preview, PreviewRequest, Sample, SampleRequest } from '../../contracts/sources.ts';
import { chunkName } from '../../export/context.ts';
import { noFolder } from '../../export/stage/chunk-files.ts';
import { stage } from '../../export/stage/stage.ts';
import type { Staged } from '../../export/stage/types.ts';
import { stagingWarnings } from '../../export/warnings.ts';
import { Scans, wholeScan } from '../../sources/scans.ts';
import type { Source } from '../../sources/source.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { SourceRef } from './source-ref.ts';

/** Examples come from this many first members. */
const LOOKED_AT = 1_000;
const EXAMPLES = 5;

export const refOf = (request: SampleRequest): SourceRef => ({
  authorizationId: request.source_authorization_id,
  audienceId: request.segment_id,
  options: request.file_options,
});

/** The number of sample values of a field. */
const SAMPLE = 5;

/** @throws {LineupError} `source_*`, `field_not_found` */
export async function sampleOf(
  { sources }: Pick<UseCaseDeps, 'sources'>,
  request: SampleRequest,
  signal: AbortSignal,
): Promise<Sample> {
  const source = await sources.open(refOf(request), 'person', signal);
  try {
    const rows = await source.preview(request.id_field, SAMPLE, signal);
    return { items: rows.map(({ row, values }) => ({ row, value: values.join(', ') })) };
  } finally {
    await source.close();
  }
}

/** @throws {LineupError} `source_*`, `field_not_found`; `interrupted` when `signal` is aborted */
export async function previewOf(
  { sources }: Pick<UseCaseDeps, 'sources'>,
  request: PreviewRequest,
  signal: AbortSignal,
): Promise<Preview> {
  const ref = refOf(request);
  const source = await sources.open(ref, 'person', signal);
  try {
    const staged = await count(source, request, signal);
    return {
      complete: true,
      counts: staged.counts,
      examples: await examplesOf(source, request.id_field, staged, signal),
      chunks: staged.chunks.length,
      warnings: stagingWarnings(staged, { identifierType: request.identifier_type }),
    };
  } finally {
    await source.close();
  }
}

async function count(source: Source, request: PreviewRequest, signal: AbortSignal): Promise<Staged> {
  return wholeScan(new Scans(source, request.id_field, signal).with, (scan) =>
    stage({
      scan,
      identifierType: request.identifier_type,
      ifaFormat: request.ifa_format,
      defaultCountry: request.default_country ?? undefined,
      folder: noFolder,
      chunkName,
      maxChunkRecords: chunkLimits.maxRecords,
      maxChunkBytes: chunkLimits.defaultBytes,
      signal,
    }),
  );
}

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
