/** What a person asks for, as the command line and the API hand it on: validated, defaults filled in. */
import type { z } from 'zod';
import type { FileDelimiter } from './file-choices.ts';
import type { exportMode, identifierType, ifaFormat } from './run.ts';

/** Where members come from and which of their values count. */
export interface ScanRequest {
  /** Path, glob, URL, or `-` for standard input. */
  readonly source: string;
  readonly format?: string;
  readonly encoding?: string;
  readonly delimiter?: FileDelimiter;
  readonly header?: 'yes' | 'no';
  readonly field: string;
  readonly identifierType: z.infer<typeof identifierType>;
  readonly ifaFormat: z.infer<typeof ifaFormat>;
  readonly defaultCountry?: string;
  readonly chunkRecords: number;
  readonly chunkBytes: number;
}

/** Exactly one of `audienceId` and `audienceName` is given. */
export interface ExportRequest extends ScanRequest {
  readonly adAccountId: string;
  readonly audienceId?: string;
  readonly audienceName?: string;
  readonly mode: z.infer<typeof exportMode>;
  readonly maxShrink: number;
  readonly dryRun: boolean;
}

/** LINE's own limits of a chunk (line-ads-api.md, Upload), and what is used when nothing is said. */
export const chunkLimits = {
  maxRecords: 1_000_000,
  maxBytes: 62_914_560,
  /** Right under both readings of "60 MB". */
  defaultBytes: 60_000_000,
} as const;

/** LINE's limit of an audience's name, in characters. */
export const MAX_AUDIENCE_NAME = 120;
