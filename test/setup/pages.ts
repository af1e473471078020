/** Shows what a person would have seen when a test of the browser fails: a locator that waited in vain says nothing of it. */
import { afterEach } from 'vitest';
import { textOfPages } from '../support/browser.ts';

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  console.error(`What the pages showed when "${task.name}" failed:\n${await textOfPages()}`);
});
