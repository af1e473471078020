/**
 * What the command line uses of the disk of its machine: files, and locks between processes. Node.js has both. The
 * simulation of faults gives a disk that breaks.
 */
import * as nodeFiles from 'node:fs/promises';
import type { Release } from '../../contracts/ports.ts';
import { makeDirectory } from '../../machine/make-directory.ts';
import { tryLock } from './lock.ts';

/** A part of `node:fs/promises`, with the same meaning. */
export interface Files {
  open(path: string, flags: 'r' | 'r+' | 'w' | 'a' | 'ax', mode?: number): Promise<OpenFile>;
  /** @returns the first directory that it made */
  mkdir(path: string, options: { recursive: true; mode: number }): Promise<string | undefined>;
  readdir(path: string): Promise<string[]>;
  readFile(path: string): Promise<Buffer>;
  writeFile(path: string, bytes: Uint8Array, options: { mode: number }): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { recursive?: boolean; force: true }): Promise<void>;
}

export interface OpenFile {
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  writev(parts: readonly Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }>;
  appendFile(bytes: Uint8Array): Promise<void>;
  truncate(length: number): Promise<void>;
  stat(): Promise<{ readonly size: number }>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  readonly files: Files;
  /** Takes the lock at `path`. Undefined when it is held, by this process or another one. */
  readonly tryLock: (path: string) => Release | undefined;
}

export const systemFiles: Files = { ...nodeFiles, mkdir: makeDirectory };

export const systemDisk: Disk = { files: systemFiles, tryLock };
