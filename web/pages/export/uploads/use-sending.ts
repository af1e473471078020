/** A file on its way to the service: how far it is, and how it ends. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { NewUpload, Upload } from '../../../../src/contracts/uploads.ts';
import { sendUpload } from '../../../api/upload.ts';

export function useSending(onArrived: (upload: Upload) => void) {
  const queries = useQueryClient();
  const [share, setShare] = useState(0);
  const way = useRef<AbortController>(null);
  const sending = useMutation({
    mutationFn: ({ file, policy }: { file: File; policy: NewUpload['policy'] }) => {
      setShare(0);
      way.current = new AbortController();
      return sendUpload(
        file,
        { name: file.name, policy },
        { signal: way.current.signal, onProgress: setShare },
      );
    },
    onSuccess: (upload) => {
      queries.setQueryData(['uploads', upload.id], upload);
      void queries.invalidateQueries({ queryKey: ['uploads'], exact: true });
      onArrived(upload);
    },
  });
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
    send: sending.mutate,
    file: isPending ? sending.variables.file : undefined,
    /** 0 to 1 */
    share,
    error: way.current?.signal.aborted ? null : sending.error,
    cancel: () => way.current?.abort(),
    forget: sending.reset,
  };
}
