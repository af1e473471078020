/**
 * The texts of parts that are loaded later (web/lib/later.ts): no page shows them at first, so no page waits for them.
 * Vite divides each catalogue by these starts of keys, and test/web/bundle.test.ts finds a text that is in neither.
 */
const starts = [
  'approval.look',
  'approval.now',
  'approval.reason.',
  'approval.send',
  'approval.source',
  'approval.then',
  'approval.wait',
  'approval.ways',
  'export.test.',
  'form.trigger.webhook.hint',
  'job.trigger.',
  'job.webhook.',
  'job.parts.',
  'jobs.bulk.',
  'move.',
  'outlook.',
  'preview.',
  'shortcuts.',
  'split.',
  'steps.',
  'upload.',
];

/** Of these, what a page shows at first all the same. */
const atFirst = ['move.create', 'preview.none', 'upload.deleted', 'upload.file'];

export const isLater = (key: string): boolean =>
  starts.some((start) => key.startsWith(start)) && !atFirst.some((start) => key.startsWith(start));
