/** Sends a file to the API. By XMLHttpRequest: `fetch` does not tell how much of a body has been sent. */
import type { NewUpload, Upload } from '../../src/contracts/uploads.ts';
import { ApiError, addressOf, answered } from './client.ts';

interface Sending {
  readonly signal: AbortSignal;
  /** @param share 0 to 1 of the file; at 1 the service is looking at it */
  readonly onProgress: (share: number) => void;
}

/** @throws {ApiError}; an `AbortError` when `signal` was aborted */
export function sendUpload(file: Blob, of: NewUpload, { signal, onProgress }: Sending): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', addressOf('/uploads', of));
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 1);
    request.onload = () => {
      try {
        resolve(answered<Upload>(request.status, request.response));
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = () => reject(new ApiError('unreachable', ''));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
