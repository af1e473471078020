/** The report of a run for a spreadsheet. */
import { expect, test } from 'vitest';
import { reportTable } from '../../src/domain/runs/report-table.ts';
import { describeRun } from '../../src/domain/runs/run-document.ts';
import { foldRun } from '../../src/domain/runs/run-state.ts';
import { at } from '../support/service.ts';
import { bothSent, sentIn } from '../support/stored-runs.ts';

const linesOf = (events: Parameters<typeof foldRun>[0]) =>
  reportTable(describeRun(foldRun(events), at(9))).map((row) => row.join(','));

test('a run with one identifier has no section of a further one', () => {
  const lines = linesOf(sentIn('r1', 1));
  expect(lines).toContain('run,audience id,5343822743475');
  expect(lines.filter((line) => /^identifier|^run,(identifier|field)/.test(line))).toEqual([]);
});

test('of several identifiers, the first one has its type and field, and a further one has sections', () => {
  const lines = linesOf(bothSent('r1', 1));
  expect(lines).toContain('count,unique,100');
  expect(lines).toEqual(
    expect.arrayContaining([
      'run,identifier type,email',
      'run,field,email',
      'identifier 2: run,identifier type,phone',
      'identifier 2: run,field,phone',
      'identifier 2: run,audience id,7000000000001',
      'identifier 2: count,unique,40',
      'identifier 2: chunk 1,records,40',
    ]),
  );
});
