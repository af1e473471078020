/** Mistakes that a correct client never makes, whether or not the request was refused for them. */
import type { Recorded } from '../shared/violations.ts';

export type ViolationCode =
  /** More requests a second than the access key may send. */
  | 'rate_exceeded'
  /** More REPLACE uploads at once than an ad account allows. */
  | 'replace_limit_exceeded'
  /** An id that does not exist, or an ad account of another key. */
  | 'unknown_id'
  /** An upload while the same audience was being processed. */
  | 'overlapping_upload'
  /** A REPLACE after a later chunk of the same run was accepted. It deletes that chunk's members. */
  | 'replace_after_add'
  /** A file of a numbered run that was already accepted, and whose job did not fail. */
  | 'repeated_file';

export type Violation = Recorded<ViolationCode>;

export interface EarlierUpload {
  audienceId: string;
  fileName: string;
  action: 'ADD' | 'REPLACE';
  /** When its job ended, in virtual time. */
  doneAt: number;
  failed: boolean;
}

export interface NewUpload {
  /** Absent for an upload that creates its audience. */
  audienceId?: string | undefined;
  fileName: string;
  action: 'ADD' | 'REPLACE';
  /** When the request arrived. */
  startedAt: number;
}

export interface Finding {
  code: ViolationCode;
  message: string;
}

/**
 * Judges an upload by the accepted uploads to the same ad account. Files named `<run>-<number>.<extension>`
 * count as the chunks of one run.
 */
export function judgeUpload(upload: NewUpload, earlier: readonly EarlierUpload[]): Finding[] {
  const findings: Finding[] = [];
  const same = earlier.filter((sent) => upload.audienceId !== undefined && sent.audienceId === upload.audienceId);
  const busy = same.find((sent) => sent.doneAt > upload.startedAt);
  if (busy) {
    findings.push({
      code: 'overlapping_upload',
      message: `${upload.fileName} came while ${busy.fileName} was being processed for audience ${busy.audienceId}`,
    });
  }
  const chunk = chunkOf(upload.fileName);
  if (!chunk) return findings;
  const taken = same.filter((sent) => !sent.failed && chunkOf(sent.fileName)?.run === chunk.run);
  const later = taken.find((sent) => sent.action === 'ADD' || Number(chunkOf(sent.fileName)?.index) > chunk.index);
  if (upload.action === 'REPLACE' && later) {
    findings.push({
      code: 'replace_after_add',
      message: `REPLACE with ${upload.fileName} after ${later.fileName} of the same run was accepted`,
    });
  }
  const repeated = earlier.find((sent) => !sent.failed && sent.fileName === upload.fileName);
  if (repeated) {
    findings.push({
      code: 'repeated_file',
      message: `${upload.fileName} was accepted before, for audience ${repeated.audienceId}`,
    });
  }
  return findings;
}

function chunkOf(fileName: string): { run: string; index: number } | null {
  const match = /^(.+)-(\d+)\.\w+$/.exec(fileName);
  return match ? { run: match[1]!, index: Number(match[2]) } : null;
}
