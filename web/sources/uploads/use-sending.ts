/** A file on its way to the service: how far it is, and how it ends. */
import { useEffect, useRef, useState } from 'react';
import type { Upload, UploadPolicy } from '../../../src/contracts/uploads.ts';
import { useChange } from '../../api/change.ts';
import { createUpload } from '../../api/upload-file.ts';

export function useSending(onArrived: (upload: Upload) => void) {
  const [share, setShare] = useState(0);
  const way = useRef<AbortController>(null);
  const sending = useChange(createUpload, { onUpdated: onArrived });
  const send = (given: { readonly file: File; readonly policy: UploadPolicy }) => {
    setShare(0);
    way.current = new AbortController();
    sending.mutate({ ...given, signal: way.current.signal, onProgress: setShare });
  };
  const { isPending } = sending;
  // Whoever leaves the page is asked first; whoever leaves the form ends it.
  useEffect(() => {
    if (!isPending) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isPending]);
  useEffect(() => () => way.current?.abort(), []);
  return {
    send,
    file: isPending ? sending.variables.file : undefined,
    /** 0 to 1 */
    share,
    error: way.current?.signal.aborted ? null : sending.error,
    cancel: () => way.current?.abort(),
    forget: sending.reset,
  };
}
