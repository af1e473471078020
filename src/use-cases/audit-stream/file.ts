/**
 * A file of JSON lines. It is opened for each batch, so whoever rotates it may rename or truncate it at any time: the
 * next batch goes to the file that is then at the path.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AuditLine } from '../../contracts/audit-stream.ts';

const NEWLINE = 10;

/** What is at the path is no file. */
class AuditFileError extends Error {
  override readonly name = 'AuditFileError';
  readonly code = 'not_a_file';
}

/** Resolves when the lines are on the disk. */
export async function appendLines(path: string, lines: readonly AuditLine[]): Promise<void> {
  // Reading, too: a named pipe would otherwise wait for a reader.
  const file = await open(path, 'a+', 0o600);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new AuditFileError();
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const isTorn = found.size > 0 && (await lastByte(file, found.size)) !== NEWLINE;
    await write(file, isTorn ? `\n${text}` : text, found.size);
    await file.sync();
    if (found.size === 0) await syncDirectory(path);
  } finally {
    await file.close();
  }
}

/** A process that died while it wrote leaves a part of a line. Its entries come again, on lines of their own. */
async function lastByte(file: FileHandle, size: number): Promise<number | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 ? buffer[0] : undefined;
}

async function write(file: FileHandle, text: string, sizeBefore: number): Promise<void> {
  try {
    await file.appendFile(text);
  } catch (error) {
    // On a full disk, a part may be there.
    await file.truncate(sizeBefore).catch(() => {});
    throw error;
  }
}

/** So that a new file is still there after a power cut. Some file systems cannot do it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r').catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}
