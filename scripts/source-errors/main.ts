/** Writes the table of the errors of sources into its page: node scripts/source-errors/main.ts */
import { readFileSync, writeFileSync } from 'node:fs';
import { withTable } from './table.ts';

const PAGE = 'docs/source-errors.md';
writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8')));
