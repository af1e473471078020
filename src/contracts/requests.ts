/** What a person asks for, as the command line and the API hand it on: validated, defaults filled in. */
import type { FileDelimiter } from './file-choices.ts';

export const identifierTypes = ['email', 'phone', 'ifa'] as const;
export type IdentifierType = (typeof identifierTypes)[number];

export const ifaFormats = ['sha256', 'raw'] as const;
export type IfaFormat = (typeof ifaFormats)[number];

export const exportModes = ['replace', 'append'] as const;
type ExportMode = (typeof exportModes)[number];

/** Where members come from and which of their values count. */
export interface ScanRequest {
  /** Path, glob, URL, or `-` for standard input. */
  readonly source: string;
  readonly format?: string;
  readonly encoding?: string;
  readonly delimiter?: FileDelimiter;
  readonly header?: 'yes' | 'no';
  readonly field: string;
  readonly identifierType: IdentifierType;
  readonly ifaFormat: IfaFormat;
  readonly defaultCountry?: string;
  readonly chunkRecords: number;
  readonly chunkBytes: number;
}

/** Exactly one of `audienceId` and `audienceName` is given. */
export interface ExportRequest extends ScanRequest {
  readonly adAccountId: string;
  readonly audienceId?: string;
  readonly audienceName?: string;
  readonly mode: ExportMode;
  readonly maxShrink: number;
  readonly dryRun: boolean;
}

/** How long one upload job of LINE may take before a run stops waiting for it. The run can be resumed. */
export const LONGEST_UPLOAD_JOB_MS = 6 * 3_600_000;
