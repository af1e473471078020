/** Progress on stderr: one line that is redrawn on a terminal, and plain lines from time to time elsewhere. */
import type { ExportProgress } from '../compose/preparation.ts';
import { bytes, duration, number, safe } from './output.ts';

const PLAIN_EVERY_MS = 5_000;
const DRAW_EVERY_MS = 80;
/** After this time without a row, the display says that the source is at work. */
const PATIENCE_MS = 2_000;

export interface ProgressDisplay {
  report(progress: ExportProgress): void;
  /** Removes the redrawn line. */
  end(): void;
}

export async function progressDisplay(
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): Promise<ProgressDisplay> {
  const started = now();
  const describe = (progress: ExportProgress) => `${line(progress, now() - started)} · ${duration(now() - started)}`;
  if (!stream.isTTY) return plainLines(stream, describe, now);
  // Loaded only for a terminal, because most runs have none and start sooner without it.
  const { createLogUpdate } = await import('log-update');
  return redrawnLine(createLogUpdate(stream), describe, now);
}

function redrawnLine(
  draw: { (text: string): void; clear(): void },
  describe: (progress: ExportProgress) => string,
  now: () => number,
): ProgressDisplay {
  let drawnAt = 0;
  return {
    report: (progress) => {
      if (now() - drawnAt < DRAW_EVERY_MS) return;
      drawnAt = now();
      draw(describe(progress));
    },
    end: () => draw.clear(),
  };
}

/** A line when the stage, the chunk or the state at the destination changes, and every few seconds in between. */
function plainLines(
  stream: NodeJS.WriteStream,
  describe: (progress: ExportProgress) => string,
  now: () => number,
): ProgressDisplay {
  let last = '';
  let writtenAt = 0;
  return {
    report: (progress) => {
      const key = stepOf(progress);
      if (key === last && now() - writtenAt < PLAIN_EVERY_MS) return;
      last = key;
      writtenAt = now();
      stream.write(`${describe(progress)}\n`);
    },
    end: () => {},
  };
}

function stepOf(progress: ExportProgress): string {
  switch (progress.stage) {
    case 'scan':
      return `scan ${progress.restarted}`;
    case 'suppression':
      return `suppression ${progress.list}`;
    case 'queue':
      return `queue ${progress.delivery} ${progress.what}`;
    case 'upload':
      return `upload ${progress.delivery} ${progress.chunk}`;
    case 'wait':
      return `wait ${progress.delivery} ${progress.chunk} ${progress.jobStatus}`;
  }
}

function line(progress: ExportProgress, elapsedMs: number): string {
  switch (progress.stage) {
    case 'scan': {
      const { rows, unique, fraction, continuedAt = 0 } = progress;
      // A query, and above all hashing in the database, may take minutes until its first row.
      if (rows === 0 && elapsedMs > PATIENCE_MS)
        return `Waiting   for the first rows of the source${beginning(progress)}`;
      const read = rows - continuedAt;
      const rate = elapsedMs > 500 ? ` · ${number(Math.round((read / elapsedMs) * 1_000))} rows/s` : '';
      const share = fraction === undefined ? '' : ` · ${Math.floor(fraction * 100)} %`;
      return `Reading   ${number(rows)} rows · ${number(unique)} unique${rate}${share}${beginning(progress)}`;
    }
    case 'suppression':
      return `Reading   suppression list "${safe(progress.list)}" · ${number(progress.values)} values`;
    case 'queue':
      return `Waiting   ${ofSibling(progress)}${queues[progress.what]}`;
    case 'upload':
      return `Uploading ${ofSibling(progress)}chunk ${progress.chunk} of ${progress.chunks} · ${bytes(progress.bytesSent)} of ${bytes(progress.bytes)}`;
    case 'wait':
      return `Waiting   ${ofSibling(progress)}chunk ${progress.chunk} of ${progress.chunks} · ${progress.jobStatus}`;
  }
}

/** Which of several identifiers. The first one is not named, because most runs have no other. */
const ofSibling = ({ delivery }: { delivery?: number }): string =>
  delivery === undefined ? '' : `identifier ${delivery} · `;

/** Whether a scan continues an earlier one, or why it began again. */
function beginning({ continuedAt, restarted }: Extract<ExportProgress, { stage: 'scan' }>): string {
  if (continuedAt !== undefined) return ` · continued at ${number(continuedAt)}`;
  return restarted ? ` · started over: ${restarts[restarted]}` : '';
}

const restarts = {
  expired: 'the source no longer knows the position',
  too_old: 'the saved position is more than a day old',
  unusable: 'the saved position is no longer valid',
} as const;

const queues = {
  place: 'for other runs to finish',
  audience: 'for another upload to this audience (one at a time)',
  'replace-slot': 'for another replace in this ad account (three at a time)',
  line: 'for the destination to finish another upload to this audience',
} as const;
