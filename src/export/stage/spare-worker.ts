/** Workers for stagings. One may be started ahead: it comes up while this thread is still busy with opening the source. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const workerUrl = new URL(`./worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

let spare: Worker | undefined;

/** Has a worker ready for the next staging. If none comes, it does not keep the process from ending. */
export function startWorkerAhead(): void {
  if (spare) return;
  spare = new Worker(workerUrl);
  spare.unref();
}

/** A worker that waits for its `StageOrder`. */
export function takeWorker(): Worker {
  const worker = spare ?? new Worker(workerUrl);
  spare = undefined;
  worker.ref();
  return worker;
}
