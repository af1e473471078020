/**
 * Reads scans in the same way as the staging, in a few readable lines. The result is what a person expects to be
 * hashed.
 */
import type { Scan, Source } from '../../../src/sources/source.ts';

/** Splits a value stream (src/sources/source.ts) into its records, unquoted. */
export function parseRecords(stream: Buffer): string[] {
  const text = stream.toString();
  const records: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === '"') {
      let close = text.indexOf('"', at + 1);
      while (text[close + 1] === '"') close = text.indexOf('"', close + 2);
      if (close === -1 || text[close + 1] !== '\n') throw new Error(`bad record at ${at}`);
      records.push(text.slice(at + 1, close).replaceAll('""', '"'));
      at = close + 2;
    } else {
      const end = text.indexOf('\n', at);
      if (end === -1) throw new Error(`record without an end at ${at}`);
      records.push(text.slice(at, end));
      at = end + 1;
    }
  }
  return records;
}

/** The members of a scan of one field, each as a list of its values. Rejects if the scan failed. */
export async function readMembers(scan: Scan): Promise<string[][]> {
  const [members] = await readFields(scan);
  return members!;
}

/** The members of a scan, for each of its fields. Rejects if the scan failed. */
export async function readFields(scan: Scan): Promise<string[][][]> {
  const streams: Buffer[][] = scan.marked.map(() => []);
  for await (const block of scan.blocks) streams[scan.column()]!.push(Buffer.from(block));
  await scan.finished;
  await scan.close();
  // If a scan failed, its last record may be incomplete.
  return streams.map((blocks, column) => membersOf(Buffer.concat(blocks), scan.marked[column] === true));
}

/** The members in a value stream. */
export function membersOf(stream: Buffer, isMarked: boolean): string[][] {
  const records = parseRecords(stream);
  if (!isMarked) return records.map((record) => [record]);
  const members: string[][] = [];
  for (const record of records) {
    if (record[0] === '+') members.push([record.slice(1)]);
    else if (record[0] === '.') members.at(-1)!.push(record.slice(1));
    else throw new Error('a record without its mark');
  }
  return members;
}

export async function readBlocks(scan: Scan): Promise<Buffer> {
  const blocks: Uint8Array[] = [];
  for await (const block of scan.blocks) blocks.push(Buffer.from(block));
  return Buffer.concat(blocks);
}

/** The values of `field` in a source with one value for each member. */
export async function readValues(source: Source, field: string): Promise<string[]> {
  const members = await readMembers(await source.scan([field]));
  await source.close();
  return members.map(([value, ...others]) => {
    if (value === undefined || others.length > 0) throw new Error('a member does not have exactly one value');
    return value;
  });
}

/** The error of a scan of `field`, from its opening to its end. */
export async function scanFailure(opening: Promise<Source>, field: string): Promise<unknown> {
  try {
    const source = await opening;
    await readMembers(await source.scan([field]));
  } catch (error) {
    return error;
  }
  throw new Error('expected the scan to fail');
}
