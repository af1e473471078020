/**
 * Reads secrets that are kept outside: in a file, in an environment variable, or by a program of a secret store. Only
 * what the operator allows is read. A value is given back at once, and is in no log and no error.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, normalize, sep } from 'node:path';
import { TextDecoder } from 'node:util';
import type { AllowedSecrets, SecretProgram } from '../../contracts/secrets-outside.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, type Sentence, sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import {
  readSecretReference,
  type SecretReference,
  secretReferenceText,
} from '../../domain/values/secret-reference.ts';

/** More than the longest value of a field. */
const MAX_BYTES = 128 * 1_024;
const PROGRAM_MS = 15_000;
const PROGRAM_SECONDS = PROGRAM_MS / 1_000;

/**
 * The value that a reference names, without space at its ends.
 * @throws {LineupError} `secret_unavailable`. It names the reference, and never the value
 */
export async function readSecretOutside(
  text: string,
  allowed: AllowedSecrets,
  programMs = PROGRAM_MS,
): Promise<Secret> {
  const reference = readSecretReference(text);
  if (!reference) throw unavailable(malformed());
  const bytes = await readers[reference.kind](reference, allowed, programMs);
  const value = bytes.length > MAX_BYTES ? '' : (textIn(bytes)?.trim() ?? '');
  if (value === '')
    throw unavailable(
      sentence`Lineup cannot use ${named(reference)}: its value must be text in UTF-8, not empty, and at most 128 KiB.`,
    );
  return new Secret(value);
}

type Read = (reference: SecretReference, allowed: AllowedSecrets, programMs: number) => Promise<Uint8Array>;

const readers: Readonly<Record<SecretReference['kind'], Read>> = {
  file: async (reference, { folders }) => {
    const path = reference.name;
    // Before anything is looked at: whether a file exists is nobody's business who may not read it.
    if (!isAbsolute(path) || normalize(path) !== path || !folders.some((folder) => isBelow(path, folder))) {
      throw notAllowed(reference, 'LINEUP_SECRET_FOLDERS');
    }
    try {
      // Secret stores make links, which must stay in the folder.
      const real = await realpath(path);
      const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
      if (!roots.some((root) => isBelow(real, root))) throw notAllowed(reference, 'LINEUP_SECRET_FOLDERS');
      return await contentOf(real);
    } catch (error) {
      if (error instanceof LineupError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') {
        throw unavailable(sentence`Lineup may not read ${named(reference)}. Give Lineup’s user the right to read it.`);
      }
      throw unavailable(notThere(reference));
    }
  },
  env: async (reference, { allowsVariable, variable }) => {
    if (!allowsVariable(reference.name)) throw notAllowed(reference, 'LINEUP_SECRET_VARIABLES');
    const value = variable(reference.name);
    if (value === undefined) throw unavailable(notThere(reference));
    return Buffer.from(value);
  },
  program: async (reference, { programs }, programMs) => {
    const program = Object.hasOwn(programs, reference.name) ? programs[reference.name] : undefined;
    if (!program) throw notAllowed(reference, 'LINEUP_SECRET_PROGRAMS');
    const ended = await outputOf(program, programMs);
    if (ended === 'late') {
      throw unavailable(sentence`The program of ${named(reference)} did not end within ${PROGRAM_SECONDS} seconds.`);
    }
    if (ended === 'failed') {
      throw unavailable(sentence`The program of ${named(reference)} failed. Start it as Lineup’s user to see why.`);
    }
    return ended;
  },
};

const isBelow = (path: string, folder: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);

async function contentOf(path: string): Promise<Uint8Array> {
  // Without blocking: a named pipe would wait for somebody who writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    if (!(await file.stat()).isFile()) return new Uint8Array();
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let more = -1; more !== 0 && length < bytes.length; length += more) {
      more = (await file.read(bytes, length, bytes.length - length)).bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** What a program writes to standard output. What it writes to standard error may hold secrets, so nobody sees it. */
function outputOf(
  { run: [path, ...args], environment }: SecretProgram,
  ms: number,
): Promise<Uint8Array | 'failed' | 'late'> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | 'failed' | 'late'>();
  // In a group of its own, so that what it starts ends with it.
  const child = spawn(path, args, {
    cwd: '/',
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const end = (result: Uint8Array | 'failed' | 'late') => {
    clearTimeout(timer);
    if (child.pid !== undefined) {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Everything in the group has ended.
      }
    }
    child.stdout.destroy();
    resolve(result);
  };
  const timer = setTimeout(() => end('late'), ms);
  const pieces: Buffer[] = [];
  let length = 0;
  child.stdout.on('data', (piece: Buffer) => {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_BYTES) end(Buffer.concat(pieces));
  });
  child.on('error', () => end('failed'));
  child.on('close', (status) => end(status === 0 ? Buffer.concat(pieces) : 'failed'));
  return promise;
}

function textIn(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

const unavailable = (explanation: Sentence): LineupError => new LineupError('secret_unavailable', explanation);

/** Viewers do not see where secrets are. */
const named = (reference: SecretReference) =>
  internalFact(secretReferenceText(reference), sentence`the secret outside Lineup`);

const notThere = (reference: SecretReference): Sentence =>
  sentence`Lineup cannot use ${named(reference)}: it does not exist where Lineup runs. Check its name, or create it.`;

const notAllowed = (reference: SecretReference, variable: string): LineupError =>
  unavailable(
    sentence`Lineup cannot use ${named(reference)}: it is not allowed. The operator lists in ${variable} what Lineup may read.`,
  );

const malformed = (): Sentence =>
  sentence`This is no reference to a secret. Write one as the page “Secrets” of the documentation shows.`;
