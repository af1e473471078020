/** Uploads a file. It is not in `uploads.ts` because only the form of an export needs it. */
import { mutationOptions } from '@tanstack/react-query';
import type { UploadPolicy } from '../../src/contracts/uploads.ts';
import type { CallInput, UploadKeys } from '../../src/endpoints/endpoint.ts';
import type { Endpoints } from '../../src/endpoints/index.ts';
import { type AnswerOf, type AnyInput, ApiError, answered, withoutEmpty } from './client.ts';
import { uploadQuery, uploadsQuery } from './uploads.ts';

interface Sending {
  readonly signal: AbortSignal;
  /** @param share 0 to 1 of the file; at 1 the service is checking it */
  readonly onProgress: (share: number) => void;
}

/**
 * Sends a file by XMLHttpRequest, because `fetch` does not report how much of a body has been sent.
 * @throws {ApiError}; an `AbortError` when `signal` was aborted
 */
function sendFile<Key extends UploadKeys<Endpoints>>(
  key: Key,
  input: CallInput<Endpoints[Key]>,
  file: Blob,
  { signal, onProgress }: Sending,
): Promise<AnswerOf<Key>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const { method, path } = withoutEmpty(key, input as AnyInput);
    request.open(method, path);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 1);
    request.onload = () => {
      try {
        resolve(answered<Key>(request.status, request.response));
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = () => reject(new ApiError());
    request.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

interface FileToUpload {
  readonly file: File;
  readonly policy: UploadPolicy;
  readonly signal: AbortSignal;
  /** @param share 0 to 1 of the file; at 1 the service is checking it */
  readonly onProgress: (share: number) => void;
}

export const createUpload = mutationOptions({
  mutationFn: ({ file, policy, ...sending }: FileToUpload) =>
    sendFile('POST /uploads', { query: { name: file.name, policy } }, file, sending),
  onSuccess: (upload, _, __, { client }) => {
    client.setQueryData(uploadQuery(upload.id).queryKey, upload);
    void client.invalidateQueries({ ...uploadsQuery, exact: true });
  },
});
