/**
 * Small, realistic mistakes, by who makes them. Each stands for a line that somebody could forget or get wrong. The
 * simulation must find each of them.
 */
import type { Mistake } from '../find.ts';
import { exportMistakes } from './export.ts';
import { fingerprintMistakes } from './fingerprints.ts';
import { guardMistakes } from './guard.ts';
import { jobMistakes } from './jobs.ts';
import { lookMistakes } from './looks.ts';
import { recoveryMistakes } from './recovery.ts';
import { sourceMistakes } from './sources.ts';
import { splitMistakes } from './splits.ts';
import { triggerMistakes } from './triggers.ts';
import { versionMistakes } from './versions.ts';
import { workerMistakes } from './worker.ts';

/** Those of the service with LINE Ads. */
export const mistakes: Record<string, Mistake> = {
  ...exportMistakes,
  ...workerMistakes,
  ...guardMistakes,
  ...jobMistakes,
  ...triggerMistakes,
  ...lookMistakes,
  ...fingerprintMistakes,
  ...splitMistakes,
  ...versionMistakes,
  ...recoveryMistakes,
  ...sourceMistakes,
};
