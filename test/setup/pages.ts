/** Shows the open pages when a browser test fails, because the error of a locator does not say what the page showed. */
import { afterEach } from 'vitest';
import { textOfPages } from '../support/browser.ts';

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  console.error(`What the pages showed when "${task.name}" failed:\n${await textOfPages()}`);
});
