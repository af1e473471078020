/** A job waits for a signed webhook (Standard Webhooks), which any program sends when the data is ready. */
import { z } from 'zod';
import { triggerBounds } from './bounds.ts';

export const webhook = z.strictObject({ kind: z.literal('webhook'), ...triggerBounds }).readonly();

/** Digits enough for all webhooks of a job, so that counts rise as texts, too. */
const DIGITS = 15;

/** What a job has seen after one more webhook. @param seen before; null for none */
export const nextCount = (seen: string | null): string => String(Number(seen ?? 0) + 1).padStart(DIGITS, '0');
