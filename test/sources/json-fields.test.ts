/**
 * Several fields of NDJSON in one pass are what each of them is alone, whatever the text is and wherever its blocks
 * end.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonFieldsReader } from '../../src/sources/files/json-fields.ts';
import { BrokenRowError } from '../../src/sources/files/table.ts';
import { type Outcome, readLines } from './support/json-lines.ts';
import { damagedText, soundText } from './support/json-texts.ts';
import { parseRecords } from './support/values.ts';

const fields = fc.shuffledSubarray(['a', 'b', 'ab', 'é', 'nowhere'], { minLength: 1 });
const cuts = fc.array(fc.nat(), { maxLength: 5 });

/** The outcome for each field, read together. */
function readTogether(text: Uint8Array, ends: readonly number[], names: readonly string[]): Outcome[] {
  const reader = new JsonFieldsReader(names);
  const streams: Buffer[] = names.map(() => Buffer.alloc(0));
  const take = (blocks: Iterable<Uint8Array>) => {
    for (const block of blocks) streams[reader.column] = Buffer.concat([streams[reader.column]!, block]);
    for (const stream of streams)
      expect(parseRecords(stream).filter(([mark]) => mark === '+')).toHaveLength(reader.rows);
  };
  const places = [0, ...ends.map((end) => end % (text.length + 1)).sort((a, b) => a - b), text.length];
  let fault: Outcome['fault'];
  try {
    for (const [index, place] of places.slice(1).entries()) take(reader.push(text.subarray(places[index], place)));
    take(reader.end());
  } catch (error) {
    if (!(error instanceof BrokenRowError)) throw error;
    fault = { fault: error.fault, row: error.row };
  }
  return streams.map((stream, column) => ({
    records: parseRecords(stream),
    rows: reader.rows,
    seen: reader.hasSeen(column),
    ...(fault && { fault }),
  }));
}

it('sound texts give the values of each field', () => {
  fc.assert(
    fc.property(soundText, cuts, fields, (text, ends, names) => {
      const alone = names.map((name) => readLines(text, [], name));
      fc.pre(alone.every(({ fault }) => fault === undefined));
      expect(readTogether(text, ends, names)).toEqual(alone);
    }),
    { numRuns: 40 },
  );
});

it('damaged texts are refused at the first row that any of the fields refuses', () => {
  fc.assert(
    fc.property(damagedText, cuts, fields, (text, ends, names) => {
      const alone = names.map((name) => readLines(text, [], name));
      const faults = alone.flatMap(({ fault }) => fault ?? []);
      const first = faults.toSorted((a, b) => a.row - b.row)[0];
      const together = readTogether(text, ends, names);
      for (const [index, { fault, records }] of together.entries()) {
        expect(fault).toEqual(first);
        const { records: whole } = alone[index]!;
        expect(records.slice(0, whole.length)).toEqual(whole.slice(0, records.length));
      }
    }),
    { numRuns: 40 },
  );
});
